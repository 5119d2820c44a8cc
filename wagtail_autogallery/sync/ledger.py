"""
The ledger of a gallery, and how a content replays it.

Numbers are given in the order in which images reach the holder's row. So a content that has seen
number 7 and lacks image 5 lacks it because a person took it out; and number 8 it still has to get.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from wagtail.images import get_image_model

from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.cursors import Cursor, Offers
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.places import as_json, images_that_exist

Mark = Delivery.Mark


@dataclass(frozen=True)
class Who:
    """Whose doing a change is: a user's primary key as text, and when."""

    user: str = ""
    at: datetime | None = None


@dataclass
class Change:
    """What became of one gallery in one content."""

    added: list[str] = field(default_factory=list)
    #: Images whose items were taken out, because they do not exist any more.
    removed: list[str] = field(default_factory=list)
    #: Those whose items were taken out because somebody took them back.
    undone: list[Delivery] = field(default_factory=list)
    #: Whether anything of it has to be written, be it only the cursor.
    is_written: bool = False

    @property
    def is_visible(self) -> bool:
        return bool(self.added or self.removed or self.undone)


class Ledger:
    """The deliveries of one gallery, as far as the contents at hand need them."""

    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.by_image: dict[str, Delivery] = {}
        #: Deliveries whose fate has to be saved.
        self.touched: dict[int, Delivery] = {}
        #: Whether older content has brought into the row what had made room there.
        self.has_returned = False
        #: Whether the row has taken what was offered to a draft: other contents lack it.
        self.has_taken = False

    def seen(self, gallery: Gallery) -> int:
        """
        The last number that a content has seen.

        Its cursor says so, if this ledger bears it out. That of another installation, or of a
        database that was restored since, is not believed, and API clients may send none: then it
        is the newest first number among what the sync once put in.
        """
        cursor = gallery.cursor
        if cursor and self.bears_out(cursor):
            return cursor.number
        return max(self._first_numbers(gallery), default=0)

    def offers_of(self, cursor: Cursor | None) -> Offers:
        """The offers that a content with this cursor has seen. None where that is not believed."""
        if not cursor or not self.bears_out(cursor):
            return Offers()
        last = self.by_image.get(cursor.offers.image_id)
        is_borne_out = last is not None and last.offer == cursor.offers.last
        return cursor.offers if is_borne_out else Offers()

    def bears_out(self, cursor: Cursor) -> bool:
        if cursor.key not in self._names:
            return False
        if cursor.number == 0:
            return True
        delivery = self.by_image.get(cursor.image_id)
        return delivery is not None and cursor.number in delivery.numbers

    @property
    def _names(self) -> set[str]:
        """The keys by which content may name this gallery."""
        return {self.subscription.key, self.subscription.origin_key} - {""}

    def _first_numbers(self, gallery: Gallery) -> Iterable[int]:
        for item in gallery.items:
            if placement.is_machine_made(item):
                delivery = self.by_image.get(item["value"][DELIVERED])
                if delivery and delivery.numbers:
                    yield delivery.numbers[0]

    def numbered(self) -> list[Delivery]:
        """What has reached the row, by its newest number."""
        return sorted(
            (delivery for delivery in self.by_image.values() if delivery.number is not None),
            key=lambda delivery: delivery.number or 0,
        )

    @property
    def held_back_by(self) -> set[str]:
        """The reasons for which something waits."""
        return {delivery.reason for delivery in self.by_image.values() if delivery.due_at}

    def offered(self) -> list[Delivery]:
        """What drafts were given, and the row has not taken; by its offer."""
        return sorted(
            (d for d in self.by_image.values() if d.number is None and (d.offer or 0) > 0),
            key=lambda delivery: delivery.offer or 0,
        )

    def cursor(self, offers: Offers) -> Cursor:
        """
        That of a content which has seen everything.

        :param offers: Those that it has seen: only where one was made it is.
        """
        numbered = self.numbered()
        newest = self._cursor_at(numbered[-1]) if numbered else Cursor(self.subscription.key)
        return newest._replace(offers=offers)

    def _cursor_at(self, delivery: Delivery) -> Cursor:
        return Cursor(self.subscription.key, delivery.number or 0, delivery.image_id)

    def since(self, number: int, offers: Offers) -> list[Delivery]:
        """What a content that has seen so much is still given."""
        return [
            delivery
            for delivery in self.numbered()
            if not _is_seen(delivery, number, offers) and delivery.mark not in Delivery.ENDED
        ]

    def new_item(self, gallery: Gallery, delivery: Delivery) -> placement.Item:
        """The item that a delivery becomes, the same in all contents."""
        cursor = self._cursor_at(delivery)
        if (delivery.offer or 0) > 0:
            # A draft that was offered it knows no number.
            cursor = cursor._replace(number=0)
        return gallery.new_item(stored_key(delivery.image_id), placement.item_id_of(cursor))

    def give_numbers(self, deliveries: Iterable[Delivery]) -> None:
        """These reach the row now: all contents lack them."""
        for delivery in deliveries:
            self.subscription.number += 1
            delivery.give(self.subscription.number)
            self.subscription.last_added_at = delivery.placed_at
            self.touched[delivery.pk] = delivery

    def has_to_be_offered(self, delivery: Delivery) -> bool:
        """
        Whether somebody has to look at it first. Once it was decided so, the option may be off.
        """
        if delivery.offer is None:
            return self.subscription.review_new_images
        return delivery.offer == 0

    def withhold(self, delivery: Delivery, until: datetime) -> None:
        delivery.withhold(until)
        self.touched[delivery.pk] = delivery

    def mark(self, delivery: Delivery, mark: str, who: Who) -> None:
        delivery.set_mark(mark, who.user, who.at)
        self.touched[delivery.pk] = delivery

    def unmark(self, delivery: Delivery) -> None:
        delivery.clear_mark()
        self.touched[delivery.pk] = delivery

    # What a content does with it

    def learn_from_row(self, gallery: Gallery, who: Who, *, is_live: bool = True) -> None:
        """
        Mark what a person removed from the row, and clear the marks of what the row holds again.

        An automatic item whose image was undone, and a machine-made one whose image is gone, is not
        held again: replaying takes it out.

        :param is_live: Whether the row is what is public. Before, nobody has published or refused
            what was offered.
        """
        if is_live:
            self._learn_of_offers(gallery, who)
        items = _by_image(gallery.items)
        seen, offers = self.seen(gallery), self.offers_of(gallery.cursor)
        for delivery in self.numbered():
            item = items.get(delivery.image_id)
            if item is None:
                is_owed_again = delivery.due_at is not None
                if not delivery.mark and not is_owed_again and _is_seen(delivery, seen, offers):
                    self.mark(delivery, Mark.REMOVED, who)
            elif delivery.mark == Mark.MADE_ROOM:
                self.unmark(delivery)
                self.has_returned |= gallery.is_automatic(item)
            elif delivery.mark == Mark.REMOVED or (
                delivery.mark == Mark.UNDONE and not gallery.is_automatic(item)
            ):
                self.unmark(delivery)

    def _learn_of_offers(self, gallery: Gallery, who: Who) -> None:
        """What the row holds was taken; what it has seen and lacks, a person removed."""
        if not (offered := self.offered()):
            return
        items = _by_image(gallery.items)
        offers = self.offers_of(gallery.cursor)
        taken = []
        for delivery in offered:
            item = items.get(delivery.image_id)
            if item is None:
                if not delivery.mark and offers.include(delivery.offer):
                    self.mark(delivery, Mark.REMOVED, who)
            elif delivery.mark in ("", Mark.REMOVED) or (
                delivery.mark == Mark.UNDONE and not gallery.is_automatic(item)
            ):
                taken.append(delivery)
        for delivery in taken:
            self.unmark(delivery)
        self.give_numbers(taken)
        self.has_taken |= bool(taken)

    def offer(self, gallery: Gallery, deliveries: Iterable[Delivery]) -> list[str]:
        """
        Give to a draft what waits for somebody to look at it.

        :return: The images that it did not have.
        """
        cursor = self.cursor(self.offers_of(gallery.cursor))
        present = _by_image(gallery.items)
        fresh = []
        for delivery in deliveries:
            self.subscription.offer += 1
            delivery.be_offered(self.subscription.offer)
            self.touched[delivery.pk] = delivery
            offers = cursor.offers.and_next(self.subscription.offer, delivery.image_id)
            cursor = cursor._replace(offers=offers)
            if delivery.image_id not in present:
                fresh.append(delivery)
        items = [self.new_item(gallery, delivery) for delivery in fresh]
        gallery.write(placement.insert(gallery.items, items, gallery.newest_first), cursor)
        return [delivery.image_id for delivery in fresh]

    def replay(self, gallery: Gallery, *, is_row: bool, gone: set[str] | None = None) -> Change:
        """
        Put into a content what it lacks, and take out what is no more.

        :param is_row: Room is made in the row only. Other contents take all they lack.
        :param gone: Images that do not exist any more, by primary key as text; ``None`` where that
            was not asked: then their items stay, until the next visit.
        """
        seen, offers = self.seen(gallery), self.offers_of(gallery.cursor)
        change = Change()
        items = self._without_what_ended(gallery, gone or set(), change)
        present = _by_image(items)
        owed = [
            delivery
            for delivery in self.since(seen, offers)
            if delivery.image_id not in (gone or ()) and delivery.image_id not in present
        ]
        maximum = gallery.max_images
        if is_row:
            owed = self._placed_in_row(owed, maximum)
        fresh = [self.new_item(gallery, delivery) for delivery in owed]
        items = placement.insert(items, fresh, gallery.newest_first)
        wanted = len(items)
        if is_row and maximum is not None and (owed or self.has_returned or self.has_taken):
            excess = _count_shown(items, may_be_gone=gone is None, most=maximum) - maximum
            items = self._with_room(items, excess, gallery)
        cursor = self.cursor(offers)
        has_made_room = len(items) < wanted
        placed = _by_image(items) if has_made_room else {}
        change.added = [d.image_id for d in owed if d.image_id in placed or not has_made_room]
        if change.is_visible or has_made_room or seen < cursor.number:
            gallery.write(items, cursor)
            change.is_written = True
        return change

    def _placed_in_row(self, owed: list[Delivery], maximum: int | None) -> list[Delivery]:
        """Of very many, only the newest are placed: older ones would have to make room at once."""
        first = 0 if maximum is None else max(0, len(owed) - maximum)
        for delivery in owed[:first]:
            self.mark(delivery, Mark.MADE_ROOM, Who())
        for delivery in owed[first:]:
            if delivery.mark:
                self.unmark(delivery)
        return owed[first:]

    def _without_what_ended(
        self, gallery: Gallery, gone: set[str], change: Change
    ) -> list[placement.Item]:
        """What a person made of an image is theirs: that stays, whatever is undone."""
        kept = []
        for item in gallery.items:
            image_id = placement.image_id_of(item)
            delivery = self.by_image.get(image_id) if image_id else None
            mark = delivery.mark if delivery else ""
            if image_id in gone or (mark == Mark.GONE and placement.is_machine_made(item)):
                change.removed.append(str(image_id))
            elif delivery and mark == Mark.UNDONE and gallery.is_automatic(item):
                change.undone.append(delivery)
            else:
                kept.append(item)
        return kept

    def _with_room(
        self, items: list[placement.Item], excess: int, gallery: Gallery
    ) -> list[placement.Item]:
        """Let so many of the oldest automatic items make room, of the row only."""
        if excess <= 0:
            return items
        automatic = [
            delivery
            for item in items
            if gallery.is_automatic(item)
            and (delivery := self.by_image.get(str(placement.image_id_of(item))))
            and delivery.number is not None
        ]
        automatic.sort(key=lambda delivery: delivery.number or 0)
        for delivery in automatic[:excess]:
            self.mark(delivery, Mark.MADE_ROOM, Who())
        leaving = {delivery.image_id for delivery in automatic[:excess]}
        return [item for item in items if placement.image_id_of(item) not in leaving]

    def room_for_new(self, gallery: Gallery) -> bool:
        """Whether images that a person chose leave any place to what the sync puts in."""
        if gallery.max_images is None:
            return True
        by_hand = [
            item
            for item in gallery.items
            if placement.image_id_of(item) is not None and not gallery.is_automatic(item)
        ]
        return len(by_hand) < gallery.max_images


def _count_shown(items: list[placement.Item], *, may_be_gone: bool, most: int) -> int:
    """How many places are taken: an image that is gone takes none. Asked only where that tells."""
    shown = [image_id for item in items if (image_id := placement.image_id_of(item)) is not None]
    if may_be_gone and len(shown) > most:
        existing = images_that_exist(shown)
        return sum(image_id in existing for image_id in shown)
    return len(shown)


def _is_seen(delivery: Delivery, seen: int, offers: Offers) -> bool:
    return (delivery.number or 0) <= seen or offers.include(delivery.offer)


def stored_key(image_id: str) -> Any:
    """A primary key as blocks store it, from its text."""
    return as_json(get_image_model()._meta.pk.to_python(image_id))


def _by_image(items: Iterable[placement.Item]) -> dict[str, placement.Item]:
    return {
        image_id: item for item in items if (image_id := placement.image_id_of(item)) is not None
    }
