"""The status as OpenMetrics text, which Prometheus and others read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wagtail_autogallery.drain.problems import LEVELS
from wagtail_autogallery.drain.status import Status
from wagtail_autogallery.models import Subscription

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PREFIX = "wagtail_autogallery_"

Sample = tuple[dict[str, str], float]


def as_openmetrics(status: Status) -> str:
    """
    Gauges of what the status tells.

    Each problem that there can be has one, which is 0 while it is none: so an alarm sees both when
    it begins and when it is over.
    """
    return "".join(f"{line}\n" for line in (*_lines(status), "# EOF"))


def _lines(status: Status) -> Iterator[str]:
    found = {problem.code: problem for problem in status.problems}
    yield from _gauge("healthy", "Whether nothing is wrong.", [({}, status.is_healthy)])
    yield from _gauge(
        "problem",
        "Whether this is wrong.",
        [({"code": code, "level": level.value}, code in found) for code, level in LEVELS.items()],
    )
    yield from _gauge(
        "problem_since_timestamp_seconds",
        "When this began.",
        [
            ({"code": code}, problem.since.timestamp())
            for code, problem in found.items()
            if problem.since
        ],
    )
    if "tables_missing" in found:
        return
    yield from _gauge(
        "last_drain_timestamp_seconds",
        "When the queue was last drained in this way.",
        [({"by": by}, at.timestamp()) for by, at in status.last_drains.items()],
    )
    if status.is_queue_known:
        yield from _of_tasks(status)
    yield from _gauge(
        "uploads_waiting",
        "Uploads and moves that no run has taken up.",
        [({}, status.arrivals_waiting)],
    )
    yield from _gauge(
        "galleries_followed", "Galleries that follow.", [({}, status.galleries_followed)]
    )
    yield from _gauge(
        "galleries_behind", "Galleries that are owed images.", [({}, status.galleries_behind)]
    )
    yield from _gauge(
        "galleries_waiting",
        "Galleries that are held up, by what.",
        [
            ({"state": state}, status.galleries_waiting.get(state, 0))
            for state in Subscription.State.values
            if state != Subscription.State.FOLLOWING
        ],
    )


def _of_tasks(status: Status) -> Iterator[str]:
    yield from _gauge("tasks_ready", "Tasks ready to run.", [({}, status.ready)])
    yield from _gauge(
        "oldest_ready_task_age_seconds",
        "For how long the oldest of them has been so.",
        [({}, status.oldest_ready_seconds)],
    )
    yield from _gauge("tasks_running", "Tasks that are running.", [({}, status.running)])
    yield from _gauge("tasks_stuck", "Tasks that nobody works on.", [({}, status.stuck)])
    yield from _gauge(
        "tasks_failed", "Tasks that failed within the last day.", [({}, status.failed)]
    )


def _gauge(name: str, help_text: str, samples: Iterable[Sample]) -> Iterator[str]:
    name = PREFIX + name
    yield f"# TYPE {name} gauge"
    if name.endswith("_seconds"):
        yield f"# UNIT {name} seconds"
    yield f"# HELP {name} {help_text}"
    for labels, value in samples:
        told = ",".join(f'{label}="{text}"' for label, text in labels.items())
        braces = f"{{{told}}}" if told else ""
        yield f"{name}{braces} {float(value)}"
