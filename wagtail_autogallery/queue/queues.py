"""Some tasks of a database queue, chosen by queue and path, and what can be told of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from wagtail_autogallery.queue.backends import rows
from wagtail_autogallery.queue.framework import TaskResultStatus

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult

#: How many started tasks are looked at to find out who works on a queue.
LOOKED_BACK = 100


@dataclass(frozen=True)
class FailedTask:
    """A task that failed for the same reason, once or more often."""

    task: str
    #: The name of the exception.
    error: str
    #: What it says, of the last time.
    message: str
    times: int
    last_at: datetime

    def __str__(self) -> str:
        times = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.task}: {self.message}{times}"


@dataclass(frozen=True)
class Queue:
    """Some queues of a database backend, and perhaps only some tasks in them."""

    backend: str
    #: ``None`` for all queues of the backend.
    names: Sequence[str] | None = None
    #: Only tasks whose path begins with one of these; ``None`` for all.
    only: Sequence[str] | None = None
    #: No tasks whose path begins with one of these.
    but_not: Sequence[str] = ()

    def has(self, row: DBTaskResult) -> bool:
        """Whether this task is one of the chosen ones."""
        is_in_queue = self.names is None or row.queue_name in self.names
        return row.backend_name == self.backend and is_in_queue and self.has_path(row.task_path)

    def has_path(self, path: str) -> bool:
        is_chosen = self.only is None or path.startswith(tuple(self.only))
        return is_chosen and not path.startswith(tuple(self.but_not))

    def ready(self) -> QuerySet[Any]:
        return self.select(rows().ready())

    def oldest_ready_since(self) -> datetime | None:
        """Since when the task that has been ready for longest is so."""
        from django_tasks_db.models import get_date_max

        at_once = Q(run_after=get_date_max())
        times = self.ready().aggregate(
            enqueued=Min("enqueued_at", filter=at_once), put_off=Min("run_after", filter=~at_once)
        )
        return min(filter(None, times.values()), default=None)

    def running(self) -> QuerySet[Any]:
        return self.select(rows().running())

    def started_since(self, since: datetime) -> QuerySet[Any]:
        """Tasks that a worker or a drain has taken up since then, whatever became of them."""
        return self.select(rows().filter(started_at__gte=since))

    def failed(self) -> QuerySet[Any]:
        return self.select(rows().failed())

    def failed_since(self, since: datetime) -> QuerySet[Any]:
        return self.failed().filter(finished_at__gte=since)

    def failed_tasks_since(self, since: datetime, limit: int) -> list[FailedTask]:
        """The tasks that failed, by name and exception, those that did so last first."""
        failed = self.failed_since(since).order_by()
        groups = failed.values_list("task_path", "exception_class_path").annotate(
            times=Count("pk"), last_at=Max("finished_at")
        )
        return [
            FailedTask(
                task=path,
                error=error.rpartition(".")[2],
                message=last_line(
                    failed.filter(task_path=path, exception_class_path=error)
                    .order_by("-finished_at")
                    .values_list("traceback", flat=True)[0]
                ),
                times=times,
                last_at=last_at,
            )
            for path, error, times, last_at in groups.order_by("-last_at")[:limit]
        ]

    def put_back_failed(self, **which: Any) -> int:
        """
        Make the failed tasks ready again, as if each had been enqueued just now.

        :param which: Only those of which this is so.

        One statement that asks again for the status it changes: where two do this at once, each
        task is put back by one of them, and one that has been put back and is running is left.

        :return: How many.
        """
        from django_tasks_db.models import get_date_max

        failed = self.failed().filter(**which).order_by()
        return failed.update(
            status=TaskResultStatus.READY,
            enqueued_at=timezone.now(),
            run_after=get_date_max(),
            started_at=None,
            finished_at=None,
            worker_ids=[],
            exception_class_path="",
            traceback="",
        )

    def discard_failed(self, **which: Any) -> int:
        """
        Forget failed tasks. One that was put back in the meantime is left.

        :param which: Only those of which this is so.
        :return: How many.
        """
        return self.failed().filter(**which)._raw_delete(rows().db)

    def last_started_by_others(self, prefix: str) -> datetime | None:
        """When a worker whose id does not start with ``prefix`` last started one of the tasks."""
        started = self.select(rows().filter(started_at__isnull=False))
        latest = started.order_by("-started_at").values_list("started_at", "worker_ids")[
            :LOOKED_BACK
        ]
        others = (at for at, ids in latest if ids and not ids[-1].startswith(prefix))
        return next(others, None)

    def select(self, tasks: QuerySet[Any]) -> QuerySet[Any]:
        """The chosen ones of these tasks."""
        tasks = tasks.filter(backend_name=self.backend)
        if self.names is not None:
            tasks = tasks.filter(queue_name__in=self.names)
        if self.only is not None:
            tasks = tasks.filter(_path_begins_with(self.only))
        if self.but_not:
            tasks = tasks.exclude(_path_begins_with(self.but_not))
        return tasks


def last_line(traceback: str) -> str:
    """Where Python says what the exception was, without the path of its class."""
    line = traceback.strip().rpartition("\n")[2]
    return re.sub(r"^(\w+\.)+(?=\w+(:|$))", "", line)


def _path_begins_with(beginnings: Sequence[str]) -> Q:
    return Q.create([("task_path__startswith", text) for text in beginnings], connector=Q.OR)
