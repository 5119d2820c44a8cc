"""Delete the rows of tasks that finished long ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone

from wagtail_autogallery.queue.backends import rows
from wagtail_autogallery.queue.queues import Queue


def prunable(queue: Queue, days: int) -> QuerySet[Any]:
    """Tasks that finished more than ``days`` ago."""
    before = timezone.now() - timedelta(days=days)
    return queue.select(rows().finished()).filter(finished_at__lte=before)


def prune(queue: Queue, days: int) -> None:
    """Delete them, with the library's own command."""
    call_command(
        "prune_db_task_results",
        f"--backend={queue.backend}",
        f"--queue-name={','.join(queue.names or ['*'])}",
        f"--min-age-days={days}",
        verbosity=0,
    )
