"""Make the renditions that followed galleries show, before a visitor asks for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from wagtail.images import get_image_model

from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.frontend.renditions import make, missing
from wagtail_autogallery.frontend.specs import anywhere
from wagtail_autogallery.models import Delivery, Run, Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync import placement, streams

logger = logging.getLogger(__name__)

IMAGES_PER_QUERY = 100
#: One task makes no more, because a worker has other tasks to do.
RENDITIONS_PER_PASS = 100


@dataclass
class Report:
    """What one pass did."""

    #: Renditions that were made.
    made: int = 0
    #: Images of which a rendition could not be made, without those that are known to fail.
    failed: list[str] = field(default_factory=list)
    #: Whether all was looked at that can be made now; if not, the pass was long enough.
    complete: bool = True

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def make_missing_renditions(keep_on: Callable[[], bool] = lambda: True) -> Report:
    """
    Look through the followed galleries and make what is missing of their images.

    Compares what is shown with what exists, so it may run twice, late, or be killed anywhere. The
    galleries that the newest run wrote come first. A broken image does not stop the others; a
    storage that fails does.

    :param keep_on: Asked after each rendition; at least one is made, or it would never get on.
    """
    report = Report()
    slowest = 0.0
    for image, specs, failures in _missing_in_followed_galleries():
        if failures.storage_fails:
            break
        started = time.monotonic()
        with closing(make(image, specs, failures)) as renditions:
            for _, rendition in renditions:
                if rendition:
                    report.made += 1
                elif str(image.pk) not in report.failed:
                    report.failed.append(str(image.pk))
                slowest = max(slowest, time.monotonic() - started)
                started = time.monotonic()
                is_long = report.made >= RENDITIONS_PER_PASS or budget.is_used_up(by=slowest)
                if is_long or not keep_on():
                    report.complete = False
                    break
        if not report.complete:
            break
    logger.log(
        logging.INFO if report.made else logging.DEBUG,
        "Made %d renditions, %d images failed, %s",
        report.made,
        len(report.failed),
        "nothing else can be made now" if report.complete else "more are missing",
    )
    return report


def _missing_in_followed_galleries() -> Iterator[tuple[Any, list[str], Failures]]:
    """Each image of which something is missing, the filter specs of that, and what is known."""
    model = get_image_model()
    shown, specs_of = _shown_images(), anywhere()
    while chunk := list(islice(shown, IMAGES_PER_QUERY)):
        images = model._default_manager.in_bulk({key for key, _ in chunk})
        wanted: dict[Any, list[str]] = {}
        for key, layout in chunk:
            if image := images.get(key):
                wanted.setdefault(image, []).extend(specs_of(image, layout).all)
        lacking = list(missing({image: dict.fromkeys(specs) for image, specs in wanted.items()}))
        failures = Failures(image for image, _ in lacking)
        yield from ((image, specs, failures) for image, specs in lacking)


def _shown_images() -> Iterator[tuple[Any, str]]:
    """The primary keys of the images in followed galleries, each once for each layout."""
    to_key = get_image_model()._meta.pk.to_python
    seen: set[tuple[str, str]] = set()
    for holder in _followed_holders():
        raw = streams.raw_data(holder)
        for _, gallery in streams.galleries_of(type(holder), raw):
            layout = layouts.of(gallery.raw)
            for item in gallery.items if gallery.is_followed else []:
                image_id = placement.image_id_of(item)
                if image_id is None or (image_id, layout) in seen:
                    continue
                seen.add((image_id, layout))
                try:
                    yield to_key(image_id), layout
                except ValidationError:
                    # Whatever it is, it is no image's key.
                    continue


def _followed_holders() -> Iterator[models.Model]:
    following = Subscription.objects.following()
    newest = Delivery.objects.filter(run_id=Run.objects.newest()).values("subscription")
    for subscriptions in (following.filter(pk__in=newest), following.exclude(pk__in=newest)):
        for key in subscriptions.holder_keys():
            model = key.model
            if model is not None:
                yield from streams.with_raw_data(model._base_manager.filter(pk=key.object_id))
