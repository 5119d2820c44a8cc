"""Drain the task queue: run what is ready, repair what a crash left, and say what was done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import DatabaseError, transaction

from wagtail_autogallery import tables, telemetry
from wagtail_autogallery.conf import settings
from wagtail_autogallery.drain.without_queue import work_without_queue
from wagtail_autogallery.models import By, Drain
from wagtail_autogallery.queue import backends, budget, library_worker, runner, wakeup
from wagtail_autogallery.queue.beforehand import Beforehand
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.queue.wakeup import Work
from wagtail_autogallery.queue.working import work_off
from wagtail_autogallery.tasks import (
    OWN,
    WAGTAIL,
    sync_beforehand,
    sync_media_to_galleries,
    try_failed_galleries_now,
)

logger = logging.getLogger(__name__)


class UnknownQueue(ValueError):
    """The task backend has no queue of this name."""


def drain(
    *,
    limit: int | None = None,
    queue_name: str | None = None,
    all_queues: bool = False,
    time_budget: float | None = None,
    only: Sequence[str] | None = None,
    but_not: Sequence[str] = (),
    retry_failed: bool = False,
    by: By | None = None,
    progress: Callable[[Report], None] | None = None,
    keep_on: Callable[[], bool] = lambda: True,
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
    :param by: Who drains, for the status and the reports to tell.
    :param progress: Called after each task.
    :param keep_on: Asked before each task, and by this app's tasks between two pieces of work.
    :raises UnknownQueue: The backend has no such queue.
    :raises tables.MissingTables: ``migrate`` has not been run.
    """
    tables.require()
    started = time.monotonic()
    report = Report()
    limit = settings.DRAIN_LIMIT if limit is None else limit
    backend = sync_media_to_galleries.backend
    with (
        budget.limited_to(time_budget, keep_on),
        runner.run_by(by or ""),
        telemetry.span("drain", by=by or "") as span,
    ):
        queue = None
        if backends.is_in_database(backend):
            queue = replace(chosen_queue(queue_name, all_queues), only=only, but_not=but_not)
        if retry_failed:
            if queue and backends.is_readable(backend):
                report.put_back = queue.put_back_failed()
            try_failed_galleries_now()
        if queue is None:
            work_without_queue(report, "The task backend is not a database queue")
        elif backends.is_readable(backend):
            work_off(queue, limit, report, _beforehand(queue), progress)
        else:
            _have_library_work(queue, limit, report, progress)
        telemetry.describe(span, ran=report.ran, failed=report.failed)
    if by:
        _note_drain(by)
    report.seconds = round(time.monotonic() - started, 3)
    _log(report, by)
    return report


def _log(report: Report, by: By | None) -> None:
    facts = {
        "ran": report.ran,
        "failed": report.failed,
        "rescued": report.rescued,
        "remaining": report.remaining,
        "seconds": report.seconds,
    }
    # The command says the same, and cron sends a mail for every word.
    is_told = (report.ran or report.rescued) and by != By.COMMAND
    logger.log(
        logging.INFO if is_told else logging.DEBUG,
        "Drained: %(ran)d tasks ran, %(failed)d failed, %(rescued)d rescued, %(remaining)d remain",
        facts,
        extra={**facts, "by": str(by or "")},
    )


def _beforehand(queue: Queue) -> Beforehand | None:
    """Where a drain leaves the galleries to somebody else, it has nothing to do before."""
    brings_galleries = queue.has_path(sync_media_to_galleries.module_path)
    return sync_beforehand() if brings_galleries else None


def _have_library_work(
    queue: Queue, limit: int, report: Report, progress: Callable[[Report], None] | None
) -> None:
    """With a release of the library that we do not know, its worker command runs the tasks."""
    try:
        library_worker.work_off(queue, limit, report, _beforehand(queue), progress)
    except library_worker.CannotWork as why:
        if queue.has_path(sync_media_to_galleries.module_path):
            work_without_queue(report, str(why))
        else:
            report.note = f"{why}: nothing was run."


def chosen_queue(name: str | None = None, all_queues: bool = False) -> Queue:
    """
    The queue of this name; by default the one of the gallery sync.

    :raises UnknownQueue: The backend has no such queue.
    """
    return Queue(sync_media_to_galleries.backend, None if all_queues else [_known_queue(name)])


def _note_drain(by: By) -> None:
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
        by=By.RESPONSE,
        **_tasks_after_response(work),
        **options,
    )


def _tasks_after_response(work: Work) -> dict[str, Any]:
    return {
        "only": None if settings.AFTER_RESPONSE_TASKS == "all" else OWN + WAGTAIL,
        # Another process may be waiting for a burst of uploads to end.
        "but_not": () if Work.OWN in work else OWN,
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
    known = backends.queue_names(sync_media_to_galleries.backend)
    if known and name not in known:
        raise UnknownQueue(
            f"The task backend {sync_media_to_galleries.backend!r} has no queue {name!r}. "
            f"It has: {', '.join(sorted(known))}."
        )
    return name
