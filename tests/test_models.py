from __future__ import annotations

import pytest

from tests.factories import ImageFactory, deliveries_to, follows, page_with, raw_gallery
from wagtail_autogallery.models import Arrival, Delivery, Errand, HolderKey, Run
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def test_runs_are_numbered_in_order():
    assert [Run.objects.open().number for _ in range(2)] == [1, 2]
    assert Run.objects.newest() == 2


def test_the_lock_of_deciding_is_no_run():
    Run.objects.lock()
    Run.objects.lock()

    assert Run.objects.newest() == 0


def test_a_gallery_follows_from_just_before_the_oldest_arrival_that_waits():
    assert Arrival.objects.before_what_waits() == 0
    for _ in range(3):
        ImageFactory()
    first, second, third = Arrival.objects.order_by("pk")
    Arrival.objects.filter(pk=first.pk).update(run_id=1)

    assert Arrival.objects.before_what_waits() == first.pk == second.pk - 1
    Arrival.objects.update(run_id=1)
    assert Arrival.objects.before_what_waits() == third.pk


def test_a_delivery_has_one_number_after_the_other_and_its_first_is_kept():
    delivery = Delivery(subscription_id=1, image_id="1", run_id=1)
    delivery.give(3)
    delivery.set_mark(Delivery.Mark.REMOVED, by="7")
    delivery.give(5)

    assert (delivery.number, delivery.numbers, delivery.mark) == (5, [3, 5], "")
    assert delivery.due_at is None


def test_rows_say_what_they_are():
    page = page_with(raw_gallery())
    image = ImageFactory()
    Errand.objects.create(content_type_id=1, object_id="1")
    sync()

    assert str(Run.objects.last()) == "run 1"
    assert str(Arrival.objects.last()) == f"upload of image {image.pk}"
    assert str(follows(page)[0]).endswith(f"of testapp.gallerypage {page.pk}")
    assert str(HolderKey.of(page)) == f"testapp.gallerypage {page.pk}"
    assert str(deliveries_to(page)[str(image.pk)]).startswith(f"image {image.pk} to gallery ")
