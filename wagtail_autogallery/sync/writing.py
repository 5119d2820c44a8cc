"""
Write a holder: its row and its revisions, on raw JSON, and nothing else of them.

Whatever Wagtail's own publish leaves behind is left here too, so that nobody can tell the
difference; ``tests/sync/test_writing.py`` compares the two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from wagtail.models import DraftStateMixin, Revision

from wagtail_autogallery.models import Announcement
from wagtail_autogallery.sync import columns, history, locks, revisions, streams
from wagtail_autogallery.sync.galleries import galleries_of_children
from wagtail_autogallery.sync.gallery_fields import child_fields
from wagtail_autogallery.sync.holders import Content, Holder


def write_at_rest(holder: Holder, contents: list[Content], told: list[history.Entry]) -> None:
    """
    Write the row, and a revision of it that is the latest and the live one at once.

    Where the newest revision is the sync's own and still fresh, that one is amended instead, but
    for what somebody took back: that is a change of its own. A holder without a revision gets none.

    :param contents: That of the live revision, if there is one, from :meth:`Holder.drafts`.
    :param told: The log entries.
    """
    before = columns.stored_columns(holder.instance)
    # The revision has the cursors of these fields too.
    holder.row.changed |= holder.row.noted
    revision = contents[0].revision if contents else None
    is_of_sync = all(entry.action == history.LOG_ACTION for entry in told)
    is_open = revision is not None and is_of_sync and history.is_open(revision)
    if revision and is_open:
        revision.content = revisions.overlaid_with_row(revision.content, holder)
        Revision.objects.filter(pk=revision.pk).update(content=revision.content)
    elif revision:
        revision = revisions.follow_up(revision, holder)
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
    revisions.write_revisions(contents)
    if holder.row.changed:
        live = getattr(holder.instance, "live_revision_id", None)
        written = [content.revision for content in contents if content.revision]
        before = columns.stored_columns(holder.instance)
        _write_row(holder, before, next((row for row in written if row.pk == live), None))
        for entry in told:
            history.tell(holder.instance, None, entry)


def note(holder: Holder, contents: list[Content]) -> None:
    """
    Write cursors where nothing had to be added. Nobody sees a difference or is told of one.

    :param contents: Those of revisions, from :meth:`Holder.drafts`.
    """
    revisions.write_revisions(replace(content, changed=content.noted) for content in contents)
    if holder.row.noted:
        columns.write_streams(holder.instance, holder.row.raw, holder.row.noted)


def write_draft(holder: Holder, content: Content) -> None:
    """
    Write the content of a draft; what is live stays as it is.

    :param content: That of the holder's newest revision, or of one that :func:`next_draft` made.
    """
    revision: Any = content.revision
    if revision.pk:
        revisions.write_revisions([content])
        return
    revisions.put(content, revision)
    revision.save()
    instance: Any = holder.instance
    before = columns.stored_columns(instance)
    instance.latest_revision = revision
    instance.has_unpublished_changes = True
    if hasattr(instance, "latest_revision_created_at"):
        instance.latest_revision_created_at = revision.created_at
        instance.draft_title = revision.content["title"]
    if holder.to_announce:
        # It was written just before, and its receivers are told of both at once.
        after = columns.stored_columns(instance)
        changed = {name for name in after if after[name] != before[name]}
        columns.write_columns(instance, {name: getattr(instance, name) for name in changed})
    else:
        columns.save(instance, before, {})
        holder.to_announce.append((Announcement.of(instance, None, is_published=False), instance))
        Announcement.objects.bulk_create([announcement for announcement, _ in holder.to_announce])


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

    :param before: What is stored, from :func:`stored_columns`.
    :param revision: The one that is live then; ``None`` where there is none.
    """
    instance: Any = holder.instance
    changed, of_children = columns.parted(holder.row.raw, holder.row.changed)
    is_published = isinstance(instance, DraftStateMixin) and holder.is_live
    if is_published:
        instance.last_published_at = timezone.now()
        instance.first_published_at = instance.first_published_at or instance.last_published_at
    columns.save(instance, before, changed)
    live = revision if is_published else None
    for child, raw in columns.by_child(of_children):
        columns.save(child, columns.stored_columns(child), raw)
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
        before = columns.stored_columns(alias)
        alias.latest_revision_created_at = source.latest_revision_created_at
        alias.last_published_at = source.last_published_at
        columns.save(alias, before, changed)
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
        for child, raw in columns.by_child(copies.changed()):
            columns.save(child, columns.stored_columns(child), raw)
            holder.to_announce.append((Announcement.of(child, None, is_published=False), child))
