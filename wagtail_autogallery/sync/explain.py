"""Why an image is, or is not, in a gallery: from the ledger, and how things are today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.models import Delivery, HolderKey, Run
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.answers import Answer, Explanation
from wagtail_autogallery.sync.gallery_facts import GalleryFacts, facts_of_galleries, item_of
from wagtail_autogallery.sync.image_facts import ImageFacts, facts_of_images
from wagtail_autogallery.sync.never_taken import NeverTaken, is_closed_to

Reason = Delivery.Reason
Mark = Delivery.Mark


def explain_in(image: Any, keys: Iterable[HolderKey]) -> list[Explanation]:
    """Why an image is, or is not, in each gallery of these holders."""
    (about,) = facts_of_images([image])
    return [explain(about, gallery) for gallery in facts_of_galleries(keys)]


def explain(image: ImageFacts, gallery: GalleryFacts) -> Explanation:
    """Why an image is, or is not, in a gallery: what it shows comes first, then what is decided."""
    return _Question(image, gallery).answer()


class _Question:
    def __init__(self, image: ImageFacts, gallery: GalleryFacts) -> None:
        self.image = image
        self.gallery = gallery
        subscription = gallery.subscription
        self.delivery = image.deliveries.get(subscription.pk) if subscription else None
        self.item = item_of(image.key, gallery.in_row)

    def answer(self) -> Explanation:
        if self.gallery.is_alias:
            return self._say(Answer.ALIAS)
        if self.item:
            return self._why_it_is_there(self.item)
        if self.delivery and self.delivery.mark and not self.delivery.due_at:
            return self._why_it_left(self.delivery)
        if self.gallery.in_row is None:
            draft_only = item_of(self.image.key, self.gallery.in_draft) is not None
            return self._say(Answer.DRAFT_ONLY if draft_only else Answer.NO_GALLERY)
        if self.delivery:
            return self._what_it_waits_for(self.delivery)
        if item_of(self.image.key, self.gallery.in_draft):
            return self._say(Answer.DRAFT_ONLY)
        if self.gallery.subscription is None:
            return self._say(Answer.SWITCHED_OFF)
        why = NeverTaken(self.image, self.gallery.subscription, self.gallery.decided_up_to).why
        answer, at = why()
        return self._say(answer, at=at)

    def _say(self, answer: Answer, **known: Any) -> Explanation:
        return Explanation(
            self.gallery,
            answer,
            is_in_row=self.item is not None,
            is_automatic=self._is_automatic,
            is_in_draft=item_of(self.image.key, self.gallery.in_draft) is not None,
            **known,
        )

    @property
    def _is_automatic(self) -> bool:
        row = self.gallery.in_row
        return row is not None and self.item is not None and row.is_automatic(self.item)

    # It is there.

    def _why_it_is_there(self, item: placement.Item) -> Explanation:
        if self.delivery and self.delivery.mark == Mark.UNDONE and self._is_automatic:
            # The next visit takes it out.
            return self._why_it_left(self.delivery)
        if self.image.failure:
            failure = self.image.failure
            return self._say(Answer.BROKEN, retry_at=failure.retry_at, error=failure.error)
        is_the_syncs = (
            placement.is_machine_made(item) and item["value"][DELIVERED] == self.image.key
        )
        if not is_the_syncs:
            return self._say(Answer.BY_HAND)
        # The row of what is not live holds what was offered to its draft.
        offer = self.delivery.offer or 0 if self.delivery else 0
        if self.delivery is None or (self.delivery.number is None and offer <= 0):
            return self._say(Answer.COPIED)
        return self._say(
            Answer.ADDED,
            at=self.delivery.placed_at or self._taken_at,
            run=self._run,
            by=self._name(self._run.user if self._run else ""),
            came_with_collection=self._came_with_collection(self.delivery),
        )

    @property
    def _run(self) -> Run | None:
        """Run 0 is that of what nobody took."""
        number = self.delivery.run_id if self.delivery else 0
        return self.image.runs.get(number) if number else None

    def _name(self, user: str) -> str:
        return self.image.people.get(user, "")

    def _came_with_collection(self, delivery: Delivery) -> bool:
        return any(
            arrival.pk == delivery.arrival_id and arrival.is_of_collection
            for arrival in self.image.arrivals
        )

    # It was there.

    def _why_it_left(self, delivery: Delivery) -> Explanation:
        was_given = bool(delivery.numbers) or (delivery.offer or 0) > 0
        answers = {
            Mark.REMOVED: Answer.REMOVED if was_given else Answer.KEPT_OUT,
            Mark.MADE_ROOM: Answer.MADE_ROOM,
            Mark.UNDONE: Answer.UNDONE,
            Mark.GONE: Answer.GONE,
        }
        return self._say(
            answers[Mark(delivery.mark)],
            at=delivery.marked_at,
            run=self._run,
            by=self._name(delivery.marked_by),
        )

    # It is decided, and waits.

    def _what_it_waits_for(self, delivery: Delivery) -> Explanation:
        if delivery.reason == Reason.WITHHELD:
            return self._say(Answer.WITHHELD, run=self._run, at=self._taken_at)
        if delivery.number is not None and not delivery.due_at:
            return self._what_was_placed_is_missing(delivery)
        subscription = self.gallery.subscription
        if delivery.reason == Reason.SWITCHED_OFF or not subscription:
            return self._say(Answer.SWITCHED_OFF, run=self._run)
        held_up = {"run": self._run, "at": self._taken_at, "retry_at": self._retry_at(delivery)}
        if self.gallery.is_locked or delivery.reason == Reason.LOCKED:
            return self._say(Answer.LOCKED, **held_up)
        if delivery.reason == Reason.NO_PICTURE:
            return self._say(Answer.NO_PICTURE, run=self._run, at=self._taken_at)
        if delivery.reason == Reason.NO_ROOM:
            return self._say(Answer.FULL, **held_up)
        if delivery.reason == Reason.FAILED:
            return self._say(Answer.FAILED, error=subscription.error, **held_up)
        if delivery.reason == Reason.PRIVATE and is_closed_to(self.image.place, subscription):
            return self._say(Answer.PRIVATE, run=self._run)
        return self._say(Answer.WAITING, run=self._run, at=self._taken_at)

    def _what_was_placed_is_missing(self, delivery: Delivery) -> Explanation:
        """The row was written without this app's knowing of it."""
        row = self.gallery.in_row
        cursor = row.cursor if row else None
        if cursor and cursor.number >= (delivery.number or 0):
            return self._say(Answer.REMOVED, run=self._run)
        return self._say(Answer.WAITING, run=self._run, at=self._taken_at)

    @property
    def _taken_at(self) -> datetime | None:
        return self._run.opened_at if self._run else None

    def _retry_at(self, delivery: Delivery) -> datetime | None:
        return delivery.due_at if delivery.due_at and delivery.due_at > timezone.now() else None
