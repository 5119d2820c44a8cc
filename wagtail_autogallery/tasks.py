"""The background tasks. Importable before Django's apps are loaded, as tasks have to be."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from functools import partial
from importlib.util import find_spec
from typing import Any

from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import wakeup

# The backend decides the class of a task, but the import has to exist: Django 6 brings it.
if find_spec("django.tasks"):  # pragma: no cover
    from django.tasks import task as task
    from django.tasks import task_backends as task_backends
else:  # pragma: no cover
    from django_tasks import task as task  # type: ignore[no-redef]
    from django_tasks import task_backends as task_backends  # type: ignore[no-redef]

logger = logging.getLogger(__name__)

#: Whose task it is tells its path, which begins with the package. A list of names would be out of
#: date with each release of theirs.
OWN = ("wagtail_autogallery.",)
#: Reference index, search index, files of deleted images, focal points, front-end cache: short, and
#: done within the request for as long as the site had no queue. Wagtail's search is modelsearch.
WAGTAIL = ("wagtail.", "modelsearch.")

FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(minutes=15)
#: Who has waited for longer may have lost its task.
LONGEST_WAIT = timedelta(minutes=1)


def _existing_backend() -> str:
    """The configured backend; the default where there is none such, which a system check tells."""
    alias: str = settings.TASK_BACKEND
    return alias if alias in task_backends.settings else "default"


def _existing_queue() -> str:
    """The configured queue; another where there is none such, which a system check tells."""
    known = task_backends[_existing_backend()].queues
    return settings.QUEUE if not known or settings.QUEUE in known else min(known)


def _priority_below_the_sync() -> int:
    return -10 if task_backends[_existing_backend()].supports_priority else 0


@task(backend=_existing_backend(), queue_name=_existing_queue())
def sync_media_to_galleries(attempt: int = 1, is_helper: bool = False) -> dict[str, int]:
    """
    Bring every followed gallery up to date.

    Carries no image: it decides for what has arrived and writes what is owed, so it may run twice,
    late or in parallel. Where many pages wait it calls helpers. What it could not finish it
    enqueues again: at once where its time was used up, later where something failed.

    :param attempt: Counts the failures in a row, for the backoff.
    :param is_helper: Whether another one has called it to share its work.
    :return: What it did, see :class:`wagtail_autogallery.sync.passes.Report`.
    """
    from wagtail_autogallery.models import Arrival, Delivery, Subscription
    from wagtail_autogallery.sync.missed_uploads import record_missed_uploads
    from wagtail_autogallery.sync.passes import sync

    try:
        # Whoever runs this task: a worker opens runs too.
        record_missed_uploads()
        report = sync(None if is_helper else enqueue_helpers)
    except Exception:
        delay = min(FIRST_RETRY * 2 ** min(attempt - 1, 10), LONGEST_RETRY)
        delay *= random.uniform(0.75, 1.25)  # noqa: S311
        _enqueue_later(timezone.now() + delay, attempt + 1)
        raise
    if Subscription.objects.lacking_pictures().exists():
        enqueue_renditions()
    if not report.complete or (not _tells_what_waits() and Arrival.objects.waiting().exists()):
        enqueue_sync()
    elif report.failures and (when := Delivery.objects.next_due()):
        _enqueue_later(when)
    return report.as_dict()


@task(
    backend=_existing_backend(), queue_name=_existing_queue(), priority=_priority_below_the_sync()
)
def make_renditions() -> dict[str, Any]:
    """
    Make the renditions that galleries show which were written.

    Enqueued by a sync. Carries no image either: it makes what is missing in the galleries that are
    noted as written. It makes room for a sync that waits and for what Wagtail enqueues meanwhile,
    and enqueues itself for what it could not finish.

    :return: What it did, see :class:`wagtail_autogallery.sync.missing_renditions.Report`.
    """
    from wagtail_autogallery.queue import database_queue
    from wagtail_autogallery.sync.missing_renditions import make_missing_renditions

    started = timezone.now()

    def nothing_else_waits() -> bool:
        return not (
            database_queue.is_waiting(sync_media_to_galleries)
            or database_queue.was_enqueued_since(started, make_renditions, WAGTAIL)
        )

    report = make_missing_renditions(keep_on=nothing_else_waits)
    if not report.complete:
        enqueue_renditions()
    return report.as_dict()


def enqueue_renditions() -> Any:
    """
    Enqueue the making of renditions, unless it is waiting already.

    :return: The task's result object, or ``None`` where nothing was enqueued.
    """
    from wagtail_autogallery.queue import database_queue

    try:
        if runs_at_once() or database_queue.is_waiting(make_renditions):
            return None
        return make_renditions.enqueue()
    except Exception:
        logger.exception("Could not enqueue the making of renditions; the next sync will")
        return None


def enqueue_helpers(waiting: int) -> None:
    """
    Have other workers, where there are any, share the work of the sync that runs.

    :param waiting: How many holders wait to be written.
    """
    from wagtail_autogallery.sync.locks import can_skip_locked
    from wagtail_autogallery.sync.passes import HOLDERS_PER_QUERY

    helpers = min(settings.SYNC_HELPERS, waiting // HOLDERS_PER_QUERY)
    if runs_at_once() or not can_skip_locked(DEFAULT_DB_ALIAS):
        return
    try:
        for _ in range(helpers):
            sync_media_to_galleries.enqueue(is_helper=True)
    except Exception:
        logger.exception("Could not enqueue helpers; the sync does its work alone")


def enqueue_sync_on_commit(arrival: int | None = None) -> None:
    """
    Have the galleries brought up to date once the current transaction is committed.

    Robust: whatever goes wrong with the queue is logged and does not reach the caller. The arrival
    is committed by then, and the next drain finds it.

    :param arrival: The primary key of the arrival that this is for.
    """
    transaction.on_commit(partial(_enqueue_and_wake_up, arrival), robust=True)


def _enqueue_and_wake_up(arrival: int | None) -> None:
    if _tells_what_waits() or not (arrival and _another_brings_a_sync(arrival)):
        enqueue_sync()
    if is_ours_to_run():
        wakeup.ask()


def _tells_what_waits() -> bool:
    """Whether the backend can be asked whether a sync is waiting."""
    from wagtail_autogallery.queue import database_queue

    return database_queue.is_available(sync_media_to_galleries.backend)


def _another_brings_a_sync(arrival: int) -> bool:
    """
    Whether an older arrival, for which a sync was just enqueued, still waits for it.

    If that sync has begun and is deciding, it looks again when it is done.
    """
    from wagtail_autogallery.models import Arrival

    just_now = timezone.now() - LONGEST_WAIT
    older = Arrival.objects.waiting().filter(pk__lt=arrival, created_at__gte=just_now)
    return older.exists()


def is_ours_to_run() -> bool:
    """Whether this process can do what waits in the queue, or another backend's worker does it."""
    from wagtail_autogallery.queue import database_queue

    return runs_at_once() or database_queue.is_available(sync_media_to_galleries.backend)


