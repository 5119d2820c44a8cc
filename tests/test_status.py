from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import ImageFactory, page_with, raw_gallery
from wagtail_autogallery.models import Arrival, Lease, Subscription
from wagtail_autogallery.queue import drain
from wagtail_autogallery.status import get_status
from wagtail_autogallery.sync import sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_site_where_all_is_done_is_healthy():
    page_with(raw_gallery())
    drain(limit=100)

    status = get_status()

    assert status.is_healthy
    assert (status.ready, status.galleries_followed, status.galleries_behind) == (0, 1, 0)


def test_what_waits_is_counted_with_its_reasons():
    page_with(raw_gallery(), locked=True)
    ImageFactory()
    assert get_status().arrivals_waiting == 1
    sync()

    status = get_status()

    assert status.is_healthy
    assert (status.arrivals_waiting, status.galleries_behind) == (0, 1)
    assert status.galleries_waiting == {"locked": 1}


def test_a_task_that_has_been_waiting_for_too_long_is_a_problem():
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))

    status = get_status()

    assert status.oldest_ready_seconds >= 1200
    assert status.problems == [
        "1 tasks are ready, the oldest for 1200 seconds, and nobody drains the queue."
    ]


def test_a_task_that_has_been_waiting_while_others_were_run_is_another_problem():
    for number in range(2):
        jobs.note.enqueue(number)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    DBTaskResult.objects.filter(pk=DBTaskResult.objects.first().pk).update(
        status="SUCCESSFUL", started_at=timezone.now()
    )

    assert get_status().problems == ["The oldest task has been waiting for 1200 seconds."]


def test_a_task_that_was_put_off_has_been_waiting_since_it_was_to_run():
    jobs.note.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1)
    DBTaskResult.objects.update(
        enqueued_at=timezone.now() - timedelta(hours=1),
        run_after=timezone.now() - timedelta(seconds=30),
    )

    status = get_status()

    assert 30 <= status.oldest_ready_seconds < 900
    assert status.is_healthy


def test_a_task_of_a_drain_that_was_killed_is_stuck_when_no_drain_repairs_it():
    jobs.note.enqueue(1)
    task = DBTaskResult.objects.filter(task_path="tests.jobs.note")
    task.update(status="RUNNING", worker_ids=["autogallery-x"], started_at=timezone.now())
    assert get_status().is_healthy

    task.update(started_at=timezone.now() - timedelta(minutes=20))
    assert get_status().problems == ["1 tasks are stuck."]

    expires_at = timezone.now() + timedelta(minutes=1)
    Lease.objects.create(worker_id="autogallery-x", expires_at=expires_at)
    assert get_status().is_healthy


def test_an_upload_that_no_run_has_taken_up_for_too_long_is_a_problem():
    ImageFactory()
    DBTaskResult.objects.all().delete()
    assert get_status().is_healthy

    Arrival.objects.update(created_at=timezone.now() - timedelta(minutes=20))

    assert get_status().problems == ["The oldest upload has been waiting for 1200 seconds."]


def test_stuck_and_failed_tasks_are_problems():
    for _ in range(2):
        jobs.note.enqueue(1)
    stuck, failed = DBTaskResult.objects.all()
    DBTaskResult.objects.filter(pk=stuck.pk).update(
        status="RUNNING", started_at=timezone.now() - timedelta(hours=25)
    )
    DBTaskResult.objects.filter(pk=failed.pk).update(status="FAILED", finished_at=timezone.now())

    assert get_status().problems == [
        "1 tasks are stuck.",
        "1 tasks failed within the last day.",
    ]


def test_a_failure_of_last_week_is_no_problem_of_today():
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now() - timedelta(days=7))

    assert get_status().is_healthy


def test_a_gallery_that_could_not_be_synced_is_a_problem():
    page_with(raw_gallery())
    Subscription.objects.update(state=Subscription.State.FAILED)

    assert get_status().problems == ["1 galleries could not be synced."]


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_the_galleries_are_looked_at():
    page_with(raw_gallery())

    status = get_status()

    assert status.is_healthy
    assert status.galleries_followed == 1
