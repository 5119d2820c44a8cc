"""Read the deliveries that ledgers are made of, and write what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from django.db import router
from django.db.models import BigIntegerField, CharField, Q, QuerySet

from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.models import FATE, Delivery, Subscription, save_columns
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.kept import Given, GivenMany, Kept, size_for
from wagtail_autogallery.sync.ledger import Ledger
from wagtail_autogallery.sync.locks import shows_what_is_committed


def load(contents: Iterable[tuple[Subscription, Gallery]], using: str | None) -> dict[int, Ledger]:
    """
    Read what these contents need of their ledgers, with one query.

    :param contents: Their galleries are locked. So nobody else changes the ledgers, and no row of
        theirs need be: MariaDB would lock rows of other galleries on its way.
    :return: By the primary key of the subscription.
    """
    contents = list(contents)
    ledgers = {subscription.pk: Ledger(subscription) for subscription, _ in contents}
    if not ledgers:
        return ledgers
    # What is locked is in the primary database, where a router has replicas.
    using = using or router.db_for_write(Delivery)
    is_locked = not shows_what_is_committed(using)
    needed = [_Needed.by(ledger.subscription, contents) for ledger in ledgers.values()]
    needed.sort(key=lambda each: len(each.images))
    sizes = tuple(size_for(each.images) for each in needed)
    given = {
        f"{name}{nth}": value
        for nth, each in enumerate(needed)
        for name, value in each._asdict().items()
    }
    _put(_needed_by_galleries(sizes, is_locked=is_locked).ask(using, **given), ledgers)
    unknown = [
        Q(subscription=subscription.pk, number__gt=ledgers[subscription.pk].seen(gallery))
        for subscription, gallery in contents
        if not (gallery.cursor and ledgers[subscription.pk].bears_out(gallery.cursor))
    ]
    if unknown:
        rows = Delivery.objects.using(using).filter(reduce(or_, dict.fromkeys(unknown)))
        _put(rows.select_for_update() if is_locked else rows, ledgers)
    return ledgers


def save(ledgers: Iterable[Ledger]) -> None:
    touched = [delivery for ledger in ledgers for delivery in ledger.touched.values()]
    save_columns(touched, FATE)


class _Needed(NamedTuple):
    """By what is found what contents of a gallery need."""

    gallery: int
    #: The oldest number that they have seen last.
    number: int
    images: list[str]

    @classmethod
    def by(
        cls, subscription: Subscription, contents: list[tuple[Subscription, Gallery]]
    ) -> _Needed:
        number = subscription.number
        images: set[str] = set()
        for owner, gallery in contents:
            if owner.pk != subscription.pk:
                continue
            if cursor := gallery.cursor:
                number = min(number, cursor.number)
                images |= {cursor.image_id, cursor.offers.image_id}
            for item in gallery.items:
                images |= {str(placement.image_id_of(item)), str(item["value"].get(DELIVERED))}
        return cls(subscription.pk, number, list(images))


@lru_cache(maxsize=64)
def _needed_by_galleries(sizes: tuple[int, ...], *, is_locked: bool) -> Kept:
    """
    What the contents of galleries have not seen, what is in their rows or should be, what waits or
    was offered, and what they hold.

    :param sizes: For how many images of each gallery.
    """

    def deliveries(using: str) -> QuerySet[Delivery]:
        rows = Delivery.objects.filter(reduce(or_, map(needed, range(len(sizes)))))
        return rows.select_for_update() if is_locked else rows

    def needed(nth: int) -> Q:
        # The gallery is named in each: a database reads each by an index of its own then. Whether
        # what is not marked has a number is not asked, or the index of all numbers would be taken.
        own = Q(subscription=Given(f"gallery{nth}", BigIntegerField()))
        return (
            (own & Q(number__gte=Given(f"number{nth}", BigIntegerField())))
            | (own & Q(mark=""))
            | (own & Q(due_at__isnull=False))
            | (own & Q(image_id__in=GivenMany(f"images{nth}", CharField(), sizes[nth])))
        )

    return Kept(deliveries)


def _put(deliveries: Iterable[Delivery], ledgers: dict[int, Ledger]) -> None:
    for delivery in deliveries:
        ledgers[delivery.subscription_id].by_image.setdefault(delivery.image_id, delivery)
