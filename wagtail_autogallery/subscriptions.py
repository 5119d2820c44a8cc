"""Keep the subscription table true: one row for each followed gallery in a holder's row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.db.models import Max, Min

from wagtail_autogallery import placement, streams
from wagtail_autogallery.missed_uploads import open_run
from wagtail_autogallery.models import Arrival, HolderKey, Run, Subscription

Galleries = dict[UUID, tuple[str, streams.Gallery]]


def update_subscriptions(holder: models.Model) -> bool:
    """
    Make the rows of a holder match the followed galleries in it, as it was just saved.

    A gallery that was not followed before follows from now on. A gallery whose content is older
    than what was last written to it is rewound to where that content stands.

    :return: Whether content came back that has to be brought up to date again.
    """
    key = HolderKey.of(holder)
    followed = dict(_followed_galleries(holder, key))
    # A page saved as one of its base types says nothing of the fields its own type adds.
    names = {field.name for field in streams.gallery_fields(type(holder))}
    known = {row.pk: row for row in Subscription.objects.of(key) if row.field in names}

    if gone := known.keys() - followed.keys():
        Subscription.objects.filter(pk__in=gone).delete()
    if new := followed.keys() - known.keys():
        with transaction.atomic():
            # Whatever waits now arrived before the toggle: it gets a run, and following starts
            # there.
            follow(key, {pk: followed[pk] for pk in new}, open_run())

    rewound = False
    for pk in known.keys() & followed.keys():
        subscription, (_, gallery) = known[pk], followed[pk]
        seen = seen_up_to(gallery, subscription)
        if seen < subscription.written:
            subscription.rewind(seen)
            rewound = True
        elif seen > subscription.written:
            subscription.catch_up(seen)
    return rewound


def note_stale_draft(holder: models.Model) -> bool:
    """
    Remember the galleries whose newest draft, just saved, is older than what the row holds.

    They would be behind when the draft is published, and are brought up to date before that, so
    that who previews or reviews it sees what will be shown.

    :return: Whether there are such.
    """
    key = HolderKey.of(holder)
    known = {subscription.pk: subscription for subscription in Subscription.objects.of(key)}
    revision: Any = getattr(holder, "latest_revision", None)
    if not known or revision is None:
        return False
    stale = [
        pk
        for name, gallery in streams.followed_galleries(
            type(holder), streams.raw_data_of_revision(type(holder), revision.content)
        )
        if (pk := Subscription.id_for(key, name, gallery.path)) in known
        and seen_up_to(gallery, known[pk]) < known[pk].written
    ]
    return bool(stale and Subscription.objects.filter(pk__in=stale).update(draft_is_stale=True))


def remove_subscriptions(holder: models.Model) -> None:
    """Forget the galleries of a holder that was deleted."""
    Subscription.objects.of(HolderKey.of(holder)).delete()


def seen_up_to(gallery: streams.Gallery, subscription: Subscription) -> int:
    """
    The run up to which this content has seen arrivals, since the gallery is followed.

    Content without a cursor (an API client need not know of it) or with one that was never given
    out here (it was copied from another site) tells by the newest automatic item it holds.
    """
    cursor = gallery.cursor
    if cursor is not None and cursor > max(subscription.cursor, subscription.written):
        cursor = cursor if cursor <= Run.objects.newest() else None
    if cursor is None and subscription.written > subscription.started:
        cursor = _run_of_newest_auto_item(gallery, since=subscription.started)
    return max(cursor or 0, subscription.started)


def _run_of_newest_auto_item(gallery: streams.Gallery, since: int) -> int:
    """By when each came first: an image that was moved later tells nothing of what was seen."""
    placeable = gallery.as_placeable()
    images = [
        image_id
        for item in placeable.items
        if (image_id := placement.image_id_of(item))
        and item["id"] == placement.auto_item_id(placeable.id, image_id)
    ]
    arrivals = Arrival.objects.of_images(images).filter(run__gt=since)
    first_runs = arrivals.values("image_id").annotate(first=Min("run"))
    return first_runs.aggregate(newest=Max("first"))["newest"] or 0


def rebuild(model: type[models.Model]) -> Iterator[models.Model]:
    """
    Rebuild the rows of all holders of a model, one at a time.

    :return: The holders, each after its rows are true.
    """
    holders = streams.with_raw_data(model._default_manager.order_by("pk"))
    for holder in holders.iterator(chunk_size=100):
        # A page of a type that inherits from this model is one of that type's holders.
        if getattr(holder, "specific_class", model) is model:
            update_subscriptions(holder)
        yield holder


def kinds_of_galleries(holder: models.Model) -> Iterator[str]:
    """What each gallery of a holder's row is: followed, not followed, or that of an alias."""
    raw = streams.raw_data(holder)
    for field in streams.gallery_fields(type(holder)):
        for gallery in streams.galleries(field, raw[field.name]):
            if getattr(holder, "alias_of_id", None):
                yield "like that of another page"
            else:
                yield "followed" if gallery.is_followed else "not followed"


def not_yet_followed(holder: models.Model, key: HolderKey) -> Galleries:
    """The galleries of a holder that follow by its content, and have no row."""
    followed = dict(_followed_galleries(holder, key))
    if followed:
        for pk in Subscription.objects.of(key).values_list("pk", flat=True):
            followed.pop(pk, None)
    return followed


def forget_lost_holders() -> int:
    """
    Delete the rows whose holder does not exist (a backup was restored, a model was removed).

    :return: How many rows were deleted.
    """
    deleted = 0
    for key in Subscription.objects.holder_keys():
        model = Subscription.objects.of(key)[0].content_type.model_class()
        if model is None or not model._base_manager.filter(pk=key.object_id).exists():
            deleted += Subscription.objects.of(key).delete()[0]
    return deleted


def holder_models() -> list[type[models.Model]]:
    """The models of this site that can hold a gallery."""
    return [
        model
        for model in apps.get_models()
        if streams.gallery_fields(model) and not model._meta.proxy
    ]


def _followed_galleries(
    holder: models.Model, key: HolderKey
) -> Iterator[tuple[UUID, tuple[str, streams.Gallery]]]:
    if getattr(holder, "alias_of_id", None):
        # Aliases follow their source and are never written directly.
        return
    for name, gallery in streams.followed_galleries(type(holder), streams.raw_data(holder)):
        yield Subscription.id_for(key, name, gallery.path), (name, gallery)


def follow(key: HolderKey, galleries: Galleries, run: int) -> None:
    """Have galleries of a holder follow from this run on."""
    Subscription.objects.bulk_create(
        [
            Subscription(
                pk=pk,
                content_type_id=key.content_type_id,
                object_id=key.object_id,
                field=field,
                path=gallery.path,
                started=run,
                cursor=run,
                written=run,
            )
            for pk, (field, gallery) in galleries.items()
        ],
        ignore_conflicts=True,
    )
