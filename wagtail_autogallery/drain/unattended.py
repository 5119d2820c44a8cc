"""Which tasks have been ready for too long without anybody working on such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import backends
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.tasks import OWN, WAGTAIL, sync_media_to_galleries


@dataclass(frozen=True)
class Unattended:
    """Tasks of a kind that nobody works on."""

    count: int
    #: For how long the oldest has been ready.
    age: timedelta


def unattended_tasks() -> Unattended | None:
    """
    Which tasks have been ready for too long without anybody working on such.

    Looks at all queues of the backend. A site's own tasks by themselves: after the response nobody
    works on these.
    """
    backend = sync_media_to_galleries.backend
    if not backends.is_readable(backend):
        return None
    now = timezone.now()
    long_ago = now - timedelta(seconds=settings.STATUS_MAX_AGE)
    for queue in (Queue(backend, only=OWN + WAGTAIL), Queue(backend, but_not=OWN + WAGTAIL)):
        since = queue.oldest_ready_since()
        if since and since < long_ago and not queue.started_since(long_ago).exists():
            return Unattended(queue.ready().count(), now - since)
    return None
