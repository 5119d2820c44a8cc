"""
What waits for somebody to look at it: offered to a draft, published or removed there, or released.

A gallery's option *New images wait for me* withholds them. They are offered once, to the newest
draft that nobody has open and nobody is to judge; where there is none, one is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from wagtail_autogallery.models import Delivery, Run, Subscription
from wagtail_autogallery.sync import placement, revisions, streams, writing
from wagtail_autogallery.sync.galleries import galleries_of
from wagtail_autogallery.sync.holders import Content, Holder
from wagtail_autogallery.sync.ledger import Ledger
from wagtail_autogallery.sync.matching import Known, known, match

#: So long until it is looked at again whether somebody still has the holder open.
WHILE_EDITED = timedelta(minutes=5)


def draft_of(holder: Holder) -> Content | None:
    """
    The draft that new images are put into; not saved yet, where there was none.

    Call it before the holder is written, with all in its contents that is to be written.

    :return: ``None`` while somebody has the newest content open or is to judge it: nobody should
        publish what they have not seen.
    """
    if holder.is_in_somebodys_hands:
        return None
    latest = holder.latest
    if latest and holder.is_mere_draft(latest):
        return latest
    revision = revisions.next_draft(holder)
    model: type[models.Model] = type(holder.instance)
    return Content(streams.raw_data_of_revision(model, revision.content), revision=revision)


def offer(
    holder: Holder,
    draft: Content | None,
    waiting: Mapping[int, list[Delivery]],
    ledgers: Mapping[int, Ledger],
    subscriptions: Iterable[Subscription],
) -> list[Delivery]:
    """
    Put into a draft what waits. What cannot be offered now waits on.

    :param draft: That of :func:`draft_of`.
    :param waiting: By the primary key of the subscription, as the ledgers are.
    :param subscriptions: All of the holder.
    :return: What the draft was given.
    """
    offered: list[Delivery] = []
    names = set()
    for name, gallery, subscription in _galleries_in(holder, draft, subscriptions) if draft else ():
        if deliveries := waiting.get(subscription.pk):
            images = ledgers[subscription.pk].offer(gallery, deliveries)
            offered += [delivery for delivery in deliveries if delivery.image_id in images]
            subscription.attempts = 0
            names.add(name)
    if draft and names:
        writing.write_draft(holder, replace(draft, changed=names))
    for key, deliveries in waiting.items():
        if not all(delivery.offer for delivery in deliveries):
            _wait(holder, ledgers[key], deliveries)
    return offered


def _galleries_in(
    holder: Holder, draft: Content, subscriptions: Iterable[Subscription]
) -> list[Known]:
    return known(match(galleries_of(type(holder.instance), draft.raw), subscriptions))


def _wait(holder: Holder, book: Ledger, deliveries: list[Delivery]) -> None:
    until = timezone.now() + WHILE_EDITED
    if not holder.is_edited:
        until = book.subscription.next_retry()
    for delivery in deliveries:
        book.withhold(delivery, until)


def images_in_draft(holder: Any, subscriptions: Iterable[Subscription]) -> dict[int, set[str]]:
    """
    What the newest draft of a holder shows.

    :param subscriptions: All of the holder.
    :return: Images by primary key as text, by the primary key of the gallery's subscription.
    """
    draft = getattr(holder, "latest_revision", None)
    if draft is None:
        return {}
    model = type(holder)
    galleries = galleries_of(model, streams.raw_data_of_revision(model, draft.content))
    return {
        subscription.pk: {str(placement.image_id_of(item)) for item in gallery.items}
        for _, gallery, subscription in known(match(galleries, subscriptions))
    }


def release(subscription: Subscription, user: Any) -> int:
    """
    Have what is withheld from a gallery put into it, but for what somebody removed.

    :param user: Whose decision that is.
    :return: How many images.
    """
    with transaction.atomic():
        gallery = Subscription.objects.select_for_update().get(pk=subscription.pk)
        deliveries = list(
            Delivery.objects.of_subscriptions([gallery]).withheld().select_for_update()
        )
        if not deliveries or not gallery.is_following:
            return 0
        Run.objects.lock()
        run = Run.objects.open(kind=Run.Kind.RELEASE, user=str(user.pk))
        for delivery in deliveries:
            delivery.release_in(run)
        Delivery.objects.bulk_update(
            deliveries, ["offer", "run_id", "reason", "due_at"], batch_size=100
        )
    return len(deliveries)
