"""Drain the task queue: run what is ready, repair what a crash left, and say what was done."""

from __future__ import annotations

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.db import DatabaseError, transaction
from django.db.models import QuerySet, Value
from django.utils import timezone

from wagtail_autogallery import tables
from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import (
    Announcement,
    Arrival,
    Delivery,
    Drain,
    Errand,
    Lease,
    Start,
    Subscription,
)
from wagtail_autogallery.queue import budget, database_queue, leases, wakeup
from wagtail_autogallery.queue.database_queue import Outcome, Queue
from wagtail_autogallery.queue.wakeup import Work
from wagtail_autogallery.sync.missed_uploads import record_missed_uploads
from wagtail_autogallery.tasks import (
    OWN,
    WAGTAIL,
    enqueue_sync,
    make_renditions,
    sync_media_to_galleries,
)

logger = logging.getLogger(__name__)

WORKER_PREFIX = "autogallery-"


class UnknownQueue(ValueError):
    """The task backend has no queue of this name."""


@dataclass
class Report:
    """What one drain did."""

    ran: int = 0
    succeeded: int = 0
    failed: int = 0
    #: Failed tasks that were made ready again, because somebody asked for it.
    put_back: int = 0
    #: Tasks of a dead worker that are ready again.
    rescued: int = 0
    #: Tasks that nobody worked on any more and that were failed.
    given_up: int = 0
    remaining: int = 0
    seconds: float = 0.0
    #: Path and traceback of each failed task.
    failures: list[dict[str, str]] = field(default_factory=list)
    #: Why only the gallery work was done, where the queue could not be read.
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_unfinished(self) -> bool:
        """Whether it stopped at its limit, and another drain right now would do more."""
        return self.ran > 0 and self.remaining > 0

    def add_failure(self, task_path: str, traceback: str) -> None:
        self.failed += 1
        self.failures.append({"task": task_path, "traceback": traceback})


def drain(
    *,
    limit: int | None = None,
    queue_name: str | None = None,
    all_queues: bool = False,
    time_budget: float | None = None,
    only: Sequence[str] | None = None,
    but_not: Sequence[str] = (),
    retry_failed: bool = False,
    by: Drain.By | None = None,
    progress: Callable[[Report], None] | None = None,
    keep_on: Callable[[], bool] = lambda: True,
    make_room: Callable[[], bool] = lambda: False,
) -> Report:
    """
    Run the ready tasks of a queue, one at a time, in the queue's order.

    Enqueues the gallery sync where arrivals or galleries wait that no task will see, and makes the
    tasks of workers that died ready again.

    :param limit: How many tasks to run at most; by default ``WAGTAIL_AUTOGALLERY_DRAIN_LIMIT``.
    :param queue_name: The queue; by default the one of the gallery sync.
    :param all_queues: Run the tasks of every queue of the backend.
    :param time_budget: Start no task after this many seconds. The gallery sync stops within it.
    :param only: Leave all tasks alone but those whose path begins so; ``OWN`` or ``WAGTAIL``.
    :param but_not: Leave the tasks alone whose path begins so.
    :param retry_failed: Put the failed tasks of the queue back first, and try failed galleries now.
    :param by: Who drains, for the status to tell when that was last done.
    :param progress: Called after each task.
    :param keep_on: Asked before each task, and by this app's tasks between two pieces of work.
    :param make_room: Asked after each task: whether the others are for somebody else.
    :raises UnknownQueue: The backend has no such queue.
    :raises tables.MissingTables: ``migrate`` has not been run.
    """
    tables.require()
    started = time.monotonic()
    report = Report()
    with budget.limited_to(time_budget, keep_on):
        queue = None
        if database_queue.is_available(sync_media_to_galleries.backend):
            queue = replace(chosen_queue(queue_name, all_queues), only=only, but_not=but_not)
        if retry_failed:
            report.put_back = queue.put_back_failed() if queue else 0
            Delivery.objects.release(Delivery.Reason.FAILED)
        if queue:
            limit = settings.DRAIN_LIMIT if limit is None else limit
            _drain(queue, limit, report, progress, make_room)
        else:
            _work_without_queue(report)
    if by:
        _note_drain(by)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def chosen_queue(name: str | None = None, all_queues: bool = False) -> Queue:
    """
    The queue of this name; by default the one of the gallery sync.

    :raises UnknownQueue: The backend has no such queue.
    """
    return Queue(sync_media_to_galleries.backend, None if all_queues else [_known_queue(name)])


