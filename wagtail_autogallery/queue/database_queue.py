"""
What this app relies on of the internals of ``django_tasks_db``, all in one place.

That library documents its worker command and little else. ``tests/test_database_queue.py`` is the
contract: it fails when a new release changes what is used here.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import Count, Max, Min, Model, Q, QuerySet
from django.utils import timezone

from wagtail_autogallery.conf import settings

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)

APP_LABEL = "django_tasks_database"
CLAIM_TRIES = 5
SECONDS_BETWEEN_TRIES = 0.1
#: How many started tasks are looked at to find out who works on a queue.
LOOKED_BACK = 100


class TaskGone(Exception):
    """The name under which tasks are failed whose code cannot be found or imported."""


class GivenUp(Exception):
    """The name under which tasks are failed that nobody works on any more."""


class Outcome(Enum):
    """What became of a task that was run here."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: Another worker has taken the task over in the meantime: its result counts, not ours.
    OVERTAKEN = "overtaken"


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
        from django_tasks_db.models import DBTaskResult

        return self._select(DBTaskResult.objects.ready())

    def oldest_ready_since(self) -> datetime | None:
        """Since when the task that has been ready for longest is so."""
        from django_tasks_db.models import get_date_max

        at_once = Q(run_after=get_date_max())
        times = self.ready().aggregate(
            enqueued=Min("enqueued_at", filter=at_once), put_off=Min("run_after", filter=~at_once)
        )
        return min(filter(None, times.values()), default=None)

    def running(self) -> QuerySet[Any]:
        from django_tasks_db.models import DBTaskResult

        return self._select(DBTaskResult.objects.running())

    def started_since(self, since: datetime) -> QuerySet[Any]:
        """Tasks that a worker or a drain has taken up since then, whatever became of them."""
        from django_tasks_db.models import DBTaskResult

        return self._select(DBTaskResult.objects.filter(started_at__gte=since))

    def failed(self) -> QuerySet[Any]:
        from django_tasks_db.models import DBTaskResult

        return self._select(DBTaskResult.objects.failed())

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

    def put_back_failed(self) -> int:
        """
        Make the failed tasks ready again, as if each had been enqueued just now.

        One statement that asks again for the status it changes: where two do this at once, each
        task is put back by one of them, and one that has been put back and is running is left.

        :return: How many.
        """
        from django_tasks_db.compat import TaskResultStatus
        from django_tasks_db.models import get_date_max

        failed = self.failed().order_by()
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

    def last_started_by_others(self, prefix: str) -> datetime | None:
        """When a worker whose id does not start with ``prefix`` last started one of the tasks."""
        from django_tasks_db.models import DBTaskResult

        rows = self._select(DBTaskResult.objects.filter(started_at__isnull=False))
        latest = rows.order_by("-started_at").values_list("started_at", "worker_ids")[:LOOKED_BACK]
        others = (at for at, ids in latest if ids and not ids[-1].startswith(prefix))
        return next(others, None)

    def prunable(self, days: int) -> QuerySet[Any]:
        """Tasks that finished more than ``days`` ago."""
        from django_tasks_db.models import DBTaskResult

        before = timezone.now() - timedelta(days=days)
        return self._select(DBTaskResult.objects.finished()).filter(finished_at__lte=before)

    def prune(self, days: int) -> None:
        """Delete them, with the library's own command."""
        call_command(
            "prune_db_task_results",
            f"--backend={self.backend}",
            f"--queue-name={','.join(self.names or ['*'])}",
            f"--min-age-days={days}",
            verbosity=0,
        )

    def _select(self, tasks: QuerySet[Any]) -> QuerySet[Any]:
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


