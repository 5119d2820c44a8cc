"""
What there is to know of galleries, to say why images are, or are not, in them.

Read for all of them at once: the number of queries does not grow with theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from wagtail.models import DraftStateMixin, LockableMixin, ReferenceIndex, Revision

from wagtail_autogallery.models import HolderKey, Start, Subscription
from wagtail_autogallery.sync import placement, streams
from wagtail_autogallery.sync.children import ChildStreams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.gallery_fields import child_fields, is_holder
from wagtail_autogallery.sync.matching import match


@dataclass
class GalleryFacts:
    """What is known of one gallery."""

    key: HolderKey
    holder: Any
    field: str
    path: str
    #: As it is in the holder's row; ``None`` where it is not there.
    in_row: Gallery | None
    #: As it is in a draft that is newer than the row.
    in_draft: Gallery | None
    #: ``None`` where it never followed.
    subscription: Subscription | None
    #: The arrival up to which all is decided for it, where that differs from gallery to gallery.
    decided_up_to: int | None

    @property
    def is_alias(self) -> bool:
        return getattr(self.holder, "alias_of_id", None) is not None

    @property
    def is_live(self) -> bool:
        return not isinstance(self.holder, DraftStateMixin) or bool(self.holder.live)

    @property
    def is_locked(self) -> bool:
        return isinstance(self.holder, LockableMixin) and bool(self.holder.locked)


def holders_to_ask() -> set[HolderKey]:
    """All holders with galleries that follow, or followed once."""
    rows = Subscription.objects.order_by().values_list("content_type_id", "object_id")
    return {HolderKey(*row) for row in rows.distinct()}


def holders_referring_to(image: models.Model) -> set[HolderKey]:
    """Those of which Wagtail's usage page says that they show it, with galleries or without."""
    references = ReferenceIndex.get_references_to(image).order_by()
    rows = references.values_list("content_type_id", "object_id").distinct()
    keys = {HolderKey(*row) for row in rows}
    return {key for key in keys if key.model and is_holder(key.model)}


def facts_of_galleries(keys: Iterable[HolderKey]) -> list[GalleryFacts]:
    """
    :param keys: The holders whose galleries are asked about. What does not exist is left out.
    :return: What is known of each gallery of theirs, in reading order.
    """
    keys = list(dict.fromkeys(keys))
    wanted = set(keys)
    subscriptions: dict[HolderKey, list[Subscription]] = defaultdict(list)
    # One holder is found by an index; of many it costs least to go through them.
    rows = Subscription.objects.of(keys[0]) if len(keys) == 1 else Subscription.objects.all()
    for row in rows.order_by("pk"):
        if row.holder_key in wanted:
            subscriptions[row.holder_key].append(row)
    starts = dict(Start.objects.values_list("subscription_id", "after"))
    contents = _contents(keys)
    galleries: list[GalleryFacts] = []
    for key in keys:
        if key in contents:
            for facts in _of_holder(key, *contents[key], subscriptions[key]):
                if facts.subscription:
                    facts.decided_up_to = starts.get(facts.subscription.pk)
                galleries.append(facts)
    return galleries


Contents = tuple[Any, dict[str, Any], dict[str, Any] | None]


def _contents(keys: Iterable[HolderKey]) -> dict[HolderKey, Contents]:
    """Each holder, the raw data of its row, and that of its draft where there is a newer one."""
    by_type: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        by_type[key.content_type_id].append(key.object_id)
    contents: dict[HolderKey, Contents] = {}
    for type_id, ids in by_type.items():
        if model := HolderKey(type_id, "").model:
            contents |= _of_model(type_id, model, ids)
    return contents


def _of_model(type_id: int, model: type[models.Model], ids: list[str]) -> dict[HolderKey, Contents]:
    known = {key for text in ids if (key := _key_of(model, text)) is not None}
    holders = list(streams.with_raw_data(model._base_manager.filter(pk__in=known)))
    of_children = _children_of(model, holders)
    drafts = _drafts_of(holders)
    return {
        HolderKey(type_id, str(holder.pk)): (
            holder,
            streams.own_raw_data(holder) | of_children(holder),
            drafts.get(holder.pk),
        )
        for holder in holders
    }


def _key_of(model: type[models.Model], text: str) -> Any:
    try:
        return model._meta.pk.to_python(text)
    except ValidationError:
        return None


def _children_of(
    model: type[models.Model], holders: list[Any]
) -> Callable[[Any], dict[str, ChildStreams]]:
    """The streams of the child objects of all these holders, each kind of child read once."""
    fields = child_fields(model)
    by_parent: dict[Any, dict[Any, list[Any]]] = {}
    for key in {one.key: None for one in fields}:
        children = key.model._base_manager.filter(
            **{f"{key.attname}__in": [holder.pk for holder in holders]}
        )
        ordered = children if children.ordered else children.order_by("pk")
        by_parent[key] = defaultdict(list)
        for child in streams.with_raw_data(ordered):
            by_parent[key][getattr(child, key.attname)].append(child)
    return lambda holder: {
        one.name: ChildStreams(
            streams.of_child(child, one) for child in by_parent[one.key][holder.pk]
        )
        for one in fields
    }


def _drafts_of(holders: list[Any]) -> dict[Any, dict[str, Any]]:
    """The newest revision of what has one that is not live, by the holder's primary key."""
    newest = {
        holder.latest_revision_id: holder
        for holder in holders
        if isinstance(holder, DraftStateMixin)
        and holder.latest_revision_id
        and holder.latest_revision_id != holder.live_revision_id
        and (holder.live or holder.has_unpublished_changes)
    }
    revisions = Revision.objects.in_bulk(newest) if newest else {}
    return {
        newest[pk].pk: streams.raw_data_of_revision(type(newest[pk]), revision.content)
        for pk, revision in revisions.items()
    }


def _of_holder(
    key: HolderKey,
    holder: Any,
    row: dict[str, Any],
    draft: dict[str, Any] | None,
    subscriptions: list[Subscription],
) -> Iterator[GalleryFacts]:
    in_row = match(galleries_of(type(holder), row), subscriptions)
    in_draft = match(galleries_of(type(holder), draft or {}), subscriptions)
    of_draft = {one.subscription.pk: one.gallery for one in in_draft if one.subscription}
    at_place = {(one.field, one.gallery.path): one.gallery for one in in_draft}
    places = {(one.field, one.gallery.path) for one in in_row}
    found = set()

    def facts(
        place: tuple[str, str],
        gallery: Gallery | None,
        drafted: Gallery | None,
        subscription: Subscription | None,
    ) -> GalleryFacts:
        return GalleryFacts(key, holder, *place, gallery, drafted, subscription, decided_up_to=None)

    for name, gallery, subscription in in_row:
        place = name, gallery.path
        if subscription:
            found.add(subscription.pk)
            yield facts(place, gallery, of_draft.get(subscription.pk), subscription)
        else:
            yield facts(place, gallery, at_place.get(place), None)
    for name, gallery, subscription in in_draft:
        place = name, gallery.path
        if subscription and subscription.pk not in found:
            found.add(subscription.pk)
            yield facts(place, None, gallery, subscription)
        elif not subscription and place not in places:
            yield facts(place, None, gallery, None)
    for subscription in subscriptions:
        if subscription.pk not in found:
            yield facts((subscription.field, subscription.path), None, None, subscription)


def item_of(image_id: str, gallery: Gallery | None) -> placement.Item | None:
    """The item by which a gallery shows an image."""
    items = gallery.items if gallery else ()
    return next((item for item in items if placement.image_id_of(item) == image_id), None)
