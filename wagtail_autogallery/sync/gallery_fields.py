"""Which models and blocks can hold galleries, and in which of their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.db import models
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock
from wagtail.fields import StreamField
from wagtail.models import RevisionMixin

from wagtail_autogallery.blocks import GalleryBlock
from wagtail_autogallery.sync import children
from wagtail_autogallery.sync.children import ChildField


def stream_fields(model: type[models.Model]) -> tuple[StreamField, ...]:
    """All StreamFields of a model."""
    return tuple(field for field in model._meta.concrete_fields if isinstance(field, StreamField))


@cache
def gallery_fields(model: type[models.Model]) -> tuple[StreamField, ...]:
    """The StreamFields of a model that can hold a gallery, at any depth."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if isinstance(field, StreamField) and can_hold_gallery(field.stream_block)
    )


@cache
def child_fields(model: type[models.Model]) -> tuple[ChildField, ...]:
    """The StreamFields of a model's child objects that can hold a gallery, at any depth."""
    return tuple(
        ChildField(relation.get_accessor_name(), relation.field, field)
        for relation in children.relations(model)
        for field in gallery_fields(relation.related_model)
    )


def is_holder(model: type[models.Model]) -> bool:
    """Whether there may be galleries in objects of a model, or in their child objects."""
    is_part_of_another = bool(children.parental_keys(model)) and not issubclass(
        model, RevisionMixin
    )
    own = () if is_part_of_another else gallery_fields(model)
    return bool(own or child_fields(model))


def can_hold_gallery(block: Block) -> bool:
    """Whether there may be galleries in a block, at any depth, or it is one."""
    return isinstance(block, GalleryBlock) or any(
        can_hold_gallery(child) for child in _child_blocks(block)
    )


def _child_blocks(block: Block) -> list[Block]:
    if isinstance(block, (BaseStreamBlock, BaseStructBlock)):
        return list(block.child_blocks.values())
    if isinstance(block, ListBlock):
        return [block.child_block]
    return []


def containers_with_hidden_galleries(block: Block, path: str = "") -> Iterator[tuple[str, Block]]:
    """
    The blocks of other kinds than Wagtail's structs, streams and lists that have galleries in them.

    Nobody but they know how they store them, so no gallery is found there.

    :return: Each with the names of the blocks that lead to it, joined by dots.
    """
    if isinstance(block, (BaseStreamBlock, BaseStructBlock, ListBlock)):
        for child in _child_blocks(block):
            below = path if isinstance(block, ListBlock) else f"{path}.{child.name}".lstrip(".")
            yield from containers_with_hidden_galleries(child, below)
    elif any(_has_gallery(each, {id(block)}) for each in _blocks_in(vars(block))):
        yield path, block


def _has_gallery(block: Block, seen: set[int]) -> bool:
    if isinstance(block, GalleryBlock):
        return True
    if id(block) in seen:
        return False
    seen.add(id(block))
    return any(_has_gallery(each, seen) for each in _blocks_in(vars(block)))


def _blocks_in(value: Any) -> Iterator[Block]:
    """The blocks that an attribute of a block holds, what it was made with among them."""
    if isinstance(value, Block):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _blocks_in(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _blocks_in(each)