def is_waiting(task: Any, later: bool = False) -> bool:
    """
    Whether this task is in its queue. Always false for other backends.

    :param later: Ask for one that becomes ready at a later time, not for one that is ready.
    """
    if not is_available(task.backend):
        return False
    from django_tasks_db.compat import TaskResultStatus
    from django_tasks_db.models import DBTaskResult, get_date_max

    if later:
        tasks = DBTaskResult.objects.filter(
            status=TaskResultStatus.READY,
            run_after__gt=timezone.now(),
            run_after__lt=get_date_max(),
        )
    else:
        tasks = DBTaskResult.objects.ready()
    return tasks.filter(
        backend_name=task.backend, queue_name=task.queue_name, task_path=task.module_path
    ).exists()


def was_enqueued_since(since: datetime, task: Any, beginnings: Sequence[str]) -> bool:
    """Whether a task whose path begins so has come into this task's queue and is ready."""
    if not is_available(task.backend):
        return False
    queue = Queue(task.backend, [task.queue_name], only=beginnings)
    return queue.ready().filter(enqueued_at__gte=since).exists()


def claim(queue: Queue, worker_id: str) -> DBTaskResult | None:
    """
    Take the next ready task out of the queue, as the library's own worker does.

    :return: The claimed row, or ``None`` when nothing is ready.
    """
    from django_tasks_db.utils import exclusive_transaction, is_locked_database_exception

    tasks = queue.ready()
    # On SQLite the library asks for an exclusive transaction by a setting of the connection, which
    # a connection that is not open yet would overwrite.
    transaction.get_connection(tasks.db).ensure_connection()
    for left in reversed(range(CLAIM_TRIES)):
        try:
            with exclusive_transaction(tasks.db):
                row: DBTaskResult | None = tasks.get_locked()  # type: ignore[attr-defined]
                if row is not None:
                    row.claim(worker_id)
            return row
        except OperationalError as error:
            if not left or not is_locked_database_exception(error):
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)
    raise AssertionError("unreachable")  # pragma: no cover


def run(row: DBTaskResult) -> Outcome:
    """
    Run a claimed task with the library's own worker, and store its result.

    The result is stored only if the task is still ours: a drain that was thought dead and has been
    replaced must not overwrite what its successor found.

    :raises SystemExit, KeyboardInterrupt: The process was told to go. The task is ready again,
        or failed when that was so too often.
    """
    from django_tasks_db.compat import TaskResultStatus
    from django_tasks_db.management.commands.db_worker import Worker
    from django_tasks_db.utils import retry

    outcome = Outcome.OVERTAKEN
    told_to_go: list[BaseException] = []

    @retry()
    def finish(status: str, return_value: Any, error: str, traceback: str) -> bool:
        changes = {
            "status": status,
            "finished_at": timezone.now(),
            "return_value": return_value,
            "exception_class_path": error,
            "traceback": traceback,
        }
        try:
            return _compare_and_swap(row, **changes)
        except (OperationalError, InterfaceError):
            # The server may have closed the connection during a long task: try another.
            close_old_connections()
            raise

    def set_successful(return_value: Any) -> None:
        nonlocal outcome
        if finish(TaskResultStatus.SUCCESSFUL, return_value, "", ""):
            outcome = Outcome.SUCCEEDED

    def set_failed(exception: BaseException) -> None:
        nonlocal outcome
        if isinstance(exception, (SystemExit, KeyboardInterrupt)):
            told_to_go.append(exception)
            if may_try_again(row):
                give_back(row)
            else:
                give_up(row, too_many_attempts(row))
        elif finish(TaskResultStatus.FAILED, None, *_describe(exception)):
            outcome = Outcome.FAILED
            logger.error("Task %s (%s) failed", row.pk, row.task_path, exc_info=exception)

    row.set_successful = set_successful  # type: ignore[method-assign]
    row.set_failed = set_failed  # type: ignore[method-assign]
    try:
        row.task  # noqa: B018
    except Exception as error:
        # Not only ImportError: its module may fail in any way, its queue may be gone from TASKS.
        gone = TaskGone(f"There is no task {row.task_path} (any more): {error!r}")
        gone.__cause__ = error
        set_failed(gone)
        return outcome
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
    try:
        with _without_the_library_s_word_of(row):
            worker.run_task(row)
    except Exception:
        if outcome is Outcome.OVERTAKEN:
            raise
        # The result is stored. What is left are the receivers of the library's signal.
        logger.exception("What was to follow on task %s (%s) failed", row.pk, row.task_path)
    if told_to_go:
        raise told_to_go[0]
    if outcome is Outcome.OVERTAKEN:
        logger.warning("Task %s (%s) was taken over by another worker", row.pk, row.task_path)
    return outcome


