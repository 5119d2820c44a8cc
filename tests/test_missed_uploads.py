from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.images import get_image_model

from tests.factories import ImageFactory, arrivals_of, images_in, page_with, raw_gallery
from wagtail_autogallery import missed_uploads
from wagtail_autogallery.missed_uploads import record_missed_uploads
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.queue import drain

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


def test_a_drain_finds_an_upload_that_nobody_wrote_down():
    page = page_with(raw_gallery())
    image = image_of(minutes=5)

    drain(limit=100)

    assert images_in(page) == [image.pk]


def test_it_is_found_once():
    image = image_of(minutes=5)

    assert [record_missed_uploads(), record_missed_uploads()] == [1, 0]
    assert len(arrivals_of(image)) == 1


def test_an_upload_in_the_making_is_left_to_who_makes_it():
    image_of(seconds=1)

    assert record_missed_uploads() == 0


def test_what_is_older_is_not_new_any_more():
    image_of(hours=2)

    assert record_missed_uploads() == 0


def test_images_from_before_the_app_are_not_new():
    image_of(minutes=30)
    Arrival.objects.update(created_at=timezone.now() - timedelta(minutes=10))

    assert record_missed_uploads() == 0


def test_a_site_without_an_arrival_has_missed_nothing_yet():
    Arrival.objects.all().delete()

    assert record_missed_uploads() == 0


def test_images_created_in_bulk_are_found_in_order_whatever_their_number(monkeypatch):
    monkeypatch.setattr(missed_uploads, "IMAGES_PER_QUERY", 2)
    page = page_with(raw_gallery())
    images = [image_of(minutes=minutes) for minutes in (9, 8, 7, 6, 5)]

    drain(limit=100)

    assert images_in(page) == [image.pk for image in images]
