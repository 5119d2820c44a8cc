from __future__ import annotations

import json

import pytest
from wagtail.models import CollectionViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    deliveries_to,
    editor_choosing,
    follows,
    images_in,
    key_of,
    page_with,
    raw_gallery,
    synced_image,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, Run
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import never_here, undo

pytestmark = pytest.mark.django_db

Mark = Delivery.Mark


def publish_without(page, *images):
    page = GalleryPage.objects.get(pk=page.pk)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    keys = [key_of(image) for image in images]
    body[0]["value"]["images"] = [
        item for item in body[0]["value"]["images"] if item["value"]["image"] not in keys
    ]
    page.body = json.dumps(body)
    page.save_revision().publish()


def add(page, image, user):
    (subscription,) = follows(page)
    return add_now(subscription, [str(image.pk)], user)


def test_an_image_from_before_the_gallery_followed_is_added_as_a_run_of_whoever_wants_it(admin):
    before = ImageFactory()
    page = page_with(raw_gallery())
    sync()

    assert add(page, before, admin) == [str(before.pk)]
    sync()

    assert images_in(page) == [before.pk]
    run = Run.objects.get(pk=deliveries_to(page)[str(before.pk)].run_id)
    assert (run.kind, run.user) == (Run.Kind.ADD_NOW, str(admin.pk))


def test_what_a_person_removed_comes_back_by_a_further_number(admin):
    page = page_with(raw_gallery())
    image, other = synced_image(), synced_image()
    publish_without(page, image)

    add(page, image, admin)
    publish_without(page)
    assert images_in(page) == [other.pk]
    sync()

    assert images_in(page) == [other.pk, image.pk]
    delivery = deliveries_to(page)[str(image.pk)]
    assert (delivery.numbers, delivery.number) == ([1, 3], 3)
    assert (delivery.mark, delivery.marked_by, delivery.marked_at) == ("", "", None)


def test_what_was_undone_comes_back(admin):
    page = page_with(raw_gallery())
    image = synced_image()
    undo([deliveries_to(page)[str(image.pk)].run_id], admin)
    sync()

    add(page, image, admin)
    sync()

    assert images_in(page) == [image.pk]


def test_what_was_never_to_come_comes(admin):
    page = page_with(raw_gallery())
    image = ImageFactory()
    never_here(follows(page)[0], [str(image.pk)], admin)
    sync()

    add(page, image, admin)
    sync()

    assert images_in(page) == [image.pk]


def test_its_run_can_be_undone_before_and_after_it_has_come(admin):
    page = page_with(raw_gallery())
    image = synced_image()
    publish_without(page, image)
    add(page, image, admin)

    undo([Run.objects.newest()], admin)
    sync()
    assert images_in(page) == []
    assert deliveries_to(page)[str(image.pk)].mark == Mark.UNDONE

    add(page, image, admin)
    sync()
    assert images_in(page) == [image.pk]
    undo([Run.objects.newest()], admin)
    sync()
    assert images_in(page) == []


def test_what_is_in_the_gallery_is_not_added_again(admin):
    chosen = ImageFactory()
    page = page_with(raw_gallery(chosen))
    came = synced_image()

    assert add(page, chosen, admin) == add(page, came, admin) == []
    assert not Run.objects.filter(kind=Run.Kind.ADD_NOW).exists()


def test_nothing_private_is_added_but_to_a_gallery_of_that_collection(admin):
    members = CollectionFactory()
    CollectionViewRestriction.objects.create(
        collection=members, restriction_type=CollectionViewRestriction.LOGIN
    )
    image = ImageFactory(collection=members)
    for_all = page_with(raw_gallery())
    for_members = page_with(raw_gallery(collection=members.pk))

    assert add(for_all, image, admin) == []
    assert add(for_members, image, admin) == [str(image.pk)]
    sync()

    assert images_in(for_all) == []
    assert images_in(for_members) == [image.pk]


def test_what_becomes_private_before_it_comes_does_not_come(admin):
    open_then = CollectionFactory()
    image = ImageFactory(collection=open_then)
    page = page_with(raw_gallery())
    add(page, image, admin)
    CollectionViewRestriction.objects.create(
        collection=open_then, restriction_type=CollectionViewRestriction.LOGIN
    )

    sync()

    assert images_in(page) == []
    assert deliveries_to(page)[str(image.pk)].reason == Delivery.Reason.PRIVATE


def test_nobody_adds_what_they_may_not_choose():
    coast, hills = CollectionFactory(), CollectionFactory()
    editor = editor_choosing(coast)
    on_coast, in_hills = ImageFactory(collection=coast), ImageFactory(collection=hills)
    page = page_with(raw_gallery())
    sync()

    assert add(page, on_coast, editor) == [str(on_coast.pk)]
    assert add(page, in_hills, editor) == []


def test_a_gallery_that_does_not_follow_takes_nothing(admin):
    image = ImageFactory()
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    page.body[0].value["auto_sync_media"] = False
    page.save_revision().publish()
    subscription.refresh_from_db()

    assert add_now(subscription, [str(image.pk)], admin) == []


def test_an_image_that_does_not_exist_is_left_out(admin):
    page = page_with(raw_gallery())

    assert add_now(follows(page)[0], ["987654", "no key"], admin) == []


def test_a_copy_that_does_not_follow_is_not_owed_what_is_to_come_again(admin):
    page = page_with(raw_gallery())
    image = synced_image()
    publish_without(page, image)
    add(page, image, admin)
    body = json.loads(json.dumps(list(GalleryPage.objects.get(pk=page.pk).body.raw_data)))
    body[0]["value"]["auto_sync_media"] = False

    copy = page.copy(update_attrs={"slug": "copy", "body": json.dumps(body)})
    assert deliveries_to(copy)[str(image.pk)].due_at is None
    body[0]["value"]["auto_sync_media"] = True
    copy.body = json.dumps(body)
    copy.save()
    sync()

    assert images_in(copy) == []
    assert images_in(page) == [image.pk]
