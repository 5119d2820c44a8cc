"""Bring every followed gallery up to date with what has arrived."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, models, transaction

from wagtail_autogallery import budget, placement, streams
from wagtail_autogallery.holders import Content, Holder
from wagtail_autogallery.models import Arrival, HolderKey, Run, Subscription
from wagtail_autogallery.scope import Selections
from wagtail_autogallery.subscriptions import seen_up_to

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
SECONDS_BETWEEN_TRIES = 0.1


@dataclass
class Report:
    """What one pass did."""

    #: Number of the run the galleries were brought up to.
    run: int
    #: Different images that were added somewhere.
    images: int = 0
    #: Holders that were written.
    holders: int = 0
    #: Galleries in which something changed.
    galleries: int = 0
    #: Holders left alone because they are locked.
    waiting: int = 0
    #: Holders that failed; their errors are kept on their subscriptions.
    failures: int = 0
    #: Whether all was looked at; if not, the time was used up.
    complete: bool = True

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass
class _Outcome:
    """What became of one holder."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    galleries: int = 0
    written: bool = False
    waiting: bool = False

    def add(self, updates: dict[UUID, _Update]) -> None:
        for update in updates.values():
            self.added |= {str(image) for image in update.added}
            self.removed |= set(update.removed)

    def log_data(self, run: int) -> dict[str, Any]:
        """What the holder's history tells about it."""
        data = {"run": run, "images": sorted(self.added), "count": len(self.added)}
        return {**data, "removed": sorted(self.removed)} if self.removed else data


def sync() -> Report:
    """
    Open a run and bring every followed gallery behind it up to date, a holder at a time.

    May run twice, late, in parallel with itself, or be killed anywhere: what it leaves undone, the
    next call does. One failing holder does not stop the others. Stops between two holders when the
    time of the drain it runs in is nearly used, which ends that drain too.
    """
    report = Report(run=Run.objects.open())
    images: set[str] = set()
    slowest = 0.0
    for key in Subscription.objects.behind(report.run).due().holder_keys():
        # At least one holder is done whatever the time, or a short budget would never get on.
        if slowest and budget.is_used_up(by=slowest):
            report.complete = False
            # Or the drain would start the rest at once, and end long after its time.
            budget.use_up()
            break
        started = time.monotonic()
        try:
            outcome = _bring_up_patiently(key, report.run)
        except Exception as error:
            logger.exception("Gallery sync of %s failed in run %d", key, report.run)
            Subscription.objects.of(key).record_failure(error)
            report.failures += 1
        else:
            images |= outcome.added
            report.holders += outcome.written
            report.galleries += outcome.galleries
            report.waiting += outcome.waiting
        slowest = max(slowest, time.monotonic() - started)
    report.images = len(images)
    did_something = report.holders or report.waiting or report.failures
    logger.log(
        logging.INFO if did_something else logging.DEBUG,
        "Gallery sync run %d: %d images into %d galleries of %d holders, %d waiting, %d failed",
        report.run,
        report.images,
        report.galleries,
        report.holders,
        report.waiting,
        report.failures,
    )
    return report


def _bring_up_patiently(key: HolderKey, run: int) -> _Outcome:
    """
    Bring the galleries of one holder up to ``run``, in a transaction of its own.

    Where the database refuses for the moment, because an editor is saving this very page, it is
    tried again before that counts as a failure.
    """
    model = ContentType.objects.get_for_id(key.content_type_id).model_class()
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with transaction.atomic():
                return _bring_up(key, model, run)
        except OperationalError:
            if time.monotonic() >= patient_until:
                raise
            time.sleep(random.uniform(0.5, 1.5) * SECONDS_BETWEEN_TRIES)  # noqa: S311


