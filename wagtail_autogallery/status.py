"""How the queue and the galleries are doing, for monitoring."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from wagtail_autogallery import database_queue, tables
from wagtail_autogallery.conf import settings
from wagtail_autogallery.database_queue import Queue
from wagtail_autogallery.models import Arrival, Run, Subscription
from wagtail_autogallery.queue import abandoned, who_waits_for_nobody
from wagtail_autogallery.tasks import sync_media_to_galleries

FAILED_WITHIN = timedelta(days=1)


@dataclass
class Status:
    """What is waiting and what went wrong."""

    #: Tasks ready to run.
    ready: int = 0
    #: Seconds for which the oldest of them has been so.
    oldest_ready_seconds: float = 0.0
    running: int = 0
    #: Tasks that nobody works on any more, and that no drain has repaired.
    stuck: int = 0
    #: Tasks that failed within the last day.
    failed: int = 0
    #: Uploads and moves that no run has taken up.
    arrivals_waiting: int = 0
    galleries_followed: int = 0
    galleries_behind: int = 0
    #: How many galleries are in each state that is not "following".
    galleries_waiting: dict[str, int] = field(default_factory=dict)
    #: In plain words, what is wrong. Empty when all is well.
    problems: list[str] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {"healthy": self.is_healthy, **asdict(self)}


def get_status() -> Status:
    """Look at the queue of the gallery sync, and at the galleries."""
    if advice := tables.advice():
        return Status(problems=[advice])
    status = Status(
        arrivals_waiting=Arrival.objects.waiting().count(),
        galleries_followed=Subscription.objects.count(),
        galleries_behind=Subscription.objects.behind(Run.objects.newest()).count(),
        galleries_waiting=dict(
            Counter(
                Subscription.objects.exclude(state=Subscription.State.FOLLOWING).values_list(
                    "state", flat=True
                )
            )
        ),
    )
    if database_queue.is_available(sync_media_to_galleries.backend):
        _look_at_queue(status)
    oldest = Arrival.objects.waiting().order_by("pk").first()
    if oldest and (age := timezone.now() - oldest.created_at).total_seconds() > (
        settings.STATUS_MAX_AGE
    ):
        status.problems.append(
            f"The oldest upload has been waiting for {age.total_seconds():.0f} seconds."
        )
    if failed := status.galleries_waiting.get(Subscription.State.FAILED):
        status.problems.append(f"{failed} galleries could not be synced.")
    return status


def _look_at_queue(status: Status) -> None:
    queue = Queue(sync_media_to_galleries.backend, [sync_media_to_galleries.queue_name])
    now = timezone.now()
    status.ready = queue.ready().count()
    if since := queue.oldest_ready_since():
        status.oldest_ready_seconds = round((now - since).total_seconds(), 1)
    # The next drain repairs them. What is still there after so long, no drain has seen.
    long_ago = now - timedelta(seconds=settings.STATUS_MAX_AGE)
    status.running = queue.running().count()
    status.stuck = sum(row.started_at < long_ago for row in abandoned(queue))
    status.failed = queue.failed().filter(finished_at__gte=now - FAILED_WITHIN).count()

    if nobody_drains := who_waits_for_nobody():
        status.problems.append(nobody_drains)
    elif status.oldest_ready_seconds > settings.STATUS_MAX_AGE:
        status.problems.append(
            f"The oldest task has been waiting for {status.oldest_ready_seconds:.0f} seconds."
        )
    if status.stuck:
        status.problems.append(f"{status.stuck} tasks are stuck.")
    if status.failed:
        status.problems.append(f"{status.failed} tasks failed within the last day.")
