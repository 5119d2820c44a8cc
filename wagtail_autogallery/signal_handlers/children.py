"""Child objects with galleries, that are saved with their parent or by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models

from wagtail_autogallery.signal_handlers.guards import Fields, is_alias, needs_tables
from wagtail_autogallery.sync.announcements import is_marked, mark_as_synced, take_mark
from wagtail_autogallery.sync.children import (
    ChildField,
    about_to_be_saved,
    parent_in_database,
    parent_in_memory,
    parental_key,
    relation_of,
)
from wagtail_autogallery.sync.gallery_fields import child_fields
from wagtail_autogallery.sync.saves import complete_row, lock_parent, mint_keys, mint_keys_of_child
from wagtail_autogallery.tasks import enqueue_sync_on_commit


@needs_tables
def complete_row_before_child_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    using: str,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    """A child object is saved after its parent, which has seen to it then, or by itself."""
    fields = _written_galleries_of_child(sender, instance, update_fields)
    if raw or not fields or is_marked(instance):
        return
    key, relation = fields[0].key, fields[0].relation
    parent = parent_in_memory(instance, key)
    if any(child is instance for child in about_to_be_saved(parent, relation) or ()):
        _complete_before_children_are_saved(parent, fields)
    else:
        lock_parent(instance, key, using)
        mint_keys_of_child(instance, fields)


@needs_tables
def complete_row_on_child_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    fields = _written_galleries_of_child(sender, instance, update_fields)
    if raw or not fields or take_mark(instance):
        return
    parent = parent_in_database(instance, fields[0].key)
    names = {one.name for one in fields}
    if parent and not is_alias(parent) and complete_row(parent, names, instance):
        enqueue_sync_on_commit()


@needs_tables
def lock_parent_before_child_delete(
    sender: type[models.Model],
    instance: models.Model,
    using: str,
    origin: Any = None,
    **kwargs: Any,
) -> None:
    key: Any = parental_key(sender)
    is_with_parent = (
        about_to_be_saved(parent_in_memory(instance, key), relation_of(key)) is not None
    )
    if _is_deleted_itself(instance, origin) and not is_with_parent:
        lock_parent(instance, key, using)


@needs_tables
def complete_row_on_child_delete(
    sender: type[models.Model], instance: models.Model, origin: Any = None, **kwargs: Any
) -> None:
    """Where it is not its parent that was deleted, its galleries follow no more."""
    fields = _written_galleries_of_child(sender, instance, None)
    if not fields or not _is_deleted_itself(instance, origin):
        return
    key, relation = fields[0].key, fields[0].relation
    parent = parent_in_memory(instance, key)
    others = about_to_be_saved(parent, relation)
    if others is not None and not any(child is instance for child in others):
        # Its galleries may be in one of them.
        if not (others and all(map(is_marked, others))):
            _complete_before_children_are_saved(parent, fields)
    elif (parent := parent_in_database(instance, key)) and not is_alias(parent):
        complete_row(parent, {one.name for one in fields})


def _is_deleted_itself(instance: models.Model, origin: Any) -> bool:
    """Whether it is not deleted along with something else, such as its parent."""
    return origin is instance or getattr(origin, "model", None) is type(instance)


def _complete_before_children_are_saved(parent: Any, fields: list[ChildField]) -> None:
    names = {one.name for one in fields}
    mint_keys(parent, names)
    if not is_alias(parent) and complete_row(parent, names):
        enqueue_sync_on_commit()
    mark_children(parent, names)


def mark_children(parent: models.Model, names: Iterable[str]) -> None:
    """Whoever saves them after their parent need not look at them again."""
    for one in child_fields(type(parent)):
        if one.name in names:
            for child in about_to_be_saved(parent, one.relation) or ():
                mark_as_synced(child)


def _written_galleries_of_child(
    model: type[models.Model], child: models.Model, update_fields: Fields
) -> list[ChildField]:
    """The gallery fields that a save of a child object writes."""
    key: Any = parental_key(model)
    not_written = child.get_deferred_fields()
    return [
        one
        for one in child_fields(key.related_model)
        if one.key == key
        and one.field.name not in not_written
        and (update_fields is None or one.field.name in update_fields)
    ]
