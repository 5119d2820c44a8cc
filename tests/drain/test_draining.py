from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import override_settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.signals import page_published

import tests
from tests import jobs
from tests.drain.waiting import hold_up_galleries
from tests.factories import (
    ImageFactory,
    images_in,
    lose_file_of,
    page_with,
    raw_gallery,
    unwritable,
)
from wagtail_autogallery.drain.draining import UnknownQueue, drain
from wagtail_autogallery.frontend.specs import specs_of
from wagtail_autogallery.models import Arrival, By, Drain, Lease, LeaseQuerySet, Run
from wagtail_autogallery.queue.running import TaskGone
from wagtail_autogallery.queue.transitions import GivenUp
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import OWN

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


@pytest.mark.parametrize(
    ("path", "queue_name"),
    [
        ("a.module.that_is_gone", "default"),
        ("tests.jobs.that_is_gone", "default"),
        ("tests.jobs.clock", "default"),
        ("tests.a_module_that_breaks.task", "default"),
        ("tests.jobs.note", "a queue that is gone"),
    ],
)
def test_a_task_that_cannot_be_run_any_more_is_failed_by_name_and_the_others_run(
    path, queue_name, monkeypatch, tmp_path
):
    (tmp_path / "a_module_that_breaks.py").write_text("1 / 0")
    monkeypatch.setattr(tests, "__path__", [*tests.__path__, str(tmp_path)])
    jobs.note.enqueue("after")
    DBTaskResult.objects.create(
        task_path=path,
        queue_name=queue_name,
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        exception_class_path="",
        traceback="",
        run_after=DBTaskResult.objects.get().run_after,
        priority=100,
    )

    report = drain(all_queues=True)

    assert jobs.done == ["after"]
    assert (report.succeeded, report.failed) == (1, 1)
    assert report.failures[0]["task"] == path
    assert f"There is no task {path} (any more)" in report.failures[0]["traceback"]
    row = DBTaskResult.objects.get(task_path=path, queue_name=queue_name)
    assert row.status == "FAILED"
    assert row.exception_class_path == f"{TaskGone.__module__}.TaskGone"


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


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_it_syncs_the_galleries_and_says_so():
    page = page_with(raw_gallery())
    image = ImageFactory()

    report = drain()

    assert images_in(page) == [image.pk]
    assert (report.ran, report.succeeded) == (2, 2)
    assert image.renditions.count() == len(specs_of(image, "grid").all)
    assert "only the galleries were synced" in report.note


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_a_failing_sync_is_reported(monkeypatch, caplog):
    monkeypatch.setattr(Arrival.objects.__class__, "waiting", lambda self: 1 / 0)

    report = drain()

    assert (report.ran, report.failed) == (2, 1)
    assert "ZeroDivisionError" in report.failures[0]["traceback"]
    assert "ZeroDivisionError" in caplog.text


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_it_makes_no_renditions_after_its_time():
    page = page_with(raw_gallery())
    image = ImageFactory()

    report = drain(time_budget=0.0)

    assert images_in(page) == [image.pk]
    assert (report.ran, report.remaining) == (1, 1)
    assert report.is_unfinished


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_renditions_that_only_fail_are_no_reason_to_go_on():
    page_with(raw_gallery())
    lose_file_of(ImageFactory())
    answers = iter([True])

    report = drain(keep_on=lambda: next(answers, False))

    assert report.ran == 2
    assert not report.is_unfinished


def test_an_idle_drain_asks_four_times_and_goes(django_assert_max_num_queries):
    page_with(raw_gallery())
    ImageFactory()
    drain(limit=100)

    # When was the newest run? Which images are younger? Are they known? What is there to do?
    with django_assert_max_num_queries(4):
        report = drain()

    assert (report.ran, report.remaining) == (0, 0)


def test_nor_does_it_ask_more_for_galleries_that_wait_and_a_long_log(
    django_assert_max_num_queries,
):
    assert hold_up_galleries() == ["failed", "locked", "no_room", "private"]

    with django_assert_max_num_queries(4):
        report = drain()

    assert (report.ran, report.remaining) == (0, 0)


def test_that_it_ran_is_noted_in_one_query(django_assert_num_queries):
    drain(by=By.COMMAND)

    with django_assert_num_queries(1):
        Drain.objects.note(By.COMMAND)


def test_a_drain_is_noted_when_it_has_ended_and_only_then():
    jobs.exit_process.enqueue()
    with pytest.raises(SystemExit):
        drain(by=By.COMMAND)
    assert not Drain.objects.exists()

    DBTaskResult.objects.all().delete()
    drain(by=By.COMMAND)
    drain(by=By.COMMAND)
    drain()

    assert [drain.by for drain in Drain.objects.all()] == ["command"]