def runs_at_once() -> bool:
    """Whether the backend has no queue and would run a task within the request that enqueues it."""
    backend = task_backends[sync_media_to_galleries.backend]
    # Django's and the backport's: either may be configured on Django 6.
    return type(backend).__name__ == "ImmediateBackend"


def enqueue_sync() -> Any:
    """
    Enqueue the sync, unless one is waiting already: that one will see all there is.

    :return: The task's result object, or ``None`` where nothing was enqueued.
    """
    from wagtail_autogallery.queue import database_queue

    try:
        # Where it would run here and now, it runs after the response or by cron instead.
        if runs_at_once() or database_queue.is_waiting(sync_media_to_galleries):
            return None
        return sync_media_to_galleries.enqueue()
    except Exception:
        logger.exception("Could not enqueue the gallery sync; the next drain will do its work")
        return None


def _enqueue_later(when: datetime, attempt: int = 1) -> None:
    """Have it tried again at a later time, where the backend can wait and none is waiting."""
    from wagtail_autogallery.queue import database_queue

    try:
        if not task_backends[
            sync_media_to_galleries.backend
        ].supports_defer or database_queue.is_waiting(sync_media_to_galleries, later=True):
            return
        sync_media_to_galleries.using(run_after=when).enqueue(attempt=attempt)
    except Exception:
        logger.exception("Could not enqueue a retry; the next drain will do its work")
