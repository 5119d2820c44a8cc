from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import (
    ImageFactory,
    PlainSnippetFactory,
    page_with,
    raw_body,
    raw_gallery,
    unwritable,
)
from wagtail_autogallery.drain import status as status_module
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.drain.status import duration, get_status
from wagtail_autogallery.models import Arrival, By, Delivery, Drain, Lease, Run, Subscription
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_site_where_all_is_done_is_healthy():
    page_with(raw_gallery())
    drain(limit=100)

    status = get_status()

    assert status.is_healthy
    assert (status.ready, status.galleries_followed, status.galleries_behind) == (0, 1, 0)


def test_what_waits_is_counted_with_its_reasons():
    page_with(raw_gallery(), locked=True)
    ImageFactory()
    assert get_status().arrivals_waiting == 1
    sync()

    status = get_status()

    assert status.is_healthy
    assert (status.arrivals_waiting, status.galleries_behind) == (0, 0)
    assert status.galleries_waiting == {"locked": 1}


def test_the_pages_of_galleries_that_wait_are_named_with_the_reason_failed_ones_first():
    locked = page_with(raw_gallery(), raw_gallery(), locked=True)
    failed = PlainSnippetFactory(body=raw_body(raw_gallery()))
    ImageFactory()
    with unwritable(failed):
        sync()

    first, second = get_status().waiting

    assert str(first) == (
        f"Snippet (testapp.plainsnippet {failed.pk}), 1 gallery: "
        "Failed: it will be tried again (DatabaseError: The disk is full)"
    )
    assert first.retry_at > timezone.now()
    assert str(second) == (
        f"{locked.title} (testapp.gallerypage {locked.pk}), 2 galleries: "
        "Waiting: the page is locked"
    )


def test_a_page_that_is_gone_is_named_by_its_key():
    page = page_with(raw_gallery(), locked=True)
    Subscription.objects.update(state=Subscription.State.LOCKED, object_id="999")

    (waiting,) = get_status().waiting

    assert (waiting.holder, waiting.title) == ("testapp.gallerypage 999", "")
    assert page.pk != 999


def test_some_are_named_and_all_are_counted_in_as_many_queries(monkeypatch):
    monkeypatch.setattr(status_module, "NAMED_AT_MOST", 2)

    def add_three_that_wait():
        for _ in range(3):
            page_with(raw_gallery())
            jobs.fail.enqueue()
        Subscription.objects.update(state=Subscription.State.FULL)
        drain(limit=100)
        with CaptureQueriesContext(connection) as queries:
            return get_status(), len(queries)

    _, with_three = add_three_that_wait()
    status, with_six = add_three_that_wait()

    assert (len(status.waiting), status.galleries_waiting) == (2, {"full": 6})
    assert [task.times for task in status.failed_tasks] == [status.failed] == [6]
    assert with_six == with_three


def test_it_tells_when_each_way_of_draining_was_last_used():
    assert facts_of(get_status())["Last drain"] == "never"

    drain(by=By.COMMAND)
    drain(by=By.RESPONSE)
    drain()
    for by, minutes in (("response", 1), ("command", 3)):
        ended_at = timezone.now() - timedelta(minutes=minutes)
        Drain.objects.filter(by=by).update(ended_at=ended_at)
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(
        status="SUCCESSFUL",
        worker_ids=["db-worker"],
        started_at=timezone.now() - timedelta(hours=2),
        finished_at=timezone.now() - timedelta(hours=2),
    )

    assert facts_of(get_status())["Last drain"] == (
        "1 minute ago, after a response; 3 minutes ago, by the command; 2 hours ago, by a worker"
    )


def test_its_words_are_in_the_language_of_who_asks():
    with translation.override("de"):
        facts = facts_of(get_status())

    assert facts["Letzter Durchlauf"] == "noch nie"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59.9, "59 seconds"), (60, "1 minute"), (7300, "2 hours")],
)
def test_a_duration_is_told_to_its_largest_unit(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


def messages(status):
    return [problem.message for problem in status.problems]


def facts_of(status):
    return dict(status.facts())


def test_a_task_that_has_been_waiting_for_too_long_is_a_problem():
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))

    status = get_status()

    assert status.oldest_ready_seconds >= 1200
    assert facts_of(status)["Tasks ready"] == "1, the oldest for 20 minutes"
    (problem,) = status.problems
    assert problem.message == "No drain has run yet, and 1 task waits. Is cron set up?"
    assert abs(problem.since - DBTaskResult.objects.get().enqueued_at) < timedelta(seconds=1)
    assert problem.mend == "python manage.py autogallery_drain --all-queues --limit 500"


def test_pictures_are_what_waits_where_no_drain_takes_up_uploads():
    page_with(raw_gallery())
    drain(limit=100)
    Drain.objects.create(by=By.COMMAND, ended_at=timezone.now() - timedelta(hours=2))
    for _ in range(14):
        ImageFactory()
    two_hours_ago = timezone.now() - timedelta(hours=2)
    DBTaskResult.objects.update(enqueued_at=two_hours_ago, started_at=None, status="READY")

    problem, *_others = get_status().problems
    assert (problem.code, problem.level.value) == ("nobody_drains", "red")
    assert problem.message == (
        "No drain has run for 2 hours, and 14 pictures wait. Is cron running?"
    )


