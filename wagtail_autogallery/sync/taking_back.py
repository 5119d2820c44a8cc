"""
Take back what the sync has added, and what it would add.

What is taken back is marked, and the holder has an errand: the visit takes it out of the row and of
all contents. A person may have touched an image since, so that is only known under the lock of its
holder: what they made of it stays, and loses the mark there.

None of these enqueues anything: that is for who calls them, after the commit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.utils import timezone

from wagtail_autogallery.models import Delivery, Errand, HolderKey, Run, Subscription
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.holders import Holder
from wagtail_autogallery.sync.locks import can_skip_locked
from wagtail_autogallery.sync.matching import find
from wagtail_autogallery.sync.subscriptions import gallery_in_row

MARKED_AT_ONCE = 500
#: So long whoever undoes has time to mark, before the visits do it for them.
TIME_TO_MARK = timedelta(minutes=1)


def undo(
    run_numbers: Iterable[int],
    user: Any,
    subscription: Subscription | None = None,
    holder: HolderKey | None = None,
) -> int:
    """
    Take back what runs have added and nobody has touched since, and end what of them still waits.

    It stays out, also when old content with it comes back, until somebody adds it again. May be
    done twice, in parallel, or be killed anywhere: what is left undone, the visits do.

    :param user: Whose doing it is; ``None`` where nobody's.
    :param subscription: In this gallery only.
    :param holder: In this page or snippet only.
    :return: How many deliveries of images that is, touched ones included.
    """
    runs, by = sorted(set(run_numbers)), user_key(user)
    if subscription is not None:
        holder = subscription.holder_key
    count = undoable(runs, subscription, holder).count()
    if holder is not None:
        _undo_in(holder, runs, by, subscription)
    else:
        _undo_everywhere(runs, by)
    return count


def undoable(
    run_numbers: Iterable[int],
    subscription: Subscription | None = None,
    holder: HolderKey | None = None,
) -> Any:
    """The deliveries that :func:`undo` takes back, touched ones included."""
    deliveries = Delivery.objects.of_runs(run_numbers).undoable()
    if subscription is not None:
        return deliveries.of_subscriptions([subscription])
    return deliveries.of(holder) if holder is not None else deliveries


def _undo_in(
    key: HolderKey, runs: list[int], by: str, subscription: Subscription | None = None
) -> None:
    with transaction.atomic():
        subscriptions = _lock(key)[1]
        if subscription is not None:
            subscriptions = [one for one in subscriptions if one.pk == subscription.pk]
        if Delivery.objects.of_subscriptions(subscriptions).of_runs(runs).undo(by):
            Errand.objects.send_to([key])
    Run.objects.note_undone(runs, by)


def _undo_everywhere(runs: list[int], by: str) -> None:
    """
    Mark without waiting for anybody: an editor's save would be ended for ours. The ledgers of what
    they have in hand are marked by the visit.
    """
    now = timezone.now()
    with transaction.atomic():
        Run.objects.filter(number__in=runs, undone_at=None).update(undone_at=now, undone_by=by)
        keys = sorted(undoable(runs).holder_keys())
        errands = Errand.objects.bulk_create(
            [
                Errand(
                    content_type_id=key.content_type_id,
                    object_id=key.object_id,
                    due_at=now + TIME_TO_MARK,
                    undone_runs=runs,
                    undone_by=by,
                )
                for key in keys
            ],
            batch_size=MARKED_AT_ONCE,
        )
    skip_locked = can_skip_locked(router.db_for_write(Subscription))
    last = 0
    while True:
        rows = undoable(runs).filter(pk__gt=last).order_by("pk")
        galleries = dict(rows.values_list("pk", "subscription")[:MARKED_AT_ONCE])
        if not galleries:
            break
        with transaction.atomic():
            subscriptions = Subscription.objects.filter(pk__in=set(galleries.values()))
            locked = subscriptions.select_for_update(skip_locked=skip_locked)
            free = set(locked.values_list("pk", flat=True))
            keys = [key for key, gallery in galleries.items() if gallery in free]
            Delivery.objects.filter(pk__in=keys).undoable().end(Delivery.Mark.UNDONE, by)
        last = max(galleries)
    for start in range(0, len(errands), MARKED_AT_ONCE):
        pks = [errand.pk for errand in errands[start : start + MARKED_AT_ONCE]]
        Errand.objects.filter(pk__in=pks).update(due_at=timezone.now())


def never_here(subscription: Subscription, image_ids: Iterable[str], user: Any) -> list[str]:
    """
    Keep images out of a gallery: those that never came are marked as removed, those that the sync
    has added, or offered, are taken out of all contents.

    :param image_ids: By primary key as text.
    :return: Those that it keeps out. Not what a person chose, or has written something about: that
        they take out themselves, and nothing is noted of it.
    """
    wanted, by = list(dict.fromkeys(image_ids)), user_key(user)
    _decide_against(subscription, _not_by_hand(wanted, gallery_in_row(subscription)), by)
    with transaction.atomic():
        holder, subscriptions = _lock(subscription.holder_key)
        if holder is None or subscription not in subscriptions:
            return []
        galleries = galleries_of(type(holder.instance), holder.row.raw)
        gallery = find(subscription, galleries, subscriptions)
        kept_out = _not_by_hand(wanted, gallery)
        in_row = {placement.image_id_of(item) for item in gallery.items} if gallery else set()
        deliveries = Delivery.objects.of_subscriptions([subscription]).filter(image_id__in=kept_out)
        # A row that holds what is marked as removed holds it again, and so does a draft that is
        # published: what a content may have is taken out of it first.
        shown = deliveries.filter(image_id__in=in_row).exclude(mark=Delivery.Mark.GONE)
        absent = deliveries.exclude(image_id__in=in_row)
        not_ended = absent.exclude(mark__in=Delivery.ENDED) | absent.waiting()
        given = not_ended.numbered_or_offered()
        to_take_out = [*shown.by_keys(), *given.by_keys()]
        never_given = list(not_ended.exclude(pk__in=given).by_keys())
        for rows in to_take_out:
            rows.end(Delivery.Mark.UNDONE, by)
        for rows in never_given:
            rows.end(Delivery.Mark.REMOVED, by)
        if to_take_out:
            Errand.objects.send_to([subscription.holder_key])
    return kept_out


def _not_by_hand(image_ids: Iterable[str], gallery: Gallery | None) -> list[str]:
    """Those that are not in a gallery, or that nobody has made anything of there."""
    items = {placement.image_id_of(item): item for item in gallery.items} if gallery else {}
    return [
        image_id
        for image_id in image_ids
        if image_id not in items or (gallery and gallery.is_automatic(items[image_id]))
    ]


def _decide_against(subscription: Subscription, image_ids: list[str], by: str) -> None:
    with transaction.atomic():
        # As whatever decides does, because two might decide for the same.
        Run.objects.lock()
        Delivery.objects.bulk_create(
            [
                Delivery(
                    subscription=subscription,
                    image_id=image_id,
                    run_id=0,
                    due_at=None,
                    reason="",
                    mark=Delivery.Mark.REMOVED,
                    marked_at=timezone.now(),
                    marked_by=by,
                )
                for image_id in image_ids
            ],
            ignore_conflicts=True,
        )


def _lock(key: HolderKey) -> tuple[Holder | None, list[Subscription]]:
    """Lock a holder and what it follows, in the order in which everybody does."""
    holder = Holder.lock(key, key.model)
    return holder, list(Subscription.objects.of(key).select_for_update())


def user_key(user: Any) -> str:
    """As marks and runs have it."""
    return str(user.pk) if user is not None else ""
