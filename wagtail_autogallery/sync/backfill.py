"""
Add to a gallery what was there before it followed, because a person says so.

Where the gallery has a maximum, only the newest come for which there is room: what the sync has
added makes none for what is older.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.models import Delivery, Run, Subscription
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.places import ALL, Scope, images_in, keys_of
from wagtail_autogallery.sync.subscriptions import gallery_in_row

IMAGES_PER_SLICE = 2000
KEYS_PER_QUERY = 500


def count(subscription: Subscription) -> int:
    """How many images :func:`backfill` would add now."""
    gallery = gallery_in_row(subscription)
    if gallery is None or not subscription.is_following:
        return 0
    found = _count_undecided(subscription.scope, subscription, gallery)
    room = _room_in(gallery)
    return found if room is None else min(found, room)


def count_in(
    scope: Scope,
    user: Any,
    gallery: Gallery | None = None,
    subscription: Subscription | None = None,
) -> int:
    """
    How many images are there for a gallery that does not follow this yet.

    :param user: Who may learn of it: 0 where they may not have a gallery follow that.
    :param gallery: As it is in the row, where it is there: what it shows is left out.
    :param subscription: Where it ever followed anything: what was decided for it is left out.
    """
    collection_id = None if scope == ALL else scope
    may_follow = ChoosableCollections(user).may_follow(collection_id)
    return _count_undecided(scope, subscription, gallery) if may_follow else 0


def _count_undecided(
    scope: Scope, subscription: Subscription | None, gallery: Gallery | None
) -> int:
    in_scope = images_in(scope)
    # Some are in the row and delivered as well: each is left out once.
    left_out = _in_row(gallery) if gallery else set()
    if subscription:
        deliveries = Delivery.objects.of_subscriptions([subscription])
        left_out |= set(deliveries.values_list("image_id", flat=True).iterator())
    known = sum(in_scope.filter(pk__in=keys_of(some)).count() for some in _sliced(left_out))
    return in_scope.count() - known


def backfill(subscription: Subscription, user: Any) -> int:
    """
    Have a gallery that follows get what is in its scope and was never decided for it, in the order
    of the uploads, as one run. Whether it is private is asked again when it is placed.

    Enqueues nothing: that is for who calls it, after the commit. One that is killed on its way has
    added the first of them; another one adds what is left.

    :param user: Whose doing it is; ``None`` where nobody's.
    :return: How many.
    """
    gallery = gallery_in_row(subscription)
    if gallery is None or not subscription.is_following:
        return 0
    keys = _to_add(subscription, gallery)
    run = None
    added = 0
    while some := list(islice(keys, IMAGES_PER_SLICE)):
        with transaction.atomic():
            Run.objects.lock()
            if run is None:
                by = str(user.pk) if user is not None else ""
                run = Run.objects.open(kind=Run.Kind.BACKFILL, user=by)
            Delivery.objects.bulk_create(
                [
                    Delivery(
                        subscription=subscription,
                        image_id=image_id,
                        run_id=run.number,
                        offer=Delivery.RELEASED,
                    )
                    for image_id in some
                ],
                ignore_conflicts=True,
                batch_size=KEYS_PER_QUERY,
            )
        added += len(some)
    return added


def _to_add(subscription: Subscription, gallery: Gallery) -> Iterator[str]:
    room = _room_in(gallery)
    images = images_in(subscription.scope)
    if room is None:
        yield from _undecided(subscription, gallery, images.order_by("created_at", "pk"))
    else:
        newest_first = images.order_by("-created_at", "-pk")
        newest = list(islice(_undecided(subscription, gallery, newest_first), room))
        yield from reversed(newest)


def _undecided(
    subscription: Subscription, gallery: Gallery, images: QuerySet[Any]
) -> Iterator[str]:
    """Those images for which nothing was decided, and that nobody has chosen."""
    in_row = _in_row(gallery)
    # All keys at once: no cursor is held open while slices are committed.
    texts = [str(key) for key in images.values_list("pk", flat=True)]
    for some in _sliced(texts):
        delivered = Delivery.objects.of_subscriptions([subscription]).filter(image_id__in=some)
        known = {*delivered.values_list("image_id", flat=True), *in_row}
        yield from (text for text in some if text not in known)


def _in_row(gallery: Gallery) -> set[str]:
    found = {placement.image_id_of(item) for item in gallery.items}
    return {image_id for image_id in found if image_id is not None}


def _room_in(gallery: Gallery) -> int | None:
    """For how many images there is a place; ``None`` where there is no end."""
    if gallery.max_images is None:
        return None
    taken = sum(placement.image_id_of(item) is not None for item in gallery.items)
    return max(0, gallery.max_images - taken)


def _sliced(texts: Any) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, KEYS_PER_QUERY)):
        yield some
