"""Run what waits in the task queue. Made for cron."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from wagtail_autogallery.queue import UnknownQueue, drain


def positive_int(value: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = 0
    if number < 1:
        raise ArgumentTypeError(f"{value!r} is not a whole number above 0")
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
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(
        self,
        *,
        limit: int | None,
        queue: str | None,
        all_queues: bool,
        json: bool,
        verbosity: int,
        **options: Any,
    ) -> None:
        try:
            report = drain(limit=limit, queue_name=queue, all_queues=all_queues)
        except UnknownQueue as error:
            raise CommandError(str(error)) from error
        if json:
            self.stdout.write(_as_json(report.as_dict()))
        elif verbosity:
            if report.note:
                self.stdout.write(report.note)
            self.stdout.write(
                f"Ran {report.ran} tasks in {report.seconds:.1f} s: "
                f"{report.succeeded} succeeded, {report.failed} failed, "
                f"{report.remaining} remaining."
            )
        for failure in report.failures:
            self.stderr.write(f"Failed: {failure['task']}\n{failure['traceback']}")
        if report.failed:
            raise CommandError(f"{report.failed} of {report.ran} tasks failed", returncode=1)


def _as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, indent=2)
