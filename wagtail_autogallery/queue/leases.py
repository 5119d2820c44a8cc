"""Say that this process is alive while it works on tasks, so that nobody takes them from it."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Lease

logger = logging.getLogger(__name__)

#: By this a drain is told from a worker of the library's, which holds no lease.
WORKER_PREFIX = "autogallery-"
BEATS_PER_LEASE = 3


def new_worker_id() -> str:
    return f"{process_prefix()}{uuid.uuid4().hex[:8]}"


def process_prefix() -> str:
    """What the ids of all drains of this process begin with."""
    return f"{WORKER_PREFIX}{socket.gethostname()[:20]}-{os.getpid()}-"


@contextmanager
def held_by(worker_id: str) -> Iterator[None]:
    """
    Hold a lease for this worker while the block runs.

    A thread renews it, so it stays alive during a task of any length, and expires after the process
    was killed. It takes a connection of its own for each beat only.
    """
    _renew(worker_id)
    done = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(worker_id, done), name=f"lease-{worker_id}", daemon=True
    )
    heart.start()
    try:
        yield
    finally:
        done.set()
        heart.join()
        try:
            Lease.objects.filter(worker_id=worker_id).delete()
        except Exception:
            # It expires by itself, and must not hide what ended the work.
            logger.exception("Could not remove the lease of %s", worker_id)


def _beat(worker_id: str, done: threading.Event) -> None:
    while not done.wait(settings.LEASE_SECONDS / BEATS_PER_LEASE):
        try:
            _renew(worker_id)
        except Exception:
            logger.exception("Could not renew the lease of %s", worker_id)
        finally:
            # Not kept until the next beat: a pool of two has one for requests, not one for this.
            connections.close_all()


def _renew(worker_id: str) -> None:
    expires_at = timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not Lease.objects.filter(worker_id=worker_id).update(expires_at=expires_at):
        Lease.objects.create(worker_id=worker_id, expires_at=expires_at)
