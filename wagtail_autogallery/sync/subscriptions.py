"""Keep the subscriptions of a holder true to the galleries in its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from wagtail.models import DraftStateMixin

from wagtail_autogallery.models import (
    Announcement,
    Arrival,
    Delivery,
    Errand,
    HolderKey,
    Start,
    Subscription,
    Wish,
)
from wagtail_autogallery.sync import origins, placement, streams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of, is_known
from wagtail_autogallery.sync.gallery_fields import is_holder
from wagtail_autogallery.sync.matching import Known, Match, find, key_of, known, match
from wagtail_autogallery.sync.missed_uploads import record_missed_uploads

Reason = Delivery.Reason


class Followed:
    """What the galleries in a holder's row are to this app."""

    def __init__(self, key: HolderKey, matches: list[Match], look_for_uploads: bool) -> None:
        self.key = key
        self.matches = matches
        self.look_for_uploads = look_for_uploads
        #: Whether a run has to decide for galleries that are new, or follow something new.
        self.has_started = False

    @property
    def known(self) -> list[Known]:
        return known(self.matches)


def update_subscriptions(
    key: HolderKey,
    model: type[models.Model],
    raw: dict[str, Any],
    subscriptions: Iterable[Subscription],
    *,
    look_for_uploads: bool = True,
) -> Followed:
    """
    Make the subscriptions match the galleries in a holder's row.

    A gallery that was not followed before follows from now on. One that is not there any more, or
    switched off, takes nothing more; its row stays, because a draft or an old form may bring it
    back.

    :param raw: The raw data of those gallery fields that were written, by name.
    :param subscriptions: All of the holder. What changes of them is saved, but for new ones only
        by whoever called.
    :param look_for_uploads: Who did not write down an upload of before must not make it one of
        after. Not where somebody has looked already.
    """
    subscriptions = list(subscriptions)
    matches = match(galleries_of(model, raw), subscriptions)
    followed = Followed(key, matches, look_for_uploads)
    # Who follows comes first: it gets the name, wherever it is among its duplicates that do not.
    order = sorted(enumerate(followed.matches), key=lambda each: not each[1].gallery.is_followed)
    for index, (field, gallery, subscription) in order:
        if subscription:
            subscription.is_in_row = True
            subscription.field, subscription.path = field, gallery.path
            subscription.place = gallery.place
            subscription.layout = gallery.layout
            subscription.review_new_images = _has_drafts(model) and gallery.reviews_new_images
            _follow_switches(followed, gallery, subscription)
        elif new := _adopt_or_begin(followed, field, gallery, subscriptions, model):
            followed.matches[index] = Match(field, gallery, new)
    found = {subscription.pk for _, _, subscription in followed.known}
    for subscription in subscriptions:
        is_lost = subscription.pk not in found and subscription.field in raw
        # What this process does not know may be where it is: another process knows more.
        if is_lost and is_known(model, subscription.field, raw[subscription.field]):
            _stop(subscription)
            subscription.is_in_row = False
            subscription.save(update_fields=["is_in_row", "is_following", "followed_before"])
    return followed


def _has_drafts(model: type[models.Model]) -> bool:
    """Whether anything of it can wait to be published."""
    return issubclass(model, DraftStateMixin)


def describe(subscription: Subscription, gallery: Gallery, *, is_live: bool) -> None:
    """
    Note what a gallery in the row is like. Saved by the caller.

    :param is_live: Before the row is public, what was offered is not known to be taken or removed:
        it has to be looked at again when it goes live, be it the same.
    """
    subscription.digest = gallery.digest if is_live or not subscription.offer else ""
    items = [item for item in gallery.items if placement.image_id_of(item) is not None]
    subscription.automatic = sum(map(gallery.is_automatic, items))
    subscription.by_hand = len(items) - subscription.automatic


def _follow_switches(followed: Followed, gallery: Gallery, subscription: Subscription) -> None:
    if not gallery.is_followed:
        _stop(subscription)
    elif not subscription.is_following or subscription.scope != gallery.scope:
        if subscription.is_following:
            subscription.end()
        subscription.is_following = True
        subscription.scope = gallery.scope
        subscription.state = Subscription.State.FOLLOWING
        _begin(followed, subscription)


def _stop(subscription: Subscription) -> None:
    if subscription.is_following:
        subscription.end()
        subscription.is_following = False
        waiting = Delivery.objects.of_subscriptions([subscription]).waiting()
        for rows in waiting.by_keys():
            rows.update(reason=Reason.SWITCHED_OFF, due_at=None)


def _begin(followed: Followed, subscription: Subscription) -> None:
    if followed.look_for_uploads:
        record_missed_uploads()
    _start(followed, subscription, Arrival.objects.newest_id())


def _start(followed: Followed, subscription: Subscription, since: int) -> None:
    subscription.begin(since)
    Start.objects.create(subscription_id=subscription.pk, after=since)
    followed.has_started = True


