"""The content of revisions, of which the sync changes the galleries only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from modelcluster.models import get_field_value
from wagtail.fields import StreamField
from wagtail.models import Revision

from wagtail_autogallery.models import save_columns
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.columns import parted
from wagtail_autogallery.sync.gallery_fields import stream_fields
from wagtail_autogallery.sync.holders import Content, Holder


def write_revisions(contents: Iterable[Content]) -> None:
    """Write what changed in the contents of revisions, which keep their ids and their times."""
    revisions = []
    for content in contents:
        if content.revision and content.changed:
            put(content, content.revision)
            revisions.append(content.revision)
    save_columns(revisions, ["content"])


def put(content: Content, revision: Revision) -> None:
    stored = revision.content
    own, of_children = parted(content.raw, content.changed)
    for name, raw in own.items():
        as_text = not isinstance(stored.get(name), list)
        stored[name] = json.dumps(raw) if as_text else raw
    for stream in of_children:
        stream.put()


def next_draft(holder: Holder) -> Revision:
    """
    A draft to follow what is newest of a holder: with its content, and by the same user. Not saved.

    Call it before the holder is written, with all in its contents that is to be written.
    """
    instance: Any = holder.instance
    latest = holder.latest
    newest = latest.revision if latest else None
    if latest and newest and holder.has_draft:
        put(replace(latest, changed=latest.changed | latest.noted), newest)
        content = deepcopy(newest.content)
    else:
        content = overlaid_with_row(newest.content if newest else _as_stored_now(holder), holder)
    return Revision(
        content_object=instance,
        base_content_type=instance.get_base_content_type(),
        user_id=newest and newest.user_id,
        content=content,
        object_str=newest.object_str if newest and holder.has_draft else str(instance),
    )


def _as_stored_now(holder: Holder) -> dict[str, Any]:
    """All of a holder's row, child objects and all, as revisions have it."""
    instance: Any = type(holder.instance)._base_manager.get(pk=holder.instance.pk)
    content: dict[str, Any] = instance.serializable_data()
    return content


def follow_up(live: Revision, holder: Holder) -> Revision:
    """
    A revision after the live one, and by the same user, as in Wagtail's own scheduled publishing.

    Receivers of ``page_published`` expect somebody.
    """
    instance: Any = holder.instance
    return Revision.objects.create(
        content_object=instance,
        base_content_type=instance.get_base_content_type(),
        user_id=live.user_id,
        content=overlaid_with_row(live.content, holder),
        object_str=str(instance),
    )


def overlaid_with_row(live: dict[str, Any], holder: Holder) -> dict[str, Any]:
    """
    The content of the live revision with the row's own columns, as Wagtail stores them.

    A script may have saved the row since. Streams are as they are stored.
    """
    columns = {}
    fields: Iterable[Any] = holder.instance._meta.fields
    for field in fields:
        if isinstance(field, StreamField):
            raw = holder.row.raw.get(field.name, streams.raw_stream(holder.instance, field))
            columns[field.name] = json.dumps(raw, cls=DjangoJSONEncoder)
        elif field.serialize:
            columns[field.name] = get_field_value(field, holder.instance)
    return {**live, **columns, **_child_objects(live, holder)}


def _child_objects(live: dict[str, Any], holder: Holder) -> dict[str, list[dict[str, Any]]]:
    """Those that hold galleries, as they are in the row: by their relation, as Wagtail has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for relation, objects in streams.child_objects(type(holder.instance), holder.row.raw).items():
        before = {child.get("pk"): child for child in live.get(relation) or []}
        found[relation] = [_overlaid_with_child(before.get(child.pk), child) for child in objects]
    return found


def _overlaid_with_child(before: dict[str, Any] | None, child: Any) -> dict[str, Any]:
    """:param before: What the content has of it; ``None`` where that has no key of it yet."""
    if before is None:
        # With child objects of its own, where it has any.
        serialize = getattr(child, "serializable_data", None)
        before = serialize() if serialize else {"pk": child.pk}
    columns = {
        field.name: get_field_value(field, child)
        for field in child._meta.fields
        if field.serialize and not isinstance(field, StreamField)
    }
    raw = {
        field.name: json.dumps(streams.raw_stream(child, field), cls=DjangoJSONEncoder)
        for field in stream_fields(type(child))
    }
    return {**before, **columns, **raw}
