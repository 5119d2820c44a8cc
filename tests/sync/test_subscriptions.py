from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainPageFactory,
    PlainSnippetFactory,
    follows,
    images_in,
    key_of,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    raw_images,
    synced_image,
)
from tests.testapp.models import (
    Album,
    BookPage,
    EverythingPage,
    FeaturePage,
    FullSnippet,
    GalleryPage,
    PlainSnippet,
    Record,
    RevisedSnippet,
)
from wagtail_autogallery.models import (
    Announcement,
    Delivery,
    Errand,
    HolderKey,
    Start,
    Subscription,
)
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.subscriptions import forget_lost_holders, holder_models, rebuild

pytestmark = pytest.mark.django_db


def test_each_gallery_that_follows_has_a_row():
    page = GalleryPageFactory(
        body=[
            raw_block("gallery", raw_gallery(), "one"),
            raw_block("gallery", raw_gallery(follow=False), "two"),
            raw_block("columns", {"left": raw_gallery(), "right": raw_gallery(follow=False)}, "c"),
        ],
        sidebar=[raw_block("gallery", raw_gallery(), "three")],
    )

    rows = {(row.field, row.path) for row in Subscription.objects.of(HolderKey.of(page))}

    assert rows == {("body", "one"), ("body", "c.left"), ("sidebar", "three")}


def test_saving_a_holder_whose_galleries_did_not_change_costs_one_query(
    django_assert_max_num_queries,
):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery(), raw_gallery(), raw_gallery()))
    ImageFactory()
    sync()
    snippet = PlainSnippet.objects.get(pk=snippet.pk)

    # The row itself, Wagtail's reference index task, and one look at the subscriptions.
    with django_assert_max_num_queries(3) as queries:
        snippet.save()

    assert sum("wagtail_autogallery" in query["sql"] for query in queries) == 1


def test_saving_and_publishing_a_page_whose_galleries_did_not_change_costs_one_query_a_save():
    page = page_with(raw_gallery(), raw_gallery())
    ImageFactory()
    sync()
    page = GalleryPage.objects.get(pk=page.pk)

    with CaptureQueriesContext(connection) as queries:
        page.save_revision().publish()

    ours = [query["sql"] for query in queries if "wagtail_autogallery" in query["sql"]]
    # The save that names the new revision, and the one that publishes it.
    assert len(ours) == 2, "\n".join(ours)


def test_saving_other_fields_costs_nothing(django_assert_max_num_queries):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    deferred = PlainSnippet.objects.defer("body").get(pk=snippet.pk)

    with django_assert_max_num_queries(4) as queries:
        snippet.save(update_fields=["title"])
        deferred.save()

    assert not any("wagtail_autogallery" in query["sql"] for query in queries)


def test_models_without_galleries_cost_nothing(django_assert_max_num_queries):
    page = PlainPageFactory()

    with django_assert_max_num_queries(40) as queries:
        page.save()

    assert not any("wagtail_autogallery" in query["sql"] for query in queries)


# Which gallery is which


def ids_of(body):
    return [block["id"] for block in body]


def change(page, edit):
    """Save and publish what ``edit`` makes of the raw body. :return: The page as it is then."""
    page = GalleryPage.objects.get(pk=page.pk)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    page.body = edit(body) or body
    page.save_revision().publish()
    return GalleryPage.objects.get(pk=page.pk)


def test_a_gallery_that_is_wrapped_in_another_block_goes_on():
    page = page_with(raw_gallery(), locked=True)
    waits = synced_image()
    page.locked = False
    page.save(update_fields=["locked"])

    page = change(page, lambda body: [raw_block("nested", body)])
    sync()

    (gallery,) = page.body[0].value
    page.refresh_from_db()
    (subscription,) = follows(page)
    assert subscription.path.endswith(gallery.id)
    assert raw_images(page.body.raw_data[0]["value"][0]["value"]) == [key_of(waits)]


