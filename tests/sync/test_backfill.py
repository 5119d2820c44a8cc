from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import CollectionViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    deliveries_to,
    editor_choosing,
    follows,
    images_in,
    page_with,
    raw_gallery,
    root_collection,
    synced_image,
)
from wagtail_autogallery.models import Delivery, Run
from wagtail_autogallery.sync import backfill as backfilling
from wagtail_autogallery.sync.backfill import backfill, count, count_in
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.places import ALL
from wagtail_autogallery.sync.taking_back import undo

pytestmark = pytest.mark.django_db


def private_collection(**fields):
    collection = CollectionFactory(**fields)
    CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.LOGIN
    )
    return collection


def test_what_was_there_comes_in_the_order_of_the_uploads_as_one_run(admin):
    first, second, third = (ImageFactory() for _ in range(3))
    page = page_with(raw_gallery(second))
    came = synced_image()
    (subscription,) = follows(page)

    assert count(subscription) == 2
    assert backfill(subscription, admin) == 2
    sync()

    assert images_in(page) == [second.pk, came.pk, first.pk, third.pk]
    runs = {d.run_id for image_id, d in deliveries_to(page).items() if image_id != str(came.pk)}
    run = Run.objects.get(pk=runs.pop())
    assert not runs
    assert (run.kind, run.user) == (Run.Kind.BACKFILL, str(admin.pk))
    assert count(subscription) == 0
    assert backfill(subscription, admin) == 0


def test_the_older_upload_comes_first_whatever_the_keys_say(admin):
    older, newer = ImageFactory(), ImageFactory()
    type(older).objects.filter(pk=newer.pk).update(created_at=older.created_at.replace(year=2001))
    page = page_with(raw_gallery())

    backfill(follows(page)[0], admin)
    sync()

    assert images_in(page) == [newer.pk, older.pk]


def test_it_can_be_undone(admin):
    ImageFactory()
    page = page_with(raw_gallery())
    stays = synced_image()
    (subscription,) = follows(page)
    backfill(subscription, admin)
    sync()

    undo([Run.objects.newest()], admin)
    sync()

    assert images_in(page) == [stays.pk]
    assert count(subscription) == 0


def test_what_was_removed_or_delivered_does_not_come_again(admin):
    page = page_with(raw_gallery())
    synced_image()
    (subscription,) = follows(page)
    page.refresh_from_db()
    page.body[0].value["images"] = []
    page.save_revision().publish()

    assert count(subscription) == 0
    assert backfill(subscription, admin) == 0


def test_only_its_collection_with_all_inside_of_it_counts(admin):
    coast = CollectionFactory()
    cliffs = CollectionFactory(parent=coast)
    inside = [ImageFactory(collection=coast), ImageFactory(collection=cliffs)]
    ImageFactory(collection=CollectionFactory())
    page = page_with(raw_gallery(collection=coast.pk))

    assert count(follows(page)[0]) == 2
    backfill(follows(page)[0], admin)
    sync()

    assert images_in(page) == [image.pk for image in inside]


def test_nothing_private_comes_but_to_a_gallery_inside_of_the_restriction(admin):
    members = private_collection()
    board = private_collection(parent=members)
    for_members, for_board = ImageFactory(collection=members), ImageFactory(collection=board)
    open_to_all = ImageFactory()
    in_all = page_with(raw_gallery())
    in_members = page_with(raw_gallery(collection=members.pk))
    in_board = page_with(raw_gallery(collection=board.pk))

    for page in (in_all, in_members, in_board):
        assert count(follows(page)[0]) == 1
        backfill(follows(page)[0], admin)
    sync()

    assert images_in(in_all) == [open_to_all.pk]
    assert images_in(in_members) == [for_members.pk]
    assert images_in(in_board) == [for_board.pk]


def test_with_a_maximum_the_newest_come_for_which_there_is_room(admin):
    images = [ImageFactory() for _ in range(4)]
    page = page_with(raw_gallery(max_images=3))
    came = synced_image()
    (subscription,) = follows(page)

    assert count(subscription) == 2
    assert backfill(subscription, admin) == 2
    sync()

    assert images_in(page) == [came.pk, images[2].pk, images[3].pk]


def test_in_slices_it_is_one_run(admin, monkeypatch):
    monkeypatch.setattr(backfilling, "IMAGES_PER_SLICE", 2)
    images = [ImageFactory() for _ in range(5)]
    page = page_with(raw_gallery())

    backfill(follows(page)[0], admin)
    sync()

    assert images_in(page) == [image.pk for image in images]
    assert Run.objects.filter(kind=Run.Kind.BACKFILL).count() == 1


def test_one_that_was_ended_on_its_way_is_completed_by_the_next(admin):
    first, second = ImageFactory(), ImageFactory()
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    run = Run.objects.open(kind=Run.Kind.BACKFILL)
    Delivery.objects.create(subscription=subscription, image_id=str(first.pk), run_id=run.number)

    assert count(subscription) == 1
    assert backfill(subscription, admin) == 1
    sync()

    assert images_in(page) == [first.pk, second.pk]


def test_counting_asks_as_little_of_many_images_as_of_few():
    file = ImageFactory().file.name
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    with CaptureQueriesContext(connection) as of_few:
        assert count(subscription) == 1
    for _ in range(50):
        ImageFactory(file=file, width=40, height=30)
    with CaptureQueriesContext(connection) as of_many:
        assert count(subscription) == 51
    assert len(of_many) == len(of_few) <= 5


def test_a_gallery_that_is_not_there_or_does_not_follow_has_nothing_to_come(admin):
    ImageFactory()
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    subscription.is_following = False

    assert count(subscription) == backfill(subscription, admin) == 0

    subscription.is_following = True
    page.delete()
    assert count(subscription) == backfill(subscription, admin) == 0


def test_before_a_gallery_is_saved_it_counts_what_its_editor_may_have_it_follow(admin):
    coast = CollectionFactory()
    ImageFactory(collection=coast)
    ImageFactory(collection=private_collection(parent=coast))
    ImageFactory()
    editor = editor_choosing(coast)

    assert count_in(ALL, admin) == 2
    assert count_in(coast.pk, admin) == count_in(coast.pk, editor) == 1
    assert count_in(ALL, editor) == 0
    assert count_in(root_collection().pk, editor) == 0
    assert count_in(987654, admin) == 0
