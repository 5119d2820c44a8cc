"""
Remember which renditions could not be made, so that not every page view tries and logs it again.

In the database: all processes know of it, it is there after a restart, and only a page that lacks
something asks for it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from io import BytesIO
from typing import Any

import willow
from django.db import DatabaseError, transaction
from django.utils import timezone
from wagtail.images.models import Filter

from wagtail_autogallery import tables
from wagtail_autogallery.models import RenditionFailure

logger = logging.getLogger(__name__)


class Culprit(Enum):
    """What is wrong when a rendition cannot be made."""

    STORAGE = "storage"
    ORIGINAL = "original"
    SPEC = "filter spec"


#: How long it is left alone: at first, twice as long after each further time, and at most. An image
#: waits longer than its storage, so that others find out in between whether it was only this one.
WAITS_OF_IMAGE = timedelta(minutes=10), timedelta(days=1)
WAITS_OF_STORAGE = timedelta(minutes=1), timedelta(minutes=15)


class Failures:
    """What is known to fail of some images, read with one query once something is to be made."""

    def __init__(self, images: Iterable[Any]) -> None:
        self._images = list(images)

    @cached_property
    def _known(self) -> dict[tuple[str, str], RenditionFailure]:
        if not tables.are_there():
            return {}
        keys = {"", *(str(image.pk) for image in self._images)}
        rows = RenditionFailure.objects.filter(image_id__in=keys)
        return {(row.image_id, row.spec): row for row in rows}

    @property
    def storage_fails(self) -> bool:
        return self._is_waiting("", "", "")

    @property
    def next_try(self) -> datetime | None:
        """When the first of what failed is tried again."""
        times = (row.retry_at for row in self._known.values())
        return min((at for at in times if at > timezone.now()), default=None)

    def of_original(self, image: Any) -> RenditionFailure | None:
        """What is known to be wrong with the file that an image has now."""
        _, (image_id, spec, file), _ = _keys(image, "")
        row = self._known.get((image_id, spec))
        return row if row is not None and row.file == file else None

    def rules_out(self, image: Any, spec: str) -> bool:
        """Whether it failed so short a time ago that it is not tried again."""
        return any(self._is_waiting(*key) for key in _keys(image, spec))

    def _is_waiting(self, image_id: str, spec: str, file: str) -> bool:
        row = self._known.get((image_id, spec))
        return row is not None and row.file == file and row.retry_at > timezone.now()

    def record(self, image: Any, spec: str, error: Exception) -> None:
        """Remember it, and log it unless it is known already."""
        culprit = _culprit(image, spec)
        of_storage, of_original, of_spec = _keys(image, spec)
        is_new = self._remember(of_spec if culprit is Culprit.SPEC else of_original, error)
        if culprit is Culprit.STORAGE:
            is_new = self._remember(of_storage, error)
        logger.log(
            logging.ERROR if is_new else logging.DEBUG,
            "Could not make rendition %s of image %s, because of its %s; it is tried again later",
            spec,
            image.pk,
            culprit.value,
            exc_info=error,
        )

    def _remember(self, key: tuple[str, str, str], error: Exception) -> bool:
        """:return: Whether this is new."""
        image_id, spec, file = key
        name = type(error).__name__
        row = self._known.get((image_id, spec))
        is_new = row is None or row.file != file or not row.error.startswith(f"{name}:")
        attempts = 1 if row is None or row.file != file else row.attempts + 1
        first, longest = WAITS_OF_IMAGE if image_id else WAITS_OF_STORAGE
        delay = min(first * 2 ** min(attempts - 1, 12), longest)
        values = {
            "file": file,
            "error": f"{name}: {error}",
            "attempts": attempts,
            "retry_at": timezone.now() + delay,
        }
        self._known[image_id, spec] = RenditionFailure(image_id=image_id, spec=spec, **values)
        if not tables.are_there():
            return is_new
        try:
            with transaction.atomic():
                RenditionFailure.objects.update_or_create(
                    image_id=image_id, spec=spec, defaults=values
                )
        except DatabaseError:
            logger.exception("Could not remember that a rendition of image %s failed", image_id)
        return is_new

    def forget(self, image: Any, spec: str) -> None:
        """It was made after all."""
        for image_id, one, _ in _keys(image, spec):
            if self._known.pop((image_id, one), None) and tables.are_there():
                RenditionFailure.objects.filter(image_id=image_id, spec=one).delete()


def forget_failures(*image_ids: str) -> None:
    """Have all tried again at once that failed of these images, or of all where none is named."""
    rows = RenditionFailure.objects.all()
    (rows.filter(image_id__in=image_ids) if image_ids else rows).delete()


def _keys(image: Any, spec: str) -> Iterator[tuple[str, str, str]]:
    """What could keep this rendition from being made, with the file that this holds for."""
    file = f"{image.file.name}:{image.file_hash}"[:255]
    yield "", "", ""
    yield str(image.pk), "", file
    yield str(image.pk), spec, file


def _culprit(image: Any, spec: str) -> Culprit:
    """Find out step by step what of the making of this rendition does not work."""
    try:
        with image.file.storage.open(image.file.name, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        return Culprit.ORIGINAL if _has_folder(image.file) else Culprit.STORAGE
    except Exception:
        return Culprit.STORAGE
    try:
        willow.Image.open(BytesIO(content)).auto_orient()
    except Exception:
        return Culprit.ORIGINAL
    try:
        image.generate_rendition_file(Filter(spec)).close()
    except Exception:
        return Culprit.SPEC
    return Culprit.STORAGE


def _has_folder(file: Any) -> bool:
    """Whether only the file is lost: a disk that is not mounted has no folders either."""
    try:
        return os.path.isdir(os.path.dirname(file.path))
    except NotImplementedError:
        # A bucket has no folders, and it has answered.
        return True
