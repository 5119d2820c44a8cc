"""
Find uploads that nobody wrote down.

An image and its arrival are saved in one transaction, where there is one. Wagtail's view for many
files at once has none, so a process that is killed in that instant leaves an image without an
arrival; and ``bulk_create()`` tells nobody what it creates.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_autogallery.models import Arrival
from wagtail_autogallery.scope import IMAGES_PER_QUERY, in_chunks

logger = logging.getLogger(__name__)

#: Whoever is saving an image right now is about to write its arrival.
IN_THE_MAKING = timedelta(minutes=1)
LOOKED_BACK = timedelta(hours=1)


def record_missed_uploads() -> int:
    """
    Write the missing arrivals of images of the last hour, so that the next run has them.

    Only of images that came after the first arrival: what was there before the app is not new.

    :return: How many were missing.
    """
    first = Arrival.objects.order_by("pk").values_list("created_at", flat=True).first()
    if first is None:
        return 0
    now = timezone.now()
    recent = (
        get_image_model()
        ._base_manager.filter(created_at__gte=max(first, now - LOOKED_BACK))
        .filter(created_at__lte=now - IN_THE_MAKING)
        .order_by("created_at", "pk")
    )
    missed: list[str] = []
    for keys in in_chunks(recent.values_list("pk", flat=True).iterator(), IMAGES_PER_QUERY):
        texts = [str(key) for key in keys]
        known = set(Arrival.objects.of_images(texts).values_list("image_id", flat=True))
        missed += [text for text in texts if text not in known]
    Arrival.objects.bulk_create([Arrival(image_id=text) for text in missed])
    if missed:
        logger.warning("%d uploads had not been written down: %s", len(missed), ", ".join(missed))
    return len(missed)
