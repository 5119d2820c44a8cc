"""Work off a queue: repair what was left behind, run what is ready, and prune."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast

from django.db.models import QuerySet, Value

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Lease
from wagtail_autogallery.queue import budget, leases
from wagtail_autogallery.queue.beforehand import Beforehand
from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.pruning import prunable, prune
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.repairing import rescue
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.queue.running import Outcome, run
from wagtail_autogallery.replicas import read_where_written


def work_off(
    queue: Queue,
    limit: int,
    report: Report,
    beforehand: Beforehand | None = None,
    progress: Callable[[Report], None] | None = None,
) -> None:
    """
    Repair, run and prune.

    :param limit: How many tasks to run at most.
    :param report: Gets what was done.
    :param beforehand: What is to be enqueued before the first task is run.
    :param progress: Called after each task.
    """
    to_do = _to_do(queue, beforehand)
    # First of all: a task that is ready again may be the one that is needed.
    if "repair" in to_do:
        rescue(queue, report)
    if beforehand and "enqueue" in to_do:
        beforehand.enqueue()
    if to_do & {"enqueue", "ready"} or report.rescued:
        _run(queue, limit, report, progress)
        report.remaining = queue.ready().count()
    if "prune" in to_do and not budget.is_used_up():
        prune(queue, cast(int, settings.PRUNE_AFTER_DAYS))


@read_where_written()
def _to_do(queue: Queue, beforehand: Beforehand | None) -> set[str]:
    """What there is to do, asked in one query: most of a cron's calls find nothing."""
    questions = [
        queue.ready().order_by().values_list(Value("ready"), flat=True),
        queue.running().order_by().values_list(Value("repair"), flat=True),
        Lease.objects.expired().values_list(Value("repair"), flat=True),
    ]
    if beforehand:
        questions += [
            rows.order_by().values_list(Value("enqueue"), flat=True) for rows in beforehand.reasons
        ]
    if settings.PRUNE_AFTER_DAYS is not None:
        old = prunable(queue, settings.PRUNE_AFTER_DAYS)
        questions.append(old.order_by().values_list(Value("prune"), flat=True))
    # In two, where a router keeps the queue in a database of its own.
    by_database: dict[str, list[QuerySet[Any, str]]] = {}
    for question in questions:
        by_database.setdefault(question.db, []).append(question)
    return {
        answer
        for first, *others in by_database.values()
        for answer in (first.union(*others).order_by() if others else first.distinct())
    }


def _run(
    queue: Queue,
    limit: int,
    report: Report,
    progress: Callable[[Report], None] | None,
) -> None:
    worker_id = leases.new_worker_id()
    with ExitStack() as stack:
        while report.ran < limit and not budget.is_used_up():
            if not report.ran:
                stack.enter_context(leases.held_by(worker_id))
            row = claim(queue, worker_id)
            if row is None:
                break
            report.ran += 1
            outcome = run(row)
            if outcome is Outcome.SUCCEEDED:
                report.succeeded += 1
            elif outcome is Outcome.FAILED:
                report.add_failure(row.task_path, row.traceback)
            if progress:
                progress(report)
