"""Which task backends keep their queue in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult

APP_LABEL = "django_tasks_database"


def is_available(backend_alias: str) -> bool:
    """Whether this backend of the site's ``TASKS`` keeps its queue in the database."""
    if not apps.is_installed("django_tasks_db"):
        return False
    from django_tasks_db.backend import DatabaseBackend
    from django_tasks_db.compat import task_backends

    return isinstance(task_backends[backend_alias], DatabaseBackend)


def model() -> type[DBTaskResult] | None:
    """The model of the queue's rows; ``None`` where the library is not installed."""
    if not apps.is_installed("django_tasks_db"):
        return None
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult


def queue_names(backend_alias: str) -> set[str]:
    """The queues this backend accepts; empty when it accepts any."""
    from django_tasks_db.compat import task_backends

    return set(task_backends[backend_alias].queues)
