"""The background task. Importable before Django's apps are loaded, as tasks have to be."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from typing import Any

from django.db import transaction

from wagtail_autogallery.conf import settings

# The backend decides the class of a task, but the import has to exist: Django 6 brings it.
if find_spec("django.tasks"):  # pragma: no cover
    from django.tasks import task
else:  # pragma: no cover
    from django_tasks import task  # type: ignore[no-redef]

logger = logging.getLogger(__name__)


@task(backend=settings.TASK_BACKEND, queue_name=settings.QUEUE)
def sync_media_to_galleries() -> dict[str, int]:
    """
    Bring every followed gallery up to date.

    Carries no image: it compares where each gallery stands with what has arrived, so it may run
    twice, late or in parallel.

    :return: What it did, see :class:`wagtail_autogallery.sync.Report`.
    """
    from wagtail_autogallery.sync import sync

    return sync().as_dict()


def enqueue_sync_on_commit() -> None:
    """
    Have the galleries brought up to date once the current transaction is committed.

    Robust: whatever goes wrong with the queue is logged and does not reach the caller. The arrival
    is committed by then, and the next drain finds it.
    """
    transaction.on_commit(enqueue_sync, robust=True)


def enqueue_sync() -> Any:
    """
    Enqueue the sync, unless one is waiting already: that one will see all there is.

    :return: The task's result object, or ``None`` where nothing was enqueued.
    """
    from wagtail_autogallery import database_queue

    try:
        if database_queue.is_waiting(sync_media_to_galleries):
            return None
        return sync_media_to_galleries.enqueue()
    except Exception:
        logger.exception("Could not enqueue the gallery sync; the next drain will do its work")
        return None
