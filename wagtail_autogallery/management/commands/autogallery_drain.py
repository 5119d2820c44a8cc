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
from django.db import Error as DatabaseError
from django.db import close_old_connections

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import Report, UnknownQueue, drain
from wagtail_autogallery.self_test import self_test
from wagtail_autogallery.status import get_status

logger = logging.getLogger(__name__)

#: From this many tasks on, a person at a terminal wants to see how it goes.
SHOW_PROGRESS_FROM = 5
SELF_TEST_WAIT = 15.0


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
        if status:
            self._status(options["json"])
        elif self_test:
            self._self_test(options["json"])
        elif watch:
            self._watch(watch, options)
        elif self._drain(options, threading.Event()).failed:
            raise CommandError("Not all tasks succeeded.", returncode=1)

    def _drain(self, options: dict[str, Any], stop: threading.Event) -> Report:
        progress = _progress_on_terminal(options)
        try:
            report = drain(
                limit=options["limit"],
                queue_name=options["queue"],
                all_queues=options["all_queues"],
                time_budget=options["time_budget"],
                progress=progress,
                keep_on=lambda: not stop.is_set(),
            )
        except UnknownQueue as error:
            raise CommandError(str(error)) from error
        finally:
            if progress:
                progress.end()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        elif options["verbosity"]:
            self._tell(report)
        for failure in report.failures:
            self.stderr.write(f"Failed: {failure['task']}\n{failure['traceback']}")
        return report

    def _tell(self, report: Report) -> None:
        if report.note:
            self.stdout.write(report.note)
        repaired = f", {report.rescued} rescued" if report.rescued else ""
        self.stdout.write(
            f"Ran {report.ran} tasks in {report.seconds:.1f} s: "
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

    def _status(self, as_json: bool) -> None:
        status = get_status()
        facts = status.as_dict()
        if as_json:
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            for name, value in facts.items():
                if name not in ("healthy", "problems"):
                    self.stdout.write(f"{name.replace('_', ' ')}: {value or 0}")
            for problem in status.problems:
                self.stderr.write(problem)
        if not status.is_healthy:
            raise CommandError("Something needs attention.", returncode=1)

    def _self_test(self, as_json: bool) -> None:
        result = self_test(SELF_TEST_WAIT)
        if as_json:
            facts = {"layer": result.layer, "seconds": round(result.seconds, 3)}
            self.stdout.write(json.dumps(facts, indent=2))
        elif result.layer != "nobody":
            self.stdout.write(
                f"A picture was uploaded and synced by the {result.layer} "
                f"after {result.seconds:.1f} s. Everything was removed again."
            )
        if result.layer == "nobody":
            raise CommandError("Nobody synced the picture. The log tells why.", returncode=1)


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
