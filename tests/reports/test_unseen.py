"""What a form asks for that was opened before a sync, and what becomes of it when it is saved."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.factories import (
    ImageFactory,
    book_with,
    follows,
    images_in,
    key_of,
    page_with,
    raw_gallery,
    stored_images,
)
from tests.forms import grid_form, needs_integer_keys, publish, save_draft
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, HolderKey
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def opened(page):
    """The first gallery of a page as a form has it that is opened now."""
    return GalleryPage.objects.get(pk=page.pk).body.raw_data[0]["value"]


def ask(client, page, cursor, name="states"):
    url = reverse(f"wagtail_autogallery_admin:{name}")
    query = {"holder": HolderKey.of(page).as_text(), "cursor": cursor}
    return client.get(url, query).json()


def unseen(client, page, cursor):
    """The keys of what the form with this cursor is told that it lacks."""
    return told(client, page, cursor).get("unseen", [])


def waiting(client, page, cursor):
    """The keys of what the form with this cursor is told that waits in the draft."""
    return told(client, page, cursor).get("waiting", [])


def told(client, page, cursor):
    return ask(client, page, cursor).get(cursor, {})


def items_to_show(client, page, cursor):
    return ask(client, page, cursor, "unseen_items")


def show(client, page, form):
    """What *show them* makes of the gallery in a form."""
    came = items_to_show(client, page, form["cursor"])
    shown = [{"type": "item", "id": one["id"], "value": one["value"]} for one in came["items"]]
    return {"images": grid_form([*form["images"], *shown]), "cursor": came["cursor"]}


def uploaded(count=1):
    images = [ImageFactory() for _ in range(count)]
    sync()
    return images


def test_a_form_is_told_what_came_since_it_was_opened_and_nothing_else(admin_client):
    page = page_with(raw_gallery())
    uploaded()
    form = opened(page)
    assert unseen(admin_client, page, form["cursor"]) == []

    came = uploaded(2)

    assert unseen(admin_client, page, form["cursor"]) == [str(image.pk) for image in came]


def test_what_is_shown_is_what_saving_puts_in(admin_client):
    page = page_with(raw_gallery(ImageFactory()))
    form = opened(page)
    (came,) = uploaded()

    (told,) = items_to_show(admin_client, page, form["cursor"])["items"]

    item = opened(page)["images"][-1]
    assert {"type": "item", "id": told["id"], "value": told["value"]} == item
    assert told["image"]["title"] == came.title


@needs_integer_keys
def test_what_was_shown_is_kept_and_what_is_then_taken_out_stays_out(admin_client):
    page = page_with(raw_gallery())
    form = opened(page)
    kept, refused = uploaded(2)
    changes = show(admin_client, page, form)

    page = publish(admin_client, page, **changes)
    assert images_in(page) == [key_of(kept), key_of(refused)]

    without = [one for one in opened(page)["images"] if one["value"]["image"] != key_of(refused)]
    page = publish(admin_client, page, images=grid_form(without), cursor=changes["cursor"])

    assert images_in(page) == [key_of(kept)]
    removed = Delivery.objects.get(image_id=str(refused.pk))
    assert removed.mark == Delivery.Mark.REMOVED
    sync()
    assert stored_images(GalleryPage.objects.get(pk=page.pk)) == [key_of(kept)]


@needs_integer_keys
def test_what_is_taken_out_of_the_form_where_it_was_shown_is_a_removal(admin_client):
    page = page_with(raw_gallery())
    form = opened(page)
    uploaded(2)
    cursor = show(admin_client, page, form)["cursor"]

    page = publish(admin_client, page, images="[]", cursor=cursor)

    assert images_in(page) == []
    assert set(Delivery.objects.values_list("mark", flat=True)) == {Delivery.Mark.REMOVED}


@needs_integer_keys
def test_what_came_after_it_was_shown_is_kept_too(admin_client):
    page = page_with(raw_gallery())
    form = opened(page)
    (first,) = uploaded()
    changes = show(admin_client, page, form)
    (second,) = uploaded()
    assert unseen(admin_client, page, changes["cursor"]) == [str(second.pk)]

    page = save_draft(admin_client, page, **changes)

    draft = page.get_latest_revision_as_object().body.raw_data[0]["value"]["images"]
    assert [item["value"]["image"] for item in draft] == [key_of(first), key_of(second)]


@needs_integer_keys
def test_what_was_removed_undone_or_deleted_meanwhile_is_not_offered(admin_client):
    page = page_with(raw_gallery())
    form = opened(page)
    kept, removed, undone, deleted = uploaded(4)
    others = [one for one in opened(page)["images"] if one["value"]["image"] != key_of(removed)]
    page = publish(admin_client, page, images=grid_form(others), cursor=opened(page)["cursor"])
    Delivery.objects.filter(image_id=str(undone.pk)).update(mark=Delivery.Mark.UNDONE)
    deleted.delete()

    assert unseen(admin_client, page, form["cursor"]) == [str(kept.pk)]


def test_a_cursor_that_the_ledger_does_not_bear_out_is_told_nothing(admin_client):
    page = page_with(raw_gallery())
    form = opened(page)
    uploaded(2)
    key = Cursor.parse(form["cursor"]).key

    for cursor in ["", "x", "unknown:0:", f"{key}:1:0"]:
        assert unseen(admin_client, page, cursor) == []
        assert items_to_show(admin_client, page, cursor) == {}


def test_nobody_learns_of_a_page_that_they_may_not_edit(client, django_user_model):
    page = page_with(raw_gallery(), raw_gallery(review_new_images=True))
    form = opened(page)
    uploaded()
    stranger = django_user_model.objects.create_user("stranger")
    stranger.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(stranger)

    assert ask(client, page, form["cursor"]) == {}
    assert items_to_show(client, page, form["cursor"]) == {}


def test_a_form_is_told_what_waits_in_the_draft_until_it_is_published(admin_client):
    page = page_with(raw_gallery(review_new_images=True))
    images = uploaded(2)
    draft = GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    cursor = draft.body.raw_data[0]["value"]["cursor"]
    assert waiting(admin_client, page, cursor) == [str(image.pk) for image in images]
    assert unseen(admin_client, page, cursor) == []
    assert items_to_show(admin_client, page, cursor) == {}

    draft.save_revision().publish()

    assert waiting(admin_client, page, opened(page)["cursor"]) == []


def test_what_waits_before_it_comes_into_a_draft_is_in_no_form(admin_client):
    page = page_with(raw_gallery(review_new_images=True))
    form = opened(page)
    GalleryPage.objects.filter(pk=page.pk).update(locked=True)
    uploaded()
    Delivery.objects.update(offer=0, reason=Delivery.Reason.WITHHELD)

    assert waiting(admin_client, page, form["cursor"]) == []


def test_a_gallery_in_a_child_object_is_asked_for_by_its_page(admin_client):
    book = book_with(raw_gallery())
    (subscription,) = follows(book)
    (came,) = uploaded()

    told = items_to_show(admin_client, book, f"{subscription.key}:0:")

    assert [item["image"]["id"] for item in told["items"]] == [key_of(came)]


def test_a_form_asks_little_whatever_came(admin_client, django_assert_max_num_queries):
    page = page_with(raw_gallery())
    form = opened(page)
    uploaded(9)

    # Session and user, the galleries, what each sentence of the state needs, and for what came and
    # what waits the ledger, the images and the page.
    with django_assert_max_num_queries(22):
        ask(admin_client, page, form["cursor"])
