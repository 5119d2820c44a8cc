"""A running task is changed only by who knows its state."""

from __future__ import annotations

import pytest
from django_tasks_db.models import DBTaskResult

from tests.jobs import claim_one
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.running import run
from wagtail_autogallery.queue.transitions import give_back, give_up

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_task_is_given_back_once_and_counts_its_attempts():
    row = claim_one()

    assert give_back(DBTaskResult.objects.get())
    assert not give_back(row)

    assert claim(Queue("default"), "you").worker_ids == ["me", "you"]


def test_a_task_that_finished_meanwhile_is_not_given_up():
    row = claim_one()
    run(DBTaskResult.objects.get())

    assert not give_up(row, "Given up.")
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
