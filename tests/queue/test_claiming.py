"""A task is taken out of the queue by one worker."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django_tasks_db.models import DBTaskResult

from tests import jobs
from wagtail_autogallery.queue import claiming
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.queues import Queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_claiming_takes_a_task_out_of_the_queue_for_one_worker():
    jobs.note.enqueue(1)

    row = claim(Queue("default", ["default"]), "me")

    assert row.worker_ids == ["me"]
    assert DBTaskResult.objects.get().status == "RUNNING"
    assert claim(Queue("default"), "you") is None
    assert Queue("default").ready().count() == 0


def test_a_queue_can_be_narrowed_to_some_tasks():
    jobs.note.enqueue("x")

    assert claim(Queue("default", only=["tests.jobs.fail"]), "me") is None


def test_a_database_that_is_locked_is_tried_again(monkeypatch):
    monkeypatch.setattr(claiming, "SECONDS_BETWEEN_TRIES", 0)
    jobs.note.enqueue("x")
    refusals = [OperationalError("database is locked")] * 2

    def refuse(self, worker_id, claim=DBTaskResult.claim):
        if refusals:
            raise refusals.pop()
        claim(self, worker_id)

    monkeypatch.setattr(DBTaskResult, "claim", refuse)

    assert claim(Queue("default"), "me").worker_ids == ["me"]


@pytest.mark.parametrize("message", ["database is locked", "the server is gone"])
def test_a_database_that_stays_away_is_an_error(monkeypatch, message):
    monkeypatch.setattr(claiming, "SECONDS_BETWEEN_TRIES", 0)
    jobs.note.enqueue("x")

    def refuse(self, worker_id):
        raise OperationalError(message)

    monkeypatch.setattr(DBTaskResult, "claim", refuse)

    with pytest.raises(OperationalError, match=message):
        claim(Queue("default"), "me")
