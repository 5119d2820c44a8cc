"""
The contract with ``django_tasks_db``: what this app relies on of it beyond its documentation.

When one of these fails after an upgrade of that library, ``database_queue.py`` has to follow.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import OperationalError, connection, connections
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import jobs
from wagtail_autogallery.queue import database_queue
from wagtail_autogallery.queue.database_queue import Outcome, Queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_database_backend_is_recognised():
    assert database_queue.is_available("default")
    assert database_queue.queue_names("default") == {"default", "reports"}


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_other_backends_are_recognised_too():
    assert not database_queue.is_available("default")
    assert not database_queue.is_waiting(jobs.note)


def test_without_its_app_there_is_no_database_queue(monkeypatch):
    monkeypatch.delitem(apps.app_configs, "django_tasks_database")

    assert not database_queue.is_available("default")


def test_a_waiting_task_is_found_by_its_path_and_queue():
    assert not database_queue.is_waiting(jobs.note)

    jobs.note.using(queue_name="reports").enqueue(1)
    assert not database_queue.is_waiting(jobs.note)

    jobs.note.enqueue(1)
    assert database_queue.is_waiting(jobs.note)
    assert not database_queue.is_waiting(jobs.fail)


def test_claiming_takes_a_task_out_of_the_queue_for_one_worker():
    jobs.note.enqueue(1)

    row = database_queue.claim(Queue("default", ["default"]), "me")

    assert row.worker_ids == ["me"]
    assert DBTaskResult.objects.get().status == "RUNNING"
    assert database_queue.claim(Queue("default"), "you") is None
    assert Queue("default").ready().count() == 0


def test_running_stores_the_result_as_the_library_does():
    jobs.done.clear()
    jobs.note.enqueue("ran")
    jobs.fail.enqueue()

    first, second = (database_queue.claim(Queue("default"), "me") for _ in range(2))

    assert database_queue.run(first) is Outcome.SUCCEEDED
    assert database_queue.run(second) is Outcome.FAILED
    assert jobs.done == ["ran"]
    assert jobs.note.get_result(str(first.pk)).is_finished
    second.refresh_from_db()
    assert second.status == "FAILED"
    assert second.exception_class_path == "builtins.ZeroDivisionError"
    assert "ZeroDivisionError" in second.traceback


def claim_one(worker="me"):
    jobs.note.enqueue("x")
    return database_queue.claim(Queue("default"), worker)


def columns(row):
    """All that a row tells of its task but its key and when it was enqueued."""
    values = DBTaskResult.objects.values().get(pk=row.pk)
    return {name: value for name, value in values.items() if name not in ("id", "enqueued_at")}


def test_a_failed_task_that_is_put_back_is_as_it_was_when_it_was_enqueued():
    jobs.fail.enqueue()
    new = columns(DBTaskResult.objects.get())
    row = database_queue.claim(Queue("default"), "me")
    database_queue.run(row)
    before = timezone.now()

    assert Queue("default", ["default"]).put_back_failed() == 1

    assert columns(row) == new
    row.refresh_from_db()
    assert row.enqueued_at >= before
    assert database_queue.claim(Queue("default"), "you").worker_ids == ["you"]


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


@pytest.mark.skipif(
    "not connection.features.test_db_allows_multiple_connections",
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
            while row := database_queue.claim(queue, f"worker-{threading.get_ident()}"):
                database_queue.run(row)
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


def test_a_failure_is_logged_once_with_its_traceback_and_successes_of_the_library_as_before(caplog):
    jobs.fail.enqueue()
    jobs.note.enqueue("x")
    failing, other = (database_queue.claim(Queue("default"), "me") for _ in range(2))

    with caplog.at_level(logging.INFO):
        database_queue.run(failing)
        database_queue.run(other)

    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == [
        f"Task {failing.pk} (tests.jobs.fail) failed"
    ]
    assert errors[0].exc_info
    assert f"id={other.pk} path=tests.jobs.note state=SUCCESSFUL" in caplog.text


def test_it_is_known_when_others_last_worked_on_a_queue():
    claim_one("autogallery-us")
    assert Queue("default").last_started_by_others("autogallery-") is None

    theirs = claim_one("db-worker")
    claim_one("autogallery-us")

    assert Queue("default").last_started_by_others("autogallery-") == theirs.started_at


def test_a_late_worker_does_not_overwrite_what_its_successor_found(caplog):
    late = claim_one("late")
    assert database_queue.give_back(DBTaskResult.objects.get())
    successor = database_queue.claim(Queue("default"), "successor")
    assert database_queue.run(successor) is Outcome.SUCCEEDED
    finished = DBTaskResult.objects.values().get()

    assert database_queue.run(late) is Outcome.OVERTAKEN

    assert DBTaskResult.objects.values().get() == finished
    assert "was taken over by another worker" in caplog.text


def test_a_task_is_given_back_once_and_counts_its_attempts():
    row = claim_one()

    assert database_queue.give_back(DBTaskResult.objects.get())
    assert not database_queue.give_back(row)

    assert database_queue.claim(Queue("default"), "you").worker_ids == ["me", "you"]


def test_a_task_that_finished_meanwhile_is_not_given_up():
    row = claim_one()
    database_queue.run(DBTaskResult.objects.get())

    assert not database_queue.give_up(row, "Given up.")
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_a_receiver_that_raises_turns_no_success_into_a_failure_and_is_logged(caplog):
    from django_tasks_db.compat import task_finished

    def refuse(**kwargs):
        raise RuntimeError("The receiver is broken")

    row = claim_one()
    task_finished.connect(refuse)
    try:
        assert database_queue.run(row) is Outcome.SUCCEEDED
    finally:
        task_finished.disconnect(refuse)

    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
    assert "The receiver is broken" in caplog.text


def test_a_result_is_stored_through_another_connection_where_the_first_is_lost():
    row = claim_one()
    lost = [OperationalError("server closed the connection unexpectedly")]

    def lose_connection_once(execute, sql, params, many, context):
        if lost and sql.startswith("UPDATE"):
            raise lost.pop()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(lose_connection_once):
        assert database_queue.run(row) is Outcome.SUCCEEDED

    assert not lost
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"


def test_a_task_that_will_become_ready_later_is_known():
    later = timezone.now() + timedelta(minutes=1)
    jobs.note.using(run_after=later).enqueue("x")

    assert database_queue.is_waiting(jobs.note, later=True)
    assert not database_queue.is_waiting(jobs.note)
    assert database_queue.claim(Queue("default"), "me") is None


def test_a_queue_can_be_narrowed_to_some_tasks():
    jobs.note.enqueue("x")

    assert database_queue.claim(Queue("default", only=["tests.jobs.fail"]), "me") is None


def test_it_is_known_whether_others_work_on_a_queue():
    since = timezone.now() - timedelta(minutes=5)
    claim_one("autogallery-us")
    assert not database_queue.started_by_others_since(Queue("default"), "autogallery-", since)

    claim_one("somebody")
    assert database_queue.started_by_others_since(Queue("default"), "autogallery-", since)
    assert database_queue.last_worker_of(jobs.note) == "somebody"
    assert database_queue.last_worker_of(jobs.fail) is None


def test_a_database_that_is_locked_is_tried_again(monkeypatch):
    monkeypatch.setattr(database_queue, "SECONDS_BETWEEN_TRIES", 0)
    jobs.note.enqueue("x")
    refusals = [OperationalError("database is locked")] * 2

    def refuse(self, worker_id, claim=DBTaskResult.claim):
        if refusals:
            raise refusals.pop()
        claim(self, worker_id)

    monkeypatch.setattr(DBTaskResult, "claim", refuse)

    assert database_queue.claim(Queue("default"), "me").worker_ids == ["me"]


@pytest.mark.parametrize("message", ["database is locked", "the server is gone"])
def test_a_database_that_stays_away_is_an_error(monkeypatch, message):
    monkeypatch.setattr(database_queue, "SECONDS_BETWEEN_TRIES", 0)
    jobs.note.enqueue("x")

    def refuse(self, worker_id):
        raise OperationalError(message)

    monkeypatch.setattr(DBTaskResult, "claim", refuse)

    with pytest.raises(OperationalError, match=message):
        database_queue.claim(Queue("default"), "me")
