"""
Replay in the save: what a person saves gets what it lacks there and then.

So no image that is live is gone until cron comes, because a form was opened before the last run.
Nothing is decided here, and no number is given but to what a person publishes out of a draft.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import models, transaction
from modelcluster.fields import ParentalKey
from wagtail.log_actions import get_active_log_context
from wagtail.models import Revision

from wagtail_autogallery.models import Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.sync import ledger_rows, locks, placement, streams
from wagtail_autogallery.sync.children import ChildField, ChildStreams, parent_in_database
from wagtail_autogallery.sync.columns import write_streams
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.galleries import Gallery, galleries_of, galleries_of_children
from wagtail_autogallery.sync.gallery_fields import child_fields
from wagtail_autogallery.sync.holders import Content
from wagtail_autogallery.sync.ledger import Ledger, Who
from wagtail_autogallery.sync.matching import Known, known, match
from wagtail_autogallery.sync.revisions import write_revisions
from wagtail_autogallery.sync.subscriptions import Followed, describe, update_subscriptions
from wagtail_autogallery.sync.wishes import Heard, is_to_be_heard

logger = logging.getLogger(__name__)

#: Where what was added is noted on a holder or a revision, for a revert to take it out again.
ADDED = "_autogallery_added"

Reason = Delivery.Reason
#: What holds images back until a gallery is another.
MAY_BE_LIFTED = frozenset({Reason.NO_ROOM, Reason.FAILED, Reason.WITHHELD})


def mint_keys(holder: models.Model, names: Collection[str]) -> None:
    """
    Give each gallery that is about to be saved, and has no name yet, one: in the value itself.

    One at the place of a gallery that is known is that one.
    """
    _mint(holder, streams.raw_data_in_memory(holder, names))


def mint_keys_of_child(child: models.Model, fields: list[ChildField]) -> None:
    """As :func:`mint_keys`, for a child object that is saved by itself."""
    raw = {one.name: ChildStreams([streams.of_child(child, one)]) for one in fields}
    if any(gallery.cursor is None for found in raw.values() for gallery in _of_children(found)):
        parent = parent_in_database(child, fields[0].key)
        if parent is not None:
            _mint(parent, raw)


def lock_parent(child: models.Model, key: ParentalKey, using: str) -> None:
    """
    Lock the row of a child object's parent before that of the child is written.

    That is the order in which a parent is saved with its children. In the other one, this save and
    that of an editor would each wait for what the other has.
    """
    if transaction.get_connection(using).in_atomic_block:
        parent: Any = getattr(child, key.attname)
        rows = key.related_model._base_manager.using(using).filter(pk=parent)
        locks.lock_as_a_save_does(streams.with_raw_data(rows), pk=parent).first()


def _of_children(found: ChildStreams) -> Iterator[Gallery]:
    return (gallery for _, gallery in galleries_of_children(found))


def _mint(holder: models.Model, raw: dict[str, Any]) -> None:
    found = galleries_of(type(holder), raw)
    nameless = [(name, gallery) for name, gallery in found if gallery.cursor is None]
    places = _places(holder) if nameless else set()
    minted = [(name, gallery) for name, gallery in nameless if (name, gallery.path) not in places]
    for _, gallery in minted:
        gallery.write(gallery.items, Cursor(Subscription.new_key()))
    _put_in_memory(holder, raw, {name for name, _ in minted})


def _put_in_memory(
    holder: models.Model,
    raw: dict[str, Any],
    names: Iterable[str],
    child: models.Model | None = None,
) -> None:
    """:param child: A child object that was just saved by itself, and so is in memory twice."""
    for name in names:
        if not isinstance(raw[name], ChildStreams):
            setattr(holder, name, raw[name])
            continue
        for stream in raw[name].changed():
            stream.put()
            if child is not None and stream.owner.pk == child.pk:
                setattr(child, stream.field.name, stream.raw)


def _places(holder: models.Model) -> set[tuple[str, str]]:
    if holder.pk is None:
        return set()
    return set(Subscription.objects.of(HolderKey.of(holder)).values_list("field", "path"))


def complete_row(holder: Any, names: Collection[str], child: models.Model | None = None) -> bool:
    """
    Make the subscriptions of a holder, whose row was just saved, true, and its galleries whole: in
    the database, and in the objects in memory, from which Wagtail publishes and updates aliases.

    :param names: The gallery fields that were written, and those of child objects that are written
        with it: before they are.
    :param child: The child object that was saved, where it is not the holder itself that was.
    :return: Whether a run is needed.
    """
    key = HolderKey.of(holder)
    subscriptions = Subscription.objects.of(key)
    if transaction.get_connection(holder._state.db).in_atomic_block:
        # The row is locked by having been saved. Another read may show an older snapshot.
        subscriptions = subscriptions.select_for_update()
    if _is_unchanged(holder, names, list(subscriptions)):
        return False
    with transaction.atomic():
        model = type(holder)
        rows = streams.with_raw_data(model._base_manager.filter(pk=holder.pk))
        stored = locks.lock_as_a_save_does(rows, pk=holder.pk).first()
        if stored is None:
            return False
        raw = _raw_data_of(holder, stored, names)
        # After the row, as everybody locks them.
        of_holder = Subscription.objects.of(key).select_for_update()
        followed = update_subscriptions(key, model, raw, of_holder)
        if not followed.known:
            return followed.has_started
        revisions = _revisions_in_memory(holder)
        return _complete(holder, raw, followed, revisions, child)


def _raw_data_of(holder: Any, stored: Any, names: Collection[str]) -> dict[str, Any]:
    """
    What the row of a holder is, with its child objects.

    Those that it is about to save are what it has in memory. Others are as they are stored.
    """
    model: type[models.Model] = type(holder)
    raw = streams.raw_data_in_memory(holder, names) | streams.own_raw_data(stored, names)
    of_children = [one for one in child_fields(model) if one.name in names]
    not_in_memory = [one for one in of_children if one.name not in raw]
    return raw | streams.raw_data_of_children(stored, not_in_memory)


def _is_unchanged(holder: Any, names: Collection[str], subscriptions: list[Subscription]) -> bool:
    """Whether all galleries are as they were when the row was last looked at."""
    raw = _raw_data_of(holder, holder, names)
    matches = match(galleries_of(type(holder), raw), subscriptions)
    found = {one.subscription.pk for one in known(matches)}
    is_lost = any(
        row.is_in_row and row.field in names and row.pk not in found for row in subscriptions
    )
    keys = {key for row in subscriptions for key in (row.key, row.origin_key)}
    is_same = all(_is_as_before(*one) for one in known(matches)) and not any(
        _is_to_be_known(one.gallery, keys) for one in matches if not one.subscription
    )
    has_wish = any(is_to_be_heard(holder, one.gallery) for one in matches)
    drafts = _contents(type(holder), _revisions_in_memory(holder), subscriptions)
    return is_same and not is_lost and not has_wish and _are_whole(drafts)


def _is_to_be_known(gallery: Gallery, keys: set[str]) -> bool:
    """Whether it follows, or is a copy of what did: of a gallery here, or of one elsewhere."""
    cursor = gallery.cursor
    is_copy = cursor is not None and (cursor.number > 0 or cursor.key in keys)
    return gallery.is_followed or is_copy


def _is_as_before(field: str, gallery: Gallery, known: Subscription) -> bool:
    # One that was missing for a while may come back as it was.
    return (
        known.is_in_row
        and known.digest == gallery.digest
        and known.is_following == gallery.is_followed
        and (known.field, known.path, known.place) == (field, gallery.path, gallery.place)
    )


def _are_whole(drafts: Iterable[tuple[Content, list[Known]]]) -> bool:
    """Whether these contents have seen all there is, by what they say themselves."""
    return all(
        gallery.cursor and gallery.cursor.number == subscription.number
        for _, galleries in drafts
        for _, gallery, subscription in galleries
    )


def _revisions_in_memory(holder: Any) -> list[Revision]:
    """The newest and the live revision, where Wagtail holds them to go on with."""
    cache = holder._state.fields_cache
    found = [cache.get(name) for name in ("latest_revision", "live_revision")]
    return list({revision.pk: revision for revision in found if revision}.values())


def _complete(
    holder: Any,
    raw: dict[str, Any],
    followed: Followed,
    revisions: list[Revision],
    child: models.Model | None,
) -> bool:
    model = type(holder)
    subscriptions = [subscription for _, _, subscription in followed.known]
    drafts = _contents(model, revisions, subscriptions)
    in_drafts = [found for _, matches in drafts for found in matches]
    ledgers = ledger_rows.load(
        [(subscription, gallery) for _, gallery, subscription in [*followed.known, *in_drafts]],
        holder._state.db,
    )
    added: dict[str, dict[str, list[str]]] = {}
    changed: set[str] = set()
    who, is_live = _who(holder), getattr(holder, "live", True)
    saved = {subscription.pk: gallery.items for _, gallery, subscription in followed.known}
    for name, gallery, subscription in followed.known:
        book = ledgers[subscription.pk]
        book.learn_from_row(gallery, who, is_live=is_live)
        change = book.replay(gallery, is_row=True)
        if change.is_written:
            changed.add(name)
            added.setdefault(name, {})[gallery.path] = change.added
    heard = Heard(holder, followed.known)
    changed |= heard.changed
    write_streams(holder, raw, changed)
    # Also where nothing was added: others may have written since this was loaded.
    _put_in_memory(holder, raw, changed, child)
    holder.__dict__[ADDED] = added
    _keep_live_revision_like_row(holder, drafts, followed.known, saved)
    for content, matches in drafts:
        content.changed |= {name for name, gallery, _ in matches if heard.tell(gallery)}
    complete_drafts(drafts, ledgers)
    # A schedule, or another draft, lacks what this has published.
    is_to_be_visited = any(book.has_taken for book in ledgers.values())
    for _, gallery, subscription in followed.known:
        has_changed = subscription.digest != gallery.digest
        if has_changed:
            describe(subscription, gallery, is_live=is_live)
            is_to_be_visited |= not MAY_BE_LIFTED.isdisjoint(ledgers[subscription.pk].held_back_by)
        subscription.save_as_written(has_changed=has_changed)
    ledger_rows.save(ledgers.values())
    if is_to_be_visited:
        Errand.objects.send_to([HolderKey.of(holder)])
    return followed.has_started or is_to_be_visited or heard.is_new


def _keep_live_revision_like_row(
    holder: Any,
    drafts: list[tuple[Content, list[Known]]],
    galleries: list[Known],
    saved: dict[int, list[placement.Item]],
) -> None:
    """
    What has just been published is what the row became, room made and all: aliases get it next.

    :param saved: The items of each gallery as the row was saved, by its subscription.
    """
    live = holder._state.fields_cache.get("live_revision")
    in_row = {subscription.pk: gallery for _, gallery, subscription in galleries}
    for content, matches in drafts:
        for name, gallery, subscription in matches if content.revision is live else ():
            row = in_row[subscription.pk]
            # Also where only the cursor differs: then what came has made room at once.
            is_behind = (row.items, row.cursor) != (gallery.items, gallery.cursor)
            if row.cursor and gallery.items == saved[subscription.pk] and is_behind:
                gallery.write(row.items, row.cursor)
                content.changed.add(name)


def complete_revision(holder: Any) -> None:
    """
    Make the galleries in a holder's newest revision, which was just saved, whole.

    Its content is changed in memory too: whoever made it may go on to publish it.
    """
    revision = holder.latest_revision
    subscriptions = list(Subscription.objects.of(HolderKey.of(holder)).with_what_is_undone())
    if revision is None or not subscriptions:
        return
    drafts = _contents(type(holder), [revision], subscriptions)
    # An old form may bring back what was taken out of the draft since, whatever it has seen.
    has_undone = any(subscription.has_undone for subscription in subscriptions)
    if has_undone or not _are_whole(drafts):
        with transaction.atomic():
            of_holder = Subscription.objects.of(HolderKey.of(holder)).select_for_update()
            drafts = _contents(type(holder), [revision], list(of_holder))
            found = [found for _, galleries in drafts for found in galleries]
            contents = [(subscription, gallery) for _, gallery, subscription in found]
            complete_drafts(drafts, ledger_rows.load(contents, holder._state.db))
    # The row of what is not live was completed just before.
    setattr(revision, ADDED, _merged(holder.__dict__.pop(ADDED, {}), getattr(revision, ADDED, {})))


def _contents(
    model: type[models.Model], revisions: list[Revision], subscriptions: list[Subscription]
) -> list[tuple[Content, list[Known]]]:
    contents = []
    for revision in revisions:
        raw = streams.raw_data_of_revision(model, revision.content)
        matches = match(galleries_of(model, raw), subscriptions)
        contents.append((Content(raw, revision=revision), known(matches)))
    return contents


def complete_drafts(drafts: list[tuple[Content, list[Known]]], ledgers: dict[int, Ledger]) -> None:
    """Replay into revisions, and write those that change."""
    for content, galleries in drafts:
        added: dict[str, dict[str, list[str]]] = {}
        for name, gallery, subscription in galleries:
            change = ledgers[subscription.pk].replay(gallery, is_row=False)
            if change.is_written:
                content.changed.add(name)
                added.setdefault(name, {})[gallery.path] = change.added
        setattr(content.revision, ADDED, added)
    write_revisions(content for content, _ in drafts)


def _merged(*notes: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
    merged: dict[str, dict[str, list[str]]] = {}
    for note in notes:
        for name, galleries in note.items():
            for path, images in galleries.items():
                merged.setdefault(name, {}).setdefault(path, []).extend(images)
    return merged


def _who(holder: Any) -> Who:
    """Whose doing the row is: that of the revision which became it, else of the request."""
    live = holder._state.fields_cache.get("live_revision")
    if live:
        return Who(str(live.user_id or ""), live.created_at)
    user = get_active_log_context().user
    return Who(str(user.pk) if user else "")
