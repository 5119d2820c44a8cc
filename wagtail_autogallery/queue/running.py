"""Run a claimed task, and store its result."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from wagtail_autogallery.queue import framework
from wagtail_autogallery.queue.framework import TaskResultStatus
from wagtail_autogallery.queue.transitions import (
    compare_and_swap,
    give_back,
    give_up,
    may_try_again,
    too_many_attempts,
)

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)


class TaskGone(Exception):
    """The name under which tasks are failed whose code cannot be found or imported."""


class Outcome(Enum):
    """What became of a task that was run here."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    #: Another worker has taken the task over in the meantime: its result counts, not ours.
    OVERTAKEN = "overtaken"


def run(row: DBTaskResult) -> Outcome:
    """
    Run a claimed task with the library's own worker, and store its result.

    The result is stored only if the task is still ours: a drain that was thought dead and has been
    replaced must not overwrite what its successor found.

    :raises SystemExit, KeyboardInterrupt: The process was told to go. The task is ready again,
        or failed when that was so too often.
    """
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
            return compare_and_swap(row, **changes)
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
    from django_tasks_db.utils import normalize_uuid

    def is_of_something_else(record: logging.LogRecord) -> bool:
        about = record.args[0] if isinstance(record.args, tuple) and record.args else None
        return record.levelno < logging.ERROR or about != normalize_uuid(row.pk)

    library = logging.getLogger(framework.LOGGER)
    library.addFilter(is_of_something_else)
    try:
        yield
    finally:
        library.removeFilter(is_of_something_else)


def _describe(exception: BaseException) -> tuple[str, str]:
    path = f"{type(exception).__module__}.{type(exception).__qualname__}"
    return path, "".join(format_exception(exception))
