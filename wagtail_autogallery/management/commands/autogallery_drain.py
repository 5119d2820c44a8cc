"""Run what waits in the task queue. Made for cron."""

from __future__ import annotations

import json
import logging
import math
import signal
import sys
import threading
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.base import ProgressBar
from django.core.serializers.json import DjangoJSONEncoder
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone, translation

from wagtail_autogallery.conf import settings
from wagtail_autogallery.drain.draining import UnknownQueue, drain
from wagtail_autogallery.drain.self_test import self_test
from wagtail_autogallery.drain.status import Status, get_status
from wagtail_autogallery.models import By
from wagtail_autogallery.queue.queues import last_line
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.tables import MissingTables

logger = logging.getLogger(__name__)

#: From this many tasks on, a person at a terminal wants to see how it goes.
SHOW_PROGRESS_FROM = 5
SELF_TEST_WAIT = 15.0
LAYERS = {
    "thread": "the thread",
    "inline": "the process itself, inline",
    "worker": "the worker",
    "drain": "the drain",
}


def positive_int(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{value!r} is not a whole number above 0")
    return number


def positive_seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{value!r} is not a number of seconds above 0")
    return number


class Command(BaseCommand):
    help = (
        "Run the tasks that are ready in the task queue, among them the gallery sync, "
        "and print what was done. Exits with 1 when a task failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--limit",
            type=positive_int,
            help="run at most this many tasks (default: WAGTAIL_AUTOGALLERY_DRAIN_LIMIT, 10)",
        )
        queues = parser.add_mutually_exclusive_group()
        queues.add_argument("--queue", help="the queue (default: WAGTAIL_AUTOGALLERY_QUEUE)")
        queues.add_argument("--all-queues", action="store_true", help="the tasks of all queues")
        parser.add_argument(
            "--time-budget",
            type=positive_seconds,
            metavar="SECONDS",
            help="start no task after this time; the gallery sync stops within it",
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        modes = parser.add_mutually_exclusive_group()
        modes.add_argument(
            "--watch",
            type=positive_seconds,
            metavar="SECONDS",
            help="drain again and again with this pause, until SIGTERM",
        )
        modes.add_argument(
            "--retry-failed",
            action="store_true",
            help="put the failed tasks of the queue back first, and try failed galleries at once",
        )
        modes.add_argument(
            "--status",
            action="store_true",
            help="run nothing; tell how the queue and the galleries are, and exit with 1 when "
            "something failed or waits for too long",
        )
        modes.add_argument(
            "--self-test",
            action="store_true",
            help="upload a picture, tell who synced it and after how long, and remove it again",
        )

    def handle(self, *, status: bool, self_test: bool, watch: float | None, **options: Any) -> None:
        try:
            if status:
                self._status(options)
            elif self_test:
                self._self_test(options["json"])
            elif watch:
                self._watch(watch, options)
            elif failed := self._drain(options, threading.Event()).failed:
                raise CommandError(f"{_tasks(failed)} failed.", returncode=1)
        except (UnknownQueue, MissingTables) as error:
            raise CommandError(str(error)) from error
        finally:
            # Before what Django writes of an error to the other stream.
            self.stdout.flush()

    def _drain(self, options: dict[str, Any], stop: threading.Event) -> Report:
        progress = _progress_on_terminal(options)
        try:
            report = drain(
                limit=options["limit"],
                queue_name=options["queue"],
                all_queues=options["all_queues"],
                time_budget=options["time_budget"],
                retry_failed=options["retry_failed"],
                by=By.COMMAND,
                progress=progress,
                keep_on=lambda: not stop.is_set(),
            )
        finally:
            if progress:
                progress.end()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        elif options["verbosity"]:
            self._tell(report, options["retry_failed"])
        for failure in report.failures:
            # The log has the traceback.
            self.stderr.write(f"Failed: {failure['task']}: {last_line(failure['traceback'])}")
        return report

    def _tell(self, report: Report, retried: bool) -> None:
        if report.note:
            self.stdout.write(report.note)
        if retried:
            self.stdout.write(f"Put back {_tasks(report.put_back, 'failed ')}.")
        repaired = f", {report.rescued} rescued" if report.rescued else ""
        self.stdout.write(
            f"Ran {_tasks(report.ran)} in {report.seconds:.1f} s: "
            f"{report.succeeded} succeeded, {report.failed} failed{repaired}, "
            f"{report.remaining} remaining."
        )

    def _watch(self, pause: float, options: dict[str, Any]) -> None:
        with _told_to_stop() as stop:
            while not stop.is_set():
                close_old_connections()
                try:
                    goes_on = self._drain(options, stop).is_unfinished
                except DatabaseError:
                    # A database that is away comes back; a process that ended may not.
                    logger.exception("The drain failed; trying again in %s seconds", pause)
                    goes_on = False
                # Or who reads it from a pipe, a service's journal, would see it hours later.
                self.stdout.flush()
                if not goes_on:
                    stop.wait(pause)

    def _status(self, options: dict[str, Any]) -> None:
        # In English, as all commands are, whatever the language of the site.
        with translation.override(None):
            status = get_status(options["queue"], options["all_queues"])
            if options["json"]:
                self.stdout.write(json.dumps(status.as_dict(), indent=2, cls=DjangoJSONEncoder))
            else:
                self._tell_status(status)
        if count := len(status.problems):
            things = "1 thing needs" if count == 1 else f"{count} things need"
            raise CommandError(f"{things} attention.", returncode=1)

    def _tell_status(self, status: Status) -> None:
        if status.is_healthy:
            self.stdout.write("Healthy.")
        for problem in status.problems:
            self.stdout.write(f"{problem.message}\n    {problem.mend}")
            if problem.since:
                since = timezone.localtime(problem.since)
                self.stdout.write(f"    since {since:%Y-%m-%d %H:%M %Z}")
        if any(problem.code == "tables_missing" for problem in status.problems):
            return
        self.stdout.write("")
        for label, words in status.facts():
            self.stdout.write(f"{label + ':':<16} {words}")
        if status.failed_tasks:
            self.stdout.write("\nTasks that failed:")
        for task in status.failed_tasks:
            self.stdout.write(f"    {task}")
        if status.waiting:
            self.stdout.write("\nGalleries that wait:")
        for waiting in status.waiting:
            self.stdout.write(f"    {waiting}")

    def _self_test(self, as_json: bool) -> None:
        result = self_test(SELF_TEST_WAIT)
        if as_json:
            facts = {"layer": result.layer, "seconds": round(result.seconds, 3)}
            self.stdout.write(json.dumps(facts, indent=2))
        elif result.layer != "nobody":
            self.stdout.write(
                f"A picture was uploaded and synced by {LAYERS[result.layer]} "
                f"after {result.seconds:.1f} s. Everything was removed again."
            )
            if result.layer == "drain":
                self.stdout.write(
                    f"In {SELF_TEST_WAIT:.0f} s no thread and no worker did, so it is up to cron."
                )
        if result.layer == "nobody":
            raise CommandError("Nobody synced the picture. The log tells why.", returncode=1)


def _tasks(count: int, kind: str = "") -> str:
    return f"{count} {kind}task" if count == 1 else f"{count} {kind}tasks"


class _Progress(ProgressBar):
    """A bar that comes when more than a few tasks run, and leaves the cursor on a new line."""

    def __call__(self, report: Report) -> None:
        if report.ran >= SHOW_PROGRESS_FROM:
            self.update(report.ran)

    def end(self) -> None:
        if self.output and 0 < self.prev_done < self.progress_width:
            self.output.write("\n")


def _progress_on_terminal(options: dict[str, Any]) -> _Progress | None:
    if options["json"] or not options["verbosity"] or not sys.stdout.isatty():
        return None
    return _Progress(sys.stdout, options["limit"] or settings.DRAIN_LIMIT)


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl+C set; handlers are put back in the end."""
    stop = threading.Event()

    def set_stop(signum: int, frame: Any) -> None:
        stop.set()

    before = {name: signal.signal(name, set_stop) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
