"""Make the tasks of workers that died ready again, or fail them when that was tried too often."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Lease
from wagtail_autogallery.queue.leases import WORKER_PREFIX
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.queue.transitions import (
    give_back,
    give_up,
    may_try_again,
    too_many_attempts,
)
from wagtail_autogallery.replicas import read_where_written

logger = logging.getLogger(__name__)


def rescue(queue: Queue, report: Report) -> None:
    """Make tasks of dead workers ready again, or fail them when that was tried often enough."""
    for row in abandoned(queue):
        if not _is_of_a_drain(row):
            reason = f"Given up: running for more than {settings.GIVE_UP_AFTER_HOURS:g} hours."
        elif not may_try_again(row):
            reason = too_many_attempts(row)
        else:
            if give_back(row):
                report.rescued += 1
                logger.warning(
                    "Task %s (%s) of a dead worker is ready again", row.pk, row.task_path
                )
            continue
        if give_up(row, reason):
            report.given_up += 1
            report.add_failure(row.task_path, reason)
            logger.error("Task %s (%s) failed: %s", row.pk, row.task_path, reason)
    Lease.objects.expired().delete()


@read_where_written()
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


def _worker_of(row: Any) -> str:
    return row.worker_ids[-1] if row.worker_ids else ""


def _is_of_a_drain(row: Any) -> bool:
    return _worker_of(row).startswith(WORKER_PREFIX)
