"""Which gallery is which: match those in a content to those that are known of its holder."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.db import models

from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of

logger = logging.getLogger(__name__)


class Match(NamedTuple):
    field: str
    gallery: Gallery
    #: ``None`` where it is none of those that are known.
    subscription: Subscription | None


class Known(NamedTuple):
    """A match with a gallery that is known."""

    field: str
    gallery: Gallery
    subscription: Subscription


def known(matches: Iterable[Match]) -> list[Known]:
    return [
        Known(field, gallery, subscription)
        for field, gallery, subscription in matches
        if subscription
    ]


def match(
    galleries: Iterable[tuple[str, Gallery]], subscriptions: Iterable[Subscription]
) -> list[Match]:
    """
    A gallery is the one that its cursor names; without a cursor, the one at its place.

    One that is missing from its place and is found once elsewhere has moved. A further one that
    names it, a duplicate, is none of those that are known; nor is a second one at the same place.
    Nor is the duplicate of a duplicate that goes by the same name, though the original is gone.
    """
    galleries = list(galleries)
    at_place = {(row.field, row.path): row for row in subscriptions}
    by_key = {row.origin_key: row for row in at_place.values() if row.origin_key}
    by_key |= {row.key: row for row in at_place.values()}
    found: dict[int, Subscription] = {}
    taken: set[int] = set()

    def settle(index: int, subscription: Subscription) -> None:
        found[index] = subscription
        taken.add(subscription.pk)

    for index, (field, gallery) in enumerate(galleries):
        here = at_place.get((field, gallery.path))
        if here and gallery.cursor and gallery.cursor.key in (here.key, here.origin_key):
            if here.pk in taken:
                logger.warning("Two galleries are at %s of %s", gallery.path, field)
            else:
                settle(index, here)

    in_place = list(found.values())
    elsewhere = Counter(
        key_of(gallery) for index, (_, gallery) in enumerate(galleries) if index not in found
    )
    for index, (_, gallery) in enumerate(galleries):
        named = by_key.get(key_of(gallery))
        if (
            index not in found
            and named
            and named.pk not in taken
            and elsewhere[key_of(gallery)] == 1
            and not _is_copy_beside(gallery, named, in_place)
        ):
            settle(index, named)

    for index, (field, gallery) in enumerate(galleries):
        here = at_place.get((field, gallery.path))
        if index not in found and not gallery.cursor and here and here.pk not in taken:
            settle(index, here)

    return [
        Match(field, gallery, found.get(index)) for index, (field, gallery) in enumerate(galleries)
    ]


def _is_copy_beside(
    gallery: Gallery, named: Subscription, in_place: Iterable[Subscription]
) -> bool:
    """
    Whether a gallery was copied from one that is in its place, rather than moved from another.

    Only where nothing of that other one is live any more: or its images might be lost.

    :param named: The one that it names, and that may have moved.
    """
    key, seen = key_of(gallery), gallery.cursor.number if gallery.cursor else 0
    if named.is_in_row or named.number == seen:
        return False
    return any(one.number == seen and key in (one.key, one.origin_key) for one in in_place)


def find(
    subscription: Subscription,
    galleries: Iterable[tuple[str, Gallery]],
    subscriptions: Iterable[Subscription],
) -> Gallery | None:
    """
    One gallery among those in a content.

    :param subscriptions: All of the holder.
    :return: ``None`` where it is not there.
    """
    matches = known(match(galleries, subscriptions))
    return next((one.gallery for one in matches if one.subscription.pk == subscription.pk), None)


def gallery_of(holder: models.Model, subscription: Subscription) -> Gallery | None:
    """
    A gallery as its holder's row has it.

    :param holder: With its streams as they are stored, see ``streams.with_raw_data()``.
    """
    galleries = galleries_of(type(holder), streams.raw_data(holder))
    return find(subscription, galleries, Subscription.objects.of(subscription.holder_key))


def key_of(gallery: Gallery) -> str:
    """The key by which a content names its gallery; empty where it names none."""
    return gallery.cursor.key if gallery.cursor else ""
