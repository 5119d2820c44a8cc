"""
Find uploads that nobody wrote down.

An image and its arrival are saved in one transaction, where there is one. Wagtail's view for many
files at once has none, so a process that is killed in that instant leaves an image without an
arrival; ``bulk_create()`` tells nobody what it creates; and while the tables of this app were not
there, nothing could be written down.

They are looked for before every run decides. So all images from before the last one have their
arrival, and only younger ones are looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_autogallery.models import Arrival, Run

logger = logging.getLogger(__name__)

IMAGES_PER_QUERY = 500
#: Keys of uploads that are remembered while their images are not come to; deleted ones never are.
MOST_READ_AHEAD = 10_000
#: An image tells when it was created, but is only seen when its transaction is committed.
LONGEST_TRANSACTION = timedelta(hours=1)


class Look(NamedTuple):
    """How many images were looked at, and of how many the arrival was missing."""

    images: int
    missed: int


def record_missed_uploads() -> int:
    """
    Write the missing arrivals of images that were created since a run decided last.

    :return: How many were missing.
    """
    return record_uploads(not_looked_at_since(), timezone.now()).missed


def look_for_missed_uploads() -> None:
    """
    Do so where perhaps no run follows, and note it, or a large import would be read for ever.

    It is noted when that lets most of it rest. Call it outside of transactions: it may write to
    the run that all deciding locks.
    """
    since, until = not_looked_at_since(), timezone.now()
    look = record_uploads(since, until)
    is_old = until - since > 2 * LONGEST_TRANSACTION
    if is_old and look.images > IMAGES_PER_QUERY and not look.missed:
        Run.objects.note_look(until)


def not_looked_at_since() -> datetime:
    """When the oldest image may have been created that nobody wrote down."""
    beginning, decided = Run.objects.beginning_and_last()
    # What was there before the app is not new.
    return max(beginning, decided - LONGEST_TRANSACTION)


def record_uploads(since: datetime, until: datetime) -> Look:
    """Write the missing arrivals of images that were created in this time."""
    recent = get_image_model()._base_manager.filter(created_at__gte=since, created_at__lte=until)
    keys = recent.order_by("created_at", "pk").values_list("pk", flat=True).iterator()
    log: Iterator[str] | None = None
    known: set[str] = set()
    images = 0
    missed: list[str] = []
    while texts := [str(key) for key in islice(keys, IMAGES_PER_QUERY)]:
        images += len(texts)
        log = log or _uploads_from(texts)
        missed += _without_arrival(texts, log, known)
    Arrival.objects.bulk_create([Arrival(image_id=text) for text in missed])
    if missed:
        logger.warning("%d uploads had not been written down: %s", len(missed), ", ".join(missed))
    return Look(images, len(missed))


def _uploads_from(texts: list[str]) -> Iterator[str]:
    uploads = Arrival.objects.uploads_from(texts).values_list("image_id", flat=True)
    return uploads.iterator()


def _without_arrival(texts: list[str], log: Iterator[str], known: set[str]) -> list[str]:
    """
    Which of these images nobody wrote down.

    They came in about the order of the log, so both are read side by side, each with one query
    for all. Only what is not found so is asked for by name.

    :param log: The images of the uploads that are not read yet.
    :param known: Those that were read, and not looked for so far.
    """
    unknown = set(texts) - known
    while unknown and len(known) < MOST_READ_AHEAD and (read := set(islice(log, IMAGES_PER_QUERY))):
        known |= read
        unknown -= read
    known.difference_update(texts)
    if unknown:
        unknown.difference_update(
            Arrival.objects.of_images(unknown).values_list("image_id", flat=True)
        )
    return [text for text in texts if text in unknown]