def test_a_drain_that_cannot_be_noted_is_reported_all_the_same(caplog):
    jobs.note.enqueue("a")

    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and Drain._meta.db_table in sql:
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        report = drain(by=By.COMMAND)

    assert report.succeeded == 1
    assert "database is locked" in caplog.text


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_there_is_nothing_to_put_back_but_failed_galleries():
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()
    assert sync().holders == 0

    report = drain(retry_failed=True)

    assert report.put_back == 0
    assert images_in(page) == [image.pk]


def test_a_task_costs_no_more_queries_than_with_the_library_s_own_worker(
    django_assert_num_queries,
):
    drain(limit=100)
    for number in range(3):
        jobs.note.enqueue(number)

    # Five for a task, as with db_worker; three for the empty poll; two looks for uploads, one for
    # what to do, a count; and the lease: renewed in vain, written, removed in a transaction.
    with django_assert_num_queries(3 * 5 + 3 + 4 + 5):
        drain()


def test_it_starts_nothing_after_its_time(monkeypatch):
    for name in ("a", "b"):
        jobs.take_a_second.enqueue(name)
    clock = monkeypatch_clock(monkeypatch)

    report = drain(time_budget=0.5)
    assert (jobs.done, report.remaining) == (["a"], 1)
    assert report.is_unfinished

    clock.now += 100
    drain(time_budget=0.5)
    assert jobs.done == ["a", "b"]


def test_the_sync_stops_between_holders_and_enqueues_the_rest(monkeypatch):
    pages = [page_with(raw_gallery()) for _ in range(3)]
    image = ImageFactory()
    clock = monkeypatch_clock(monkeypatch)

    ticks = 0
    with clock.holders_taking(1.0):
        while [images_in(page) for page in pages] != [[image.pk]] * 3:
            drain(time_budget=0.5, limit=1, only=OWN)
            ticks += 1
            assert sum(images_in(page) == [image.pk] for page in pages) == ticks

    assert ticks == 3


def test_what_the_sync_left_for_want_of_time_is_not_started_in_the_same_drain(monkeypatch):
    pages = [page_with(raw_gallery()) for _ in range(3)]
    image = ImageFactory()
    drain(limit=100)
    later = ImageFactory()
    clock = monkeypatch_clock(monkeypatch)

    with clock.holders_taking(5.0):
        report = drain(time_budget=8.0, limit=100, only=OWN)

    # The second would have ended after ten seconds.
    assert sorted(images_in(page) for page in pages) == [
        [image.pk],
        [image.pk],
        [image.pk, later.pk],
    ]
    # What remains are the rest of the sync and the pictures.
    assert (report.ran, report.remaining) == (1, 2)


def test_it_can_leave_all_but_its_own_tasks_alone():
    jobs.note.enqueue("a report of ten minutes")
    page = page_with(raw_gallery())
    image = ImageFactory()

    drain(only=OWN)

    assert images_in(page) == [image.pk]
    assert jobs.done == []


def test_it_stops_when_it_is_told_to():
    for name in ("a", "b"):
        jobs.note.enqueue(name)

    drain(keep_on=lambda: not jobs.done)

    assert jobs.done == ["a"]


def test_it_tells_how_it_gets_on():
    for number in range(3):
        jobs.note.enqueue(number)
    seen = []

    drain(progress=lambda report: seen.append(report.ran))

    assert seen == [1, 2, 3]


def claimed(task, worker, attempts=1, started=timedelta()):
    task.enqueue("x")
    row = DBTaskResult.objects.get(status="READY")
    DBTaskResult.objects.filter(pk=row.pk).update(
        status="RUNNING", worker_ids=[worker] * attempts, started_at=timezone.now() - started
    )
    return row


def test_a_task_of_a_drain_that_was_killed_is_run_again():
    claimed(jobs.note, "autogallery-killed")

    report = drain()

    assert (report.rescued, report.ran, report.succeeded) == (1, 1, 1)
    assert jobs.done == ["x"]


def test_a_task_of_a_drain_that_lives_is_left_alone():
    row = claimed(jobs.note, "autogallery-alive")
    Lease.objects.create(
        worker_id="autogallery-alive", expires_at=timezone.now() + timedelta(minutes=1)
    )

    assert drain().rescued == 0

    row.refresh_from_db()
    assert row.status == "RUNNING"


def test_a_lease_that_expired_is_no_life_and_is_cleared_away():
    claimed(jobs.note, "autogallery-late")
    Lease.objects.create(worker_id="autogallery-late", expires_at=timezone.now())

    assert drain().rescued == 1
    assert not Lease.objects.exists()


