"""A chosen part of a database queue, what fails in it and what is put back."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.jobs import claim_one
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.running import run

pytestmark = pytest.mark.django_db(transaction=True)


def columns(row):
    """All that a row tells of its task but its key and when it was enqueued."""
    values = DBTaskResult.objects.values().get(pk=row.pk)
    return {name: value for name, value in values.items() if name not in ("id", "enqueued_at")}


def test_a_failed_task_that_is_put_back_is_as_it_was_when_it_was_enqueued():
    jobs.fail.enqueue()
    new = columns(DBTaskResult.objects.get())
    row = claim(Queue("default"), "me")
    run(row)
    before = timezone.now()

    assert Queue("default", ["default"]).put_back_failed() == 1

    assert columns(row) == new
    row.refresh_from_db()
    assert row.enqueued_at >= before
    assert claim(Queue("default"), "you").worker_ids == ["you"]


def test_a_task_that_was_put_off_and_failed_is_put_back_to_run_at_once():
    jobs.note.using(run_after=timezone.now() + timedelta(hours=1)).enqueue("x")
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now())

    Queue("default").put_back_failed()

    assert Queue("default").ready().count() == 1


def test_only_failed_tasks_of_the_queue_are_put_back():
    running = claim_one()
    jobs.note.using(queue_name="reports").enqueue("x")
    DBTaskResult.objects.filter(queue_name="reports").update(status="FAILED")

    assert Queue("default", ["default"]).put_back_failed() == 0
    assert Queue("default").put_back_failed() == 1

    running.refresh_from_db()
    assert running.status == "RUNNING"


def test_one_failed_task_alone_is_put_back():
    for number in range(2):
        jobs.note.enqueue(number)
    one, other = DBTaskResult.objects.all()
    DBTaskResult.objects.update(status="FAILED")

    assert Queue("default").put_back_failed(pk=one.pk) == 1

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, other.status) == ("READY", "FAILED")


def test_a_failed_task_is_forgotten_and_no_other_one_is():
    running = claim_one()
    jobs.note.enqueue("x")
    jobs.note.enqueue("y")
    one, other = DBTaskResult.objects.exclude(pk=running.pk)
    DBTaskResult.objects.exclude(pk=running.pk).update(status="FAILED")

    assert Queue("default").discard_failed(pk=running.pk) == 0
    assert Queue("default").discard_failed(pk=one.pk) == 1

    assert set(DBTaskResult.objects.all()) == {running, other}


@pytest.mark.skipif(
    not connection.features.test_db_allows_multiple_connections,
    reason="SQLite in memory is for one writer at a time",
)
def test_many_who_put_back_at_once_put_each_task_back_once():
    jobs.done.clear()
    for number in range(20):
        jobs.note.enqueue(number)
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now())
    queue, start, put_back = Queue("default"), threading.Barrier(3), []

    def put_back_and_run():
        try:
            start.wait()
            put_back.append(queue.put_back_failed())
            while row := claim(queue, f"worker-{threading.get_ident()}"):
                run(row)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=put_back_and_run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(put_back) == 20
    assert sorted(jobs.done) == list(range(20))


def test_failed_tasks_are_told_by_name_and_exception_those_that_failed_last_first():
    for job in (jobs.fail, jobs.exit_process, jobs.fail, jobs.note):
        job.enqueue(*(["x"] if job is jobs.note else []))
    failed = DBTaskResult.objects.exclude(task_path="tests.jobs.note")
    failed.update(status="FAILED", exception_class_path="a.module.Error", traceback="Error: old")
    now = timezone.now()
    failed.filter(task_path="tests.jobs.fail").update(finished_at=now - timedelta(hours=1))
    failed.filter(task_path="tests.jobs.exit_process").update(finished_at=now)
    last = failed.filter(task_path="tests.jobs.fail").first()
    DBTaskResult.objects.filter(pk=last.pk).update(
        finished_at=now - timedelta(minutes=1),
        traceback="Traceback (most recent call last):\n  ...\na.module.Error: new. And more\n",
    )

    first, second = Queue("default").failed_tasks_since(now - timedelta(days=1), 20)

    assert (first.task, first.error, first.times) == ("tests.jobs.exit_process", "Error", 1)
    assert str(second) == "tests.jobs.fail: Error: new. And more (2 times)"
    assert second.last_at == now - timedelta(minutes=1)
    assert Queue("default").failed_tasks_since(now - timedelta(days=1), 1) == [first]
    assert Queue("default").failed_tasks_since(now - timedelta(minutes=30), 20)[1].times == 1


def test_it_is_known_when_others_last_worked_on_a_queue():
    claim_one("autogallery-us")
    assert Queue("default").last_started_by_others("autogallery-") is None

    theirs = claim_one("db-worker")
    claim_one("autogallery-us")

    assert Queue("default").last_started_by_others("autogallery-") == theirs.started_at
