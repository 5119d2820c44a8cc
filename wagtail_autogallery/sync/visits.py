"""Write one holder that is owed something: number what waits, and replay it everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, router, transaction
from django.utils import timezone

from wagtail_autogallery.models import Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.sync import history, ledger_rows, notices, placement, withheld, writing
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.holders import Content, Holder
from wagtail_autogallery.sync.kept import Given, Kept
from wagtail_autogallery.sync.ledger import Change, Ledger, Mark, Who
from wagtail_autogallery.sync.matching import Known, known, match
from wagtail_autogallery.sync.outcomes import Outcome
from wagtail_autogallery.sync.places import Place, images_that_exist
from wagtail_autogallery.sync.subscriptions import (
    describe,
    remove_subscriptions,
    update_subscriptions,
)

Reason = Delivery.Reason
State = Subscription.State

#: Those of a holder, locked; each with whether anything is owed to it.
_SUBSCRIPTIONS = Kept(
    lambda using: (
        Subscription.objects.filter(
            content_type_id=Given("content_type_id", models.IntegerField()),
            object_id=Given("object_id", models.CharField()),
        )
        .with_what_is_owed(Given("now", models.DateTimeField()))
        .select_for_update()
    )
)

#: What a gallery's state says of what it could not take.
STATES: dict[str, State] = {
    Reason.NO_ROOM: State.FULL,
    Reason.PRIVATE: State.PRIVATE,
    Reason.LOCKED: State.LOCKED,
}


def visit(
    key: HolderKey, model: type[models.Model], has_errand: bool = False, *, waits: bool = True
) -> Outcome:
    """
    Bring a holder up to date. Call it inside a transaction.

    :param has_errand: Whether it is visited for more than what is owed to it.
    :param waits: Wait for whoever has it in hand.
    """
    holder = Holder.lock(key, model, skip_locked=not waits)
    if holder is None:
        if not waits and model._base_manager.filter(pk=key.object_id).exists():
            return Outcome(is_taken=True)
        remove_subscriptions(key)
        return Outcome()
    errands = list(Errand.objects.of(key)) if has_errand else []
    subscriptions = _SUBSCRIPTIONS.ask(
        router.db_for_write(Subscription), **key._asdict(), now=timezone.now()
    )
    outcome = Outcome()
    if not errands and not any(subscription.is_owed for subscription in subscriptions):
        outcome.is_done = True
        return outcome
    for errand in errands:
        errand.undo_what_is_left(subscriptions)
    if holder.is_locked:
        _wait(key, subscriptions, Reason.LOCKED)
        outcome.waiting = True
    elif not holder.is_alias:
        _Visit(holder, key, subscriptions, outcome).write()
        if errands:
            Errand.objects.filter(pk__in=[errand.pk for errand in errands]).delete()
    outcome.to_announce = holder.to_announce
    return outcome


def _wait(key: HolderKey, subscriptions: list[Subscription], reason: str) -> None:
    for subscription in subscriptions:
        until = subscription.next_retry()
        Delivery.objects.of_subscriptions([subscription]).hold_back(reason, until)
        subscription.attempts += 1
        subscription.state = STATES[reason]
        subscription.save(update_fields=["attempts", "state", "updated_at"])
        Errand.objects.of(key).update(due_at=until)


def put_off(key: HolderKey) -> None:
    """This process does not know the holder's model: another one may."""
    with transaction.atomic():
        for subscription in Subscription.objects.of(key).select_for_update():
            until = subscription.next_retry()
            Delivery.objects.of_subscriptions([subscription]).hold_back(Reason.FAILED, until)
            Errand.objects.of(key).update(due_at=until)


def record_failure(key: HolderKey, error: BaseException) -> None:
    """Keep the error with the galleries, and back off."""
    with transaction.atomic():
        for subscription in Subscription.objects.of(key).select_for_update():
            until = subscription.next_retry()
            Delivery.objects.of_subscriptions([subscription]).hold_back(Reason.FAILED, until)
            Errand.objects.of(key).update(due_at=until)
            subscription.attempts += 1
            subscription.state = State.FAILED
            subscription.error = f"{type(error).__name__}: {error}"
            subscription.save(update_fields=["attempts", "state", "error", "updated_at"])


