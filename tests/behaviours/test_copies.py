"""Copies of galleries that go by one name: each has the past of the one it was copied from."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from wagtail.models import Locale

from tests.factories import (
    CollectionFactory,
    images_in,
    page_with,
    raw_block,
    raw_gallery,
    synced_image,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, HolderKey, Subscription
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def as_loaded(page):
    return GalleryPage.objects.get(pk=page.pk)


def duplicate(page, index, **values):
    """Duplicate a gallery of the page in its editor, change the duplicate there, and publish."""
    page = as_loaded(page)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    copy = json.loads(json.dumps(body[index]["value"]))
    page.body = [*body, raw_block("gallery", {**copy, **values})]
    page.save_revision().publish()
    return as_loaded(page)


def switch(page, index, **values):
    page = as_loaded(page)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    body[index]["value"] |= values
    page.body = body
    page.save_revision().publish()
    return as_loaded(page)


def copied(page):
    return as_loaded(page).copy(update_attrs={"slug": f"{page.slug}-copy"})


def converted(page):
    alias = as_loaded(page).create_alias(update_slug=f"{page.slug}-alias")
    alias.alias_of = None
    alias.save()
    return alias


def translated(page):
    locale, _ = Locale.objects.get_or_create(language_code="fr")
    translation = as_loaded(page).copy_for_translation(locale, copy_parents=True)
    translation.live = True
    translation.save()
    return translation


def outliving(page):
    """An alias whose source is deleted."""
    alias = as_loaded(page).create_alias(update_slug=f"{page.slug}-alias")
    as_loaded(page).delete()
    return as_loaded(alias)


def shown(page):
    page = as_loaded(page)
    return [images_in(page, index) for index in range(len(page.body))]


ways = pytest.mark.parametrize("way", [copied, converted, translated, outliving])


@ways
@pytest.mark.parametrize("is_original_off", [False, True])
def test_a_duplicate_that_is_switched_off_is_copied_as_it_is(way, is_original_off):
    """The original has gone on, and the duplicate still goes by its name."""
    page = page_with(raw_gallery(max_images=2))
    in_both = [synced_image().pk for _ in range(2)]
    page = duplicate(page, 0, auto_sync_media=False)
    later = [synced_image().pk for _ in range(2)]
    if is_original_off:
        page = switch(page, 0, auto_sync_media=False)
    assert shown(page) == [later, in_both]

    copy = way(page)
    sync()

    assert shown(copy) == [later, in_both]


@ways
def test_a_duplicate_that_follows_something_else_is_copied_with_what_came_there(way):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=CollectionFactory().pk))
    page = duplicate(page, 0, collection=coast.pk)
    inland = CollectionFactory()
    page = switch(page, 0, collection=inland.pk)
    original_only = synced_image(collection=inland)

    copy = way(page)
    duplicate_only = synced_image(collection=coast)

    assert shown(copy) == [[original_only.pk], [duplicate_only.pk]]


@ways
def test_what_waits_for_a_duplicate_comes_to_its_copy_and_to_no_other(way):
    coast, inland = CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=inland.pk))
    first = synced_image(collection=inland)
    page = duplicate(page, 0, collection=coast.pk)
    page.locked = True
    page.save()
    waits = synced_image(collection=coast)
    assert shown(page) == [[first.pk], [first.pk]]

    copy = way(page)
    copy.locked = False
    copy.save(update_fields=["locked"])
    sync()

    assert shown(copy) == [[first.pk], [first.pk, waits.pk]]


@ways
def test_the_copy_of_a_copy_has_what_the_copy_has(way):
    page = page_with(raw_gallery())
    first = synced_image()
    copy = switch(copied(page), 0, auto_sync_media=False)
    first_only = synced_image()
    assert shown(page) == [[first.pk, first_only.pk]]

    copy_of_copy = way(copy)
    sync()

    assert shown(copy_of_copy) == [[first.pk]]
    later = synced_image()
    assert shown(copy_of_copy) == [[first.pk]]
    assert shown(page) == [[first.pk, first_only.pk, later.pk]]


def test_the_duplicate_of_a_duplicate_has_what_that_has():
    coast = CollectionFactory()
    page = page_with(raw_gallery())
    first = synced_image()
    page = duplicate(page, 0, collection=coast.pk)
    original_only = synced_image()
    assert shown(page) == [[first.pk, original_only.pk], [first.pk]]

    page = duplicate(page, 1)
    both = synced_image(collection=coast)

    assert shown(page) == [
        [first.pk, original_only.pk, both.pk],
        [first.pk, both.pk],
        [first.pk, both.pk],
    ]


def test_a_duplicate_of_the_original_has_its_past_whatever_duplicates_there_are():
    page = page_with(raw_gallery())
    first = synced_image()
    page = duplicate(page, 0, auto_sync_media=False)
    form = as_loaded(page)
    body = json.loads(json.dumps(list(form.body.raw_data)))
    form.body = [*body, raw_block("gallery", body[0]["value"])]
    while_open = synced_image()

    form.save_revision().publish()

    assert shown(page) == [[first.pk, while_open.pk], [first.pk], [first.pk, while_open.pk]]


@pytest.mark.parametrize("follow", [True, False])
def test_the_duplicate_of_a_duplicate_is_not_the_original_that_was_deleted(follow):
    page = page_with(raw_gallery())
    first = synced_image()
    page = duplicate(page, 0, auto_sync_media=False)
    original_only = synced_image()
    assert shown(page) == [[first.pk, original_only.pk], [first.pk]]
    # Where that is done at once, it might as well be the original, moved in a form of before.
    page.body = list(page.body.raw_data)[1:]
    page.save_revision().publish()
    page = as_loaded(page)
    copy = {**page.body.raw_data[-1]["value"], "auto_sync_media": follow}
    page.body = [page.body.raw_data[-1], raw_block("gallery", json.loads(json.dumps(copy)))]

    page.save_revision().publish()
    sync()

    assert shown(page) == [[first.pk], [first.pk]]
    later = synced_image()
    assert shown(page) == [[first.pk], [first.pk, later.pk] if follow else [first.pk]]


@pytest.mark.parametrize("follow", [True, False])
def test_an_original_that_is_moved_in_a_form_of_before_is_no_duplicate(follow):
    page = page_with(raw_gallery())
    first = synced_image()
    page = duplicate(page, 0, auto_sync_media=False)
    form = as_loaded(page)
    body = json.loads(json.dumps(list(form.body.raw_data)))
    form.body = [body[1], raw_block("gallery", body[0]["value"])]
    while_open = synced_image()
    page = switch(page, 0, auto_sync_media=follow)

    form.save_revision().publish()
    later = synced_image()

    assert shown(page) == [[first.pk], [first.pk, while_open.pk, later.pk]]
    assert Subscription.objects.of(HolderKey.of(page)).count() == 2


def test_what_was_removed_from_a_duplicate_stays_removed_in_its_copy():
    page = page_with(raw_gallery())
    kept, removed = synced_image(), synced_image()
    page = duplicate(page, 0, auto_sync_media=False)
    page = as_loaded(page)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    del body[1]["value"]["images"][1]
    page.body = body
    page.save_revision().publish()

    copy = copied(page)
    sync()

    assert shown(page) == shown(copy) == [[kept.pk, removed.pk], [kept.pk]]
    [duplicate_of_copy] = Subscription.objects.of(HolderKey.of(copy)).filter(is_following=False)
    marked = Delivery.objects.of_subscriptions([duplicate_of_copy]).exclude(mark="")
    assert [(delivery.image_id, delivery.mark) for delivery in marked] == [
        (str(removed.pk), Delivery.Mark.REMOVED)
    ]


def test_copies_of_many_pages_that_were_copied_from_one_follow_as_they_do(admin_client):
    template = page_with(raw_gallery())
    first = synced_image()
    pages = [
        as_loaded(template).copy(update_attrs={"slug": f"copy-{number}"}) for number in range(3)
    ]
    pages[1] = switch(pages[1], 0, auto_sync_media=False)
    second = synced_image()

    url = reverse("wagtailadmin_pages:copy", args=[pages[1].pk])
    data = {"new_title": "Copy", "new_slug": "last", "new_parent_page": template.get_parent().pk}
    admin_client.post(url, {**data, "publish_copies": "on"})
    third = synced_image()

    last = GalleryPage.objects.get(slug="last")
    assert shown(last) == [[first.pk]]
    assert shown(pages[2]) == [[first.pk, second.pk, third.pk]]
