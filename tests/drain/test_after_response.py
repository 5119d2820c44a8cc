"""The receiver and the decision. What servers do with it is tested with real ones."""

from __future__ import annotations

import os
import sys
import threading
import types
from datetime import timedelta

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import ReferenceIndex
from wagtail.tasks import update_reference_index_task

from tests import jobs
from tests.factories import ImageFactory, PlainPageFactory, images_in, page_with, raw_gallery
from wagtail_autogallery.drain import after_response
from wagtail_autogallery.drain.after_response import how_to_work
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.queue import wakeup
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.tasks import OWN, WAGTAIL

pytestmark = pytest.mark.django_db(transaction=True)

HOSTS = ("VERCEL", "AWS_LAMBDA_FUNCTION_NAME", "PYTHONANYWHERE_SITE")


@pytest.fixture(autouse=True)
def _nothing_asked(settings, monkeypatch):
    settings.WAGTAIL_AUTOGALLERY_QUIET_PERIOD = 0.01
    jobs.done.clear()
    wakeup.take()
    for name in HOSTS:
        monkeypatch.delenv(name, raising=False)
    yield
    wakeup.take()


def finish_request(sender=WSGIHandler):
    request_finished.send(sender=sender)


def thread():
    return after_response._thread


def ready_of(*beginnings):
    return list(Queue("default", only=beginnings or None).ready())


def upload():
    page = page_with(raw_gallery())
    drain(limit=100)
    wakeup.take()
    return page, ImageFactory()


@pytest.mark.parametrize("handler", [WSGIHandler, ASGIHandler])
@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_inline_the_sync_is_done_when_the_request_is_finished(handler):
    page, image = upload()

    finish_request(handler)

    assert images_in(page) == [image.pk]
    assert not wakeup.was_asked()


@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline", WAGTAIL_AUTOGALLERY_RUN_TIME_BUDGET=0.0
)
def test_inline_nothing_is_started_after_what_a_request_may_take():
    page, image = upload()

    finish_request()

    assert images_in(page) == []
    assert image.renditions.count() == 0


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_a_test_client_s_request_is_no_response_to_come_after(client):
    page, _ = upload()

    client.get(page.url)
    finish_request(sender=None)

    assert images_in(page) == []


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_a_request_that_asked_for_nothing_does_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        finish_request()


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="off")
def test_switched_off_it_leaves_the_work_to_cron():
    page, image = upload()

    finish_request()
    assert images_in(page) == []

    drain(limit=100)
    assert images_in(page) == [image.pk]


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_it_leaves_the_site_s_own_tasks_alone():
    upload()
    jobs.note.enqueue("a report of ten minutes")

    finish_request()

    assert jobs.done == []


@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline", WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TASKS="all"
)
def test_it_runs_every_task_when_told():
    upload()
    jobs.note.enqueue("a small thing")
    jobs.note.using(queue_name="reports").enqueue("another")

    finish_request()

    assert sorted(jobs.done) == ["a small thing", "another"]


@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline", WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TASKS="all"
)
def test_when_told_it_runs_a_site_s_own_task_without_an_upload():
    jobs.note.enqueue("a small thing")

    finish_request()

    assert jobs.done == ["a small thing"]


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_what_wagtail_leaves_to_tasks_is_done_when_a_page_was_saved():
    image = ImageFactory()
    drain(limit=100)
    wakeup.take()
    page_with(raw_gallery(image, follow=False))
    assert ready_of(*WAGTAIL)

    finish_request()

    assert not ready_of(*WAGTAIL)
    assert ReferenceIndex.get_references_to(image).count() == 1


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_wagtail_s_tasks_are_done_in_whatever_queue_they_are():
    update_reference_index_task.using(queue_name="reports").enqueue("wagtailcore", "page", "1")

    finish_request()

    assert not ready_of(*WAGTAIL)


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_saving_a_page_starts_no_sync_for_uploads_that_another_process_waits_for():
    page, _ = upload()
    wakeup.take()
    PlainPageFactory()

    finish_request()

    assert images_in(page) == []
    assert len(ready_of(*OWN)) == 1


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_a_task_is_not_looked_for_before_it_is_committed():
    with transaction.atomic():
        PlainPageFactory()
        assert not wakeup.was_asked()

    assert wakeup.was_asked()


def test_what_a_drain_enqueues_asks_for_no_other_one():
    upload()
    wakeup.take()

    drain(limit=2)

    assert ready_of()
    assert not wakeup.was_asked()


def test_a_site_s_own_task_asks_for_nothing():
    jobs.note.enqueue("a report of ten minutes")

    assert not wakeup.was_asked()


@override_settings(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=60, WAGTAIL_AUTOGALLERY_QUIET_PERIOD_MAX=60)
def test_a_page_that_is_saved_waits_for_no_uploads(monkeypatch):
    monkeypatch.setattr(after_response, "WORKER_POLL_SECONDS", 0.01)
    PlainPageFactory()

    after_response._work()

    assert not ready_of(*WAGTAIL)


@pytest.mark.parametrize("work", [finish_request, after_response._work])
@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline",
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TASKS="all",
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_LIMIT=1,
)
def test_it_stops_at_its_limit_and_goes_on_after_the_next_response(work):
    page_with(raw_gallery())
    drain(limit=100)
    jobs.note.enqueue(1)
    jobs.note.enqueue(2)
    wakeup.ask()

    work()
    assert jobs.done == [1]
    assert wakeup.was_asked()

    work()
    assert jobs.done == [1, 2]
    assert not wakeup.was_asked()


