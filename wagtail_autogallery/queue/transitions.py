"""How a running task comes to another state: only if it is still the one that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue.backends import rows
from wagtail_autogallery.queue.framework import TaskResultStatus

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult


class GivenUp(Exception):
    """The name under which tasks are failed that nobody works on any more."""


def compare_and_swap(row: DBTaskResult, **changes: Any) -> bool:
    """Change a running task's row if it is still in the state we know."""
    ours = rows().filter(pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at)
    if not ours.update(**changes):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def give_back(row: DBTaskResult) -> bool:
    """Make a running task ready again. Its worker ids stay: they count its attempts."""

    return compare_and_swap(row, status=TaskResultStatus.READY, started_at=None)


def give_up(row: DBTaskResult, reason: str) -> bool:
    """Fail a running task that nobody works on."""

    return compare_and_swap(
        row,
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path=f"{__name__}.{GivenUp.__qualname__}",
        traceback=reason,
    )


def may_try_again(row: DBTaskResult) -> bool:
    return len(row.worker_ids) < settings.MAX_ATTEMPTS


def too_many_attempts(row: DBTaskResult) -> str:
    """In plain words, why a task is not tried again."""
    return (
        f"Given up: started {len(row.worker_ids)} times, "
        "and each time its process ended before it was done."
    )
