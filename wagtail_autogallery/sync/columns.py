"""Write the columns of a row that changed, as saving does; but streams raw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from wagtail.fields import StreamField

from wagtail_autogallery.sync import announcements, streams
from wagtail_autogallery.sync.children import ChildStream, ChildStreams
from wagtail_autogallery.sync.gallery_fields import stream_fields


def save(instance: models.Model, before: dict[str, Any], changed: dict[str, Any]) -> None:
    """
    Write what is not as it is stored, as saving does; but streams raw.

    :param before: What is stored, from :func:`stored_columns`.
    :param changed: The raw data of the streams to be written.
    """
    streams.unwrap(instance)
    for name, raw in changed.items():
        setattr(instance, name, raw)
    fields = stream_fields(type(instance))
    unwrapped = {field.name: getattr(instance, field.name) for field in fields}
    announcements.send_pre_save(instance)
    replaced = {
        name: value
        for name, stream in unwrapped.items()
        if (value := getattr(instance, name)) is not stream
    }
    values = {
        field.attname: field.pre_save(instance, add=False) for field in _plain_fields(instance)
    }
    after = _as_stored(instance, values)
    columns = {name: value for name, value in values.items() if after[name] != before[name]}
    write_columns(instance, changed | replaced | columns)
    for field in instance._meta.fields:
        if field.generated:
            # The database has made it anew: whoever asks for it asks the database.
            instance.__dict__.pop(field.attname, None)


def stored_columns(instance: models.Model) -> dict[str, Any]:
    """What is stored in a row, by attribute; without streams, which are written raw."""
    return _as_stored(
        instance,
        {field.attname: getattr(instance, field.attname) for field in _plain_fields(instance)},
    )


def _as_stored(instance: models.Model, values: dict[str, Any]) -> dict[str, Any]:
    """
    The values as the database gets them.

    So a value that was changed in itself, a list or a file, differs from what it was.
    """
    connection = connections[instance._state.db or DEFAULT_DB_ALIAS]
    return {
        field.attname: field.get_db_prep_save(values[field.attname], connection)
        for field in _plain_fields(instance)
    }


def _plain_fields(instance: models.Model) -> Iterator[Any]:
    for field in instance._meta.concrete_fields:
        if not (isinstance(field, StreamField) or field.primary_key or field.generated):
            yield field


def parted(raw: dict[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], list[ChildStream]]:
    """What of these fields is a holder's own, and what changed in its child objects."""
    own: dict[str, Any] = {}
    of_children: list[ChildStream] = []
    for name in names:
        if isinstance(raw[name], ChildStreams):
            of_children += raw[name].changed()
        else:
            own[name] = raw[name]
    return own, of_children


def by_child(found: Iterable[ChildStream]) -> list[tuple[Any, dict[str, Any]]]:
    """Each child object, with the streams to be written to it."""
    by_child: dict[int, tuple[Any, dict[str, Any]]] = {}
    for stream in found:
        by_child.setdefault(id(stream.owner), (stream.owner, {}))[1][stream.field.name] = stream.raw
    return list(by_child.values())


def write_streams(holder: models.Model, raw: dict[str, Any], names: Iterable[str]) -> None:
    """
    Write streams of a holder's row, and of its child objects.

    Those that it has in memory are left there for whoever is about to save them.
    """
    own, of_children = parted(raw, names)
    write_columns(holder, own)
    for stream in of_children:
        if stream.is_row:
            write_columns(stream.owner, {stream.field.name: stream.raw})
        else:
            stream.put()


def write_columns(instance: models.Model, values: dict[str, Any]) -> None:
    """Write columns, table by table, base types first as saving does."""
    tables: dict[Any, dict[str, Any]] = {}
    for name, value in values.items():
        model = instance._meta.get_field(name).model
        tables.setdefault(model, {})[name] = value
    for model in sorted(tables, key=lambda model: len(model._meta.get_parent_list())):
        row = model._base_manager.filter(pk=getattr(instance, model._meta.pk.attname))
        row.update(**tables[model])