@pytest.mark.parametrize("work", [finish_request, after_response._work])
@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline", WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TIME_BUDGET=0
)
def test_it_starts_no_task_when_its_time_is_used_up(work):
    page, _ = upload()
    wakeup.ask()

    work()

    assert images_in(page) == []


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_whatever_goes_wrong_is_logged_and_does_not_reach_the_server(monkeypatch, caplog):
    upload()
    monkeypatch.setattr(type(DBTaskResult.objects.all()), "get_locked", lambda self: 1 / 0)

    finish_request()

    assert "ZeroDivisionError" in caplog.text


@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline",
    TASKS={"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}},
)
def test_with_the_immediate_backend_the_sync_comes_after_the_response_too():
    page = page_with(raw_gallery())

    image = ImageFactory()
    assert images_in(page) == []
    finish_request()

    assert images_in(page) == [image.pk]


@override_settings(
    WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline",
    TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}},
)
def test_with_a_backend_of_its_own_workers_the_job_is_left_to_them():
    page_with(raw_gallery())

    ImageFactory()

    assert not wakeup.was_asked()


@pytest.mark.parametrize("name", ["thread", "inline", "off"])
def test_the_setting_decides(settings, name):
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = name

    assert how_to_work() == name


@pytest.mark.parametrize(
    ("variable", "mode"),
    [
        (None, "thread"),
        ("VERCEL", "inline"),
        ("AWS_LAMBDA_FUNCTION_NAME", "off"),
        ("PYTHONANYWHERE_SITE", "off"),
    ],
)
def test_by_itself_it_does_what_is_right_on_the_host(monkeypatch, variable, mode):
    if variable:
        monkeypatch.setenv(variable, "1")

    assert how_to_work() == mode


@pytest.mark.parametrize(
    ("options", "mode"),
    [({}, "off"), ({"enable-threads": True}, "thread"), ({"threads": 2}, "thread")],
)
def test_uwsgi_without_threads_has_none(monkeypatch, options, mode):
    monkeypatch.setitem(sys.modules, "uwsgi", types.SimpleNamespace(opt=options))

    assert how_to_work() == mode


@pytest.mark.parametrize("in_a_function", [True, False])
@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="inline")
def test_on_vercel_the_runtime_is_asked_to_wait_where_it_can(monkeypatch, in_a_function):
    handed_over = []

    def wait_until(coroutine):
        if in_a_function:
            handed_over.append(coroutine)
        else:
            coroutine.close()

    functions = types.ModuleType("vercel.functions")
    functions.wait_until = wait_until
    package = types.ModuleType("vercel")
    package.__spec__ = types.SimpleNamespace(name="vercel")
    monkeypatch.setitem(sys.modules, "vercel", package)
    monkeypatch.setitem(sys.modules, "vercel.functions", functions)
    page, image = upload()

    finish_request()

    assert len(handed_over) == in_a_function
    assert images_in(page) == ([] if in_a_function else [image.pk])
    for coroutine in handed_over:
        coroutine.close()


def test_a_forked_process_has_no_thread_of_its_parent(monkeypatch):
    monkeypatch.setattr(after_response, "_thread", threading.current_thread())
    read, write = os.pipe()

    if os.fork() == 0:
        os.write(write, b"none" if thread() is None and not after_response._lock.locked() else b"!")
        os._exit(0)

    os.wait()
    assert os.read(read, 10) == b"none"
    os.close(read)
    os.close(write)


def test_a_resident_worker_is_given_time_to_take_the_job():
    upload()
    assert not after_response._has_resident_worker()

    DBTaskResult.objects.update(
        status="SUCCESSFUL", worker_ids=["db-worker"], started_at=timezone.now()
    )

    assert after_response._has_resident_worker()


def test_a_resident_worker_is_known_however_much_the_thread_did_meanwhile():
    for _ in range(25):
        jobs.note.enqueue(1)
    rows = DBTaskResult.objects.filter(task_path=jobs.note.module_path)
    rows.update(status="SUCCESSFUL", worker_ids=["autogallery-x"], started_at=timezone.now())
    rows.filter(pk=rows[0].pk).update(
        worker_ids=["db-worker"], started_at=timezone.now() - timedelta(minutes=1)
    )

    assert after_response._has_resident_worker()


@override_settings(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0, WAGTAIL_AUTOGALLERY_QUIET_PERIOD_MAX=60)
def test_a_worker_that_takes_one_task_after_the_other_is_left_to_it(monkeypatch):
    monkeypatch.setattr(after_response, "WORKER_POLL_SECONDS", 0.2)
    upload()
    DBTaskResult.objects.update(
        status="SUCCESSFUL", worker_ids=["db-worker"], started_at=timezone.now()
    )
    assert after_response._has_worker_at_work()

    after_response._wait_for_quiet()

    assert not after_response._has_worker_at_work()


@override_settings(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0.3, WAGTAIL_AUTOGALLERY_QUIET_PERIOD_MAX=1.0)
def test_a_burst_is_waited_for_but_not_for_ever():
    import time

    started = time.monotonic()
    until = started + 30
    stop = threading.Event()

    def keep_asking():
        while not stop.is_set() and time.monotonic() < until:
            wakeup.ask()
            stop.wait(0.05)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    after_response._wait_for_quiet()
    taken = time.monotonic() - started
    stop.set()
    asking.join()

    assert 0.9 <= taken < 10
