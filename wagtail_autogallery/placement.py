"""
Put images into a gallery's list: from values to values, without the database.

Works on the stored form of a list block: ``{"type": "item", "value": {...}, "id": "..."}``.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]

#: Namespace of the ids of auto-added items; made once with ``uuid.uuid4()``. Never change it:
#: the ids in stored content depend on it.
NAMESPACE = uuid.UUID("a3f0d7a4-6f0e-4e62-9d0a-2f6f4f0f7a55")


def auto_item_id(gallery_id: str, image_id: str) -> str:
    """
    The id of the item that the sync adds for an image.

    :param gallery_id: The gallery's content path within its field.
    :param image_id: The image's primary key as text.
    """
    return str(uuid.uuid5(NAMESPACE, f"{gallery_id}|{image_id}"))


def image_id_of(item: Item) -> str | None:
    """The primary key, as text, of the image in a list item; ``None`` where there is none."""
    image = item["value"].get("image")
    return None if image is None else str(image)


@dataclass(frozen=True)
class Placement:
    """What became of a gallery's list."""

    items: list[Item]
    #: Images that were put in and are still in, in order of arrival.
    added: list[Any]
    #: Images whose items were taken out, because they do not exist any more.
    removed: list[str] = field(default_factory=list)
    #: No room: images chosen by hand take all places. None was added.
    full: bool = False


@dataclass(frozen=True)
class Gallery:
    """The part of a gallery that placing looks at."""

    id: str
    items: Sequence[Item]
    #: The value of an item as the sync makes it, without its image.
    blank: Mapping[str, Any]
    max_images: int | None = None
    newest_first: bool = False

    def is_auto(self, item: Item) -> bool:
        """Whether the sync added this item and no person has written anything into it since."""
        image_id = image_id_of(item)
        return (
            image_id is not None
            and item["id"] == auto_item_id(self.id, image_id)
            and all(
                # A form stores an empty field as text, a script as nothing.
                (item["value"].get(name) or None) in (value or None, None)
                for name, value in self.blank.items()
            )
        )


def place(
    gallery: Gallery,
    images: Sequence[Any],
    arrival_order: Callable[[list[str]], list[str]],
    gone: Collection[str] = (),
) -> Placement:
    """
    Take out images that are gone, and add images one after another, each as the gallery says,
    making room where it has a maximum.

    An image that is in the list already, in whatever way it came, is not added again.

    :param images: Primary keys in order of arrival, in the form the block stores them.
    :param arrival_order: Sorts primary keys (as text) by arrival, oldest first. Asked at most
        once, and only when room has to be made.
    :param gone: Primary keys, as text, of images that do not exist any more.
    """
    items = [item for item in gallery.items if image_id_of(item) not in gone]
    removed = [str(image_id_of(item)) for item in gallery.items if image_id_of(item) in gone]
    present = {image_id_of(item) for item in items} | {item["id"] for item in items}
    new: list[Any] = []
    for image in images:
        if str(image) in present or auto_item_id(gallery.id, str(image)) in present:
            continue
        present.add(str(image))
        new.append(image)
    if not new:
        return Placement(items, [], removed)

    fresh = [_item(gallery, image) for image in new]
    if gallery.max_images is not None:
        evictable = [item for item in items if gallery.is_auto(item)]
        room = gallery.max_images - (len(items) - len(evictable))
        if room <= 0:
            return Placement(items, [], removed, full=True)
        fresh = fresh[-room:]
        excess = len(items) + len(fresh) - gallery.max_images
        if excess > 0:
            oldest = arrival_order([str(image_id_of(item)) for item in evictable])[:excess]
            items = [
                item
                for item in items
                if not (image_id_of(item) in oldest and gallery.is_auto(item))
            ]
    added = [item["value"]["image"] for item in fresh]
    return Placement(
        [*reversed(fresh), *items] if gallery.newest_first else [*items, *fresh], added, removed
    )


def _item(gallery: Gallery, image: Any) -> Item:
    return {
        "type": "item",
        "value": {**gallery.blank, "image": image},
        "id": auto_item_id(gallery.id, str(image)),
    }
