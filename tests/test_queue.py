from __future__ import annotations

import logging

import pytest
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from wagtail_autogallery.models import Run
from wagtail_autogallery.queue import UnknownQueue, drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_jobs_done():
    jobs.done.clear()


def test_it_runs_what_is_ready_in_the_order_of_the_queue():
    for name in ("a", "b", "c"):
        jobs.note.enqueue(name)

    report = drain()

    assert jobs.done == ["a", "b", "c"]
    assert (report.ran, report.succeeded, report.failed, report.remaining) == (3, 3, 0, 0)
    assert report.seconds > 0


def test_it_stops_at_its_limit():
    for number in range(12):
        jobs.note.enqueue(number)

    assert (drain().ran, drain(limit=1).ran) == (10, 1)
    assert drain(limit=0).remaining == 1


@override_settings(WAGTAIL_AUTOGALLERY_DRAIN_LIMIT=2)
def test_the_limit_is_a_setting():
    for number in range(3):
        jobs.note.enqueue(number)

    report = drain()

    assert (report.ran, report.remaining) == (2, 1)


def test_it_leaves_other_queues_alone():
    jobs.note.using(queue_name="reports").enqueue("report")
    jobs.note.enqueue("note")

    drain()
    assert jobs.done == ["note"]

    drain(queue_name="reports")
    assert jobs.done == ["note", "report"]


def test_it_takes_all_queues_when_told():
    jobs.note.using(queue_name="reports").enqueue("report")
    jobs.note.enqueue("note")

    assert drain(all_queues=True).ran == 2


def test_an_unknown_queue_is_named_with_those_there_are():
    with pytest.raises(UnknownQueue, match=r"has no queue 'mails'\. It has: default, reports\."):
        drain(queue_name="mails")


def test_a_failed_task_is_reported_and_logged_and_the_others_run(caplog):
    jobs.fail.enqueue()
    jobs.note.enqueue("after")

    with caplog.at_level(logging.ERROR, logger="wagtail_autogallery"):
        report = drain()

    assert jobs.done == ["after"]
    assert (report.ran, report.succeeded, report.failed) == (2, 1, 1)
    (failure,) = report.failures
    assert failure["task"] == "tests.jobs.fail"
    assert "ZeroDivisionError" in failure["traceback"]
    assert "ZeroDivisionError" in caplog.text


def test_a_task_whose_code_is_gone_is_reported_and_the_others_run():
    jobs.note.enqueue("after")
    DBTaskResult.objects.create(
        task_path="a.module.that_is_gone",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        exception_class_path="",
        traceback="",
        run_after=DBTaskResult.objects.get().run_after,
        priority=100,
    )

    report = drain()

    assert jobs.done == ["after"]
    assert report.failures[0]["task"] == "a.module.that_is_gone"


def test_arrivals_that_no_task_will_see_are_worked_off():
    page = page_with(raw_gallery())
    image = ImageFactory()
    DBTaskResult.objects.all().delete()

    drain()

    assert images_in(page) == [image.pk]


def test_galleries_left_behind_are_worked_off():
    page = page_with(raw_gallery())
    image = ImageFactory()
    Run.objects.open()
    DBTaskResult.objects.all().delete()

    drain()

    assert images_in(page) == [image.pk]


def test_without_work_it_does_next_to_nothing(django_assert_max_num_queries):
    page_with(raw_gallery())
    drain(limit=100)

    with django_assert_max_num_queries(8):
        report = drain()

    assert report.ran == 0


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_it_syncs_the_galleries_and_says_so():
    page = page_with(raw_gallery())
    image = ImageFactory()

    report = drain()

    assert images_in(page) == [image.pk]
    assert (report.ran, report.succeeded) == (1, 1)
    assert "only the galleries were synced" in report.note


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_a_failing_sync_is_reported(monkeypatch, caplog):
    monkeypatch.setattr(Run.objects.__class__, "newest", lambda self: 1 / 0)

    report = drain()

    assert (report.ran, report.failed) == (1, 1)
    assert "ZeroDivisionError" in report.failures[0]["traceback"]
    assert "ZeroDivisionError" in caplog.text
