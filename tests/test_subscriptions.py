from __future__ import annotations

import pytest
from django.db.models import F

from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainPageFactory,
    PlainSnippetFactory,
    follows,
    images_in,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import (
    Chapter,
    FeaturePage,
    FullSnippet,
    GalleryPage,
    PlainSnippet,
    Record,
    RevisedSnippet,
)
from wagtail_autogallery.models import Arrival, HolderKey, Run, Subscription
from wagtail_autogallery.subscriptions import forget_lost_holders, holder_models, rebuild
from wagtail_autogallery.sync import sync

pytestmark = pytest.mark.django_db


def test_each_followed_gallery_of_a_holder_has_a_row():
    page = GalleryPageFactory(
        body=[
            raw_block("gallery", raw_gallery(), "one"),
            raw_block("gallery", raw_gallery(follow=False), "two"),
            raw_block("columns", {"left": raw_gallery(), "right": raw_gallery(follow=False)}, "c"),
        ],
        sidebar=[raw_block("gallery", raw_gallery(), "three")],
    )

    rows = {(row.field, row.path) for row in follows(page)}

    assert rows == {("body", "one"), ("body", "c.left"), ("sidebar", "three")}


def test_saving_a_holder_whose_galleries_did_not_change_costs_one_query(
    django_assert_max_num_queries,
):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery(), raw_gallery(), raw_gallery()))
    ImageFactory()
    sync()
    snippet.refresh_from_db()

    # The row itself, Wagtail's reference index task, and one look at the subscriptions.
    with django_assert_max_num_queries(3) as queries:
        snippet.save()

    assert sum("wagtail_autogallery" in query["sql"] for query in queries) == 1


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


def test_following_starts_after_what_arrived_before():
    ImageFactory()
    page = page_with(raw_gallery())
    after = ImageFactory()

    sync()

    assert images_in(page) == [after.pk]
    assert follows(page)[0].started == 1


def test_what_arrived_before_is_not_kept_from_the_galleries_that_followed_then():
    followed_before = page_with(raw_gallery())
    image = ImageFactory()
    page_with(raw_gallery())

    sync()

    assert images_in(followed_before) == [image.pk]


def test_a_copied_page_follows_from_the_copy_on():
    page = page_with(raw_gallery())
    before, not_in_the_copy = ImageFactory(), None
    sync()
    page.refresh_from_db()
    not_in_the_copy = ImageFactory()
    copy = page.copy(update_attrs={"slug": "copy", "title": "Copy"})
    after = ImageFactory()

    sync()

    assert images_in(page) == [before.pk, not_in_the_copy.pk, after.pk]
    assert images_in(copy) == [before.pk, after.pk]


def test_stale_content_gets_again_what_it_never_saw():
    page = page_with(raw_gallery())
    first = ImageFactory()
    sync()
    form_loaded_now = GalleryPage.objects.get(pk=page.pk)
    second = ImageFactory()
    sync()
    assert images_in(page) == [first.pk, second.pk]

    form_loaded_now.title = "Saved late"
    form_loaded_now.save_revision().publish()
    assert images_in(page) == [first.pk]
    sync()

    page.refresh_from_db()
    assert page.title == "Saved late"
    assert images_in(page) == [first.pk, second.pk]


def test_stale_content_does_not_bring_back_what_was_removed_before_it_was_loaded():
    page = page_with(raw_gallery())
    ImageFactory()
    sync()
    page.refresh_from_db()
    page.body.raw_data[0]["value"]["images"].pop()
    page.save_revision().publish()
    form_loaded_now = GalleryPage.objects.get(pk=page.pk)
    second = ImageFactory()
    sync()

    form_loaded_now.save_revision().publish()
    sync()

    assert images_in(page) == [second.pk]


def test_content_written_without_its_cursor_tells_by_its_items_what_it_has_seen():
    page = page_with(raw_gallery())
    removed = ImageFactory()
    kept = ImageFactory()
    sync()
    never_seen = ImageFactory()
    sync()
    page.refresh_from_db()
    value = page.body.raw_data[0]["value"]
    del value["cursor"]
    value["images"] = [value["images"][1]]
    page.save()

    sync()

    assert images_in(page) == [kept.pk, never_seen.pk]
    assert removed.pk not in images_in(page)


def test_an_image_that_was_moved_later_tells_nothing_of_what_content_without_a_cursor_has_seen():
    page = page_with(raw_gallery())
    kept = ImageFactory()
    sync()
    never_seen = ImageFactory()
    sync()
    kept.collection = CollectionFactory()
    kept.save()
    sync()
    page.refresh_from_db()
    value = page.body.raw_data[0]["value"]
    del value["cursor"]
    value["images"] = [value["images"][0]]
    page.save()

    sync()

    assert images_in(page) == [kept.pk, never_seen.pk]


def test_a_draft_that_was_brought_further_than_the_row_is_taken_at_its_word():
    page = page_with(raw_gallery())
    ImageFactory()
    sync()
    (subscription,) = follows(page)
    Subscription.objects.update(cursor=F("cursor") - 1, written=F("written") - 1)

    page.refresh_from_db()
    page.save()

    subscription.refresh_from_db()
    assert (subscription.cursor, subscription.written) == (1, 1)


def test_deleting_a_holder_forgets_its_galleries():
    page, snippet = page_with(raw_gallery()), PlainSnippetFactory(body=raw_body(raw_gallery()))

    page.delete()
    assert follows(page) == []
    snippet.delete()

    assert not Subscription.objects.exists()


def test_the_same_gallery_saved_twice_at_once_has_one_row():
    page = page_with(raw_gallery())
    row = follows(page)[0]

    Subscription.objects.bulk_create([row], ignore_conflicts=True)

    assert follows(page) == [row]


def test_the_site_s_holder_models_are_known():
    pages, snippets = {GalleryPage, FeaturePage}, {FullSnippet, RevisedSnippet, PlainSnippet}

    assert set(holder_models()) == pages | snippets | {Record, Chapter}


def test_rebuilding_finds_galleries_that_were_never_saved_with_the_app_installed():
    page, snippet = page_with(raw_gallery()), PlainSnippetFactory(body=raw_body(raw_gallery()))
    Subscription.objects.all().delete()

    assert [[*rebuild(model)] for model in (GalleryPage, PlainSnippet)] == [[page], [snippet]]

    assert len(follows(page)) == 1
    image = ImageFactory()
    sync()
    assert images_in(snippet) == [image.pk]


def test_rebuilding_changes_nothing_where_the_table_is_true():
    page_with(raw_gallery())
    ImageFactory()
    sync()
    before = list(Subscription.objects.values())

    list(rebuild(GalleryPage))

    assert list(Subscription.objects.values()) == before


def test_rebuilding_forgets_what_is_not_there():
    page = page_with(raw_gallery())
    key = HolderKey.of(page)
    for object_id in ("4711", "4712"):
        Subscription.objects.create(
            id=Subscription.id_for(HolderKey(key.content_type_id, object_id), "body", "x"),
            content_type_id=key.content_type_id,
            object_id=object_id,
            field="body",
            path="x",
            started=0,
            cursor=0,
            written=0,
        )

    assert forget_lost_holders() == 2
    assert len(follows(page)) == 1


def test_rows_say_what_they_are():
    page = page_with(raw_gallery())
    ImageFactory(id=None)
    sync()

    assert str(Run.objects.last()) == "run 1"
    assert str(Arrival.objects.last()).startswith("image ")
    assert str(follows(page)[0]).startswith("gallery ")
    assert str(HolderKey.of(page)) == f"testapp.gallerypage {page.pk}"
