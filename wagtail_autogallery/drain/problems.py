"""What is wrong with the queue and the galleries, in words that all who tell of it use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_autogallery.conf import settings
from wagtail_autogallery.drain.draining import chosen_queue
from wagtail_autogallery.drain.unattended import Unattended, unattended_tasks
from wagtail_autogallery.models import Arrival, Delivery, Drain, Run, Subscription
from wagtail_autogallery.queue import backends
from wagtail_autogallery.queue.leases import WORKER_PREFIX
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.queue.repairing import abandoned
from wagtail_autogallery.tasks import sync_media_to_galleries

FAILED_WITHIN = timedelta(days=1)
COMMAND = "python manage.py autogallery_drain"
UPGRADE = "python -m pip install --upgrade wagtail-autogallery"
MIGRATE = "python manage.py migrate"


class Level(str, Enum):
    #: Galleries get nothing new, or will soon get nothing.
    RED = "red"
    #: Something failed, and all else goes on.
    YELLOW = "yellow"


#: Everything that can be wrong, and how bad it is.
LEVELS = {
    "tables_missing": Level.RED,
    "library_unknown": Level.YELLOW,
    "nobody_drains": Level.RED,
    "tasks_waiting": Level.YELLOW,
    "uploads_waiting": Level.RED,
    "tasks_stuck": Level.YELLOW,
    "tasks_failed": Level.YELLOW,
    "galleries_failed": Level.YELLOW,
}


@dataclass(frozen=True)
class Problem:
    code: str
    #: In plain words, what is wrong.
    message: str
    #: The command that mends it.
    mend: str
    #: When that began, as far as it is known.
    since: datetime | None = None

    @property
    def level(self) -> Level:
        return LEVELS[self.code]


def tables_missing(message: str) -> Problem:
    return Problem("tables_missing", message, MIGRATE)


def find_problems(queue_name: str | None = None, all_queues: bool = False) -> Iterator[Problem]:
    """
    What is wrong, with few queries. The tables have to be there.

    :param queue_name: The queue that is looked at; by default the one of the gallery sync.
    :param all_queues: Look at every queue of the backend.
    :raises UnknownQueue: The backend has no such queue.
    """
    options = _options(queue_name, all_queues)
    drain, retry = f"{COMMAND} --limit 500{options}", f"{COMMAND} --retry-failed{options}"
    if message := backends.why_unreadable(sync_media_to_galleries.backend):
        yield Problem("library_unknown", message, UPGRADE)
    is_drained = True
    if tasks := unattended_tasks():
        is_drained = False
        since = timezone.now() - tasks.age
        mend = f"{COMMAND} --all-queues --limit 500"
        yield Problem("nobody_drains", _in_words(tasks), mend, since)
    if backends.is_readable(sync_media_to_galleries.backend):
        queue = chosen_queue(queue_name, all_queues)
        if is_drained:
            yield from _tasks_that_wait(queue, drain)
        yield from _uploads_that_wait(drain, is_drained)
        yield from _tasks_that_are_stuck(queue, drain)
        yield from _tasks_that_failed(queue, retry)
    else:
        yield from _uploads_that_wait(drain, is_drained)
    yield from _galleries_that_failed(retry)


def nobody_drains() -> str:
    """In plain words, that tasks wait for nobody, in whatever queue; empty when none do."""
    tasks = unattended_tasks()
    return _in_words(tasks) if tasks else ""


def _in_words(tasks: Unattended) -> str:
    if message := _no_drain_has_run(tasks.count):
        return message
    message = ngettext(
        "%(count)d task has been ready for %(age)s, and no drain takes it: have cron drain all "
        "queues.",
        "%(count)d tasks are ready, the oldest for %(age)s, and no drain takes them: have cron "
        "drain all queues.",
        tasks.count,
    )
    return message % {"count": tasks.count, "age": duration(tasks.age)}


def last_drains() -> dict[str, datetime]:
    """
    When the queue was last drained, for each way of doing so that was ever used; ``"worker"`` is
    when a worker of django-tasks-db last started a task of the backend.
    """
    drains = {drain.by: drain.ended_at for drain in Drain.objects.all()}
    backend = sync_media_to_galleries.backend
    if backends.is_readable(backend) and (
        at := Queue(backend).last_started_by_others(WORKER_PREFIX)
    ):
        drains["worker"] = at
    return drains


def _no_drain_has_run(tasks: int) -> str:
    """The likely cause why something waits; empty where drains do run."""
    last = max(last_drains().values(), default=None)
    if last and timezone.now() - last < timedelta(seconds=settings.STATUS_MAX_AGE):
        return ""
    uploads = Arrival.objects.waiting().count()
    if last is None and uploads:
        message = ngettext(
            "No drain has run yet, and %(count)d picture waits. Is cron set up?",
            "No drain has run yet, and %(count)d pictures wait. Is cron set up?",
            uploads,
        )
    elif last is None:
        message = ngettext(
            "No drain has run yet, and %(count)d task waits. Is cron set up?",
            "No drain has run yet, and %(count)d tasks wait. Is cron set up?",
            tasks,
        )
    elif uploads:
        message = ngettext(
            "No drain has run for %(time)s, and %(count)d picture waits. Is cron running?",
            "No drain has run for %(time)s, and %(count)d pictures wait. Is cron running?",
            uploads,
        )
    else:
        message = ngettext(
            "No drain has run for %(time)s, and %(count)d task waits. Is cron running?",
            "No drain has run for %(time)s, and %(count)d tasks wait. Is cron running?",
            tasks,
        )
    time = duration(timezone.now() - last) if last else ""
    return message % {"count": uploads or tasks, "time": time}


def _tasks_that_wait(queue: Queue, mend: str) -> Iterator[Problem]:
    if (since := queue.oldest_ready_since()) and _is_too_long_ago(since):
        message = _("The oldest task has been ready for %(age)s.") % {"age": _age(since)}
        yield Problem("tasks_waiting", message, mend, since)


def _uploads_that_wait(mend: str, is_drained: bool) -> Iterator[Problem]:
    oldest = Arrival.objects.waiting().order_by("pk").first()
    if oldest is None or not _is_too_long_ago(oldest.created_at):
        return
    message = _("The oldest upload has been waiting for %(age)s.") % {
        "age": _age(oldest.created_at)
    }
    if is_drained:
        # Else it has been said.
        message = _no_drain_has_run(0) or message
    yield Problem("uploads_waiting", message, mend, oldest.created_at)


def stuck_tasks(queue: Queue) -> list[datetime]:
    """
    When those of the queue's tasks were started that nobody works on any more, and that no drain
    has repaired. The next one does; what is still there after so long, no drain has seen.
    """
    return [row.started_at for row in abandoned(queue) if _is_too_long_ago(row.started_at)]


def _tasks_that_are_stuck(queue: Queue, mend: str) -> Iterator[Problem]:
    if started := stuck_tasks(queue):
        message = ngettext(
            "%(count)d task is stuck: the process that ran it is gone.",
            "%(count)d tasks are stuck: the processes that ran them are gone.",
            len(started),
        )
        yield Problem("tasks_stuck", message % {"count": len(started)}, mend, min(started))


def _tasks_that_failed(queue: Queue, mend: str) -> Iterator[Problem]:
    failed = queue.failed_since(timezone.now() - FAILED_WITHIN).order_by()
    found = failed.aggregate(count=Count("pk"), since=Min("finished_at"))
    if count := found["count"]:
        message = ngettext(
            "%(count)d task failed within the last day.",
            "%(count)d tasks failed within the last day.",
            count,
        )
        yield Problem("tasks_failed", message % {"count": count}, mend, found["since"])


def _galleries_that_failed(mend: str) -> Iterator[Problem]:
    failed = Subscription.objects.waiting().failed().order_by()
    found = failed.aggregate(count=Count("pk"), since=Min("updated_at"))
    if count := found["count"]:
        message = ngettext(
            "%(count)d gallery could not be synced.",
            "%(count)d galleries could not be synced.",
            count,
        )
        # Each try makes its gallery newer. What it could not add tells since when it fails.
        owed = Delivery.objects.waiting().filter(reason=Delivery.Reason.FAILED).order_by()
        runs = Run.objects.filter(number__in=owed.values("run_id"))
        since = runs.aggregate(since=Min("opened_at"))["since"] or found["since"]
        yield Problem("galleries_failed", message % {"count": count}, mend, since)


def _is_too_long_ago(at: datetime) -> bool:
    return timezone.now() - at > timedelta(seconds=settings.STATUS_MAX_AGE)


def _age(since: datetime) -> str:
    return duration(timezone.now() - since)


def duration(time: timedelta) -> str:
    """In words, to the largest unit."""
    seconds = int(time.total_seconds())
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    now = timezone.now()
    # With the spaces of a terminal.
    return timesince(now - time, now, depth=1).replace("\xa0", " ")


def _options(queue_name: str | None, all_queues: bool) -> str:
    if all_queues:
        return " --all-queues"
    return f" --queue {queue_name}" if queue_name else ""
