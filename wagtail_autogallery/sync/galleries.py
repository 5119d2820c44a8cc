"""
Find galleries in the stored data of a field.

Everything here works on *raw* stream data, the lists and dicts of the database's JSON. Wagtail's
values would load every image, drop block types they do not know, and fill in what is missing.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from django.db import models
from django.utils.html import strip_tags
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock, RichTextBlock
from wagtail.fields import StreamField

from wagtail_autogallery.blocks import ADD_EXISTING, GalleryBlock
from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.sync import placement
from wagtail_autogallery.sync.children import ChildStream, ChildStreams
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.gallery_fields import can_hold_gallery, child_fields, gallery_fields
from wagtail_autogallery.sync.places import ALL, Scope


@dataclass(frozen=True)
class Gallery:
    """One gallery in raw stream data. Writing to it writes into that data."""

    block: GalleryBlock
    #: Content path in its field, as in Wagtail's ``ReferenceIndex``: ids of stream and list
    #: children, names of struct children, joined by dots.
    path: str
    raw: dict[str, Any]
    #: The names of the blocks around it and of its own, by which people know its place.
    names: tuple[str, ...] = ()
    #: Which one it is of the galleries in its field, in reading order.
    nth: int = 1

    @property
    def place(self) -> str:
        return f"{'.'.join(self.names)}#{self.nth}"

    @property
    def is_followed(self) -> bool:
        return bool(self._child("auto_sync_media"))

    @property
    def collection_id(self) -> int | None:
        """The followed collection; ``None`` for all."""
        return self.block.child_blocks["collection"].normalize(self._child("collection"))

    @property
    def scope(self) -> Scope:
        return self.collection_id or ALL

    @property
    def cursor(self) -> Cursor | None:
        """Which gallery this is and what it has seen; ``None`` where it does not say."""
        return Cursor.parse(self.raw.get("cursor"))

    @property
    def items(self) -> list[placement.Item]:
        """
        The list's items in today's form, whatever form they are stored in.

        They may be the stored ones: who wants another one writes another one.
        """
        return [_as_item(item) for item in self.raw.get("images") or []]

    @property
    def max_images(self) -> int | None:
        """How many images it holds at most: as its editor says, and as the list block does."""
        images = self.block.child_blocks["images"]
        limits = [_int_or_none(self._child("max_images")), images.meta.max_num]
        return min((limit for limit in limits if limit is not None), default=None)

    @property
    def newest_first(self) -> bool:
        return bool(self._child("new_images") == "first")

    @property
    def reviews_new_images(self) -> bool:
        """Whether new images wait in a draft for somebody to publish them."""
        return bool(self._child("review_new_images"))

    @property
    def layout(self) -> str:
        return layouts.of(self.raw)

    @property
    def wish(self) -> str:
        """Whether it is to get what is already there, see ``wishes.py``."""
        said = self.raw.get(ADD_EXISTING)
        return said if isinstance(said, str) else ""

    def write_wish(self, wish: str) -> None:
        self.raw[ADD_EXISTING] = wish

    def new_item(self, image: Any, item_id: str) -> placement.Item:
        """:param image: The primary key in the form JSON stores it."""
        return placement.new_item(image, self._item_block.get_prep_value(self._blank), item_id)

    def is_automatic(self, item: placement.Item) -> bool:
        """Whether the sync put this item in, and no person has written anything into it since."""
        return placement.is_automatic(
            item,
            lambda name, value: (
                name not in self._item_block.child_blocks
                or _says_nothing(self._item_block.child_blocks[name], value)
            ),
        )

    def write(self, items: list[placement.Item], cursor: Cursor) -> None:
        self.raw["images"] = items
        self.raw["cursor"] = str(cursor)

    @property
    def digest(self) -> str:
        """Differs when anything in it differs."""
        text = json.dumps(self.raw, sort_keys=True, default=str)
        return blake2b(text.encode(), digest_size=16).hexdigest()

    @property
    def _item_block(self) -> Any:
        return self.block.child_blocks["images"].child_block

    @property
    def _blank(self) -> Any:
        return self._item_block.get_default()

    def _child(self, name: str) -> Any:
        if name in self.raw:
            return self.raw[name]
        block = self.block.child_blocks[name]
        return block.get_prep_value(block.get_default())


def galleries_of(
    model: type[models.Model], raw: Mapping[str, Any]
) -> Iterator[tuple[str, Gallery]]:
    """All galleries in the raw data of a holder, in reading order, each with its field's name."""
    for field in gallery_fields(model):
        if field.name in raw:
            for nth, gallery in enumerate(galleries(field, raw[field.name]), 1):
                yield field.name, replace(gallery, nth=nth)
    for one in child_fields(model):
        for nth, (_, gallery) in enumerate(galleries_of_children(raw.get(one.name, [])), 1):
            yield one.name, replace(gallery, nth=nth)


