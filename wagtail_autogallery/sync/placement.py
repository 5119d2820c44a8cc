"""
What a gallery's list is made of, and how it changes: from values to values, without the database.

Works on the stored form of a list block: ``{"type": "item", "value": {...}, "id": "..."}``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.sync.cursors import Cursor

Item = dict[str, Any]

#: Namespace of the ids of items; made once with ``uuid.uuid4()``.
NAMESPACE = uuid.UUID("a3f0d7a4-6f0e-4e62-9d0a-2f6f4f0f7a55")


def image_id_of(item: Item) -> str | None:
    """The primary key, as text, of the image in a list item; ``None`` where there is none."""
    image = item["value"].get("image")
    return None if image is None else str(image)


def is_machine_made(item: Item) -> bool:
    """Whether the sync put this item in, whatever a person made of it since."""
    return bool(item["value"].get(DELIVERED))


def is_automatic(item: Item, is_blank: Callable[[str, Any], bool]) -> bool:
    """
    Whether the sync put this item in, and no person has written anything into it since.

    :param is_blank: Tells whether a child of an item, by name and value, says nothing.
    """
    return (
        is_machine_made(item)
        and item["value"][DELIVERED] == image_id_of(item)
        and all(
            is_blank(name, value)
            for name, value in item["value"].items()
            if name not in ("image", DELIVERED)
        )
    )


def new_item(image: Any, blank: Mapping[str, Any], item_id: str) -> Item:
    """
    The item that the sync puts in.

    :param image: The primary key in the form JSON stores it.
    :param blank: The other children.
    """
    value = {**blank, "image": image, DELIVERED: str(image)}
    return {"type": "item", "value": value, "id": item_id}


def item_id_of(cursor: Cursor) -> str:
    """
    The id of the item that a delivery becomes.

    The same in all contents, so that they can be compared, and comments stay at their item.

    :param cursor: The gallery, the delivery's number, and its image.
    """
    return str(uuid.uuid5(NAMESPACE, str(cursor)))


def insert(items: Sequence[Item], fresh: Sequence[Item], newest_first: bool) -> list[Item]:
    """Add items, given in the order in which they came, where the gallery wants new ones."""
    return [*reversed(fresh), *items] if newest_first else [*items, *fresh]
