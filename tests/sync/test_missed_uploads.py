from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.images import get_image_model

from tests.factories import (
    ImageFactory,
    arrivals_of,
    images_in,
    page_with,
    picture_file,
    raw_gallery,
)
from tests.roots import root_collection
from wagtail_autogallery import signal_handlers
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival, Run
from wagtail_autogallery.sync import missed_uploads
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.missed_uploads import (
    not_looked_at_since,
    record_missed_uploads,
    record_uploads,
)
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_app_has_been_at_work():
    ImageFactory()
    Arrival.objects.update(created_at=timezone.now() - timedelta(days=1))


def image_of(**age):
    """An image of that age whose process was killed before it could write the arrival."""
    image = ImageFactory()
    arrivals = Arrival.objects.of_images([str(image.pk)])
    arrivals.delete()
    get_image_model().objects.filter(pk=image.pk).update(
        created_at=timezone.now() - timedelta(**age)
    )
    return image


def bulk_create(number):
    """As many images, as a script makes them."""
    model = get_image_model()
    fields = {"file": picture_file(), "width": 40, "height": 30, "collection": root_collection()}
    model.objects.bulk_create([model(title=f"{n}", **fields) for n in range(number)])
    return list(model.objects.order_by("-created_at", "-pk")[:number])[::-1]


def test_a_drain_finds_an_upload_that_nobody_wrote_down():
    page = page_with(raw_gallery())
    image = image_of(minutes=5)

    drain(limit=100)

    assert images_in(page) == [image.pk]


def test_it_is_found_once():
    image = image_of(minutes=5)

    assert [record_missed_uploads(), record_missed_uploads()] == [1, 0]
    assert len(arrivals_of(image)) == 1


def test_it_is_found_however_long_no_drain_came():
    page = page_with(raw_gallery())
    long_ago = timezone.now() - timedelta(days=3)
    Run.objects.update(opened_at=long_ago, decided_at=long_ago)
    image = image_of(hours=60)

    drain(limit=100)

    assert images_in(page) == [image.pk]


def test_what_is_older_than_the_run_before_was_looked_at_then():
    decide()
    image_of(hours=2)

    assert record_missed_uploads() == 0


def test_an_image_of_a_transaction_that_takes_its_time_is_found_when_it_is_committed():
    decide()
    image_of(minutes=50)

    assert record_missed_uploads() == 1


def test_images_from_before_the_app_are_not_new():
    image_of(minutes=30)
    long_ago = timezone.now() - timedelta(minutes=10)
    Arrival.objects.update(created_at=long_ago)
    Run.objects.update(opened_at=long_ago, decided_at=None)

    assert record_missed_uploads() == 0


def test_on_a_site_whose_tables_came_without_migrate_the_app_begins_now():
    Arrival.objects.all().delete()
    Run.objects.all().delete()

    assert record_missed_uploads() == 0
    assert Run.objects.newest() == 0


@pytest.mark.parametrize("sync_it", [lambda: drain(limit=100), sync_media_to_galleries.func])
def test_images_created_in_bulk_are_found_by_the_very_next_drain_or_worker(sync_it):
    page = page_with(raw_gallery())
    (image,) = bulk_create(1)

    sync_it()

    assert images_in(page) == [image.pk]


def test_images_created_in_bulk_before_a_gallery_follows_are_not_for_it():
    bulk_create(2)
    page = page_with(raw_gallery())
    (image,) = bulk_create(1)

    drain(limit=100)

    assert images_in(page) == [image.pk]


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_a_drain_sees_before_it_is_written_down_arrives_once():
    page_with(raw_gallery())

    def drain_in_between(sender, created, **kwargs):
        if created:
            record_missed_uploads()

    model = get_image_model()
    signal_handlers.disconnect_signal_handlers()
    post_save.connect(drain_in_between, sender=model)
    signal_handlers.connect_signal_handlers()
    try:
        image = ImageFactory()
    finally:
        post_save.disconnect(drain_in_between, sender=model)

    assert len(arrivals_of(image)) == 1


def test_images_created_in_bulk_are_found_in_order_whatever_their_number(monkeypatch):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    page = page_with(raw_gallery())
    images = [image_of(minutes=minutes) for minutes in (9, 8, 7, 6, 5)]

    drain(limit=100)

    assert images_in(page) == [image.pk for image in images]


def test_an_idle_drain_does_not_look_through_an_old_import_for_ever(monkeypatch):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    for _ in range(7):
        ImageFactory()
    drain(limit=100)
    long_ago = timezone.now() - timedelta(hours=2)
    Run.objects.update(opened_at=long_ago, decided_at=long_ago)
    get_image_model().objects.update(created_at=long_ago)
    assert record_uploads(not_looked_at_since(), timezone.now()).images == 8

    drain()

    assert record_uploads(not_looked_at_since(), timezone.now()).images == 0


def test_right_after_an_import_an_idle_drain_costs_as_much_as_any_other(
    monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    images = [ImageFactory() for _ in range(9)]
    for image in images[2:5]:
        image.delete()
    drain(limit=100)

    with django_assert_max_num_queries(4):
        drain()


@pytest.mark.parametrize("missing", [[0], [1], [4], [8], [0, 1], [3, 4, 5], range(9)])
def test_whatever_is_missing_of_an_import_is_found(monkeypatch, missing):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    page = page_with(raw_gallery())
    images = [ImageFactory() for _ in range(9)]
    lost = [images[number] for number in missing]
    Arrival.objects.of_images([str(image.pk) for image in lost]).delete()

    assert record_missed_uploads() == len(lost)
    assert record_missed_uploads() == 0
    drain(limit=100)

    assert sorted(images_in(page)) == sorted(image.pk for image in images)


@pytest.mark.parametrize("most", [2, 10_000])
def test_an_import_is_known_whatever_the_order_in_which_it_was_written_down(monkeypatch, most):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    monkeypatch.setattr(missed_uploads, "MOST_READ_AHEAD", most)
    images = [image_of(minutes=minutes) for minutes in range(9, 0, -1)]
    for number in (8, 1, 7, 0, 2, 6, 3, 5, 4):
        Arrival.objects.create(image_id=str(images[number].pk))

    assert record_missed_uploads() == 0


def test_what_is_committed_an_hour_late_is_found_after_an_import_was_looked_through(monkeypatch):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    page = page_with(raw_gallery())
    known = [ImageFactory() for _ in range(7)]
    drain(limit=100)
    drain()
    late = image_of(minutes=50)

    drain(limit=100)

    assert images_in(page) == [*(image.pk for image in known), late.pk]
