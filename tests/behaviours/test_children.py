"""Galleries in the child objects of a page or snippet belong to it, and are written with it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_save, pre_save
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, PageLogEntry, WorkflowState
from wagtail.signals import page_published
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from tests.behaviours.test_at_rest import MOST_QUERIES, QUERIES_TO_FIND_A_HOLDER
from tests.factories import (
    ImageFactory,
    album_with,
    book_with,
    child_rows,
    deliveries_to,
    follows,
    images_in_children,
    images_in_children_of_revision,
    key_of,
    raw_block,
    raw_body,
    raw_gallery,
    raw_images,
    root_page,
)
from tests.forms import Editor, gallery_form, list_form, needs_integer_keys
from tests.testapp.models import Album, BookPage, Chapter, Footnote
from wagtail_autogallery.models import Delivery, HolderKey, Subscription
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.pictures import make_smallest

pytestmark = pytest.mark.django_db


def synced_image():
    image = ImageFactory()
    sync()
    return key_of(image)


def again(holder):
    return type(holder).objects.get(pk=holder.pk)


def chapter_form(chapter, **changes):
    """The form of one child, as it was when the page's form was opened, with changes."""
    blocks = chapter.body.raw_data
    body = streamfield([("gallery", gallery_form(block["value"], **changes)) for block in blocks])
    for index, block in enumerate(blocks):
        body[str(index)]["id"] = block["id"]
    return {"id": chapter.pk or "", "title": chapter.title, "body": body}


def new_chapter(title, **changes):
    gallery = gallery_form({**raw_gallery(), "images": []}, **changes)
    return {"id": "", "title": title, "body": streamfield([("gallery", gallery)])}


def book_form(chapters, initial, action=None, **fields):
    """
    :param chapters: The forms of the children.
    :param initial: How many of them were there when the form was opened.
    """
    comments = dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"), 0)
    data = {
        "title": "Book",
        "slug": "book",
        "chapters": inline_formset(chapters, initial=initial),
        "comments": comments,
        **fields,
    }
    data = nested_form_data(data)
    # ``inline_formset`` keeps what a child says of itself, and sorts them.
    return {**data, action: action} if action else data


def send(client, book, chapters, action=None, initial=None, **fields):
    """Send the form of a page with these children. :return: The page as it is then."""
    form = book_form(chapters, len(chapters) if initial is None else initial, action, **fields)
    response = client.post(reverse("wagtailadmin_pages:edit", args=[book.pk]), form)
    assert response.status_code == 302, response.context["form"].errors
    return again(book)


def opened(book):
    """The children as the editor shows them, when it is opened now."""
    return list(again(book).get_latest_revision_as_object().chapters.all())


def save_draft(client, book, chapters, **options):
    return send(client, book, chapters, **options)


def publish(client, book, chapters, **options):
    return send(client, book, chapters, "action-publish", **options)


# At rest.


def test_the_galleries_of_all_children_are_filled_in_the_row_and_in_a_new_live_revision():
    book = book_with(raw_gallery(), raw_gallery(new_images="first"), raw_gallery(follow=False))
    before = book.live_revision

    first, second = synced_image(), synced_image()

    book = again(book)
    expected = [[first, second], [second, first], []]
    assert images_in_children(book) == expected
    assert book.live_revision == book.latest_revision != before
    assert images_in_children_of_revision(book.live_revision) == expected
    assert not book.has_unpublished_changes
    assert [child["pk"] for child in book.live_revision.content["chapters"]] == [
        child.pk for child in child_rows(book)
    ]


def test_those_who_listen_are_told_of_the_page_and_of_each_child_that_changed():
    book = book_with(raw_gallery(), raw_gallery(follow=False))
    followed, _ = child_rows(book)
    told = []

    def note(sender, instance, signal, **kwargs):
        told.append((signal, instance.pk))

    pre_save.connect(note, sender=Chapter)
    post_save.connect(note, sender=Chapter)
    page_published.connect(note, sender=BookPage)
    try:
        synced_image()
    finally:
        for signal, sender in ((pre_save, Chapter), (post_save, Chapter)):
            signal.disconnect(note, sender=sender)
        page_published.disconnect(note, sender=BookPage)

    assert told == [
        (pre_save, followed.pk),
        (post_save, followed.pk),
        (page_published, book.pk),
    ]
    entry = PageLogEntry.objects.filter(page=book, action="wagtail_autogallery.sync").get()
    assert entry.data["count"] == 1
    assert entry.revision == again(book).live_revision


