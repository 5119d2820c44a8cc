"""Make the renditions of galleries that were written, before a visitor asks for them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.frontend.renditions import make, missing
from wagtail_autogallery.frontend.specs import anywhere, digest
from wagtail_autogallery.models import HolderKey, Run, Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync import placement, streams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.matching import known, match

logger = logging.getLogger(__name__)

GALLERIES_PER_QUERY = 100
IMAGES_PER_QUERY = 100
#: One task makes no more, because a worker has other tasks to do.
RENDITIONS_PER_PASS = 100
LONG_AGO = timedelta(days=365)
#: When it is looked again whether this process knows the model of a holder.
RETRY_OF_UNKNOWN = timedelta(days=1)


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
    Make what is missing of the images of the galleries that were written; of all that follow,
    where the settings ask for other renditions than before.

    A gallery is looked at until nothing more can be made of its images, so this may run twice,
    late, or be killed anywhere. Those that were written last come first. A broken image does not
    stop the others; of a storage that fails nothing more is asked.

    :param keep_on: Asked after each rendition and each page; one is done, or it would never get on.
    """
    started = time.monotonic()
    if Run.objects.note_specs(digest()):
        # Those that were just written come first.
        Subscription.objects.following().have_pictures_made(at=timezone.now() - LONG_AGO)
    making = _Making(keep_on)
    for key, subscriptions in _to_look_at():
        making.of_holder(key, subscriptions)
        if not making.report.complete:
            break
    report = making.report
    logger.log(
        logging.INFO if report.made else logging.DEBUG,
        "Made %d renditions, %d images failed, %s",
        report.made,
        len(report.failed),
        "nothing else can be made now" if report.complete else "more are missing",
        extra={
            "made": report.made,
            "failures": len(report.failed),
            "complete": report.complete,
            "seconds": round(time.monotonic() - started, 3),
        },
    )
    return report


def _to_look_at() -> Iterator[tuple[HolderKey, list[Subscription]]]:
    """Galleries of which something may be missing, by their holders, while there are any."""
    while rows := list(Subscription.objects.lacking_pictures()[:GALLERIES_PER_QUERY]):
        of_holders: dict[HolderKey, list[Subscription]] = {}
        for row in rows:
            of_holders.setdefault(row.holder_key, []).append(row)
        yield from of_holders.items()


class _Making:
    def __init__(self, keep_on: Callable[[], bool]) -> None:
        self.report = Report()
        self.keep_on = keep_on
        self.slowest = 0.0

    def of_holder(self, key: HolderKey, subscriptions: list[Subscription]) -> None:
        started = time.monotonic()
        if key.model is None:
            galleries = {}
            again_at = timezone.now() + RETRY_OF_UNKNOWN
        else:
            galleries = _galleries_in_row(key, key.model)
            again_at = None
        for subscription in subscriptions:
            if gallery := galleries.get(subscription.pk):
                again_at = self._of_gallery(gallery)
            if not self.report.complete:
                return
            subscription.pictures_are_made(again_at)
        self._pause(started)

    def _of_gallery(self, gallery: Gallery) -> datetime | None:
        """:return: When what failed is tried again."""
        tries = []
        for image, specs, failures in _missing_in(gallery):
            if failures.storage_fails:
                return failures.next_try
            self._of_image(image, specs, failures)
            if not self.report.complete:
                return None
            tries.append(failures.next_try)
        return min(filter(None, tries), default=None)

    def _of_image(self, image: Any, specs: list[str], failures: Failures) -> None:
        report = self.report
        started = time.monotonic()
        with closing(make(image, specs, failures)) as renditions:
            for _, rendition in renditions:
                if rendition:
                    report.made += 1
                elif str(image.pk) not in report.failed:
                    report.failed.append(str(image.pk))
                self._pause(started)
                if not report.complete:
                    return
                started = time.monotonic()

    def _pause(self, started: float) -> None:
        """Stop if the next piece of work, as long as the longest, does not fit."""
        self.slowest = max(self.slowest, time.monotonic() - started)
        is_long = self.report.made >= RENDITIONS_PER_PASS or budget.is_used_up(by=self.slowest)
        self.report.complete = not is_long and self.keep_on()


def _galleries_in_row(key: HolderKey, model: Any) -> dict[int, Gallery]:
    """The galleries that visitors may see, by the key of their subscription."""
    holder = streams.with_raw_data(model._base_manager.filter(pk=key.object_id)).first()
    if holder is None:
        return {}
    galleries = galleries_of(type(holder), streams.raw_data(holder))
    matches = known(match(galleries, Subscription.objects.of(key)))
    return {subscription.pk: gallery for _, gallery, subscription in matches}


def _missing_in(gallery: Gallery) -> Iterator[tuple[Any, list[str], Failures]]:
    """Each image of which something is missing, the filter specs of that, and what is known."""
    model = get_image_model()
    keys, specs_of = _keys_of_images(gallery), anywhere()
    while chunk := list(islice(keys, IMAGES_PER_QUERY)):
        images = model._default_manager.in_bulk(chunk).values()
        wanted = {image: dict.fromkeys(specs_of(image, gallery.layout).all) for image in images}
        lacking = list(missing(wanted))
        failures = Failures(image for image, _ in lacking)
        yield from ((image, specs, failures) for image, specs in lacking)


def _keys_of_images(gallery: Gallery) -> Iterator[Any]:
    """The primary keys of the images in a gallery, each once."""
    to_key = get_image_model()._meta.pk.to_python
    images = dict.fromkeys(placement.image_id_of(item) for item in gallery.items)
    for image_id in filter(None, images):
        try:
            yield to_key(image_id)
        except ValidationError:
            # Whatever it is, it is no image's key.
            continue
