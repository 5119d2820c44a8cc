"""How much of a gallery a page shows at once, and the address of the rest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest

from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.pictures import read_together

if TYPE_CHECKING:
    from wagtail_autogallery.blocks import GalleryItemValue, GalleryValue

#: What an address says instead of a number to see everything.
ALL = "all"


class Entry(NamedTuple):
    """An image in its place in the gallery."""

    #: Counted from 1.
    number: int
    #: Unique in the page, and the same wherever the image moves to in the gallery; empty without
    #: a request.
    id: str
    item: GalleryItemValue
    #: Attributes of the ``<img>``; no ``loading`` where the image is probably seen at once.
    sizes: str
    loading: str | None
    fetchpriority: str | None


@dataclass(frozen=True)
class Paging:
    """The part of a gallery that a page shows."""

    #: Names the gallery in the page and in its address, whatever images come and go; empty without
    #: a request.
    key: str
    layout: str
    #: How many images the gallery has in all.
    total: int
    #: One list, or one a page where a longer list would move the images that are shown already.
    lists: Sequence[Sequence[Entry]]
    #: Where the next images are; empty when all are shown.
    more: str = ""
    #: Where all images are; empty when all are shown.
    all: str = ""


def paging_of(gallery: GalleryValue, request: HttpRequest | None) -> Paging:
    """
    The first images of a gallery, or as many as the address asks for.

    Without a request nobody could ask for more, so all are shown: a page that is rendered into a
    file must not lose images. Nor can who looks at a preview, which has no address of its own.
    """
    layout = layouts.of(gallery)
    key = _next_key(request)
    items = _items_by_id(gallery, key)
    total = len(items)
    size = gallery.block.meta.page_size or total
    is_first = bool(items) and _is_first(request)
    if request is None or getattr(request, "is_preview", False) or total <= size:
        return Paging(key, layout, total, _lists(items, layout, size, is_first))
    last = math.ceil(total / size)
    page = min(max(_requested_page(request, key, last), 1), last)
    lists = _lists(items[: page * size], layout, size, is_first)
    if page == last:
        return Paging(key, layout, total, lists)
    next_id = items[page * size][0]
    return Paging(
        key,
        layout,
        total,
        lists,
        more=_address(request, key, str(page + 1), next_id),
        all=_address(request, key, ALL, next_id),
    )


def _next_key(request: HttpRequest | None) -> str:
    """
    The place of a gallery among those that are shown in answer to a request.

    Unlike anything in its content, it stays the same while images come and go, and it is another
    one when the same content is shown twice. An empty gallery has a place, too: it may be filled.
    """
    if request is None:
        return ""
    number = getattr(request, "_autogalleries", 0) + 1
    request._autogalleries = number  # type: ignore[attr-defined]
    return f"gallery-{number}"


def _items_by_id(gallery: GalleryValue, key: str) -> list[tuple[str, GalleryItemValue]]:
    images = gallery.get("images")
    children = images.bound_blocks if images else []
    return [
        (f"{key}-{_id_of(child, number)}" if key else "", child.value)
        for number, child in enumerate(children, start=1)
        if child.value.get("image")
    ]


def _id_of(child: Any, number: int) -> str:
    # Items from before Wagtail gave them ids are given others each time they are read.
    return child.original_id or f"{number}-{child.value['image'].pk}"


def _is_first(request: HttpRequest | None) -> bool:
    """Whether it is the first gallery of its page: the others are out of sight at first."""
    is_first = not getattr(request, "_has_autogallery", False)
    if request is not None:
        request._has_autogallery = True  # type: ignore[attr-defined]
    return is_first


def _lists(
    items: Sequence[tuple[str, GalleryItemValue]], layout: str, size: int, is_first: bool
) -> list[list[Entry]]:
    read_together((item for _, item in items), layout)
    items = [(item_id, item) for item_id, item in items if item.picture]
    eager = _eager(layout, [item for _, item in items[:size]]) if is_first else set()
    entries = [
        Entry(
            number,
            item_id,
            item,
            sizes=layouts.sizes(layout, number not in eager, *_shape(item)),
            loading=None if number in eager else "lazy",
            fetchpriority="high" if is_first and number == 1 else None,
        )
        for number, (item_id, item) in enumerate(items, start=1)
    ]
    if layout != layouts.MASONRY:
        return [entries]
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def _eager(layout: str, shown: Sequence[GalleryItemValue]) -> set[int]:
    return layouts.eager(layout, [(*_shape(item), bool(item.get("caption"))) for item in shown])


def _shape(item: GalleryItemValue) -> tuple[int, int]:
    return item["image"].width, item["image"].height


def _requested_page(request: HttpRequest, key: str, last: int) -> int:
    value = request.GET.get(key)
    if value == ALL:
        return last
    try:
        return int(value or 1)
    except ValueError:
        return 1


def _address(request: HttpRequest, key: str, page: str, fragment: str) -> str:
    query = request.GET.copy()
    query[key] = page
    return f"?{query.urlencode()}#{fragment}"
