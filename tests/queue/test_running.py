"""A claimed task is run as the library would, and its result stored if it is still ours."""

from __future__ import annotations

import logging

import pytest
from django.db import OperationalError, connection
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.jobs import claim_one
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.running import Outcome, run
from wagtail_autogallery.queue.transitions import give_back

pytestmark = pytest.mark.django_db(transaction=True)


def test_running_stores_the_result_as_the_library_does():
    jobs.done.clear()
    jobs.note.enqueue("ran")
    jobs.fail.enqueue()

    first, second = (claim(Queue("default"), "me") for _ in range(2))

    assert run(first) is Outcome.SUCCEEDED
    assert run(second) is Outcome.FAILED
    assert jobs.done == ["ran"]
    assert jobs.note.get_result(str(first.pk)).is_finished
    second.refresh_from_db()
    assert second.status == "FAILED"
    assert second.exception_class_path == "builtins.ZeroDivisionError"
    assert "ZeroDivisionError" in second.traceback


def test_a_failure_is_logged_once_with_its_traceback_and_successes_of_the_library_as_before(caplog):
    jobs.fail.enqueue()
    jobs.note.enqueue("x")
    failing, other = (claim(Queue("default"), "me") for _ in range(2))

    with caplog.at_level(logging.INFO):
        run(failing)
        run(other)

    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == [
        f"Task {failing.pk} (tests.jobs.fail) failed"
    ]
    assert errors[0].exc_info
    assert f"id={other.pk} path=tests.jobs.note state=SUCCESSFUL" in caplog.text


def test_a_late_worker_does_not_overwrite_what_its_successor_found(caplog):
    late = claim_one("late")
    assert give_back(DBTaskResult.objects.get())
    successor = claim(Queue("default"), "successor")
    assert run(successor) is Outcome.SUCCEEDED
    finished = DBTaskResult.objects.values().get()

    assert run(late) is Outcome.OVERTAKEN

    assert DBTaskResult.objects.values().get() == finished
    assert "was taken over by another worker" in caplog.text


def test_a_receiver_that_raises_turns_no_success_into_a_failure_and_is_logged(caplog):
    from django_tasks_db.compat import task_finished

    def refuse(**kwargs):
        raise RuntimeError("The receiver is broken")

    row = claim_one()
    task_finished.connect(refuse)
    try:
        assert run(row) is Outcome.SUCCEEDED
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
        assert run(row) is Outcome.SUCCEEDED

    assert not lost
    assert DBTaskResult.objects.get().status == "SUCCESSFUL"
