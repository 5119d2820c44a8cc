"""
Make the smallest picture of what waits to be placed.

So a page never shows an image of which it would have to make a picture first, at the cost of the
visitor who happens to come by.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.db.models import Min, Value
from django.db.models.functions import Coalesce
from wagtail.images import get_image_model

from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.frontend.renditions import make, missing
from wagtail_autogallery.frontend.specs import on_pages
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync.locks import can_skip_locked

PICTURES_PER_QUERY = 100
ROWS_PER_QUERY = 500
PATIENCE_SECONDS = 1.0
SECONDS_BETWEEN_TRIES = 0.1


def make_smallest(seconds: float) -> bool:
    """
    Make what waits placeable, oldest first: each image that has its smallest picture now, in the
    layout of its gallery, or of which none can be made.

    :param seconds: After this time it stops, because what it has made should be seen.
    :return: Whether nothing is left that lacks its picture.
    """
    stop_at = time.monotonic() + seconds
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while waiting := _oldest_without_picture():
        placeable: dict[str, list[str]] = defaultdict(list)
        with_picture, without = _by_what_exists(waiting)
        for image_id, layout in with_picture:
            placeable[layout].append(image_id)
        failures = Failures(image for _, _, image, _ in without)
        left = len(without)
        for image_id, layout, image, spec in without:
            for _ in make(image, [spec], failures):
                pass
            placeable[layout].append(image_id)
            left -= 1
            if left and (time.monotonic() >= stop_at or budget.is_used_up()):
                break
        is_released = _have_placed(placeable)
        if left:
            return False
        if is_released:
            patient_until = time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() >= patient_until:
            # Who has these in hand is slow: an import, perhaps. The next drain brings them.
            return True
        else:
            time.sleep(SECONDS_BETWEEN_TRIES)
    return True


def _oldest_without_picture() -> list[tuple[str, str]]:
    """Images by primary key as text, each once for each layout they are to be shown in."""
    rows = (
        Delivery.objects.due()
        .without_picture()
        # By the mere column SQLite would group along its index: through the whole ledger.
        .annotate(image=Coalesce("image_id", Value("")))
        .values_list("image", "subscription__layout")
        .annotate(oldest=Min("pk"))
        .order_by("oldest")
    )
    return [(image_id, layout) for image_id, layout, _ in rows[:PICTURES_PER_QUERY]]


def _by_what_exists(
    waiting: Iterable[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str, Any, str]]]:
    """
    :return: Those with their smallest picture, or without an image; and those that lack it, with
        the image and the filter spec.
    """
    images = _images(image_id for image_id, _ in waiting)
    specs_of = on_pages()
    specs = {
        (image_id, layout): specs_of(images[image_id], layout).smallest
        for image_id, layout in waiting
        if image_id in images
    }
    wanted: dict[Any, list[str]] = defaultdict(list)
    for (image_id, _), spec in specs.items():
        wanted[images[image_id]].append(spec)
    lacking = {(str(image.pk), spec) for image, specs in missing(wanted) for spec in specs}
    there, to_make = [], []
    for image_id, layout in waiting:
        spec = specs.get((image_id, layout), "")
        if (image_id, spec) in lacking:
            to_make.append((image_id, layout, images[image_id], spec))
        else:
            there.append((image_id, layout))
    return there, to_make


def _images(image_ids: Iterable[str]) -> dict[str, Any]:
    """The images that exist, by primary key as text."""
    model = get_image_model()
    found = model._base_manager.in_bulk(set(_keys(model, image_ids)))
    return {str(key): image for key, image in found.items()}


def _keys(model: Any, image_ids: Iterable[str]) -> Iterator[Any]:
    for image_id in image_ids:
        try:
            yield model._meta.pk.to_python(image_id)
        except ValidationError:
            # Left by another image model.
            continue


def _have_placed(image_ids: dict[str, list[str]]) -> bool:
    """
    Waits for nobody: an editor's save locks the ledgers of its page one row after the other, and
    would be ended for ours.

    :param image_ids: By the layout of the galleries they wait for.
    :return: Whether there were any that nobody else had in hand.
    """
    released = False
    for layout, ids in image_ids.items():
        waiting = (
            Delivery.objects.waiting()
            .without_picture()
            .filter(image_id__in=ids, subscription__in=Subscription.objects.filter(layout=layout))
        )
        skip_locked = can_skip_locked(router.db_for_write(Delivery))
        with transaction.atomic():
            rows = waiting.select_for_update(skip_locked=skip_locked)
            free = iter(list(rows.values_list("pk", flat=True)))
            while chunk := list(islice(free, ROWS_PER_QUERY)):
                Delivery.objects.filter(pk__in=chunk).update(reason="")
                released = True
    return released
