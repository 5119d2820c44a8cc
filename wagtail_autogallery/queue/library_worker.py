"""
Have tasks run by the library's own command, where its release is not one that we know.

Only what it documents is used: ``db_worker`` and ``prune_db_task_results`` with their options, and
the signals of Django's tasks, which tell what became of each.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import budget, contract, leases
from wagtail_autogallery.queue.beforehand import Beforehand
from wagtail_autogallery.queue.framework import TaskResultStatus, task_finished, task_started
from wagtail_autogallery.queue.pruning import prune
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.replicas import read_where_written

logger = logging.getLogger(__name__)

#: A task that cannot be imported is failed without a signal: one call that tells nothing may have
#: had such a task, and another that does has found the queue empty.
SILENT_CALLS = 2
#: What tells a process to go.
SIGNALS = (signal.SIGTERM, signal.SIGINT)

_is_ours: ContextVar[bool] = ContextVar("wagtail_autogallery_library_worker", default=False)


class CannotWork(Exception):
    """The command cannot do what is asked for; the message says why."""


def work_off(
    queue: Queue,
    limit: int,
    report: Report,
    beforehand: Beforehand | None = None,
    progress: Callable[[Report], None] | None = None,
) -> None:
    """
    Run what is ready, and what the caller has to have enqueued if nothing of that did its work.

    :param limit: How many tasks to run at most.
    :param report: Gets what was done. ``remaining`` is 1 where there may be more: nobody counts.
    :raises CannotWork: Some tasks are to be left alone, which the command cannot; or it is not
        there any more, or does not take what it is documented to take.
    """
    if queue.only is not None or queue.but_not:
        raise CannotWork(f"{_known()}, and its worker runs all tasks of a queue")
    command = _quiet(_command())
    with _told_later() as told:
        _run(command, queue, limit, report, progress, told)
        if (
            beforehand
            and not report.remaining
            and any(rows.exists() for rows in beforehand.reasons)
        ):
            beforehand.enqueue()
            _run(command, queue, limit, report, progress, told)
        report.note = f"{_known()}: its own worker ran the tasks, and nothing was repaired."
        if report.ran and settings.PRUNE_AFTER_DAYS is not None and not budget.is_used_up():
            _prune(queue, settings.PRUNE_AFTER_DAYS)


def _known() -> str:
    return f"django-tasks-db {contract.release()} is not as this app knows it"


def _command() -> BaseCommand:
    try:
        return load_command_class(get_commands()["db_worker"], "db_worker")  # type: ignore[arg-type]
    except Exception as error:
        logger.warning("There is no db_worker", exc_info=True)
        raise CannotWork(f"{_known()}, and has no worker ({error!r})") from error


def _quiet(command: BaseCommand) -> BaseCommand:
    """The same command, which leaves logging and signals as the process has set them."""
    module = sys.modules[type(command).__module__]
    if isinstance(getattr(module, "signal", None), ModuleType):
        module.signal = _Signals("signal")  # type: ignore[attr-defined]
    as_it_is = {"configure_logging": lambda *args, **kwargs: None}
    quiet: BaseCommand = type("Command", (type(command),), as_it_is)()
    return quiet


class _Signals(ModuleType):
    """Python's module for the library's worker: it sets no handlers while we have it work."""

    def __getattr__(self, name: str) -> Any:
        return getattr(signal, name)

    def signal(self, signum: Any, handler: Any) -> Any:
        # Only the main thread can, and there they would stay when the worker has ended.
        return signal.getsignal(signum) if _is_ours.get() else signal.signal(signum, handler)


@contextmanager
def _told_later() -> Iterator[list[int]]:
    """
    Keep a signal that ends the process until the task in hand is done: nobody would repair it.

    :return: A list that has the signal when there was one. It is sent again in the end.
    """
    told: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = dict(_handled(lambda signum, frame: told.append(signum)))
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if told:
            signal.raise_signal(told[0])


def _handled(handler: Callable[[int, Any], None]) -> Iterator[tuple[signal.Signals, Any]]:
    """
    Set a handler for each signal.

    :return: The one there was before. What a server handles itself, outside of Python, stays so.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not None:
            # In the subinterpreters of some servers nobody can set any.
            with suppress(ValueError):
                yield number, signal.signal(number, handler)


def _run(
    command: BaseCommand,
    queue: Queue,
    limit: int,
    report: Report,
    progress: Callable[[Report], None] | None,
    told: list[int],
) -> None:
    """One task a call, so that the time is looked at between two."""
    worker_id = leases.new_worker_id()
    silent = 0
    with leases.held_by(worker_id):
        while silent < SILENT_CALLS:
            if report.ran >= limit or budget.is_used_up() or told:
                report.remaining = 1
                return
            with _counted_in(report) as ran:
                _call(command, queue, worker_id, report)
            silent = 0 if ran else silent + 1
            if ran and progress:
                progress(report)
    report.remaining = 0


@contextmanager
def _counted_in(report: Report) -> Iterator[list[Any]]:
    """
    Count the tasks that this thread runs.

    :return: Gets each.
    """
    ran: list[Any] = []
    here = threading.get_ident()

    def started(task_result: Any, **kwargs: Any) -> None:
        if threading.get_ident() == here:
            ran.append(task_result)
            report.ran += 1

    def finished(task_result: Any, **kwargs: Any) -> None:
        if threading.get_ident() != here:
            return
        if task_result.status == TaskResultStatus.SUCCESSFUL:
            report.succeeded += 1
        else:
            error = task_result.errors[-1].traceback if task_result.errors else ""
            report.add_failure(task_result.task.module_path, error)

    task_started.connect(started)
    task_finished.connect(finished)
    try:
        yield ran
    finally:
        task_started.disconnect(started)
        task_finished.disconnect(finished)


@read_where_written()
def _call(command: BaseCommand, queue: Queue, worker_id: str, report: Report) -> None:
    token = _is_ours.set(True)
    try:
        call_command(
            command,
            "--batch",
            "--max-tasks=1",
            f"--backend={queue.backend}",
            f"--queue-name={','.join(queue.names or ['*'])}",
            f"--worker-id={worker_id}",
            "--no-startup-delay",
            "--no-reload",
        )
    except DatabaseError:
        raise
    except Exception as error:
        if report.ran:
            raise
        logger.warning("Could not call db_worker", exc_info=True)
        raise CannotWork(f"{_known()}, and its worker could not be called ({error!r})") from error
    finally:
        _is_ours.reset(token)


def _prune(queue: Queue, days: int) -> None:
    try:
        prune(queue, days)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("Could not prune the finished tasks")
