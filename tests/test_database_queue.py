"""
The contract with ``django_tasks_db``: what this app relies on of it beyond its documentation.

When one of these fails after an upgrade of that library, ``database_queue.py`` has to follow.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from tests import jobs
from wagtail_autogallery import database_queue

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

    row = database_queue.claim("default", ["default"], "me")

    assert row.worker_ids == ["me"]
    assert DBTaskResult.objects.get().status == "RUNNING"
    assert database_queue.claim("default", ["default"], "you") is None
    assert database_queue.count_ready("default", ["default"]) == 0


def test_running_stores_the_result_as_the_library_does():
    jobs.done.clear()
    jobs.note.enqueue("ran")
    jobs.fail.enqueue()

    first, second = (database_queue.claim("default", None, "me") for _ in range(2))

    assert database_queue.run(first)
    assert not database_queue.run(second)
    assert jobs.done == ["ran"]
    assert jobs.note.get_result(str(first.pk)).is_finished
    second.refresh_from_db()
    assert second.status == "FAILED"
    assert second.exception_class_path == "builtins.ZeroDivisionError"
    assert "ZeroDivisionError" in second.traceback
