"""Add images to a gallery because a person says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.models import Delivery, Run, Subscription
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.holders import Holder
from wagtail_autogallery.sync.places import places_of_images
from wagtail_autogallery.sync.subscriptions import gallery_in_row


def add_now(subscription: Subscription, image_ids: Iterable[str], user: Any) -> list[str]:
    """
    Have images added to a gallery that follows, whether they were removed, undone or never came.

    Enqueues nothing: that is for who calls it, after the commit.

    :param image_ids: By primary key as text.
    :param user: Who wants it: only what they may choose is added.
    :return: Those that will be. Not what is in the gallery already, and nothing private.
    """
    gallery = gallery_in_row(subscription)
    if gallery is None or not subscription.is_following:
        return []
    in_row = {placement.image_id_of(item) for item in gallery.items}
    wanted = [image_id for image_id in dict.fromkeys(image_ids) if image_id not in in_row]
    wanted = _what_may_be_added(subscription, wanted, user)
    if not wanted:
        return []
    with transaction.atomic():
        # As whatever decides does: touching nothing that an editor may have in hand.
        Run.objects.lock()
        run = Run.objects.open(kind=Run.Kind.ADD_NOW, user=str(user.pk))
        Delivery.objects.bulk_create(
            [
                Delivery(
                    subscription=subscription,
                    image_id=image_id,
                    run_id=run.number,
                    offer=Delivery.RELEASED,
                )
                for image_id in wanted
            ],
            ignore_conflicts=True,
        )
    with transaction.atomic():
        key = subscription.holder_key
        # In the order in which everybody locks them.
        Holder.lock(key, key.model)
        list(Subscription.objects.of(key).select_for_update())
        deliveries = Delivery.objects.of_subscriptions([subscription])
        ended = deliveries.filter(image_id__in=wanted).exclude(run_id=run.number)
        for rows in ended.by_keys():
            rows.add_again(run.number)
    return wanted


def _what_may_be_added(subscription: Subscription, image_ids: list[str], user: Any) -> list[str]:
    places = places_of_images(image_ids)
    choosable = ChoosableCollections(user).keys
    found = []
    for image_id in image_ids:
        if image_id not in places:
            continue
        place = places[image_id][1]
        is_open = place.restricted is None or subscription.scope in place.scopes()
        if is_open and place.ids[-1] in choosable:
            found.append(image_id)
    return found
