"""Read the deliveries that ledgers are made of, and write what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db import router
from django.db.models import Q

from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.models import FATE, Delivery, Subscription, save_columns
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.galleries import Gallery
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
    _read(ledgers, [_needed_by(gallery, subscription) for subscription, gallery in contents], using)
    unknown = []
    for subscription, gallery in contents:
        ledger = ledgers[subscription.pk]
        if not (gallery.cursor and ledger.bears_out(gallery.cursor)):
            unknown.append(Q(subscription=subscription.pk, number__gt=ledger.seen(gallery)))
    _read(ledgers, unknown, using)
    return ledgers


def save(ledgers: Iterable[Ledger]) -> None:
    touched = [delivery for ledger in ledgers for delivery in ledger.touched.values()]
    save_columns(touched, FATE)


def _needed_by(gallery: Gallery, subscription: Subscription) -> Q:
    """
    What a content has not seen, what is in the row or should be, what waits or was offered, and
    what it holds.
    """
    cursor = gallery.cursor
    number = min(cursor.number if cursor else subscription.number, subscription.number)
    items = gallery.items
    images = {str(placement.image_id_of(item)) for item in items}
    images |= {str(item["value"].get(DELIVERED)) for item in items}
    if cursor:
        images |= {cursor.image_id, cursor.offers.image_id}
    # The gallery is named in each: a database reads each by an index of its own then. Whether what
    # is not marked has a number is not asked, or the index of all numbers would be taken.
    own = Q(subscription=subscription.pk)
    return (
        (own & Q(number__gte=number))
        | (own & Q(mark=""))
        | (own & Q(due_at__isnull=False))
        | (own & Q(image_id__in=images))
    )


def _read(ledgers: dict[int, Ledger], wanted: Iterable[Q], using: str | None) -> None:
    # Contents of one gallery often need the same.
    conditions = list(dict.fromkeys(wanted))
    if not conditions:
        return
    either = reduce(or_, conditions)
    # What is locked is in the primary database, where a router has replicas.
    rows = Delivery.objects.using(using or router.db_for_write(Delivery)).filter(either)
    if not shows_what_is_committed(rows.db):
        rows = rows.select_for_update()
    for delivery in rows:
        ledgers[delivery.subscription_id].by_image.setdefault(delivery.image_id, delivery)