def test_what_a_receiver_changes_in_a_child_is_saved_along():
    book = book_with(raw_gallery())

    def meddle(sender, instance, **kwargs):
        instance.title = "Meddled"

    pre_save.connect(meddle, sender=Chapter)
    try:
        image = synced_image()
    finally:
        pre_save.disconnect(meddle, sender=Chapter)

    (chapter,) = child_rows(book)
    assert chapter.title == "Meddled"
    assert images_in_children(book) == [[image]]


def test_children_of_a_child_and_other_columns_stay_in_row_and_revision():
    book = book_with(raw_gallery())
    (chapter,) = child_rows(book)
    Footnote.objects.create(chapter=chapter, text="See there")
    Chapter.objects.filter(pk=chapter.pk).update(title="By a script")

    synced_image()

    book = again(book)
    (child,) = book.live_revision.content["chapters"]
    assert child["title"] == "By a script"
    (chapter,) = book.chapters.all()
    assert chapter.footnotes.get().text == "See there"


def test_a_child_that_was_new_when_the_page_was_published_is_in_the_next_revision_with_its_key(
    admin_client,
):
    book = book_with(raw_gallery())
    chapters = [chapter_form(*opened(book)), new_chapter("Two", auto_sync_media="on")]
    book = publish(admin_client, book, chapters, initial=1)
    assert [child["pk"] for child in book.live_revision.content["chapters"]][1] is None

    image = synced_image()

    book = again(book)
    assert images_in_children(book) == [[image], [image]]
    assert images_in_children_of_revision(book.live_revision) == [[image], [image]]
    assert [child["pk"] for child in book.live_revision.content["chapters"]] == [
        child.pk for child in child_rows(book)
    ]


def test_a_snippet_with_children_is_a_holder_as_well(admin_client):
    album = album_with(raw_gallery(), raw_gallery())
    before = album.live_revision

    image = synced_image()

    album = again(album)
    assert images_in_children(album) == [[image], [image]]
    assert album.live_revision != before
    assert images_in_children_of_revision(album.live_revision) == [[image], [image]]
    assert ModelLogEntry.objects.for_instance(album).first().data["count"] == 1


def test_the_galleries_of_children_are_known_as_those_of_their_parent():
    book = book_with(raw_gallery(), raw_gallery())

    assert {row.field for row in follows(book)} == {"chapters.body"}
    assert {row.holder_key for row in Subscription.objects.all()} == {HolderKey.of(book)}


@pytest.mark.parametrize("with_a_draft", [False, True])
def test_a_child_costs_one_query_more_and_reading_them_all_another(with_a_draft):
    def cost(*galleries):
        book = book_with(*galleries)
        if with_a_draft:
            book.save_revision()
        ImageFactory()
        decide()
        make_smallest(seconds=60)
        with CaptureQueriesContext(connection) as queries:
            assert sync().holders == 1
        again(book).delete()
        asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        # Each gallery has a row of its own among ours, wherever it is.
        return len(
            [sql for sql in asked if "autogallery_subscription" not in sql or "UPDATE" not in sql]
        )

    cost(raw_gallery())  # Content types are cached from then on.
    one = cost(raw_gallery())

    assert cost(raw_gallery(), raw_gallery()) == one + 1
    features = connection.features
    # MariaDB has to be asked for the row of the base type first.
    needs_one_more = features.has_select_for_update and not features.has_select_for_update_of
    assert one - QUERIES_TO_FIND_A_HOLDER <= MOST_QUERIES + 1 + needs_one_more


# Busy, locked, scheduled, under review.


