"""Which backends are queues in the database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import override_settings

from tests import jobs
from wagtail_autogallery.queue.backends import is_in_database, queue_names
from wagtail_autogallery.queue.questions import is_waiting

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_database_backend_is_recognised():
    assert is_in_database("default")
    assert queue_names("default") == {"default", "reports"}


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_other_backends_are_recognised_too():
    assert not is_in_database("default")
    assert not is_waiting(jobs.note)


def test_without_its_app_there_is_no_database_queue(monkeypatch):
    monkeypatch.delitem(apps.app_configs, "django_tasks_database")

    assert not is_in_database("default")
