"""What a form that somebody has open lacks of its gallery, and would get in the save."""

from __future__ import annotations

from typing import NamedTuple

from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.sync.cursors import Cursor, Offers
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.ledger import Ledger
from wagtail_autogallery.sync.placement import Item
from wagtail_autogallery.sync.places import images_that_exist


class Unseen(NamedTuple):
    #: In the order in which they reached the row.
    deliveries: list[Delivery]
    ledger: Ledger
    offers: Offers

    @property
    def images(self) -> list[str]:
        """By primary key as text."""
        return [delivery.image_id for delivery in self.deliveries]

    @property
    def cursor(self) -> Cursor:
        """That of a content which has them."""
        return self.ledger.cursor(self.offers)

    def items(self, gallery: Gallery) -> list[Item]:
        """As saving puts them in."""
        return [self.ledger.new_item(gallery, delivery) for delivery in self.deliveries]


def unseen(subscription: Subscription, cursor: Cursor) -> Unseen | None:
    """
    :return: ``None`` where the ledger does not bear the cursor out, or where nothing is lacking.
    """
    ledger = Ledger(subscription)
    of_gallery = Delivery.objects.of_subscriptions([subscription])
    newer = of_gallery.filter(number__gt=cursor.number)
    named = of_gallery.filter(image_id__in=[cursor.image_id, cursor.offers.image_id])
    for delivery in newer | named:
        ledger.by_image[delivery.image_id] = delivery
    offers = ledger.offers_of(cursor)
    deliveries = ledger.since(cursor.number, offers) if ledger.bears_out(cursor) else []
    # The next write drops those that were deleted since.
    there = images_that_exist(delivery.image_id for delivery in deliveries)
    deliveries = [delivery for delivery in deliveries if delivery.image_id in there]
    return Unseen(deliveries, ledger, offers) if deliveries else None