@contextmanager
def _without_the_library_s_word_of(row: DBTaskResult) -> Iterator[None]:
    """Keep the library from logging the traceback of a failure that is logged here already."""
    from django_tasks_db.compat import TASKS_LOGGER
    from django_tasks_db.utils import normalize_uuid

    def is_of_something_else(record: logging.LogRecord) -> bool:
        about = record.args[0] if isinstance(record.args, tuple) and record.args else None
        return record.levelno < logging.ERROR or about != normalize_uuid(row.pk)

    library = logging.getLogger(TASKS_LOGGER)
    library.addFilter(is_of_something_else)
    try:
        yield
    finally:
        library.removeFilter(is_of_something_else)


def may_try_again(row: DBTaskResult) -> bool:
    return len(row.worker_ids) < settings.MAX_ATTEMPTS


def too_many_attempts(row: DBTaskResult) -> str:
    """In plain words, why a task is not tried again."""
    return (
        f"Given up: started {len(row.worker_ids)} times, "
        "and each time its process ended before it was done."
    )


def give_back(row: DBTaskResult) -> bool:
    """Make a running task ready again. Its worker ids stay: they count its attempts."""
    from django_tasks_db.compat import TaskResultStatus

    return _compare_and_swap(row, status=TaskResultStatus.READY, started_at=None)


def give_up(row: DBTaskResult, reason: str) -> bool:
    """Fail a running task that nobody works on."""
    from django_tasks_db.compat import TaskResultStatus

    return _compare_and_swap(
        row,
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path=f"{__name__}.{GivenUp.__qualname__}",
        traceback=reason,
    )


def last_worker_of(task: Any) -> str | None:
    """The id of the worker that started this task last; ``None`` for other backends."""
    if not is_available(task.backend):
        return None
    from django_tasks_db.models import DBTaskResult

    rows = DBTaskResult.objects.filter(task_path=task.module_path, started_at__isnull=False)
    row = rows.order_by("-started_at").first()
    return row.worker_ids[-1] if row and row.worker_ids else None


def forget_tasks_about(instance: Model) -> None:
    """Delete the tasks that wait with this instance as their arguments, as Wagtail passes it."""
    if not apps.is_installed("django_tasks_db"):
        return
    from django_tasks_db.models import DBTaskResult

    about = [instance._meta.app_label, instance._meta.model_name, str(instance.pk)]
    for row in DBTaskResult.objects.ready():
        if [str(argument) for argument in row.args_kwargs["args"]] == about:
            row.delete()


def started_by_others_since(queue: Queue, prefix: str, since: datetime) -> bool:
    """Whether a worker whose id does not start with ``prefix`` has started a task lately."""
    # The newest first: where there is such a worker, it is found at once.
    latest = queue.started_since(since).order_by("-started_at").values_list("worker_ids", flat=True)
    return any(ids and not ids[-1].startswith(prefix) for ids in latest.iterator())


def _compare_and_swap(row: DBTaskResult, **changes: Any) -> bool:
    """Change a running task's row if it is still in the state we know."""
    from django_tasks_db.compat import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    ours = DBTaskResult.objects.filter(
        pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
    )
    if not ours.update(**changes):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True


def _describe(exception: BaseException) -> tuple[str, str]:
    path = f"{type(exception).__module__}.{type(exception).__qualname__}"
    return path, "".join(format_exception(exception))
