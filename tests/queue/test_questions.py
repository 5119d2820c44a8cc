"""What is asked of the queue about single tasks and about workers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import jobs
from tests.jobs import claim_one
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.questions import is_waiting, last_worker_of, started_by_others_since
from wagtail_autogallery.queue.queues import Queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_waiting_task_is_found_by_its_path_and_queue():
    assert not is_waiting(jobs.note)

    jobs.note.using(queue_name="reports").enqueue(1)
    assert not is_waiting(jobs.note)

    jobs.note.enqueue(1)
    assert is_waiting(jobs.note)
    assert not is_waiting(jobs.fail)


def test_a_task_that_will_become_ready_later_is_known():
    later = timezone.now() + timedelta(minutes=1)
    jobs.note.using(run_after=later).enqueue("x")

    assert is_waiting(jobs.note, later=True)
    assert not is_waiting(jobs.note)
    assert claim(Queue("default"), "me") is None


def test_it_is_known_whether_others_work_on_a_queue():
    since = timezone.now() - timedelta(minutes=5)
    claim_one("autogallery-us")
    assert not started_by_others_since(Queue("default"), "autogallery-", since)

    claim_one("somebody")
    assert started_by_others_since(Queue("default"), "autogallery-", since)
    assert last_worker_of(jobs.note) == "somebody"
    assert last_worker_of(jobs.fail) is None