@needs_integer_keys
def test_a_draft_gets_the_images_and_is_not_published(admin_client):
    book = book_with(raw_gallery())
    book = save_draft(admin_client, book, [chapter_form(*opened(book))], title="Draft")
    draft = book.latest_revision
    published = []
    page_published.connect(lambda **kwargs: published.append(1), weak=False, dispatch_uid="t")

    image = synced_image()
    page_published.disconnect(dispatch_uid="t")

    book = again(book)
    assert images_in_children(book) == [[image]]
    assert book.latest_revision == draft
    assert book.title != "Draft"
    assert book.revisions.count() == 2
    for revision in (draft, book.live_revision):
        assert images_in_children_of_revision(revision) == [[image]]
    assert published == [1]

    book = publish(admin_client, book, [chapter_form(*opened(book))], title="Draft")
    assert images_in_children(book) == [[image]]


@needs_integer_keys
def test_a_child_added_in_a_draft_gets_nothing_until_it_is_published_and_follows_then(
    admin_client,
):
    book = book_with(raw_gallery())
    chapters = [chapter_form(*opened(book)), new_chapter("Two", auto_sync_media="on")]
    book = save_draft(admin_client, book, chapters, initial=1)
    before = synced_image()
    assert images_in_children_of_revision(again(book).latest_revision) == [[before], []]

    again(book).latest_revision.publish()
    after = synced_image()

    assert images_in_children(book) == [[before, after], [after]]


@needs_integer_keys
def test_a_child_without_a_key_that_is_published_again_and_again_keeps_its_ledger(admin_client):
    """Each publish of such a revision deletes the child and makes another one."""
    book = book_with()
    book = publish(admin_client, book, [new_chapter("One", auto_sync_media="on")], initial=0)
    revision = book.live_revision
    (first_key,) = (chapter.pk for chapter in child_rows(book))
    image = synced_image()
    (subscription,) = follows(book)

    revision.refresh_from_db()
    revision.publish()
    later = synced_image()

    assert images_in_children(book) == [[image, later]]
    assert child_rows(book)[0].pk != first_key
    assert follows(book) == [subscription]
    assert {row.mark for row in deliveries_to(book).values()} == {""}


@needs_integer_keys
def test_what_waits_is_not_lost_when_a_publish_makes_a_child_anew(admin_client):
    book = book_with()
    book = publish(admin_client, book, [new_chapter("One", auto_sync_media="on")], initial=0)
    book.locked = True
    book.save(update_fields=["locked"])
    image = synced_image()
    assert images_in_children(book) == [[]]

    book = again(book)
    book.live_revision.publish()
    book = again(book)
    book.locked = False
    book.save(update_fields=["locked"])
    sync()

    assert images_in_children(book) == [[image]]


@needs_integer_keys
def test_a_form_from_before_a_run_gets_the_images_as_it_is_published(admin_client):
    book = book_with(raw_gallery(), raw_gallery())
    one, two = (chapter_form(chapter) for chapter in opened(book))
    image = synced_image()
    assert images_in_children(book) == [[image], [image]]

    book = publish(admin_client, book, [one, two], title="Late")

    assert book.title == "Late"
    assert images_in_children(book) == [[image], [image]]
    assert images_in_children_of_revision(book.live_revision) == [[image], [image]]


@needs_integer_keys
def test_a_form_from_before_a_run_that_switches_the_toggle_off_keeps_what_went_live(admin_client):
    book = book_with(raw_gallery())
    (chapter,) = opened(book)
    image = synced_image()

    book = publish(admin_client, book, [chapter_form(chapter, auto_sync_media=None)])
    synced_image()

    assert images_in_children(book) == [[image]]
    assert follows(book) == []


@needs_integer_keys
def test_what_a_person_removes_from_a_child_stays_removed(admin_client, admin):
    book = book_with(raw_gallery())
    removed = synced_image()
    kept = synced_image()
    (chapter,) = opened(book)
    (item,) = (
        item
        for item in chapter.body.raw_data[0]["value"]["images"]
        if item["value"]["image"] == kept
    )

    images = list_form([(item["id"], kept, "", item["value"]["delivered"])])
    book = publish(admin_client, book, [chapter_form(chapter, images=images)])
    later = synced_image()

    assert images_in_children(book) == [[kept, later]]
    delivery = deliveries_to(book)[str(removed)]
    assert (delivery.mark, delivery.marked_by) == (Delivery.Mark.REMOVED, str(admin.pk))