def test_galleries_that_changed_their_fields_keep_their_ledgers():
    page = page_with(raw_gallery())
    first = synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    page.body, page.sidebar = [], list(page.body.raw_data)

    page.save_revision().publish()
    second = synced_image()

    page = GalleryPage.objects.get(pk=page.pk)
    assert raw_images(page.sidebar.raw_data[0]["value"]) == [key_of(first), key_of(second)]
    assert [row.field for row in follows(page)] == ["sidebar"]


def test_a_duplicate_follows_on_its_own_with_the_past_of_the_original():
    page = page_with(raw_gallery())
    kept, removed = synced_image(), synced_image()
    page = change(page, lambda body: body[0]["value"]["images"].pop() and None)

    page = change(page, lambda body: [body[0], raw_block("gallery", body[0]["value"])])
    later = synced_image()

    assert images_in(page, 0) == images_in(page, 1) == [kept.pk, later.pk]
    original, copy = Subscription.objects.of(HolderKey.of(page)).order_by("pk")
    assert (copy.origin_key, copy.number) == (original.key, original.number)
    assert removed.pk not in images_in(page, 1)


def test_what_is_owed_to_a_gallery_comes_to_its_duplicate_as_well():
    page = page_with(raw_gallery())
    ImageFactory()
    decide()
    undecided = ImageFactory()

    page = change(page, lambda body: [body[0], raw_block("gallery", body[0]["value"])])
    sync()

    assert len(images_in(page, 1)) == 2
    assert images_in(page, 0) == images_in(page, 1)
    assert undecided.pk in images_in(page, 1)


def test_what_a_run_could_not_see_to_deliver_comes_to_a_copy_as_well():
    page = page_with(raw_gallery())
    not_committed = list(Subscription.objects.all()), list(Start.objects.all())
    Subscription.objects.all().delete()
    Start.objects.all().delete()
    image = synced_image()
    for rows in not_committed:
        type(rows[0]).objects.bulk_create(rows)

    copy = GalleryPage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"})
    sync()

    assert images_in(page) == images_in(copy) == [image.pk]


def test_a_copy_gets_nothing_that_was_uploaded_before_its_original_followed():
    ImageFactory()
    page = page_with(raw_gallery())
    copy = page.copy(update_attrs={"slug": "copy"})

    image = synced_image()

    assert images_in(page) == images_in(copy) == [image.pk]


def test_a_duplicate_that_follows_something_else_is_owed_nothing_of_before():
    page = page_with(raw_gallery())
    ImageFactory()
    decide()
    elsewhere = CollectionFactory()

    def duplicate(body):
        value = {**body[0]["value"], "collection": elsewhere.pk}
        return [body[0], raw_block("gallery", value)]

    page = change(page, duplicate)
    sync()

    assert len(images_in(page, 0)) == 1
    assert images_in(page, 1) == []


def test_a_duplicate_whose_original_is_deleted_at_once_has_moved():
    page = page_with(raw_gallery())
    first = synced_image()

    page = change(page, lambda body: [raw_block("gallery", body[0]["value"])])
    second = synced_image()

    assert images_in(page) == [first.pk, second.pk]
    (subscription,) = Subscription.objects.of(HolderKey.of(page))
    assert not subscription.origin_key


@pytest.mark.parametrize("followed", [0, 1])
def test_of_duplicates_the_one_that_follows_is_the_original_wherever_it_is(followed):
    named = {**raw_gallery(follow=False), "cursor": "0123456789abcdef01234567:0:"}
    page = page_with(named)
    values = [named, named]
    values[followed] = {**named, "auto_sync_media": True}

    page = change(page, lambda _: [raw_block("gallery", value) for value in values])

    original, copy = Subscription.objects.of(HolderKey.of(page)).order_by("pk")
    assert (original.key, original.is_following) == ("0123456789abcdef01234567", True)
    assert (copy.origin_key, copy.is_following) == (original.key, False)


def test_a_duplicate_that_is_autosaved_in_a_draft_many_times_adopts_once_when_it_goes_live():
    page = page_with(raw_gallery())
    first = synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    body = list(page.body.raw_data)
    page.body = [*body, raw_block("gallery", body[0]["value"], "copy")]
    draft = page.save_revision()
    for _ in range(5):
        draft = draft.as_object().save_revision(overwrite_revision=draft)
    assert Subscription.objects.count() == 1
    while_a_draft = synced_image()

    draft.refresh_from_db()
    draft.publish()
    after = synced_image()

    assert Subscription.objects.count() == 2
    for index in (0, 1):
        assert images_in(page, index) == [first.pk, while_a_draft.pk, after.pk]