def _note_drain(by: Drain.By) -> None:
    try:
        Drain.objects.note(by)
    except DatabaseError:
        # What was to be done is done, and the report of it must not be lost.
        logger.exception("Could not note when the queue was drained")


def drain_after_response(work: Work, **options: Any) -> Report:
    """Run what a web process may run after a response, with further options of :func:`drain`."""
    return drain(
        limit=settings.AFTER_RESPONSE_LIMIT,
        all_queues=True,
        by=Drain.By.RESPONSE,
        **_tasks_after_response(work),
        **options,
    )


def _tasks_after_response(work: Work) -> dict[str, Any]:
    return {
        "only": None if settings.AFTER_RESPONSE_TASKS == "all" else OWN + WAGTAIL,
        # Another process may be waiting for a burst of uploads to end.
        "but_not": () if Work.GALLERIES in work else OWN,
    }


def wake_up_for(row: Any) -> None:
    """
    Have a task that was just enqueued run after the response, if it is one of those.

    Only once it is committed: who looks sooner does not see it. What a drain enqueues, or what its
    tasks do, that drain runs itself. This app's tasks are woken for by who enqueues them.
    """
    chosen = Queue(sync_media_to_galleries.backend, **_tasks_after_response(Work.TASKS))
    if chosen.has(row) and not budget.is_limited():
        transaction.on_commit(partial(wakeup.ask, Work.TASKS), using=row._state.db, robust=True)


def _known_queue(name: str | None) -> str:
    name = name or sync_media_to_galleries.queue_name
    known = database_queue.queue_names(sync_media_to_galleries.backend)
    if known and name not in known:
        raise UnknownQueue(
            f"The task backend {sync_media_to_galleries.backend!r} has no queue {name!r}. "
            f"It has: {', '.join(sorted(known))}."
        )
    return name


def _drain(
    queue: Queue,
    limit: int,
    report: Report,
    progress: Callable[[Report], None] | None,
    make_room: Callable[[], bool],
) -> None:
    brings_galleries = queue.has_path(sync_media_to_galleries.module_path)
    if brings_galleries:
        record_missed_uploads()
    to_do = _to_do(queue, brings_galleries)
    # First of all: a sync that is ready again is the one that is needed.
    if "repair" in to_do:
        _rescue(queue, report)
    if "sync" in to_do:
        enqueue_sync()
    if to_do & {"sync", "ready"} or report.rescued:
        _run(queue, limit, report, progress, make_room)
        report.remaining = queue.ready().count()
    if "prune" in to_do and not budget.is_used_up():
        queue.prune(cast(int, settings.PRUNE_AFTER_DAYS))


def _to_do(queue: Queue, brings_galleries: bool) -> set[str]:
    """What there is to do, asked in one query: most of a cron's calls find nothing."""
    questions = [
        queue.ready().order_by().values_list(Value("ready"), flat=True),
        queue.running().order_by().values_list(Value("repair"), flat=True),
        Lease.objects.expired().values_list(Value("repair"), flat=True),
    ]
    if brings_galleries:
        questions += [rows.order_by().values_list(Value("sync"), flat=True) for rows in _work()]
    if settings.PRUNE_AFTER_DAYS is not None:
        prunable = queue.prunable(settings.PRUNE_AFTER_DAYS)
        questions.append(prunable.order_by().values_list(Value("prune"), flat=True))
    # In two, where a router keeps the queue in a database of its own.
    by_database: dict[str, list[QuerySet[Any, str]]] = {}
    for question in questions:
        by_database.setdefault(question.db, []).append(question)
    return {
        answer
        for first, *others in by_database.values()
        for answer in (first.union(*others).order_by() if others else first.distinct())
    }