def _bring_up(key: HolderKey, model: type[models.Model] | None, run: int) -> _Outcome:
    holder = Holder.lock(key, model)
    subscriptions = {row.pk: row for row in Subscription.objects.of(key)}
    if holder is None:
        Subscription.objects.of(key).delete()
        return _Outcome()
    if holder.is_locked:
        for subscription in subscriptions.values():
            subscription.wait(Subscription.State.LOCKED)
        return _Outcome(waiting=True)

    selections = Selections(upto=run)
    updates = _update(holder.row, holder, key, subscriptions, selections)
    for pk, subscription in subscriptions.items():
        if pk in updates:
            subscription.advance(updates[pk].cursor, updates[pk].written, updates[pk].state)
        else:
            # The row was changed behind Django's back: what is not there is not followed.
            subscription.delete()

    outcome = _Outcome(galleries=sum(update.changed for update in updates.values()))
    outcome.add(updates)
    if holder.row.changed and holder.is_at_rest():
        outcome.written = holder.publish(outcome.log_data(run))
    if not outcome.written and (holder.row.changed or holder.row.noted or holder.has_draft):
        drafts = holder.drafts()
        for draft in drafts:
            outcome.add(_update(draft, holder, key, subscriptions, selections))
        if holder.row.changed or any(draft.changed for draft in drafts):
            holder.amend(drafts, outcome.log_data(run))
            outcome.written = True
        holder.note(drafts)
    return outcome


@dataclass
class _Update:
    """What became of one gallery in one content."""

    cursor: int
    written: int
    state: str
    added: list[Any] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    #: It held all that arrived already: only its cursor moved.
    noted: bool = False

    @property
    def changed(self) -> bool:
        return bool(self.added or self.removed)


def _update(
    content: Content,
    holder: Holder,
    key: HolderKey,
    subscriptions: dict[UUID, Subscription],
    selections: Selections,
) -> dict[UUID, _Update]:
    """Bring the followed galleries in one content up to date, in memory."""
    updates = {}
    for name, raw in content.raw.items():
        for gallery in streams.galleries(holder.fields[name], raw):
            pk = Subscription.id_for(key, name, gallery.path)
            if gallery.is_followed and pk in subscriptions:
                is_row = content.revision is None
                updates[pk] = _update_gallery(gallery, subscriptions[pk], selections, is_row)
                if updates[pk].changed:
                    content.changed.add(name)
                elif updates[pk].noted:
                    content.noted.add(name)
    return updates


def _update_gallery(
    gallery: streams.Gallery, subscription: Subscription, selections: Selections, is_row: bool
) -> _Update:
    seen = seen_up_to(gallery, subscription)
    # The subscription knows of passes that had nothing to write, but only of the row's content,
    # and only if that is the content it remembers.
    after = max(seen, subscription.cursor) if is_row and seen >= subscription.written else seen
    update = _Update(selections.upto, written=seen, state=Subscription.State.FOLLOWING)

    selection = selections.of(gallery.collection_id, after)
    if selection is None:
        update.state = Subscription.State.COLLECTION_DELETED
        return update
    if selection.left_out_private:
        update.state = Subscription.State.PRIVATE
    placed = placement.place(gallery.as_placeable(), selection.images, _by_arrival, selection.gone)
    update.added, update.removed = placed.added, placed.removed
    if placed.full:
        # The arrivals stay ahead of the cursor: they come in when somebody makes room.
        update.state = Subscription.State.FULL
        update.cursor = after
    # What somebody put in by hand before it was looked at is seen by that. Who takes it out again
    # takes it out for good.
    update.noted = bool(selection.images) and not update.changed and not placed.full
    if update.changed or update.noted:
        gallery.write(placed.items, update.cursor)
        update.written = update.cursor
    return update


def _by_arrival(image_ids: Iterable[str]) -> list[str]:
    """Sort images by their latest arrival, oldest first; one without an arrival is oldest."""
    newest: dict[str, int] = {}
    for image_id, pk in Arrival.objects.of_images(image_ids).values_list("image_id", "pk"):
        newest[image_id] = max(pk, newest.get(image_id, 0))
    return sorted(image_ids, key=lambda image_id: newest.get(image_id, 0))
