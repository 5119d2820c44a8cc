"""The background tasks. Importable before Django's apps are loaded, as tasks have to be."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import wakeup
from wagtail_autogallery.queue.backends import is_in_database, is_readable
from wagtail_autogallery.queue.beforehand import Beforehand
from wagtail_autogallery.queue.framework import task as task
from wagtail_autogallery.queue.framework import task_backends as task_backends
from wagtail_autogallery.queue.questions import is_waiting, was_enqueued_since
from wagtail_autogallery.replicas import read_where_written

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
@read_where_written()
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
        report = sync(enqueue_helpers, is_helper=is_helper)
    except Exception:
        delay = min(FIRST_RETRY * 2 ** min(attempt - 1, 10), LONGEST_RETRY)
        delay *= random.uniform(0.75, 1.25)  # noqa: S311
        when = timezone.now() + delay
        _enqueue_later(sync_media_to_galleries, when, attempt=attempt + 1)
        raise
    if Subscription.objects.lacking_pictures().exists():
        enqueue_renditions()
    enqueue_mails()
    if not report.complete or (not _tells_what_waits() and Arrival.objects.waiting().exists()):
        enqueue_sync()
    elif report.failures and (when := Delivery.objects.next_due()):
        _enqueue_later(sync_media_to_galleries, when)
    return report.as_dict()


@task(
    backend=_existing_backend(), queue_name=_existing_queue(), priority=_priority_below_the_sync()
)
@read_where_written()
def make_renditions() -> dict[str, Any]:
    """
    Make the renditions that galleries show which were written.

    Enqueued by a sync. Carries no image either: it makes what is missing in the galleries that are
    noted as written. It makes room for a sync that waits and for what Wagtail enqueues meanwhile,
    and enqueues itself for what it could not finish.

    :return: What it did, see :class:`wagtail_autogallery.sync.missing_renditions.Report`.
    """
    from wagtail_autogallery.sync.missing_renditions import make_missing_renditions

    started = timezone.now()

    def nothing_else_waits() -> bool:
        return not (
            is_waiting(sync_media_to_galleries)
            or was_enqueued_since(started, make_renditions, WAGTAIL)
        )

    report = make_missing_renditions(keep_on=nothing_else_waits)
    if not report.complete:
        enqueue_renditions()
    return report.as_dict()


@task(
    backend=_existing_backend(), queue_name=_existing_queue(), priority=_priority_below_the_sync()
)
@read_where_written()
def mail_followers() -> dict[str, int]:
    """
    Mail those who follow a page what it got, where that is due.

    A task of its own, so that no mail server holds the sync up.

    :return: What it did, see :class:`wagtail_autogallery.notices.sending.Report`.
    """
    from wagtail_autogallery.notices.sending import send_due

    report = send_due()
    enqueue_mails()
    return report.as_dict()


def enqueue_mails() -> None:
    """Enqueue the mailing of what is due, or will be, unless it is waiting already."""
    from wagtail_autogallery.models import Notice

    if not settings.NOTIFY or (when := Notice.objects.next_due()) is None:
        return
    if when > timezone.now():
        _enqueue_later(mail_followers, when)
        return
    try:
        if not runs_at_once() and not is_waiting(mail_followers):
            mail_followers.enqueue()
    except Exception:
        logger.exception("Could not enqueue the mails; the next sync will")


def enqueue_renditions() -> Any:
    """
    Enqueue the making of renditions, unless it is waiting already.

    :return: The task's result object, or ``None`` where nothing was enqueued.
    """
    try:
        if runs_at_once() or is_waiting(make_renditions):
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
    from wagtail_autogallery.models import Subscription
    from wagtail_autogallery.sync.locks import can_skip_locked
    from wagtail_autogallery.sync.sharing import useful_helpers

    if runs_at_once() or not can_skip_locked(router.db_for_write(Subscription)):
        return
    try:
        for _ in range(useful_helpers(waiting)):
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
    return is_readable(sync_media_to_galleries.backend)


@read_where_written()
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
    return runs_at_once() or is_in_database(sync_media_to_galleries.backend)


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
    try:
        # Where it would run here and now, it runs after the response or by cron instead.
        if runs_at_once() or is_waiting(sync_media_to_galleries):
            return None
        return sync_media_to_galleries.enqueue()
    except Exception:
        logger.exception("Could not enqueue the gallery sync; the next drain will do its work")
        return None


@read_where_written()
def sync_beforehand() -> Beforehand:
    """
    Have a drain enqueue the sync first, where arrivals or galleries wait that no task will see.

    Looks for uploads that nobody wrote down.
    """
    from wagtail_autogallery.models import (
        Announcement,
        Arrival,
        Delivery,
        Errand,
        Notice,
        Start,
        Subscription,
        Wish,
    )
    from wagtail_autogallery.sync.missed_uploads import look_for_missed_uploads

    look_for_missed_uploads()
    return Beforehand(
        reasons=[
            Arrival.objects.waiting(),
            Start.objects.all(),
            Delivery.objects.due(),
            Errand.objects.due(),
            Wish.objects.due(),
            # A sync has made what its images lack.
            Subscription.objects.lacking_pictures(),
            Announcement.objects.left(older_than=timedelta(seconds=settings.LEASE_SECONDS)),
            # A sync has them mailed.
            *([Notice.objects.due()] if settings.NOTIFY else []),
        ],
        enqueue=enqueue_sync,
    )


def try_failed_galleries_now() -> None:
    """What failed is owed at once, whenever it was to be tried again."""
    from wagtail_autogallery.models import Delivery, Errand

    failed = Delivery.objects.held_back(Delivery.Reason.FAILED)
    Errand.objects.send_to(failed.holder_keys())


def _enqueue_later(task: Any, when: datetime, **arguments: Any) -> None:
    """Have it done at a later time, where the backend can wait and none is waiting."""
    try:
        if not task_backends[task.backend].supports_defer or is_waiting(task, later=True):
            return
        task.using(run_after=when).enqueue(**arguments)
    except Exception:
        logger.exception("Could not enqueue %s for later; a drain will do it", task.module_path)