def _work() -> list[QuerySet[Any, Any]]:
    """What makes a sync worth while, be it one row of it."""
    return [
        Arrival.objects.waiting(),
        Start.objects.all(),
        Delivery.objects.due(),
        Errand.objects.due(),
        # A sync has made what its images lack.
        Subscription.objects.lacking_pictures(),
        Announcement.objects.left(older_than=timedelta(seconds=settings.LEASE_SECONDS)),
    ]


def _run(
    queue: Queue,
    limit: int,
    report: Report,
    progress: Callable[[Report], None] | None,
    make_room: Callable[[], bool],
) -> None:
    worker_id = f"{WORKER_PREFIX}{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        while report.ran < limit and not budget.is_used_up():
            if not report.ran:
                stack.enter_context(leases.held_by(worker_id))
            row = database_queue.claim(queue, worker_id)
            if row is None:
                break
            report.ran += 1
            outcome = database_queue.run(row)
            if outcome is Outcome.SUCCEEDED:
                report.succeeded += 1
            elif outcome is Outcome.FAILED:
                report.add_failure(row.task_path, row.traceback)
            if progress:
                progress(report)
            if make_room():
                break


def abandoned(queue: Queue) -> list[Any]:
    """Running tasks that nobody works on any more."""
    # Tasks first: who claims one holds a lease already, so what is read after it is never too old.
    running = list(queue.running())
    alive = set(Lease.objects.alive().values_list("worker_id", flat=True))
    long_ago = timezone.now() - timedelta(hours=settings.GIVE_UP_AFTER_HOURS)
    # The library's own worker gives no sign of life: only time tells.
    return [
        row
        for row in running
        if _worker_of(row) not in alive and (_is_of_a_drain(row) or row.started_at <= long_ago)
    ]


@dataclass(frozen=True)
class Unattended:
    """Tasks of a kind that nobody works on."""

    count: int
    #: For how long the oldest has been ready.
    age: timedelta


def unattended_tasks() -> Unattended | None:
    """
    Which tasks have been ready for too long without anybody working on such.

    Looks at all queues of the backend. A site's own tasks by themselves: after the response nobody
    works on these.
    """
    backend = sync_media_to_galleries.backend
    if not database_queue.is_available(backend):
        return None
    now = timezone.now()
    long_ago = now - timedelta(seconds=settings.STATUS_MAX_AGE)
    for queue in (Queue(backend, only=OWN + WAGTAIL), Queue(backend, but_not=OWN + WAGTAIL)):
        since = queue.oldest_ready_since()
        if since and since < long_ago and not queue.started_since(long_ago).exists():
            return Unattended(queue.ready().count(), now - since)
    return None


def _worker_of(row: Any) -> str:
    return row.worker_ids[-1] if row.worker_ids else ""


def _is_of_a_drain(row: Any) -> bool:
    return _worker_of(row).startswith(WORKER_PREFIX)


def _rescue(queue: Queue, report: Report) -> None:
    """Make tasks of dead workers ready again, or fail them when that was tried often enough."""
    for row in abandoned(queue):
        if not _is_of_a_drain(row):
            reason = f"Given up: running for more than {settings.GIVE_UP_AFTER_HOURS:g} hours."
        elif not database_queue.may_try_again(row):
            reason = database_queue.too_many_attempts(row)
        else:
            if database_queue.give_back(row):
                report.rescued += 1
                logger.warning(
                    "Task %s (%s) of a dead worker is ready again", row.pk, row.task_path
                )
            continue
        if database_queue.give_up(row, reason):
            report.given_up += 1
            report.add_failure(row.task_path, reason)
            logger.error("Task %s (%s) failed: %s", row.pk, row.task_path, reason)
    Lease.objects.expired().delete()


def _work_without_queue(report: Report) -> None:
    """Without a queue to read, do the gallery work itself: it needs none."""
    report.note = "The task backend is not a database queue: only the galleries were synced."
    for task in (sync_media_to_galleries, make_renditions):
        if report.ran and budget.is_used_up():
            report.remaining += 1
            break
        report.ran += 1
        try:
            done = task.func()
        except Exception as error:
            logger.exception("Task %s failed", task.module_path)
            report.add_failure(task.module_path, repr(error))
        else:
            report.succeeded += 1
            # Where renditions only fail, another drain right now would do no better.
            report.remaining += not done["complete"] and done.get("made") != 0
