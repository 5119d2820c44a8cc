"""Who switches a gallery on may wish for the images that are already there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.test.utils.form_data import nested_form_data, streamfield

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainSnippetFactory,
    deliveries_to,
    editor_choosing,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
    root_page,
    synced_image,
)
from tests.forms import edit_form, gallery_form, needs_integer_keys, publish, save_draft
from tests.testapp.models import GalleryPage, PlainSnippet
from wagtail_autogallery.models import Run, Wish
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import undo
from wagtail_autogallery.tasks import sync_beforehand

pytestmark = [pytest.mark.django_db, needs_integer_keys]

#: What a form sends of a new wish.
WISH = {"auto_sync_media": "on", "add_existing": "yes"}


def draft_of(page):
    return GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def wish_in(page):
    return page.body.raw_data[0]["value"]["add_existing"]


def backfills():
    return Run.objects.filter(kind=Run.Kind.BACKFILL)


def test_it_is_done_by_the_job_in_the_order_of_the_uploads_as_one_run_that_can_be_undone(
    admin_client, admin
):
    first, second = ImageFactory(), ImageFactory()
    sync()
    page = publish(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    assert images_in(page) == []
    assert sync_beforehand().is_needed()

    sync()
    after = synced_image()

    assert images_in(page) == [first.pk, second.pk, after.pk]
    run = backfills().get()
    assert run.user == str(admin.pk)
    undo([run.number], admin)
    sync()
    assert images_in(page) == [after.pk]


def test_nothing_comes_before_it_is_published(admin_client):
    image = ImageFactory()
    page = save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    sync()
    assert follows(page) == []
    assert deliveries_to(page) == {}

    page = publish(admin_client, draft_of(page))
    sync()

    assert images_in(page) == [image.pk]


def test_nothing_comes_to_a_page_that_was_never_published_until_it_is(admin_client):
    image = ImageFactory()
    page = page_with(raw_gallery(follow=False), live=False)
    GalleryPage.objects.filter(pk=page.pk).update(live=False)
    page.refresh_from_db()
    page = save_draft(admin_client, page, **WISH)
    assert follows(page)
    sync()
    assert images_in(page) == []

    page = publish(admin_client, draft_of(page))
    sync()

    assert images_in(page) == [image.pk]


def add_form(**gallery):
    comments = dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"), 0)
    fields = gallery_form(raw_gallery(follow=False), **gallery)
    return nested_form_data(
        {
            "title": "New",
            "slug": "new",
            "body": streamfield([("gallery", fields)]),
            "sidebar": streamfield([]),
            "comments": comments,
        }
    )


@pytest.mark.parametrize("is_draft_first", [False, True])
def test_a_new_page_gets_them_when_it_is_published(admin_client, is_draft_first):
    image = ImageFactory()
    url = reverse("wagtailadmin_pages:add", args=["testapp", "gallerypage", root_page().pk])
    action = {} if is_draft_first else {"action-publish": "action-publish"}

    response = admin_client.post(url, {**add_form(**WISH), **action})

    assert response.status_code == 302
    page = GalleryPage.objects.get(slug="new")
    if is_draft_first:
        sync()
        assert images_in(page) == []
        page = publish(admin_client, draft_of(page))
    sync()
    assert images_in(page) == [image.pk]
    assert wish_in(page) == wish_in(draft_of(page)) == ""


def test_a_snippet_without_drafts_gets_them_when_it_is_saved(admin_client):
    image = ImageFactory()
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery(follow=False)))
    url = reverse(PlainSnippet.snippet_viewset.get_url_name("edit"), args=[snippet.pk])

    response = admin_client.post(url, edit_form(snippet, **WISH))
    sync()

    assert response.status_code == 302
    assert images_in(snippet) == [image.pk]


def test_a_wish_is_heard_once_whatever_content_still_carries_it(admin_client):
    ImageFactory()
    kept, removed = ImageFactory(), ImageFactory()
    page = save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    old_form = draft_of(page)
    publish(admin_client, old_form)
    sync()
    page = GalleryPage.objects.get(pk=page.pk)
    assert wish_in(page) == wish_in(draft_of(page)) == ""
    items = page.body.raw_data[0]["value"]["images"]
    assert [item["value"]["image"] for item in items][1:] == [kept.pk, removed.pk]
    page.body.raw_data[0]["value"]["images"] = items[:2]
    page = publish(admin_client, page)
    page = publish(admin_client, page, auto_sync_media=None)
    while_it_was_off = synced_image()

    page = publish(admin_client, old_form)
    sync()

    assert removed.pk not in images_in(page)
    assert while_it_was_off.pk not in images_in(page)
    assert backfills().count() == Wish.objects.count() == 1


def test_what_is_there_by_hand_is_not_added_once_more(admin_client):
    by_hand, other = ImageFactory(), ImageFactory()
    page = publish(admin_client, page_with(raw_gallery(by_hand, follow=False)), **WISH)
    sync()

    assert images_in(page) == [by_hand.pk, other.pk]


@pytest.mark.parametrize("keep_live", [True, False])
def test_the_copy_of_a_page_wishes_nothing(admin_client, keep_live):
    image = ImageFactory()
    page = save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    copy = GalleryPage.objects.get(pk=page.pk).copy(
        update_attrs={"slug": "copy"}, keep_live=keep_live
    )
    copy = publish(admin_client, draft_of(copy))
    sync()
    assert images_in(copy) == []
    assert backfills().count() == 0

    page = publish(admin_client, draft_of(page))
    sync()
    assert images_in(page) == [image.pk]
    assert images_in(copy) == []


def test_of_two_blocks_that_carry_the_same_wish_one_is_heard(admin_client):
    image = ImageFactory()
    page = draft_of(save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH))
    block = page.body.raw_data[0]
    page.body = [block, {"type": "gallery", "value": block["value"]}]
    page.save_revision().publish()
    sync()

    assert images_in(page, 0) == [image.pk]
    assert images_in(page, 1) == []


def test_switched_off_again_before_it_is_published_nothing_is_wished_any_more(admin_client):
    ImageFactory()
    page = save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    page = save_draft(admin_client, draft_of(page), auto_sync_media=None)

    assert wish_in(draft_of(page)) == ""


@pytest.fixture
def coast():
    return CollectionFactory(name="Coast")


@pytest.fixture
def editor_client(coast):
    """Of somebody who may choose images of the coast."""
    client = Client()
    client.force_login(editor_choosing(coast))
    return client


def test_who_may_choose_them_may_wish_for_them(editor_client, coast):
    there, _elsewhere = ImageFactory(collection=coast), ImageFactory()
    page = page_with(raw_gallery(follow=False))

    page = publish(editor_client, page, **WISH, collection=coast.pk)
    sync()

    assert images_in(page) == [there.pk]


def test_who_may_not_choose_them_cannot_wish_for_them(editor_client):
    """Though they may save a gallery that follows them already."""
    ImageFactory()
    page = page_with(raw_gallery())
    forged = f":1:{'0' * 24}"

    for said in ("yes", forged):
        page = publish(editor_client, page, add_existing=said)
        sync()

    assert images_in(page) == []
    assert not Wish.objects.exists()


def test_who_saves_between_does_not_take_the_wish_of_another_away(
    admin_client, admin, editor_client
):
    image = ImageFactory()
    page = save_draft(admin_client, page_with(raw_gallery(follow=False)), **WISH)
    page = save_draft(editor_client, draft_of(page), max_images=5)

    page = publish(editor_client, draft_of(page))
    sync()

    assert images_in(page) == [image.pk]
    assert backfills().get().user == str(admin.pk)


def test_what_could_not_be_done_is_tried_again(admin_client, caplog):
    image = ImageFactory()
    page = publish(admin_client, page_with(raw_gallery(follow=False)), **WISH)

    def refuse(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "wagtail_autogallery_delivery" in sql:
            raise DatabaseError("The disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        sync()
    assert "Could not add what is already there" in caplog.text
    assert "The disk is full" in caplog.text
    assert images_in(page) == []

    Wish.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    sync()
    assert images_in(page) == [image.pk]