def test_a_lease_that_a_drain_left_behind_with_no_task_in_hand_is_cleared_away():
    Lease.objects.create(worker_id="autogallery-killed", expires_at=timezone.now())

    drain()

    assert not Lease.objects.exists()


def test_a_task_claimed_while_the_dead_are_looked_for_is_not_taken_for_theirs(monkeypatch):
    """Another drain begins between the two questions that repair asks."""
    claimed(jobs.note, "autogallery-killed")

    def alive_just_before(self, alive=LeaseQuerySet.alive):
        before = list(alive(self).values_list("pk", flat=True))
        Lease.objects.create(
            worker_id="autogallery-new", expires_at=timezone.now() + timedelta(minutes=1)
        )
        claimed(jobs.note, "autogallery-new")
        return self.filter(pk__in=before)

    monkeypatch.setattr(LeaseQuerySet, "alive", alive_just_before)

    assert drain().rescued == 1


def test_a_task_that_keeps_killing_its_process_is_failed_and_says_why(caplog):
    row = claimed(jobs.note, "autogallery-killed", attempts=3)

    report = drain()

    row.refresh_from_db()
    assert (report.rescued, report.given_up, report.failed, report.ran) == (0, 1, 1, 0)
    assert row.status == "FAILED"
    assert row.traceback == (
        "Given up: started 3 times, and each time its process ended before it was done."
    )
    assert row.traceback in caplog.text
    assert row.task_result.errors[0].exception_class is GivenUp


def test_a_task_of_the_library_s_own_worker_is_given_up_only_after_a_long_time():
    recent = claimed(jobs.note, "db-worker", started=timedelta(hours=23))
    old = claimed(jobs.note, "db-worker", started=timedelta(hours=25))

    report = drain()

    recent.refresh_from_db()
    old.refresh_from_db()
    assert (recent.status, old.status) == ("RUNNING", "FAILED")
    assert report.failures == [
        {"task": "tests.jobs.note", "traceback": "Given up: running for more than 24 hours."}
    ]


def test_a_worker_that_is_told_to_exit_gives_its_task_back():
    jobs.exit_process.enqueue()

    with pytest.raises(SystemExit):
        drain()

    row = DBTaskResult.objects.get()
    assert (row.status, row.started_at) == ("READY", None)
    assert not Lease.objects.exists()


def test_a_task_that_ends_its_process_each_time_is_failed_and_does_not_block_the_queue():
    jobs.exit_process.enqueue()
    jobs.note.enqueue("after")

    for _ in range(3):
        with pytest.raises(SystemExit):
            drain()
    drain()

    row = DBTaskResult.objects.get(task_path="tests.jobs.exit_process")
    assert (row.status, len(row.worker_ids)) == ("FAILED", 3)
    assert row.traceback.startswith("Given up: started 3 times")
    assert jobs.done == ["after"]


def test_finished_tasks_are_pruned_after_a_while():
    jobs.note.enqueue("old")
    drain()
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=31))
    jobs.note.enqueue("new")

    drain()

    assert DBTaskResult.objects.count() == 1


@override_settings(WAGTAIL_AUTOGALLERY_PRUNE_AFTER_DAYS=None)
def test_pruning_can_be_switched_off():
    jobs.note.enqueue("old")
    drain()
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=3100))

    drain()

    assert DBTaskResult.objects.count() == 1


class Clock:
    """A monotonic clock that only moves when something takes time."""

    def __init__(self):
        self.now = 1000.0

    @contextmanager
    def holders_taking(self, seconds):
        """Let somebody listen to what is published, and take their time over it."""

        def listen(**kwargs):
            self.now += seconds

        page_published.connect(listen)
        yield
        page_published.disconnect(listen)


def monkeypatch_clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    monkeypatch.setattr(jobs, "clock", clock)
    return clock


@pytest.mark.django_db
def test_its_log_line_has_fields_that_programs_read(caplog):
    jobs.note.enqueue("x")
    jobs.fail.enqueue()

    with caplog.at_level(logging.INFO, "wagtail_autogallery.drain.draining"):
        report = drain(by=By.URL)

    (record,) = [each for each in caplog.records if each.name.endswith("draining")]
    assert (record.by, record.ran, record.failed, record.rescued) == ("url", 2, 1, 0)
    assert (record.remaining, record.seconds) == (0, report.seconds)


def test_the_command_speaks_for_itself(caplog):
    jobs.note.enqueue("x")

    with caplog.at_level(logging.INFO, "wagtail_autogallery.drain.draining"):
        drain(by=By.COMMAND)

    assert not [each for each in caplog.records if each.name.endswith("draining")]