def test_a_task_that_no_drain_takes_though_they_run_says_so():
    jobs.note.using(queue_name="reports").enqueue(1)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    drain(by=By.COMMAND)

    (problem,) = get_status().problems
    assert problem.message == (
        "1 task has been ready for 20 minutes, and no drain takes it: have cron drain all queues."
    )


def test_failures_tell_since_when():
    page_with(raw_gallery())
    ImageFactory()
    sync()
    earlier = timezone.now() - timedelta(hours=3)
    Subscription.objects.update(state=Subscription.State.FAILED)
    Run.objects.filter(number=1).update(opened_at=earlier)
    Delivery.objects.update(reason=Delivery.Reason.FAILED, due_at=timezone.now())
    for _ in range(2):
        jobs.fail.enqueue()
    drain(limit=100, only=["tests."])
    first = DBTaskResult.objects.filter(status="FAILED").first()
    DBTaskResult.objects.filter(pk=first.pk).update(finished_at=earlier)

    since = {problem.code: problem.since for problem in get_status().problems}

    assert since == {"tasks_failed": earlier, "galleries_failed": earlier}


def test_a_task_that_has_been_waiting_while_others_were_run_is_another_problem():
    for number in range(2):
        jobs.note.enqueue(number)
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    DBTaskResult.objects.filter(pk=DBTaskResult.objects.first().pk).update(
        status="SUCCESSFUL", started_at=timezone.now()
    )

    (problem,) = get_status().problems
    assert problem.message == "The oldest task has been ready for 20 minutes."
    assert problem.mend == "python manage.py autogallery_drain --limit 500"


def test_a_task_that_was_put_off_has_been_waiting_since_it_was_to_run():
    jobs.note.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1)
    DBTaskResult.objects.update(
        enqueued_at=timezone.now() - timedelta(hours=1),
        run_after=timezone.now() - timedelta(seconds=30),
    )

    status = get_status()

    assert 30 <= status.oldest_ready_seconds < 900
    assert status.is_healthy


def test_a_task_of_a_drain_that_was_killed_is_stuck_when_no_drain_repairs_it():
    jobs.note.enqueue(1)
    task = DBTaskResult.objects.filter(task_path="tests.jobs.note")
    task.update(status="RUNNING", worker_ids=["autogallery-x"], started_at=timezone.now())
    assert get_status().is_healthy

    task.update(started_at=timezone.now() - timedelta(minutes=20))
    assert messages(get_status()) == ["1 task is stuck: the process that ran it is gone."]
    assert facts_of(get_status())["Tasks running"] == "1, of which 1 stuck"

    expires_at = timezone.now() + timedelta(minutes=1)
    Lease.objects.create(worker_id="autogallery-x", expires_at=expires_at)
    assert get_status().is_healthy


def test_an_upload_that_no_run_has_taken_up_for_too_long_is_a_problem():
    ImageFactory()
    DBTaskResult.objects.all().delete()
    assert get_status().is_healthy

    Arrival.objects.update(created_at=timezone.now() - timedelta(minutes=20))

    (problem,) = get_status().problems
    assert problem.message == "No drain has run yet, and 1 picture waits. Is cron set up?"
    assert problem.since == Arrival.objects.get().created_at

    Drain.objects.note(By.COMMAND)
    assert messages(get_status()) == ["The oldest upload has been waiting for 20 minutes."]

    Drain.objects.update(ended_at=timezone.now() - timedelta(hours=2))
    assert messages(get_status()) == [
        "No drain has run for 2 hours, and 1 picture waits. Is cron running?"
    ]


def test_stuck_and_failed_tasks_are_problems():
    for _ in range(2):
        jobs.note.enqueue(1)
    stuck, failed = DBTaskResult.objects.all()
    DBTaskResult.objects.filter(pk=stuck.pk).update(
        status="RUNNING", started_at=timezone.now() - timedelta(hours=25)
    )
    DBTaskResult.objects.filter(pk=failed.pk).update(status="FAILED", finished_at=timezone.now())

    assert [problem.code for problem in get_status().problems] == ["tasks_stuck", "tasks_failed"]


def test_a_failure_of_last_week_is_no_problem_of_today():
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(status="FAILED", finished_at=timezone.now() - timedelta(days=7))

    assert get_status().is_healthy


def test_a_gallery_that_could_not_be_synced_is_a_problem():
    page_with(raw_gallery())
    Subscription.objects.update(state=Subscription.State.FAILED)

    (problem,) = get_status().problems
    assert problem.message == "1 gallery could not be synced."
    assert problem.mend == "python manage.py autogallery_drain --retry-failed"


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_the_galleries_are_looked_at():
    page_with(raw_gallery())

    status = get_status()

    assert status.is_healthy
    assert status.galleries_followed == 1
