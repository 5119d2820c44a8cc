"""Drain the task queue: run what is ready, up to a limit, and say what was done."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from wagtail_autogallery import database_queue
from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Arrival, Run, Subscription
from wagtail_autogallery.tasks import enqueue_sync, sync_media_to_galleries

logger = logging.getLogger(__name__)


class UnknownQueue(ValueError):
    """The task backend has no queue of this name."""


@dataclass
class Report:
    """What one drain did."""

    ran: int = 0
    succeeded: int = 0
    failed: int = 0
    remaining: int = 0
    seconds: float = 0.0
    #: Path and traceback of each failed task.
    failures: list[dict[str, str]] = field(default_factory=list)
    #: Why only the gallery work was done, where the queue could not be read.
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def drain(
    limit: int | None = None, queue_name: str | None = None, all_queues: bool = False
) -> Report:
    """
    Run the ready tasks of a queue, one at a time, in the queue's order.

    Starts by enqueueing the gallery sync where arrivals wait that no task will see.

    :param limit: How many tasks to run at most; by default ``WAGTAIL_AUTOGALLERY_DRAIN_LIMIT``.
    :param queue_name: The queue; by default the one of the gallery sync.
    :param all_queues: Run the tasks of every queue of the backend.
    :raises UnknownQueue: The backend has no such queue.
    """
    started = time.monotonic()
    report = Report()
    if database_queue.is_available(settings.TASK_BACKEND):
        limit = settings.DRAIN_LIMIT if limit is None else limit
        _drain(report, limit, None if all_queues else [_known_queue(queue_name)])
    else:
        _sync_only(report)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _known_queue(name: str | None) -> str:
    name = name or settings.QUEUE
    known = database_queue.queue_names(settings.TASK_BACKEND)
    if known and name not in known:
        raise UnknownQueue(
            f"The task backend {settings.TASK_BACKEND!r} has no queue {name!r}. "
            f"It has: {', '.join(sorted(known))}."
        )
    return name


def _drain(report: Report, limit: int, queue_names: list[str] | None) -> None:
    if _galleries_are_behind():
        enqueue_sync()
    worker_id = f"autogallery-drain-{uuid.uuid4().hex[:12]}"
    while report.ran < limit:
        row = database_queue.claim(settings.TASK_BACKEND, queue_names, worker_id)
        if row is None:
            break
        report.ran += 1
        if database_queue.run(row):
            report.succeeded += 1
        else:
            report.failed += 1
            report.failures.append({"task": row.task_path, "traceback": row.traceback})
            logger.error("Task %s (%s) failed\n%s", row.id, row.task_path, row.traceback)
    report.remaining = database_queue.count_ready(settings.TASK_BACKEND, queue_names)


def _galleries_are_behind() -> bool:
    return (
        Arrival.objects.waiting().exists()
        or Subscription.objects.behind(Run.objects.newest()).due().exists()
    )


def _sync_only(report: Report) -> None:
    """Without a queue to read, do the gallery work itself: it needs none."""
    report.note = "The task backend is not a database queue: only the galleries were synced."
    report.ran = 1
    try:
        sync_media_to_galleries.func()
    except Exception as error:
        logger.exception("Gallery sync failed")
        report.failed = 1
        report.failures.append(
            {"task": sync_media_to_galleries.module_path, "traceback": repr(error)}
        )
    else:
        report.succeeded = 1