@needs_integer_keys
def test_children_change_places_and_each_keeps_its_gallery(admin_client):
    chosen = ImageFactory()
    book = book_with(raw_gallery(chosen), raw_gallery())
    image = synced_image()
    one, two = (chapter_form(chapter) for chapter in opened(book))

    book = publish(admin_client, book, [two, one])
    later = synced_image()

    assert [chapter.title for chapter in child_rows(book)] == ["Chapter 2", "Chapter 1"]
    assert images_in_children(book) == [[image, later], [key_of(chosen), image, later]]
    assert len(follows(book)) == 2


@needs_integer_keys
def test_a_child_deleted_in_a_draft_follows_until_that_is_published(admin_client):
    book = book_with(raw_gallery(), raw_gallery())
    one, two = (chapter_form(chapter) for chapter in opened(book))
    book = save_draft(admin_client, book, [one, {**two, "DELETE": "1"}])

    image = synced_image()

    book = again(book)
    assert images_in_children(book) == [[image], [image]]
    assert images_in_children_of_revision(book.latest_revision) == [[image]]
    book.latest_revision.publish()
    later = synced_image()
    assert images_in_children(book) == [[image, later]]
    assert len(follows(book)) == 1


@needs_integer_keys
def test_a_deleted_child_that_an_older_version_brings_back_shows_what_it_showed(admin_client):
    book = book_with(raw_gallery(), raw_gallery())
    image = synced_image()
    with_both = again(book).latest_revision
    one, two = (chapter_form(chapter) for chapter in opened(book))
    book = publish(admin_client, book, [one, {**two, "DELETE": "1"}])
    meanwhile = synced_image()

    with_both.publish()
    later = synced_image()

    first, second = images_in_children(book)
    assert first == [image, meanwhile, later]
    assert second == [image, later]


@needs_integer_keys
def test_a_locked_page_waits_with_its_children(admin_client):
    book = book_with(raw_gallery())
    admin_client.post(reverse("wagtailadmin_pages:lock", args=[book.pk]))
    image = ImageFactory()

    assert sync().waiting == 1
    assert images_in_children(book) == [[]]
    assert follows(book)[0].state == Subscription.State.LOCKED
    admin_client.post(reverse("wagtailadmin_pages:unlock", args=[book.pk]))
    sync()

    assert images_in_children(book) == [[image.pk]]


@needs_integer_keys
def test_a_scheduled_page_goes_live_with_the_images_of_its_children(admin_client, let_time_pass):
    book = book_with(raw_gallery())
    in_a_week = (timezone.now() + timedelta(days=7)).strftime("%Y-%m-%d %H:%M")
    chapters = [chapter_form(*opened(book)), new_chapter("Two", auto_sync_media="on")]
    publish(admin_client, book, chapters, initial=1, title="Next", go_live_at=in_a_week)
    image = synced_image()

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")
    later = synced_image()

    book = again(book)
    assert book.title == "Next"
    assert images_in_children(book) == [[image, later], [later]]
    assert images_in_children_of_revision(book.live_revision) == [[image, later], [later]]


@needs_integer_keys
def test_a_moderator_who_approves_publishes_the_images_of_children(
    admin_client, moderated, moderate
):
    book = book_with(raw_gallery())
    book = send(admin_client, book, [chapter_form(*opened(book))], "action-submit", title="Ready")
    image = synced_image()
    assert images_in_children_of_revision(again(book).latest_revision) == [[image]]
    assert book.current_workflow_state.status == WorkflowState.STATUS_IN_PROGRESS

    moderate(again(book), "approve")

    assert again(book).title == "Ready"
    assert images_in_children(book) == [[image]]