def galleries_of_children(found: Iterable[ChildStream]) -> Iterator[tuple[ChildStream, Gallery]]:
    """
    All galleries in the streams of child objects, in reading order, each with its stream.

    The ids of blocks tell them apart. Where they do not, because somebody copied a whole stream, it
    is the order.
    """
    times: Counter[str] = Counter()
    for stream in found:
        for gallery in galleries(stream.field, stream.raw):
            times[gallery.path] += 1
            nth = times[gallery.path]
            yield stream, gallery if nth == 1 else replace(gallery, path=f"{gallery.path}#{nth}")


def galleries(field: StreamField, raw: Any) -> Iterator[Gallery]:
    """All galleries in the raw data of a field, in reading order."""
    yield from galleries_in(field.stream_block, raw)


def galleries_in(block: Block, raw: Any) -> Iterator[Gallery]:
    """All galleries in the raw data of a block, in reading order."""
    yield from _walk(block, raw, (), ())


def _walk(
    block: Block, raw: Any, path: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[Gallery]:
    if isinstance(block, GalleryBlock) and isinstance(raw, dict):
        yield Gallery(block, ".".join(path), raw, names)
    for child, value, name in _children(block, raw):
        if child is not None and can_hold_gallery(child):
            # What is in a list has no name of its own.
            inner = (*names, child.name) if child.name else names
            yield from _walk(child, value, (*path, name), inner)


def _children(block: Block, raw: Any) -> Iterator[tuple[Block | None, Any, str]]:
    """
    The parts of a raw value: their block (``None`` where it is not known), value and path segment.

    Data stored before Wagtail gave every child an id has a position instead.
    """
    if isinstance(block, BaseStreamBlock) and isinstance(raw, list):
        for position, child in enumerate(raw):
            if isinstance(child, Mapping):
                known = block.child_blocks.get(child.get("type"))
                yield known, child.get("value"), str(child.get("id") or position)
            else:
                yield None, child, str(position)
    elif isinstance(block, BaseStructBlock) and isinstance(raw, dict):
        for name, value in raw.items():
            yield block.child_blocks.get(name), value, name
    elif isinstance(block, ListBlock) and isinstance(raw, list):
        for position, child in enumerate(raw):
            if _is_item(child):
                yield block.child_block, child["value"], str(child["id"])
            else:
                yield block.child_block, child, str(position)


def _is_item(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "item"
        and "id" in value
        and "value" in value
    )


def _as_item(value: Any) -> placement.Item:
    item = value if _is_item(value) else {"type": "item", "value": value, "id": str(uuid.uuid4())}
    if isinstance(item["value"], dict):
        return item
    return {**item, "value": {"image": item["value"]}}


def is_known(model: type[models.Model], name: str, raw: Any) -> bool:
    """
    Whether this process knows every block in the raw data of a field.

    During a deployment another one may know more: what is not found here may still be there.

    :param name: That of the field, of the model or of its child objects.
    """
    if isinstance(raw, ChildStreams):
        return all(_is_known(stream.field.stream_block, stream.raw) for stream in raw)
    field: Any = model._meta.get_field(name)
    return _is_known(field.stream_block, raw)


def _is_known(block: Block, raw: Any) -> bool:
    if isinstance(block, BaseStructBlock):
        if not isinstance(raw, dict):
            return False
    elif isinstance(block, (BaseStreamBlock, ListBlock)):
        if not isinstance(raw, list):
            return False
    else:
        return True
    return all(
        child is not None and _is_known(child, value) for child, value, _ in _children(block, raw)
    )


#: What a rich text shows though it has no words.
_ELEMENTS = ("<embed", "<img", "<hr", "<iframe")


def _says_nothing(block: Block, raw: Any) -> bool:
    """Whether this is what a form or a script stores where nobody wrote anything."""
    if raw in (None, "", [], {}, False) or raw == block.get_prep_value(block.get_default()):
        return True
    if isinstance(block, RichTextBlock):
        return not strip_tags(raw).strip() and not any(tag in raw for tag in _ELEMENTS)
    if isinstance(block, BaseStructBlock) and isinstance(raw, Mapping):
        return all(
            child is None or _says_nothing(child, value)
            for child, value, _ in _children(block, raw)
        )
    return False


def _int_or_none(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
