"""Content as years of editing and migrating leave it: nothing crashes, nothing is lost."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client
from wagtail.models import Revision

from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainSnippetFactory,
    follows,
    images_in,
    key_of,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    raw_item,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.galleries import galleries
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.subscriptions import rebuild

pytestmark = pytest.mark.django_db

BODY = GalleryPage._meta.get_field("body")


def stored_body(page):
    """The field as the database holds it, with what Wagtail would drop."""
    from wagtail_autogallery.models import HolderKey
    from wagtail_autogallery.sync.holders import Holder

    return Holder.lock(HolderKey.of(page), type(page)).row.raw["body"]


def page_storing(raw):
    """A published page whose row and revision hold this raw data, whatever Wagtail thinks of it."""
    page = page_with(raw_gallery())
    GalleryPage.objects.filter(pk=page.pk).update(body=raw)
    revision = page.latest_revision
    revision.content["body"] = json.dumps(raw)
    revision.save()
    page.refresh_from_db()
    list(rebuild(GalleryPage))
    return page


def test_a_followed_collection_that_was_deleted_is_not_replaced_by_all_collections():
    collection = CollectionFactory()
    page = page_with(raw_gallery(collection=collection.pk))
    collection.delete()
    ImageFactory()

    sync()

    assert images_in(page) == []
    (subscription,) = follows(page)
    assert subscription.state == Subscription.State.COLLECTION_DELETED
    assert subscription.get_state_display() == "Follows nothing: its collection was deleted"


def test_items_without_an_image_take_no_place():
    empty = raw_item(None)
    page = page_storing(raw_body({**raw_gallery(max_images=2), "images": [empty, empty]}))

    images = [ImageFactory().pk for _ in range(3)]
    sync()

    assert [pk for pk in images_in(page) if pk] == images[1:]
    assert follows(page)[0].state == Subscription.State.FOLLOWING


def test_a_maximum_that_is_stored_as_text_is_one():
    page = page_storing(raw_body(raw_gallery(max_images="2")))

    images = [ImageFactory().pk for _ in range(3)]
    sync()

    assert images_in(page) == images[1:]


def test_an_image_deleted_between_upload_and_sync_is_skipped():
    page = page_with(raw_gallery())
    gone, stays = ImageFactory(), ImageFactory()
    gone.delete()

    report = sync()

    assert report.failures == 0
    assert images_in(page) == [stays.pk]


@pytest.mark.parametrize("key", [999_999, 10**30, "no key"])
def test_an_item_whose_image_never_existed_is_dropped_by_the_next_write(key):
    page = page_with(raw_gallery(key))
    stays = ImageFactory()

    assert sync().failures == 0

    assert [item["value"]["image"] for item in stored_body(page)[0]["value"]["images"]] == [
        key_of(stays)
    ]
    page.refresh_from_db()
    (shown,) = page.body[0].value.shown
    assert shown["image"] == stays
    assert Client().get(page.url).status_code == 200


def test_a_block_type_that_no_longer_exists_is_kept():
    removed = raw_block("carousel", {"slides": [1, 2, 3]})
    page = page_storing([removed, *raw_body(raw_gallery())])
    image = ImageFactory()

    report = sync()

    assert (report.holders, report.failures) == (1, 0)
    before, gallery = stored_body(page)
    assert before == removed
    assert [item["value"]["image"] for item in gallery["value"]["images"]] == [
        raw_item(image)["value"]["image"]
    ]
    content = Revision.objects.get(pk=page.live_revision_id).content
    assert json.loads(content["body"])[0] == removed


def test_a_child_that_was_removed_from_a_block_is_kept():
    gallery = {**raw_gallery(), "layout": "mosaic"}
    page = page_storing(raw_body(gallery))
    ImageFactory()

    assert sync().holders == 1

    stored = stored_body(page)[0]["value"]
    assert stored["layout"] == "mosaic"
    assert len(stored["images"]) == 1


def test_a_gallery_stored_before_it_had_today_s_children_is_synced():
    old = ImageFactory()
    page = page_storing(
        [{"type": "gallery", "value": {"images": [raw_item(old)], "auto_sync_media": True}}]
    )
    new = ImageFactory()

    assert sync().failures == 0

    assert images_in(page) == [old.pk, new.pk]


@pytest.mark.parametrize("as_struct", [True, False])
def test_items_in_the_list_format_of_old_wagtail_versions_are_kept(as_struct):
    old = ImageFactory()
    key = raw_item(old)["value"]["image"]
    item = {"image": key, "caption": "", "alt_text": ""} if as_struct else key
    page = page_storing(raw_body({**raw_gallery(), "images": [item]}))
    new = ImageFactory()

    assert sync().failures == 0

    assert images_in(page) == [old.pk, new.pk]


def test_a_field_that_holds_no_stream_at_all_does_not_stop_the_run():
    page = page_with(raw_gallery())
    GalleryPage.objects.filter(pk=page.pk).update(body={"not": "a stream"})
    other = page_with(raw_gallery())
    image = ImageFactory()

    report = sync()

    assert report.failures == 0
    assert images_in(other) == [image.pk]


def test_a_model_without_revisions_is_written_and_its_other_fields_are_not():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()), title="Before")
    image = ImageFactory()
    stale = type(snippet).objects.get(pk=snippet.pk)
    stale.title = "Changed meanwhile"
    stale.save(update_fields=["title"])

    assert sync().failures == 0

    snippet.refresh_from_db()
    assert snippet.title == "Changed meanwhile"
    assert images_in(snippet) == [image.pk]


def test_a_gallery_with_broken_settings_falls_back_to_its_defaults(caplog):
    broken = raw_gallery(collection="everything", max_images="many", new_images="middle")
    page = page_storing(raw_body(broken))
    image = ImageFactory()

    with caplog.at_level(logging.ERROR):
        assert sync().failures == 0

    (gallery,) = galleries(BODY, stored_body(page))
    assert [str(item["value"]["image"]) for item in gallery.items] == [str(image.pk)]
    assert caplog.records == []


def test_content_copied_from_another_site_with_its_cursor_follows_from_now_on():
    page = GalleryPageFactory(body=raw_body(raw_gallery(cursor=4711)))
    image = ImageFactory()

    sync()

    assert images_in(page) == [image.pk]
