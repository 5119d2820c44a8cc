"""Which task backends keep their queue in the database, and the rows of that queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import router
from django.db.models import Model
from django.utils.translation import gettext as _

from wagtail_autogallery.queue import contract
from wagtail_autogallery.queue.framework import task_backends

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult


def is_in_database(backend_alias: str) -> bool:
    """Whether this backend of the site's ``TASKS`` keeps its queue in the database."""
    if not apps.is_installed(contract.APP):
        return False
    from django_tasks_db import DatabaseBackend

    return isinstance(task_backends[backend_alias], DatabaseBackend)


def is_readable(backend_alias: str) -> bool:
    """Whether its queue is in the database, and as we know it: see ``contract.py``."""
    return is_in_database(backend_alias) and not contract.missing()


def why_unreadable(backend_alias: str) -> str:
    """In plain words, why its queue in the database cannot be read; empty where it can."""
    if not is_in_database(backend_alias) or not (missing := contract.missing()):
        return ""
    return _(
        "django-tasks-db %(release)s has not all that is needed of it to look into the queue: "
        "%(missing)s. Its own worker runs the tasks. What a process that died has left behind is "
        "not repaired, and nobody is told of tasks that wait or failed."
    ) % {"release": contract.release(), "missing": ", ".join(missing)}


def tables_of(backend_alias: str) -> list[type[Model]]:
    """The models whose tables this backend's queue needs; none where it is not in the database."""
    if not is_in_database(backend_alias):
        return []
    return [
        model
        for app in apps.get_app_configs()
        if app.name == contract.APP
        for model in app.get_models()
    ]


def model() -> type[DBTaskResult] | None:
    """The model of the queue's rows; ``None`` where there is none that we know."""
    if not apps.is_installed(contract.APP) or contract.missing():
        return None
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult


def rows() -> Any:
    """The rows of all queues, where they are written: a replica may not have heard of them."""
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult.objects.using(router.db_for_write(DBTaskResult))


def queue_names(backend_alias: str) -> set[str]:
    """The queues this backend accepts; empty when it accepts any."""
    return set(task_backends[backend_alias].queues)
