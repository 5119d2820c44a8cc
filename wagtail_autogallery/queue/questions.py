"""What is asked of the queue about single tasks, and about who works on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from wagtail_autogallery.queue.backends import is_readable, model, rows
from wagtail_autogallery.queue.framework import TaskResultStatus
from wagtail_autogallery.queue.queues import Queue


def is_waiting(task: Any, later: bool = False) -> bool:
    """
    Whether this task is in its queue. Always false for queues that cannot be read.

    :param later: Ask for one that becomes ready at a later time, not for one that is ready.
    """
    if not is_readable(task.backend):
        return False
    from django_tasks_db.models import get_date_max

    if later:
        tasks = rows().filter(
            status=TaskResultStatus.READY,
            run_after__gt=timezone.now(),
            run_after__lt=get_date_max(),
        )
    else:
        tasks = rows().ready()
    return tasks.filter(
        backend_name=task.backend, queue_name=task.queue_name, task_path=task.module_path
    ).exists()


def was_enqueued_since(since: datetime, task: Any, beginnings: Sequence[str]) -> bool:
    """Whether a task whose path begins so has come into this task's queue and is ready."""
    if not is_readable(task.backend):
        return False
    queue = Queue(task.backend, [task.queue_name], only=beginnings)
    return queue.ready().filter(enqueued_at__gte=since).exists()


def last_worker_of(task: Any) -> str | None:
    """The id of the worker that started this task last; ``None`` for queues that cannot be read."""
    if not is_readable(task.backend):
        return None
    started = rows().filter(task_path=task.module_path, started_at__isnull=False)
    row = started.order_by("-started_at").first()
    return row.worker_ids[-1] if row and row.worker_ids else None


def started_by_others_since(queue: Queue, prefix: str, since: datetime) -> bool:
    """Whether a worker whose id does not start with ``prefix`` has started a task lately."""
    # The newest first: where there is such a worker, it is found at once.
    latest = queue.started_since(since).order_by("-started_at").values_list("worker_ids", flat=True)
    return any(ids and not ids[-1].startswith(prefix) for ids in latest.iterator())


def forget_tasks_about(instance: Model) -> None:
    """Delete the tasks that wait with this instance as their arguments, as Wagtail passes it."""
    if model() is None:
        return
    about = [instance._meta.app_label, instance._meta.model_name, str(instance.pk)]
    for row in rows().ready():
        if [str(argument) for argument in row.args_kwargs["args"]] == about:
            row.delete()
