"""
What this app relies on of the internals of ``django_tasks_db``, all in one place.

That library documents its worker command and little else. ``tests/test_database_queue.py`` is the
contract: it fails when a new release changes what is used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult


def is_available(backend_alias: str) -> bool:
    """Whether this backend of the site's ``TASKS`` keeps its queue in the database."""
    if not apps.is_installed("django_tasks_db"):
        return False
    from django_tasks_db.backend import DatabaseBackend
    from django_tasks_db.compat import task_backends

    return isinstance(task_backends[backend_alias], DatabaseBackend)


def queue_names(backend_alias: str) -> set[str]:
    """The queues this backend accepts; empty when it accepts any."""
    from django_tasks_db.compat import task_backends

    return set(task_backends[backend_alias].queues)


def is_waiting(task: Any) -> bool:
    """Whether this task is in its queue, ready to run. Always false for other backends."""
    if not is_available(task.backend):
        return False
    from django_tasks_db.models import DBTaskResult

    return (
        DBTaskResult.objects.ready()
        .filter(backend_name=task.backend, queue_name=task.queue_name, task_path=task.module_path)
        .exists()
    )


def claim(
    backend_alias: str, queue_names: Sequence[str] | None, worker_id: str
) -> DBTaskResult | None:
    """
    Take the next ready task out of the queue, as the library's own worker does.

    :param queue_names: ``None`` for all queues of the backend.
    :return: The claimed row, or ``None`` when nothing is ready.
    """
    from django_tasks_db.models import DBTaskResult
    from django_tasks_db.utils import exclusive_transaction

    tasks = _in_queues(DBTaskResult.objects.ready(), backend_alias, queue_names)
    with exclusive_transaction(tasks.db):
        row = tasks.get_locked()
        if row is not None:
            row.claim(worker_id)
    return row


def run(row: DBTaskResult) -> bool:
    """
    Run a claimed task with the library's own worker, and store its result.

    :return: Whether the task succeeded.
    """
    from django_tasks_db.compat import TaskResultStatus
    from django_tasks_db.management.commands.db_worker import Worker

    worker = Worker(
        queue_names=[row.queue_name],
        interval=0,
        batch=True,
        backend_name=row.backend_name,
        startup_delay=False,
        max_tasks=1,
        worker_id=row.worker_ids[-1],
        excluded_queue_names=[],
    )
    worker.run_task(row)
    return row.status == TaskResultStatus.SUCCESSFUL


def count_ready(backend_alias: str, queue_names: Sequence[str] | None) -> int:
    from django_tasks_db.models import DBTaskResult

    return _in_queues(DBTaskResult.objects.ready(), backend_alias, queue_names).count()


def _in_queues(tasks: Any, backend_alias: str, queue_names: Sequence[str] | None) -> Any:
    tasks = tasks.filter(backend_name=backend_alias)
    return tasks if queue_names is None else tasks.filter(queue_name__in=queue_names)
