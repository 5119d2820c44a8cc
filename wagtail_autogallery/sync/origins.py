"""Which gallery another one was copied from, and what it takes over from that."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Case, Q, Value, When
from django.utils import timezone

from wagtail_autogallery.models import Arrival, Delivery, HolderKey, Start, Subscription
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.matching import key_of


def namesake_of(
    gallery: Gallery, holder: HolderKey, known: Iterable[Subscription]
) -> Subscription | None:
    """
    The gallery that one of a holder was copied from, as far as its content tells.

    It names that, but several may go by the name: the original, its duplicates beside it, and
    what was copied to other holders, each until it is given something of its own. What was copied
    with its holder is as it was there: it follows the same, has seen what that was given, and is
    at the same place.

    :param known: The subscriptions of the holder. One of these it is, if any goes by the name.
    """
    key = key_of(gallery)
    if not key:
        return None
    seen = gallery.cursor.number if gallery.cursor else 0
    own = {one.pk: one for one in known if key in (one.key, one.origin_key)}
    follows_the_same = Q(is_following=False)
    if gallery.is_followed:
        follows_the_same = Q(is_following=True, scope=gallery.scope)
    goes_by_it = Q(pk__in=own) if own else Q(key=key) | Q(origin_key=key)
    likest_first = Subscription.objects.filter(goes_by_it).order_by(
        _first(Q(number__gte=seen)),
        _first(follows_the_same),
        _first(Q(number=seen)),
        _first(Q(path=gallery.path)),
        _first(Q(**holder._asdict())),
        _first(Q(key=key)),
        "-pk",
    )
    found = likest_first.first()
    return own.get(found.pk, found) if found else None


def _first(condition: Q) -> Case:
    return Case(When(condition, then=Value(0)), default=Value(1))


def is_no_copy(gallery: Gallery, namesake: Subscription, holder: HolderKey) -> bool:
    """
    Whether a gallery was copied from another holder before that followed anything.

    It shares nothing but the name with it: what came there since has never been here.
    """
    has_seen_nothing = gallery.cursor is not None and gallery.cursor.number == 0
    return namesake.holder_key != holder and has_seen_nothing and namesake.number > 0


def number_to_adopt(gallery: Gallery, origin: Subscription, *, is_beside: bool) -> int:
    """
    Up to where a copy takes over the ledger.

    A duplicate that is switched off before it was ever live lacks nothing of what came since to
    the gallery beside it: that is live there, and never was here. Where the original is not in
    this content any more, its duplicates stand for it.
    """
    if gallery.is_followed or not is_beside or gallery.cursor is None:
        return origin.number
    return min(gallery.cursor.number, origin.number)


def adopt(origin: Subscription, adopter: Subscription) -> None:
    """
    Take over the ledger of the gallery that this one is a copy of, up to the adopter's number:
    its numbers and marks, and what is still owed if both follow the same.
    """
    deliveries = Delivery.objects.of_subscriptions([origin])
    is_owed = adopter.is_following and adopter.scope == origin.scope
    if not is_owed:
        # Its drafts were offered the same.
        deliveries = deliveries.filter(Q(number__isnull=False) | Q(offer__gt=0, due_at=None))
    copies = []
    for delivery in deliveries.order_by("pk").iterator():
        delivery.numbers = [number for number in delivery.numbers if number <= adopter.number]
        if delivery.number is not None and not delivery.numbers:
            continue
        delivery.number = delivery.numbers[-1] if delivery.numbers else None
        delivery.pk = None
        delivery.subscription_id = adopter.pk
        if delivery.due_at and is_owed:
            # What held it up there need not be so here.
            delivery.due_at, delivery.reason = timezone.now(), Delivery.Reason.NO_PICTURE
        elif delivery.due_at:
            # It was to come again.
            delivery.due_at, delivery.reason = None, ""
        copies.append(delivery)
    Delivery.objects.bulk_create(copies, batch_size=500)


def undecided_since(origin: Subscription) -> int:
    """
    The arrival after which something has still to be decided for a gallery; what was there before
    it followed is none of it.
    """
    starts = Start.objects.filter(subscription_id=origin.pk).values_list("after", flat=True)
    return max(origin.since, min([Arrival.objects.before_what_waits(), *starts]))
