"""How the queue and the galleries are doing: the facts, what is wrong, and the words for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_autogallery import tables
from wagtail_autogallery.drain.draining import chosen_queue
from wagtail_autogallery.drain.problems import (
    FAILED_WITHIN,
    Problem,
    duration,
    find_problems,
    last_drains,
    stuck_tasks,
    tables_missing,
)
from wagtail_autogallery.models import Arrival, By, Delivery, HolderKey, Subscription
from wagtail_autogallery.queue import backends
from wagtail_autogallery.queue.queues import FailedTask, Queue
from wagtail_autogallery.tasks import sync_media_to_galleries

NAMED_AT_MOST = 20


@dataclass(frozen=True)
class Waiting:
    """The galleries of one page that wait for the same reason."""

    #: The type of the page or snippet, and its primary key.
    holder: str
    title: str
    galleries: int
    state: str
    why: str
    error: str
    retry_at: datetime | None

    def __str__(self) -> str:
        many = ngettext("%(count)d gallery", "%(count)d galleries", self.galleries)
        error = f" ({self.error})" if self.error else ""
        return (
            f"{self.title} ({self.holder}), {many % {'count': self.galleries}}: {self.why}{error}"
        )


@dataclass
class Status:
    """
    What is waiting and what went wrong.

    Its words are in the language that was active when it was made.
    """

    problems: list[Problem] = field(default_factory=list)
    #: When the queue was last drained, for each way of doing so that was ever used; ``"worker"`` is
    #: when a worker of django-tasks-db last started a task.
    last_drains: dict[str, datetime] = field(default_factory=dict)
    #: Whether the queue can be looked into. Else nothing is known of its tasks.
    is_queue_known: bool = False
    #: Tasks ready to run.
    ready: int = 0
    #: Seconds for which the oldest of them has been so.
    oldest_ready_seconds: float = 0.0
    running: int = 0
    #: Tasks that nobody works on any more, and that no drain has repaired.
    stuck: int = 0
    #: Tasks that failed within the last day.
    failed: int = 0
    #: The same by name, those that failed last first, some at most.
    failed_tasks: list[FailedTask] = field(default_factory=list)
    #: Uploads and moves that no run has taken up.
    arrivals_waiting: int = 0
    galleries_followed: int = 0
    galleries_behind: int = 0
    #: How many galleries are in each state that is not "following".
    galleries_waiting: dict[str, int] = field(default_factory=dict)
    #: The same by page, some at most.
    waiting: list[Waiting] = field(default_factory=list)

    @property
    def is_healthy(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        facts = asdict(self)
        for told, problem in zip(facts["problems"], self.problems, strict=True):
            told["level"] = problem.level.value
        return {"healthy": self.is_healthy, **facts}

    def facts(self) -> Iterator[tuple[str, str]]:
        """What there is to tell, each with a label."""
        yield _("Last drain"), self._last_drain()
        yield _("Uploads waiting"), str(self.arrivals_waiting)
        if self.is_queue_known:
            yield _("Tasks ready"), self._tasks_ready()
            yield _("Tasks running"), self._tasks_running()
            yield _("Tasks failed"), _("%(count)d in the last day") % {"count": self.failed}
        yield (
            _("Galleries"),
            _("%(followed)d followed, %(behind)d behind, %(waiting)d waiting")
            % {
                "followed": self.galleries_followed,
                "behind": self.galleries_behind,
                "waiting": sum(self.galleries_waiting.values()),
            },
        )

    def _last_drain(self) -> str:
        if not self.last_drains:
            return _("never")
        how = dict(By.choices)
        latest = sorted(self.last_drains.items(), key=lambda drain: drain[1], reverse=True)
        return "; ".join(f"{_ago(at)}, {how[by]}" for by, at in latest)

    def _tasks_ready(self) -> str:
        if not self.ready:
            return "0"
        age = duration(timedelta(seconds=self.oldest_ready_seconds))
        return _("%(count)d, the oldest for %(age)s") % {"count": self.ready, "age": age}

    def _tasks_running(self) -> str:
        if not self.stuck:
            return str(self.running)
        return _("%(count)d, of which %(stuck)d stuck") % {
            "count": self.running,
            "stuck": self.stuck,
        }


def get_status(queue_name: str | None = None, all_queues: bool = False) -> Status:
    """
    Look at a queue, and at the galleries.

    :param queue_name: The queue; by default the one of the gallery sync.
    :param all_queues: Look at every queue of the backend.
    :raises UnknownQueue: The backend has no such queue.
    """
    if missing := _missing_tables():
        message = _("Tables are missing: %(tables)s.") % {"tables": ", ".join(missing)}
        return Status(problems=[tables_missing(message)])
    waiting = Subscription.objects.waiting()
    status = Status(
        last_drains=last_drains(),
        arrivals_waiting=Arrival.objects.waiting().count(),
        galleries_followed=Subscription.objects.following().count(),
        galleries_behind=Delivery.objects.due().values("subscription").distinct().count(),
        galleries_waiting=dict(Counter(waiting.values_list("state", flat=True))),
        waiting=_by_page(waiting),
    )
    if backends.is_readable(sync_media_to_galleries.backend):
        _look_at_queue(status, chosen_queue(queue_name, all_queues))
    status.problems += find_problems(queue_name, all_queues)
    return status


def _missing_tables() -> list[str]:
    missing = tables.missing_tables(backends.tables_of(sync_media_to_galleries.backend))
    # Ours are looked for until they are there, and not any more then.
    if tables.advice():
        missing += tables.missing_tables(apps.get_app_config(tables.APP_LABEL).get_models())
    return sorted(missing)


def _ago(at: datetime) -> str:
    return _("%(time)s ago") % {"time": duration(timezone.now() - at)}


def _by_page(subscriptions: Iterable[Subscription]) -> list[Waiting]:
    """Group by page and reason, and name the pages: those of the most serious states first."""
    groups: dict[tuple[HolderKey, str], list[Subscription]] = {}
    for row in subscriptions:
        groups.setdefault((row.holder_key, row.state), []).append(row)
    order = list(reversed(Subscription.State.values))
    first = sorted(groups, key=lambda group: (order.index(group[1]), group[0]))[:NAMED_AT_MOST]
    titles = _titles({key for key, _state in first})
    return [
        Waiting(
            holder=str(key),
            title=titles.get(key, ""),
            galleries=len(groups[key, state]),
            state=state,
            why=str(Subscription.State(state).label),
            error=groups[key, state][0].error,
            retry_at=Delivery.objects.of_subscriptions(groups[key, state]).next_due(),
        )
        for key, state in first
    ]


def _titles(keys: set[HolderKey]) -> dict[HolderKey, str]:
    titles = {}
    for type_id in {key.content_type_id for key in keys}:
        model = ContentType.objects.get_for_id(type_id).model_class()
        ids = [key.object_id for key in keys if key.content_type_id == type_id]
        for holder in model._base_manager.filter(pk__in=ids) if model else ():
            titles[HolderKey(type_id, str(holder.pk))] = str(holder)
    return titles


def _look_at_queue(status: Status, queue: Queue) -> None:
    now = timezone.now()
    status.is_queue_known = True
    status.ready = queue.ready().count()
    if since := queue.oldest_ready_since():
        status.oldest_ready_seconds = round((now - since).total_seconds(), 1)
    status.running = queue.running().count()
    status.stuck = len(stuck_tasks(queue))
    status.failed = queue.failed_since(now - FAILED_WITHIN).count()
    status.failed_tasks = queue.failed_tasks_since(now - FAILED_WITHIN, NAMED_AT_MOST)