@needs_integer_keys
def test_ten_autosaves_bring_an_image_once_and_without_a_history_entry_each(admin_client):
    book = book_with(raw_gallery())
    editor = Editor(admin_client, book)
    chapters = [chapter_form(*opened(book)), new_chapter("Two", auto_sync_media="on")]
    image = synced_image()
    entries = PageLogEntry.objects.filter(page=book, action="wagtail_autogallery.sync").count()

    for number in range(10):
        form = {**book_form(chapters, 1, title=f"Take {number}"), **editor.revision}
        headers = {"accept": "application/json"}
        answer = admin_client.post(editor.url, form, headers=headers).json()
        assert answer["success"], answer
        editor.revision["overwrite_revision_id"] = answer["revision_id"]
        sync()

    book = again(book)
    assert images_in_children(book) == [[image]]
    assert images_in_children_of_revision(book.latest_revision) == [[image], []]
    assert (
        PageLogEntry.objects.filter(page=book, action="wagtail_autogallery.sync").count() == entries
    )
    book = publish(admin_client, book, chapters, initial=1, title="Done")
    later = synced_image()
    assert images_in_children(book) == [[image, later], [later]]


@needs_integer_keys
def test_a_revert_shows_the_children_as_they_were(admin_client):
    book = book_with(raw_gallery())
    empty = book.latest_revision
    synced_image()
    url = reverse("wagtailadmin_pages:revisions_revert", args=[book.pk, empty.pk])
    (chapter,) = empty.as_object().chapters.all()
    form = book_form([chapter_form(chapter)], 1, "action-publish")

    assert admin_client.post(url, form).status_code == 302
    sync()
    assert images_in_children(book) == [[]]
    later = synced_image()

    assert images_in_children(book) == [[later]]


def test_a_page_that_was_never_published_is_amended_with_its_children_and_not_published():
    book = book_with(raw_gallery(), live=False)
    book.unpublish()
    image = synced_image()

    book = again(book)
    assert not book.live
    assert images_in_children(book) == [[image]]
    assert images_in_children_of_revision(book.latest_revision) == [[image]]


# Copies and aliases.


def test_a_copy_follows_with_children_of_its_own():
    book = book_with(raw_gallery())
    before = synced_image()
    waits = key_of(ImageFactory())

    copy = again(book).copy(update_attrs={"slug": "copy", "title": "Copy"})
    after = synced_image()

    for each in (book, copy):
        assert images_in_children(each) == [[before, waits, after]]
        assert images_in_children_of_revision(again(each).latest_revision) == [
            [before, waits, after]
        ]
    (one,), (other,) = follows(book), follows(copy)
    assert other.origin_key == one.key != other.key


def test_the_children_of_aliases_show_what_those_of_their_source_show():
    book = book_with(raw_gallery(), raw_gallery(follow=False))
    alias = book.create_alias(update_slug="alias")
    alias_of_alias = alias.create_alias(update_slug="alias-of-alias")

    at_rest = synced_image()
    again(book).save_revision()
    busy = synced_image()

    for each in (book, alias, alias_of_alias):
        assert images_in_children(each) == [[at_rest, busy], []]
    assert follows(alias) == follows(alias_of_alias) == []
    assert not set(child_rows(alias)) & set(child_rows(book))


def test_the_children_of_an_alias_know_their_originals_in_another_order():
    book = book_with(raw_gallery(), raw_gallery(follow=False))
    alias = book.create_alias(update_slug="alias")
    first, second = child_rows(alias)
    Chapter.objects.filter(pk=first.pk).update(sort_order=9)

    image = synced_image()

    assert [chapter.pk for chapter in child_rows(alias)] == [second.pk, first.pk]
    assert images_in_children(alias) == [[], [image]]


def test_an_alias_is_published_along_with_its_children():
    book = book_with(raw_gallery())
    alias = book.create_alias(update_slug="alias")
    image = synced_image()

    book = again(book)
    book.title = "Renamed"
    book.save_revision().publish()
    later = synced_image()

    assert again(alias).title == "Renamed"
    assert images_in_children(alias) == images_in_children(book) == [[image, later]]
    assert follows(alias) == []


def test_a_page_that_was_an_alias_follows_on_its_own(admin_client):
    book = book_with(raw_gallery())
    alias = book.create_alias(update_slug="alias")
    before = synced_image()

    url = reverse("wagtailadmin_pages:convert_alias", args=[alias.pk])
    assert admin_client.post(url).status_code == 302
    book.unpublish()
    after = synced_image()

    assert len(follows(alias)) == 1
    assert images_in_children(alias) == [[before, after]]


