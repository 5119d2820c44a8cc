"""The streams of holders and of their child objects, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import models
from django.db.models import ExpressionWrapper, F, JSONField
from wagtail.fields import StreamField

from wagtail_autogallery.sync import children, locks
from wagtail_autogallery.sync.children import ChildField, ChildStream, ChildStreams
from wagtail_autogallery.sync.gallery_fields import child_fields, gallery_fields, stream_fields


def with_raw_data(holders: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Load holders with their streams as they are stored, for :func:`raw_stream`."""
    names = [field.name for field in stream_fields(holders.model)]
    return holders.defer(*names).annotate(
        **{f"raw_{name}": ExpressionWrapper(F(name), output_field=JSONField()) for name in names}
    )


def unwrap(holder: models.Model) -> None:
    """Give a holder that was loaded by :func:`with_raw_data` its streams as others know them."""
    for field in stream_fields(type(holder)):
        setattr(holder, field.name, holder.__dict__.pop(f"raw_{field.name}"))


def raw_data(holder: models.Model, *, locked: bool = False) -> dict[str, Any]:
    """
    The raw data of a holder's galleries in the database, by the name of their field.

    Of child objects it is that of each of them.

    :param locked: Whether to lock their rows as well.
    """
    of_children = raw_data_of_children(holder, child_fields(type(holder)), locked=locked)
    return own_raw_data(holder) | of_children


def own_raw_data(holder: models.Model, names: Collection[str] | None = None) -> dict[str, Any]:
    """
    The raw data of a holder's own gallery fields.

    :param names: Those that are asked for; all without it.
    """
    fields = gallery_fields(type(holder))
    return {
        field.name: raw_stream(holder, field)
        for field in fields
        if names is None or field.name in names
    }


def raw_data_of_children(
    holder: models.Model, fields: Iterable[ChildField], *, locked: bool = False
) -> dict[str, ChildStreams]:
    """What is stored of a holder's child objects; each is loaded once, in whole."""
    by_key: dict[Any, list[Any]] = {}
    found = {}
    for one in fields:
        if one.key not in by_key:
            stored = with_raw_data(children.rows(holder, one.key))
            by_key[one.key] = list(locks.lock_at_once(stored) if locked else stored)
        found[one.name] = ChildStreams(
            of_child(child, one, is_row=True) for child in by_key[one.key]
        )
    return found


def of_child(child: models.Model, one: ChildField, *, is_row: bool = False) -> ChildStream:
    return ChildStream(child, one.field, raw_stream(child, one.field), is_row=is_row)


def child_objects(model: type[models.Model], raw: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The child objects that raw data is of, by the name of their relation."""
    return {
        one.relation: [stream.owner for stream in raw[one.name]]
        for one in child_fields(model)
        if one.name in raw
    }


def raw_data_in_memory(holder: models.Model, names: Collection[str]) -> dict[str, Any]:
    """
    The raw data of those fields of a holder that it has in memory, and saves.

    :param names: Those that are asked for.
    """
    raw = own_raw_data(holder, names)
    for one in child_fields(type(holder)):
        objects = children.about_to_be_saved(holder, one.relation)
        if one.name in names and objects is not None:
            raw[one.name] = ChildStreams(of_child(child, one) for child in objects)
    return raw


def raw_stream(holder: models.Model, field: StreamField) -> Any:
    """
    The raw data of a stream.

    As stored, where the holder was loaded by :func:`with_raw_data`; else as it would be stored.
    """
    if f"raw_{field.name}" in holder.__dict__:
        return holder.__dict__[f"raw_{field.name}"]
    return field.get_prep_value(getattr(holder, field.name))


def raw_data_of_revision(model: type[models.Model], content: Mapping[str, Any]) -> dict[str, Any]:
    """The raw data of the galleries in the content of a revision, by the name of their field."""
    raw = {field.name: _loads(content.get(field.name)) for field in gallery_fields(model)}
    for one in child_fields(model):
        raw[one.name] = ChildStreams(
            ChildStream(child, one.field, _loads(child.get(one.field.name)))
            for child in content.get(one.relation) or []
        )
    return raw


def _loads(value: Any) -> Any:
    """A revision stores stream data as JSON text within its JSON, or as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
