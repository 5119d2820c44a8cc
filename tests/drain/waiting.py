"""All that may hold up a gallery at once, on a site with a past."""

from __future__ import annotations

from wagtail.models import CollectionViewRestriction

from tests.factories import CollectionFactory, ImageFactory, page_with, raw_gallery, unwritable
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival, Delivery, Run

PAST = 2000


def hold_up_galleries() -> list[str]:
    """
    One gallery is full, one locked, one fails, and one had an image withheld; the log is long.

    :return: The reasons for which deliveries wait.
    """
    Run.objects.bulk_create(Run(number=number) for number in range(1, PAST))
    Arrival.objects.bulk_create(
        Arrival(image_id=f"old-{number}", run_id=number) for number in range(1, PAST)
    )
    page_with(raw_gallery(ImageFactory(), max_images=1))
    _lock(page_with(raw_gallery()))
    failing = page_with(raw_gallery())
    closed = CollectionFactory()
    withheld = page_with(raw_gallery())
    _lock(withheld)
    drain(limit=100)
    ImageFactory(collection=closed)
    with unwritable(failing):
        drain(limit=100)
    # What was decided already is asked for again before it is shown.
    CollectionViewRestriction.objects.create(
        collection=closed, restriction_type=CollectionViewRestriction.LOGIN
    )
    _lock(withheld, False)
    drain(limit=100)
    return sorted(set(Delivery.objects.waiting().values_list("reason", flat=True)))


def _lock(page: object, locked: bool = True) -> None:
    page.locked = locked
    page.save(update_fields=["locked"])