def test_an_alias_whose_source_is_deleted_adopts_the_galleries_of_children():
    book = book_with(raw_gallery())
    alias = book.create_alias(update_slug="alias")
    before = synced_image()

    again(book).delete()
    after = synced_image()

    alias = again(alias)
    assert images_in_children(alias) == [[before, after]]
    assert len(follows(alias)) == 1


# Scripts that save a child by itself.


def test_a_child_that_a_script_saves_with_an_older_list_loses_no_image():
    book = book_with(raw_gallery(), raw_gallery())
    old, _ = child_rows(book)
    image = synced_image()

    old.title = "By a script"
    old.save()

    assert images_in_children(book) == [[image], [image]]
    assert raw_images(old.body.raw_data[0]["value"]) == [image]
    later = synced_image()
    assert images_in_children(book) == [[image, later], [image, later]]
    assert len(follows(book)) == 2


def test_a_child_that_a_script_makes_follows_from_then_on():
    book = book_with()
    synced_image()

    Chapter.objects.create(book=book, body=raw_body(raw_gallery()))
    image = synced_image()

    assert images_in_children(book) == [[image]]
    (subscription,) = follows(book)
    stored = child_rows(book)[0].body.raw_data[0]["value"]
    assert stored["cursor"].startswith(subscription.key)


def test_a_save_that_writes_no_gallery_of_a_child_asks_nothing_of_ours():
    book = book_with(raw_gallery())
    (chapter,) = child_rows(book)

    with CaptureQueriesContext(connection) as queries:
        chapter.save(update_fields=["title"])

    assert not [query for query in queries if "wagtail_autogallery" in query["sql"]]


@pytest.mark.parametrize("write", [Chapter.save, Chapter.delete], ids=["save", "delete"])
def test_the_parent_is_locked_before_a_child_is_written_as_in_a_save_of_both(write):
    """In the other order, who publishes the page and who saves the child would end each other."""
    book = book_with(raw_gallery())
    (chapter,) = child_rows(book)

    with CaptureQueriesContext(connection) as queries:
        write(chapter)

    asked = [query["sql"] for query in queries]
    of_parent = [n for n, sql in enumerate(asked) if "wagtailcore_page" in sql]
    written = [
        n
        for n, sql in enumerate(asked)
        if "testapp_chapter" in sql and sql.startswith(("UPDATE", "DELETE"))
    ]
    assert of_parent[0] < written[0]
    if connection.features.has_select_for_update:
        assert "FOR UPDATE" in asked[of_parent[0]]


def test_a_page_whose_galleries_did_not_change_is_saved_with_at_most_two_more_queries():
    book = book_with(raw_gallery(), raw_gallery())
    synced_image()
    book = again(book)
    list(book.chapters.get_object_list())

    with CaptureQueriesContext(connection) as queries:
        book.save()

    ours = [query["sql"] for query in queries if "wagtail_autogallery" in query["sql"]]
    assert len(ours) <= 2, "\n".join(ours)


def test_a_child_that_a_script_deletes_follows_no_more_and_the_others_do():
    book = book_with(raw_gallery(), raw_gallery())
    first, _ = child_rows(book)

    first.delete()
    image = synced_image()

    assert images_in_children(book) == [[image]]
    assert len(follows(book)) == 1
    Chapter.objects.filter(book=book).delete()
    assert follows(book) == []


def test_the_relation_saved_alone_is_seen_as_well():
    book = book_with(raw_gallery())
    old = again(book)
    list(old.chapters.get_object_list())
    image = synced_image()

    old.title = "Written along"
    old.save(update_fields=["title", "chapters"])

    assert images_in_children(book) == [[image]]
    old.chapters.add(Chapter(title="New", sort_order=7, body=raw_body(raw_gallery())))
    old.save(update_fields=["chapters"])
    later = synced_image()
    assert images_in_children(book) == [[image, later], [later]]


def test_a_script_that_replaces_all_children_with_galleries_of_the_same_name_keeps_following():
    book = book_with(raw_gallery())
    image = synced_image()
    (old,) = child_rows(book)
    body = list(old.body.raw_data)

    book = again(book)
    book.chapters.set([Chapter(title="Anew", body=body)])
    book.save()
    later = synced_image()

    assert images_in_children(book) == [[image, later]]
    assert len(follows(book)) == 1