def _adopt_or_begin(
    followed: Followed,
    field: str,
    gallery: Gallery,
    subscriptions: list[Subscription],
    model: type[models.Model],
) -> Subscription | None:
    key = key_of(gallery)
    namesake = origins.namesake_of(gallery, followed.key, subscriptions)
    origin = namesake
    if namesake and origins.is_no_copy(gallery, namesake, followed.key):
        origin = None
    if not origin and not gallery.is_followed:
        return None
    is_beside = any(origin == one for _, _, one in followed.known)
    number = origins.number_to_adopt(gallery, origin, is_beside=is_beside) if origin else 0
    subscription = Subscription(
        content_type_id=followed.key.content_type_id,
        object_id=followed.key.object_id,
        key=Subscription.new_key() if namesake or not key else key,
        origin_key=key if namesake else "",
        field=field,
        path=gallery.path,
        place=gallery.place,
        is_following=gallery.is_followed,
        scope=gallery.scope,
        layout=gallery.layout,
        number=number,
        review_new_images=_has_drafts(model) and gallery.reviews_new_images,
        offer=origin.offer if origin else 0,
        since=0,
    )
    subscription.save()
    if origin:
        origins.adopt(origin, subscription)
    if subscription.is_following and origin:
        _start(followed, subscription, origins.undecided_since(origin))
    elif subscription.is_following:
        _begin(followed, subscription)
    subscription.save(update_fields=["since", "followed_at"])
    return subscription


def adopt_for_aliases(source: models.Model) -> bool:
    """
    Let the aliases of a page that is about to be deleted take over its ledgers.

    :return: Whether a run has to decide for them.
    """
    model: Any = type(source)
    has_started = False
    for alias in streams.with_raw_data(model._base_manager.filter(alias_of=source.pk)):
        raw = streams.raw_data(alias)
        followed = update_subscriptions(HolderKey.of(alias), model, raw, [])
        has_started |= followed.has_started
    return has_started


def rebuild(model: type[models.Model]) -> Iterator[models.Model]:
    """
    Make the subscriptions of all holders of a model true, one at a time.

    :return: The holders, each after its subscriptions are true.
    """
    holders = streams.with_raw_data(model._base_manager.order_by("pk"))
    for holder in holders.iterator(chunk_size=100):
        # A page of a type that inherits from this model is one of that type's holders.
        is_own = getattr(holder, "specific_class", model) is model
        if is_own and getattr(holder, "alias_of_id", None) is None:
            key = HolderKey.of(holder)
            with transaction.atomic():
                known = Subscription.objects.of(key)
                update_subscriptions(key, model, streams.raw_data(holder), known)
                known.update(digest="", pictures_due_at=timezone.now())
        yield holder


def kinds_of_galleries(holder: models.Model) -> Iterator[str]:
    """What each gallery of a holder's row is: followed, not followed, or that of an alias."""
    for _, gallery in galleries_of(type(holder), streams.raw_data(holder)):
        if getattr(holder, "alias_of_id", None):
            yield "like that of another page"
        else:
            yield "followed" if gallery.is_followed else "not followed"


def not_yet_followed(holder: models.Model, key: HolderKey) -> list[tuple[str, Gallery]]:
    """The galleries of a holder that follow by its content, and of which nothing is known."""
    if getattr(holder, "alias_of_id", None) is not None:
        return []
    found = galleries_of(type(holder), streams.raw_data(holder))
    followed = [(field, gallery) for field, gallery in found if gallery.is_followed]
    if not followed:
        return []
    matches = match(followed, Subscription.objects.of(key))
    return [(field, gallery) for field, gallery, subscription in matches if not subscription]


def gallery_in_row(subscription: Subscription) -> Gallery | None:
    """:return: A gallery as the row of its holder has it; ``None`` where it is not there."""
    key = subscription.holder_key
    model: Any = key.model
    if model is None:
        return None
    holder = streams.with_raw_data(model._base_manager.filter(pk=key.object_id)).first()
    if holder is None:
        return None
    galleries = galleries_of(model, streams.raw_data(holder))
    return find(subscription, galleries, Subscription.objects.of(key))


def forget_lost_holders() -> int:
    """
    Forget what belongs to holders that do not exist (a backup was restored).

    :return: How many galleries they had.
    """
    forgotten = 0
    for key in Subscription.objects.holder_keys():
        model = key.model
        # A model that this process does not know may come back with the next deployment.
        if model is not None and not model._base_manager.filter(pk=key.object_id).exists():
            forgotten += Subscription.objects.of(key).count()
            remove_subscriptions(key)
    return forgotten


def remove_subscriptions(key: HolderKey) -> None:
    """Forget the galleries of a holder that was deleted, and all there is of them."""
    with transaction.atomic():
        subscriptions = Subscription.objects.of(key)
        # As everybody locks them before their ledgers.
        keys = list(subscriptions.select_for_update().values_list("pk", flat=True))
        if keys:
            for rows in Delivery.objects.filter(subscription__in=keys).by_keys():
                rows.delete()
            Start.objects.filter(subscription_id__in=keys).delete()
            Wish.objects.filter(subscription_id__in=keys).delete()
            subscriptions.delete()
        Errand.objects.of(key).delete()
        Announcement.objects.of(key).delete()


def holder_models() -> list[type[models.Model]]:
    """The models of this site that can hold a gallery, in themselves or in their child objects."""
    return [model for model in apps.get_models() if is_holder(model) and not model._meta.proxy]