def test_an_old_form_of_a_copied_page_goes_on_naming_the_original_and_is_the_copy():
    page = page_with(raw_gallery())
    synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    copy = page.copy(update_attrs={"slug": "copy"})
    form = GalleryPage.objects.get(pk=copy.pk)
    later = synced_image()
    assert len(follows(copy)) == 1

    form.title = "Late"
    form.save_revision().publish()

    assert images_in(copy) == images_in(page)
    assert later.pk in images_in(copy)
    assert len(Subscription.objects.of(HolderKey.of(copy))) == 1


def test_a_gallery_that_was_deleted_and_comes_back_from_an_old_form_is_the_same():
    page = page_with(raw_gallery())
    form = GalleryPage.objects.get(pk=page.pk)
    kept = synced_image()
    change(page, lambda body: [raw_block("text", "Nothing here")])
    assert follows(page) == []
    synced_image()

    form.save_revision().publish()
    after = synced_image()

    assert images_in(page) == [kept.pk, after.pk]
    assert Subscription.objects.count() == 1


def test_saving_one_field_of_an_older_instance_ends_nothing_in_the_other():
    page = page_with(raw_gallery())
    older = GalleryPage.objects.get(pk=page.pk)
    page.sidebar = raw_body(raw_gallery())
    page.save_revision().publish()

    older.save(update_fields=["body"])
    image = synced_image()

    page = GalleryPage.objects.get(pk=page.pk)
    assert images_in(page) == [image.pk]
    assert raw_images(page.sidebar.raw_data[0]["value"]) == [key_of(image)]


def test_a_block_that_this_process_does_not_know_may_hold_the_gallery():
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    unknown = raw_block("of_the_next_version", {"gallery": page.body.raw_data[0]["value"]})
    GalleryPage.objects.filter(pk=page.pk).update(body=[unknown])
    ImageFactory()

    assert sync().failures == 0

    subscription.refresh_from_db()
    assert subscription.is_following
    assert not Delivery.objects.due().exists()


def test_the_name_of_a_gallery_is_in_its_content_from_the_first_save_on():
    page = page_with(raw_gallery(), raw_gallery(follow=False))

    keys = [block["value"]["cursor"].partition(":")[0] for block in page.body.raw_data]
    assert keys[0] == follows(page)[0].key != keys[1]


def test_content_of_another_installation_is_not_believed():
    page = page_with(raw_gallery())
    known = synced_image()
    missed = synced_image()
    (subscription,) = follows(page)

    page = GalleryPage.objects.get(pk=page.pk)
    value = page.body.raw_data[0]["value"]
    value["cursor"] = f"{subscription.key}:2:{known.pk}"
    value["images"] = value["images"][:1]
    page.save()

    assert images_in(page) == [known.pk, missed.pk]


def test_what_a_page_was_copied_to_by_hand_from_another_site_follows_under_its_own_name():
    page = page_with(raw_gallery(cursor="elsewhere:12:7"))

    image = synced_image()

    assert images_in(page) == [image.pk]
    assert [row.key for row in follows(page)] == ["elsewhere"]


# Aliases


def test_the_aliases_of_a_page_that_is_deleted_follow_on_from_where_it_stood():
    page = page_with(raw_gallery())
    before = synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    alias = page.create_alias(update_slug="alias")
    ImageFactory()
    decide()
    undecided = ImageFactory()

    GalleryPage.objects.get(pk=page.pk).delete()
    after = synced_image()

    images = images_in(alias)
    assert (images[0], images[2:]) == (before.pk, [undecided.pk, after.pk])
    assert len(images) == 4


def test_a_branch_with_a_page_and_its_alias_is_deleted_in_full():
    parent = page_with(raw_gallery())
    page = page_with(raw_gallery(), parent=parent)
    page.create_alias(update_slug="alias", parent=parent)

    GalleryPage.objects.get(pk=parent.pk).delete()

    for model in (Subscription, Delivery, Start, Errand):
        assert not model.objects.exists()


