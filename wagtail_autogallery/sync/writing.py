"""
Write a holder: its row and its revisions, on raw JSON, and nothing else of them.

Whatever Wagtail's own publish leaves behind is left here too, so that nobody can tell the
difference; ``tests/test_writing.py`` compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from modelcluster.models import get_field_value
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, Revision

from wagtail_autogallery.models import Announcement, save_columns
from wagtail_autogallery.sync import announcements, history, locks, streams
from wagtail_autogallery.sync.children import ChildStream, ChildStreams
from wagtail_autogallery.sync.galleries import galleries_of_children
from wagtail_autogallery.sync.gallery_fields import child_fields, stream_fields
from wagtail_autogallery.sync.holders import Content, Holder


def write_at_rest(holder: Holder, contents: list[Content], told: list[history.Entry]) -> None:
    """
    Write the row, and a revision of it that is the latest and the live one at once.

    Where the newest revision is the sync's own and still fresh, that one is amended instead, but
    for what somebody took back: that is a change of its own. A holder without a revision gets none.

    :param contents: That of the live revision, if there is one, from :meth:`Holder.drafts`.
    :param told: The log entries.
    """
    before = _columns(holder.instance)
    # The revision has the cursors of these fields too.
    holder.row.changed |= holder.row.noted
    revision = contents[0].revision if contents else None
    is_of_sync = all(entry.action == history.LOG_ACTION for entry in told)
    is_open = revision is not None and is_of_sync and history.is_open(revision)
    if revision and is_open:
        revision.content = _overlaid_with_row(revision.content, holder)
        Revision.objects.filter(pk=revision.pk).update(content=revision.content)
    elif revision:
        revision = _follow_up(revision, holder)
        _make_current(holder.instance, revision)
    _write_row(holder, before, revision)
    for entry in told:
        if is_open:
            history.tell_more(holder.instance, revision, entry)
        else:
            history.tell(holder.instance, revision, entry)


def amend(holder: Holder, contents: list[Content], told: list[history.Entry]) -> None:
    """
    Write changed content where it is, without a new revision.

    The newest revision stays the newest and keeps its time, so no form that is open now is told of
    a conflict, no draft is buried or published, and no workflow is cancelled. The history tells
    nothing of a draft that only catches up with the row.

    :param contents: Those of revisions, from :meth:`Holder.drafts`.
    :param told: The log entries.
    """
    write_revisions(contents)
    if holder.row.changed:
        live = getattr(holder.instance, "live_revision_id", None)
        revisions = [content.revision for content in contents if content.revision]
        before = _columns(holder.instance)
        _write_row(holder, before, next((row for row in revisions if row.pk == live), None))
        for entry in told:
            history.tell(holder.instance, None, entry)


def note(holder: Holder, contents: list[Content]) -> None:
    """
    Write cursors where nothing had to be added. Nobody sees a difference or is told of one.

    :param contents: Those of revisions, from :meth:`Holder.drafts`.
    """
    write_revisions(replace(content, changed=content.noted) for content in contents)
    if holder.row.noted:
        write_streams(holder.instance, holder.row.raw, holder.row.noted)


def write_revisions(contents: Iterable[Content]) -> None:
    """Write what changed in the contents of revisions, which keep their ids and their times."""
    revisions = []
    for content in contents:
        if content.revision and content.changed:
            _put(content, content.revision)
            revisions.append(content.revision)
    save_columns(revisions, ["content"])


def _put(content: Content, revision: Revision) -> None:
    stored = revision.content
    own, of_children = _parted(content.raw, content.changed)
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
        _put(replace(latest, changed=latest.changed | latest.noted), newest)
        content = deepcopy(newest.content)
    else:
        content = _overlaid_with_row(newest.content if newest else _as_stored_now(holder), holder)
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


def write_draft(holder: Holder, content: Content) -> None:
    """
    Write the content of a draft; what is live stays as it is.

    :param content: That of the holder's newest revision, or of one that :func:`next_draft` made.
    """
    revision: Any = content.revision
    if revision.pk:
        write_revisions([content])
        return
    _put(content, revision)
    revision.save()
    instance: Any = holder.instance
    before = _columns(instance)
    instance.latest_revision = revision
    instance.has_unpublished_changes = True
    if hasattr(instance, "latest_revision_created_at"):
        instance.latest_revision_created_at = revision.created_at
        instance.draft_title = revision.content["title"]
    if holder.to_announce:
        # It was written just before, and its receivers are told of both at once.
        after = _columns(instance)
        changed = {name for name in after if after[name] != before[name]}
        write_columns(instance, {name: getattr(instance, name) for name in changed})
    else:
        _save(instance, before, {})
        holder.to_announce.append((Announcement.of(instance, None, is_published=False), instance))
        Announcement.objects.bulk_create([announcement for announcement, _ in holder.to_announce])


def _follow_up(live: Revision, holder: Holder) -> Revision:
    """
    A revision after the live one, and by the same user, as in Wagtail's own scheduled publishing.

    Receivers of ``page_published`` expect somebody.
    """
    instance: Any = holder.instance
    return Revision.objects.create(
        content_object=instance,
        base_content_type=instance.get_base_content_type(),
        user_id=live.user_id,
        content=_overlaid_with_row(live.content, holder),
        object_str=str(instance),
    )


def _overlaid_with_row(live: dict[str, Any], holder: Holder) -> dict[str, Any]:
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


def _make_current(instance: Any, revision: Revision) -> None:
    instance.latest_revision = revision
    if isinstance(instance, DraftStateMixin):
        instance.live_revision = revision
        instance.expired = False
    if hasattr(instance, "latest_revision_created_at"):
        instance.latest_revision_created_at = revision.created_at
        instance.draft_title = instance.title


def _write_row(holder: Holder, before: dict[str, Any], revision: Revision | None) -> None:
    """
    Write the changed galleries to the row, and what publishing writes along with them.

    :param before: What is stored, from :func:`_columns`.
    :param revision: The one that is live then; ``None`` where there is none.
    """
    instance: Any = holder.instance
    changed, of_children = _parted(holder.row.raw, holder.row.changed)
    is_published = isinstance(instance, DraftStateMixin) and holder.is_live
    if is_published:
        instance.last_published_at = timezone.now()
        instance.first_published_at = instance.first_published_at or instance.last_published_at
    _save(instance, before, changed)
    live = revision if is_published else None
    for child, raw in _by_child(of_children):
        _save(child, _columns(child), raw)
        holder.to_announce.append((Announcement.of(child, None, is_published=False), child))
    told = Announcement.of(instance, live, is_published, galleries=holder.changes)
    holder.to_announce.append((told, instance))
    if is_published and holder.has_aliases:
        _write_aliases(instance, holder, changed, live)
    Announcement.objects.bulk_create([announcement for announcement, _ in holder.to_announce])


def _write_aliases(
    source: Any, holder: Holder, changed: dict[str, Any], revision: Revision | None
) -> None:
    """
    Give the live aliases of a page, and theirs, what changed in it.

    One that somebody unpublished stays as it is, with its own aliases.
    """
    rows = type(source)._base_manager
    aliases = streams.with_raw_data(rows.filter(alias_of=source.pk, live=True)).annotate(
        autogallery_has_aliases=Exists(rows.filter(alias_of=OuterRef("pk")))
    )
    for alias in locks.lock_as_a_save_does(aliases, alias_of=source.pk):
        before = _columns(alias)
        alias.latest_revision_created_at = source.latest_revision_created_at
        alias.last_published_at = source.last_published_at
        _save(alias, before, changed)
        _write_children_of_alias(alias, holder)
        announcement = Announcement.of(alias, revision, is_published=True, is_alias=True)
        holder.to_announce.append((announcement, alias))
        if alias.autogallery_has_aliases:
            _write_aliases(alias, holder, changed, revision)


def _write_children_of_alias(alias: Any, holder: Holder) -> None:
    """
    Give the child objects of an alias, which are copies with keys of their own, what changed.

    Which is whose copy is known by the galleries in them.
    """
    model: type[models.Model] = type(alias)
    changed = [one for one in child_fields(model) if one.name in holder.row.changed]
    for name, copies in streams.raw_data_of_children(alias, changed).items():
        originals = {
            gallery.path: stream for stream, gallery in galleries_of_children(holder.row.raw[name])
        }
        for copy, gallery in list(galleries_of_children(copies)):
            original = originals.get(gallery.path)
            if original and original.has_changed:
                copy.raw = original.raw
        for child, raw in _by_child(copies.changed()):
            _save(child, _columns(child), raw)
            holder.to_announce.append((Announcement.of(child, None, is_published=False), child))


def _save(instance: models.Model, before: dict[str, Any], changed: dict[str, Any]) -> None:
    """
    Write what is not as it is stored, as saving does; but streams raw.

    :param before: What is stored, from :func:`_columns`.
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


def _columns(instance: models.Model) -> dict[str, Any]:
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


def _parted(raw: dict[str, Any], names: Iterable[str]) -> tuple[dict[str, Any], list[ChildStream]]:
    """What of these fields is a holder's own, and what changed in its child objects."""
    own: dict[str, Any] = {}
    of_children: list[ChildStream] = []
    for name in names:
        if isinstance(raw[name], ChildStreams):
            of_children += raw[name].changed()
        else:
            own[name] = raw[name]
    return own, of_children


def _by_child(found: Iterable[ChildStream]) -> list[tuple[Any, dict[str, Any]]]:
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
    own, of_children = _parted(raw, names)
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
