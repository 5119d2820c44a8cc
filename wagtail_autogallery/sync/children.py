"""
Child objects that hold galleries are part of their parent: in its row, and in its revisions.

modelcluster keeps them in memory and saves them after their parent's row. A revision has them as a
list of their columns, without a key where they are not saved yet, so each publish of it makes them
anew. So a gallery is not looked for in a child of this or that key: it is in the relation.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel, get_all_child_relations
from wagtail.fields import StreamField
from wagtail.models import RevisionMixin


class ChildField(NamedTuple):
    """A StreamField of child objects."""

    #: The name by which the parent has them.
    relation: str
    key: ParentalKey
    field: StreamField

    @property
    def name(self) -> str:
        """What it is called among the fields of the parent."""
        return f"{self.relation}.{self.field.name}"


class ChildStream:
    """The raw stream of one child object, wherever that is."""

    def __init__(self, owner: Any, field: StreamField, raw: Any, *, is_row: bool = False) -> None:
        #: The child object, or what the content of a revision has of it.
        self.owner = owner
        self.field = field
        self.raw = raw
        #: Whether it was read from the database, and nobody else is about to save it.
        self.is_row = is_row
        self._before = json.dumps(raw, default=str)

    @property
    def has_changed(self) -> bool:
        return json.dumps(self.raw, default=str) != self._before

    def put(self) -> None:
        """Put it where it came from: into the object in memory, or into a revision's content."""
        if isinstance(self.owner, models.Model):
            setattr(self.owner, self.field.name, self.raw)
        else:
            as_text = not isinstance(self.owner.get(self.field.name), list)
            self.owner[self.field.name] = json.dumps(self.raw) if as_text else self.raw


class ChildStreams(list[ChildStream]):
    """Those of one field, in the order of the child objects."""

    def changed(self) -> list[ChildStream]:
        return [stream for stream in self if stream.has_changed]


def parental_keys(model: type[models.Model]) -> list[ParentalKey]:
    return [field for field in model._meta.get_fields() if isinstance(field, ParentalKey)]


def parental_key(model: type[models.Model]) -> ParentalKey | None:
    """The key by which objects of a model are part of their parent; ``None`` where they are not."""
    keys = parental_keys(model)
    if len(keys) != 1 or issubclass(model, RevisionMixin):
        return None
    parent = keys[0].related_model
    return None if parental_keys(parent) else keys[0]


def why_not(model: type[models.Model], field: StreamField) -> str:
    """
    Why a gallery in a child object cannot be part of its parent; empty where nothing is wrong.

    :param field: A field of that model.
    """
    keys = parental_keys(model)
    if not keys:
        return ""
    if issubclass(model, RevisionMixin):
        return "its objects have revisions of their own"
    if len(keys) > 1:
        return "its objects have more than one parent"
    if parental_keys(keys[0].related_model):
        return f"{keys[0].related_model._meta.label} is a child object itself"
    if field not in keys[0].model._meta.fields:
        return f"its parent knows its children as {keys[0].model._meta.label}, without this field"
    return ""


def relations(model: type[models.Model]) -> list[Any]:
    """The relations by which a model has child objects that are part of it."""
    if not issubclass(model, ClusterableModel):
        return []
    return [
        relation
        for relation in get_all_child_relations(model)
        if parental_key(relation.related_model) is not None
    ]


def relation_of(key: ParentalKey) -> str:
    """The name by which the parent has its children."""
    return str(key.remote_field.get_accessor_name())


def about_to_be_saved(parent: models.Model | None, relation: str) -> list[Any] | None:
    """
    The children of an object as it has them in memory, to save them after its own row.

    :return: ``None`` where it leaves them as they are.
    """
    pending: dict[str, list[Any]] = getattr(parent, "_cluster_related_objects", {})
    return pending.get(relation)


def parent_in_memory(child: models.Model, key: ParentalKey) -> models.Model | None:
    """The parent as whoever saves or deletes a child has it, if they have."""
    return child._state.fields_cache.get(key.name)


def parent_in_database(child: models.Model, key: ParentalKey) -> models.Model | None:
    parents = key.related_model._base_manager.using(child._state.db)
    return parents.filter(pk=getattr(child, key.attname)).first()


def rows(parent: models.Model, key: ParentalKey) -> models.QuerySet[Any]:
    """The children of an object in the database, in their order."""
    children = key.model._base_manager.using(parent._state.db)
    children = children.filter(**{key.attname: parent.pk})
    return children if children.ordered else children.order_by("pk")