class _Visit:
    def __init__(
        self,
        holder: Holder,
        key: HolderKey,
        subscriptions: list[Subscription],
        outcome: Outcome,
    ) -> None:
        self.holder = holder
        self.key = key
        self.outcome = outcome
        model = type(holder.instance)
        followed = update_subscriptions(key, model, holder.row.raw, subscriptions)
        self.known = followed.known
        self.in_row = {subscription.pk: subscription for _, _, subscription in self.known}
        #: A draft may hold galleries that the row has no more.
        self.subscriptions = list(
            {**{one.pk: one for one in subscriptions}, **self.in_row}.values()
        )
        self.drafts = holder.drafts()
        self.in_drafts = {
            id(draft): known(match(galleries_of(model, draft.raw), self.subscriptions))
            for draft in self.drafts
        }
        in_all = [*self.known, *(found for each in self.in_drafts.values() for found in each)]
        self.ledgers = ledger_rows.load(
            [(subscription, gallery) for _, gallery, subscription in in_all],
            holder.instance._state.db,
        )
        asked = self._images(gallery for _, gallery, _ in in_all)
        self.images = images_that_exist(asked)
        #: Images that do not exist any more, by primary key as text.
        self.gone = asked - self.images.keys()
        #: What has to be offered to a draft, by the primary key of the subscription.
        self.to_offer: dict[int, list[Delivery]] = {}

    def _images(self, galleries: Iterable[Gallery]) -> set[str]:
        """What is shown anywhere, and what may come to be."""
        shown = {
            image_id
            for gallery in galleries
            for item in gallery.items
            if (image_id := placement.image_id_of(item)) is not None
        }
        to_come = {
            delivery.image_id
            for book in self.ledgers.values()
            for delivery in book.by_image.values()
            if delivery.due_at or delivery.mark not in Delivery.ENDED
        }
        return shown | to_come

    def write(self) -> None:
        for _, gallery, subscription in self.known:
            book = self.ledgers[subscription.pk]
            book.learn_from_row(gallery, Who(), is_live=self.holder.is_live)
            self._mark_what_is_gone(book)
            self._number(book, gallery)
        self._replay(self.holder.row, self.known, is_row=True)
        row, holder, told = self.holder.row, self.holder, self.outcome.told
        is_at_rest = bool(row.changed) and holder.is_at_rest()
        if not is_at_rest:
            for draft in self.drafts:
                self._replay(draft, self.in_drafts[id(draft)], is_row=False)
        to_review = withheld.draft_of(holder) if self.to_offer else None
        if is_at_rest:
            writing.write_at_rest(holder, self.drafts, told())
            self.outcome.written = True
        else:
            if row.changed or any(draft.changed for draft in self.drafts):
                writing.amend(holder, self.drafts, told())
                self.outcome.written = True
            writing.note(holder, self.drafts)
        self._offer(to_review)
        for _, gallery, subscription in self.known:
            describe(subscription, gallery, is_live=holder.is_live)
            has_changed = subscription.pk in self.outcome.galleries
            subscription.save_as_written(has_changed=has_changed)
        ledger_rows.save(self.ledgers.values())
        notices.note(self.key, holder.instance, holder.changes, self.outcome.offered)
        self._put_off_what_was_not_found()

    def _offer(self, draft: Content | None) -> None:
        if not self.to_offer:
            return
        offered = withheld.offer(
            self.holder, draft, self.to_offer, self.ledgers, self.subscriptions
        )
        self.outcome.offered = offered
        if draft and draft.revision and offered:
            told = self.outcome.of_offer(self.images)
            history.tell_of_offer(self.holder.instance, draft.revision, told)
            self.outcome.written = True

    def _put_off_what_was_not_found(self) -> None:
        """This process may not know the block that a gallery is in: another one may."""
        for subscription in self.subscriptions:
            if subscription.is_following and subscription.pk not in self.in_row:
                waiting = Delivery.objects.of_subscriptions([subscription])
                waiting.hold_back(Reason.FAILED, subscription.next_retry())

    def _replay(
        self,
        content: Content,
        galleries: list[Known],
        *,
        is_row: bool,
    ) -> None:
        for name, gallery, subscription in galleries:
            book = self.ledgers[subscription.pk]
            change = book.replay(gallery, is_row=is_row, gone=self.gone)
            if change.is_visible:
                content.changed.add(name)
            elif change.is_written:
                content.noted.add(name)
            self.outcome.add(subscription, change, self.images)
            if is_row and change.is_visible:
                self.holder.changes.append(self._as_told(subscription, change))

    def _as_told(self, subscription: Subscription, change: Change) -> dict[str, Any]:
        """For ``gallery_synced``."""
        by_image = self.ledgers[subscription.pk].by_image
        undone = [delivery.image_id for delivery in change.undone]
        return {
            "gallery": subscription.key,
            "field": subscription.field,
            "path": subscription.path,
            "added": change.added,
            "removed": [*change.removed, *undone],
            "runs": sorted({by_image[image_id].run_id for image_id in change.added}),
        }

    def _mark_what_is_gone(self, book: Ledger) -> None:
        for delivery in book.by_image.values():
            is_shown_or_waits = delivery.due_at or not delivery.mark
            if is_shown_or_waits and delivery.image_id in self.gone:
                book.mark(delivery, Mark.GONE, Who())

    def _number(self, book: Ledger, gallery: Gallery) -> None:
        """Give numbers to what waits and can be placed now; hold back the others, and say why."""
        subscription = book.subscription
        ready: list[Delivery] = []
        to_offer: list[Delivery] = []
        in_row = {placement.image_id_of(item) for item in gallery.items}
        has_room = book.room_for_new(gallery)
        reason = ""
        waiting = [delivery for delivery in book.by_image.values() if delivery.is_placeable]
        for delivery in sorted(waiting, key=lambda delivery: delivery.pk):
            held_back = self._reason(delivery, subscription, has_room=has_room)
            is_public = self.holder.is_live and delivery.image_id in in_row
            if not held_back and book.has_to_be_offered(delivery) and not is_public:
                to_offer.append(delivery)
                continue
            if not held_back:
                ready.append(delivery)
                self.outcome.runs.add(delivery.run_id)
                continue
            reason = held_back
            delivery.reason = held_back
            delivery.due_at = subscription.next_retry()
            book.touched[delivery.pk] = delivery
        book.give_numbers(ready)
        if to_offer:
            self.to_offer[subscription.pk] = to_offer
        subscription.attempts = subscription.attempts + 1 if reason or to_offer else 0
        if reason:
            subscription.state = STATES[reason]
        elif subscription.state != State.COLLECTION_DELETED:
            shows_private = self._shows_private(book, gallery)
            subscription.state = State.SHOWS_PRIVATE if shows_private else State.FOLLOWING
        subscription.error = ""

    def _reason(self, delivery: Delivery, subscription: Subscription, *, has_room: bool) -> str:
        if _is_closed_to(subscription, self.images[delivery.image_id].restricted):
            return Reason.PRIVATE
        return "" if has_room else Reason.NO_ROOM

    def _shows_private(self, book: Ledger, gallery: Gallery) -> bool:
        """Whether it shows what the sync put in and would not any more. It was public: it stays."""
        return any(
            placement.is_machine_made(item)
            and (image := self.images.get(str(placement.image_id_of(item))))
            and _is_closed_to(book.subscription, image.restricted)
            for item in gallery.items
        )


def _is_closed_to(subscription: Subscription, private: Place | None) -> bool:
    return private is not None and subscription.scope not in private.scopes()