def test_a_child_whose_stream_was_copied_with_its_ids_is_a_gallery_of_its_own():
    book = book_with(raw_gallery())
    image = synced_image()
    (chapter,) = child_rows(book)

    Chapter.objects.create(book=book, title="Twin", sort_order=5, body=list(chapter.body.raw_data))
    later = synced_image()
    again(book).save_revision().publish()
    last = synced_image()

    assert images_in_children(book) == [[image, later, last], [image, later, last]]
    assert len(follows(book)) == 2


def test_deleting_the_parent_forgets_the_galleries_of_its_children():
    book, album = book_with(raw_gallery()), album_with(raw_gallery())
    synced_image()

    again(book).delete()
    again(album).delete()

    assert not Subscription.objects.exists()
    assert not Delivery.objects.exists()


# Around it.


def test_a_deleted_image_is_taken_out_of_children():
    book = book_with(raw_gallery())
    image = ImageFactory()
    sync()
    chosen = ImageFactory()
    sync()

    image.delete()
    sync()

    assert images_in_children(book) == [[key_of(chosen)]]
    assert images_in_children_of_revision(again(book).live_revision) == [[key_of(chosen)]]


def test_rebuilding_finds_the_galleries_of_children(capsys):
    book = book_with(raw_gallery(), raw_gallery(follow=False))
    Subscription.objects.all().delete()

    call_command("autogallery_rebuild")

    assert (
        "testapp.BookPage: 2 galleries in 1 page or snippet: 1 followed" in capsys.readouterr().out
    )
    image = synced_image()
    assert images_in_children(book) == [[image], []]


def test_a_block_that_this_process_does_not_know_in_a_child_stays():
    book = book_with(raw_gallery())
    (chapter,) = child_rows(book)
    carousel = raw_block("carousel", {"speed": 1.5}, "u")
    body = [carousel, *chapter.body.raw_data]
    Chapter.objects.filter(pk=chapter.pk).update(body=body)

    image = synced_image()

    content = json.loads(again(book).live_revision.content["chapters"][0]["body"])
    for stored in (content, stored_body(chapter)):
        assert stored[0] == carousel
        assert raw_images(stored[1]["value"]) == [image]


def stored_body(chapter):
    rows = streams.with_raw_data(Chapter.objects.filter(pk=chapter.pk))
    return rows.get().__dict__["raw_body"]


def test_the_read_only_api_shows_the_galleries_of_children(client):
    book = book_with(raw_gallery())
    image = synced_image()

    shown = client.get(f"/api/v2/pages/{book.pk}/?fields=chapters").json()

    (chapter,) = shown["chapters"]
    (item,) = chapter["body"][0]["value"]["images"]
    assert item["value"]["image"]["id"] == image


def test_a_page_made_in_the_admin_with_children_follows(admin_client):
    url = reverse("wagtailadmin_pages:add", args=["testapp", "bookpage", root_page().pk])
    chapters = [new_chapter("One", auto_sync_media="on"), new_chapter("Two")]
    chapters[1]["body"]["0"]["value"].pop("auto_sync_media")

    response = admin_client.post(url, book_form(chapters, 0, "action-publish"))
    assert response.status_code == 302, response.context["form"].errors
    image = synced_image()

    book = BookPage.objects.get()
    assert images_in_children(book) == [[image], []]
    assert images_in_children_of_revision(book.live_revision) == [[image], []]


def test_a_snippet_is_edited_with_its_children(admin_client):
    album = album_with(raw_gallery())
    (part,) = album.parts.all()
    missed = synced_image()
    form = {"title": "Edited", "parts": inline_formset([chapter_form_of_part(part)], initial=1)}
    url = reverse(album.snippet_viewset.get_url_name("edit"), args=[album.pk])

    response = admin_client.post(
        url, {**nested_form_data(form), "action-publish": "action-publish"}
    )
    assert response.status_code == 302, response.context["form"].errors

    album = Album.objects.get()
    assert album.title == "Edited"
    assert images_in_children(album) == [[missed]]


def chapter_form_of_part(part):
    part.title = ""
    form = chapter_form(part)
    del form["title"]
    return form