# What becomes of them


def test_deleting_a_holder_forgets_its_galleries_and_all_there_is_of_them():
    page, snippet = page_with(raw_gallery()), PlainSnippetFactory(body=raw_body(raw_gallery()))
    synced_image()

    page.delete()
    assert follows(page) == []
    snippet.delete()

    for model in (Subscription, Delivery, Start, Errand, Announcement):
        assert not model.objects.exists()


def test_the_site_s_holder_models_are_known():
    pages = {GalleryPage, FeaturePage, EverythingPage, BookPage}
    snippets = {FullSnippet, RevisedSnippet, PlainSnippet, Album}

    assert set(holder_models()) == pages | snippets | {Record}


def test_rebuilding_finds_galleries_that_were_never_saved_with_the_app_installed():
    page, snippet = page_with(raw_gallery()), PlainSnippetFactory(body=raw_body(raw_gallery()))
    Subscription.objects.all().delete()

    assert [[*rebuild(model)] for model in (GalleryPage, PlainSnippet)] == [[page], [snippet]]

    assert len(follows(page)) == 1
    image = synced_image()
    assert images_in(snippet) == images_in(page) == [image.pk]


def test_rebuilding_finds_what_a_default_manager_hides(monkeypatch):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    Subscription.objects.all().delete()
    hiding = PlainSnippet.objects.none
    monkeypatch.setattr(PlainSnippet.objects, "get_queryset", hiding)
    monkeypatch.setitem(PlainSnippet._meta.__dict__, "default_manager", PlainSnippet.objects)

    list(rebuild(PlainSnippet))

    monkeypatch.undo()
    assert len(follows(snippet)) == 1


def test_rebuilding_changes_nothing_where_the_table_is_true():
    page = page_with(raw_gallery())
    synced_image()
    before = list(Subscription.objects.values_list("pk", "key", "since", "number"))

    list(rebuild(GalleryPage))

    assert list(Subscription.objects.values_list("pk", "key", "since", "number")) == before
    assert not Start.objects.exists()
    assert len(images_in(page)) == 1


def test_forgetting_what_is_not_there():
    page = page_with(raw_gallery())
    for object_id in ("4711", "4712"):
        (row,) = follows(page)
        row.pk, row.key, row.object_id = None, object_id, object_id
        row.save()

    assert forget_lost_holders() == 2
    assert len(follows(page)) == 1


def test_a_copy_of_a_gallery_that_did_not_follow_yet_follows_from_when_it_is_switched_on():
    page = page_with(raw_gallery(follow=False))
    copy = page.copy(update_attrs={"slug": "copy"})
    switch_on(page)
    of_the_original_only = synced_image()

    switch_on(copy)
    later = synced_image()

    assert images_in(page) == [of_the_original_only.pk, later.pk]
    assert images_in(copy) == [later.pk]


def test_a_duplicate_in_the_draft_of_a_copied_page_has_the_past_of_the_copy():
    page = page_with(raw_gallery())
    (original,) = page.body.raw_data
    page.body = [original, raw_block("gallery", original["value"], "duplicate")]
    page.save_revision()
    copy = GalleryPage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"})
    both = synced_image()
    draft = copy.get_latest_revision()
    switch(copy, on=False)
    synced_image()
    assert images_in(copy) == [both.pk]

    draft.publish()

    assert images_in(copy, 1) == [both.pk]


def test_of_two_galleries_that_are_copied_at_once_the_duplicate_is_one_of_the_copy():
    page = page_with(raw_gallery())
    (before,) = page.body.raw_data
    image = synced_image()
    page.refresh_from_db()
    (after,) = page.body.raw_data

    copy = page_with(after["value"], before["value"])

    assert images_in(copy, 0) == images_in(copy, 1) == [image.pk]


def switch_on(page):
    switch(page, on=True)


def switch(page, on):
    page = GalleryPage.objects.get(pk=page.pk)
    page.body.raw_data[0]["value"]["auto_sync_media"] = on
    page.body = list(page.body.raw_data)
    page.save()
