from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import ImageFactory, follows, page_with, raw_gallery
from wagtail_autogallery.models import LONGEST_RETRY, Arrival, Run, Subscription

pytestmark = pytest.mark.django_db


def test_runs_are_numbered_in_order_and_every_arrival_belongs_to_one():
    first = ImageFactory()
    assert Run.objects.open() == 1
    second = ImageFactory()
    assert Run.objects.open() == 2

    assert [(a.image_id, a.run_id) for a in Arrival.objects.order_by("pk")] == [
        (str(first.pk), 1),
        (str(second.pk), 2),
    ]


def test_no_run_is_opened_when_nothing_waits():
    assert Run.objects.open() == 0
    ImageFactory()
    Run.objects.open()

    assert Run.objects.open() == 1
    assert Run.objects.newest() == 1


def test_arrivals_are_read_by_run_and_then_in_order():
    images = []
    for _ in range(3):
        images.append(ImageFactory())
        images.append(ImageFactory())
        Run.objects.open()

    between = Arrival.objects.between(1, 3)

    assert [arrival.image_id for arrival in between] == [str(image.pk) for image in images[2:]]


def test_a_gallery_that_keeps_failing_is_tried_less_and_less_often_but_is_tried():
    page = page_with(raw_gallery())
    (subscription,) = follows(page)
    delays = []
    for _ in range(12):
        subscription.fail(RuntimeError("no"))
        delays.append(subscription.retry_at - timezone.now())

    assert timedelta(seconds=20) < delays[0] < timedelta(seconds=40)
    assert delays[3] > 4 * delays[0]
    assert all(delay < LONGEST_RETRY * 1.3 for delay in delays)
    assert delays[-1] > LONGEST_RETRY * 0.7
    assert not Subscription.objects.due().exists()


def test_waiting_is_written_once(django_assert_num_queries):
    (subscription,) = follows(page_with(raw_gallery()))
    subscription.wait(Subscription.State.LOCKED)

    with django_assert_num_queries(0):
        subscription.wait(Subscription.State.LOCKED)
