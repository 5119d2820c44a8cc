"""The layouts of a gallery: what the server has to know of how ``css/gallery.css`` draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

GRID, MASONRY, STRIP = "grid", "masonry", "strip"

CHOICES = [(GRID, _("Grid")), (MASONRY, _("Masonry")), (STRIP, _("Strip"))]

GRID_COLUMN_REM, MASONRY_COLUMN_REM, GAP_REM = 16, 18, 1
#: Of one line, as most are.
CAPTION_REM = 1.75

#: How much of a masonry may be in sight at first, in widths of a column: of low windows with much
#: above it, and of high ones.
IN_SIGHT = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
#: How much wider than a gallery the window may be before there is room for a further column.
MARGINS = 1.15
#: What differs by less is of the same size to a browser, which rounds to pixels.
AS_LARGE = 0.99


def of(gallery: Mapping[str, Any]) -> str:
    """The layout of a gallery, as a value or as it is stored."""
    return gallery.get("layout") or GRID


def eager(layout: str, images: Sequence[tuple[int, int, bool]]) -> set[int]:
    """
    The numbers of the images that are not loaded lazily: what a phone shows in its first row.

    Masonry has but one column there, and in wider windows it goes down one and then down the next:
    what is in sight at first, and which of it is the largest, depends on the window. So these are
    the first, and the largest in sight for each number of columns and height of the window.

    :param images: Of those that are shown at first: width, height, and whether it has a caption.
    """
    if layout != MASONRY:
        return {1, 2}
    # In widths of a column.
    heights = [height / width if width else 1.0 for width, height, _ in images]
    rooms = [
        height + (GAP_REM + CAPTION_REM * has_caption) / MASONRY_COLUMN_REM
        for height, (_, _, has_caption) in zip(heights, images, strict=True)
    ]
    eager = {1}
    for columns in range(1, 6) if images else ():
        tops = _tops_in_columns(rooms, columns)
        for sight in IN_SIGHT:
            seen = [min(height, sight - top) for height, top in zip(heights, tops, strict=True)]
            largest = max(seen)
            if all(seen[number - 1] < AS_LARGE * largest for number in eager):
                eager.add(seen.index(largest) + 1)
    return eager


def _tops_in_columns(rooms: Sequence[float], columns: int) -> list[float]:
    """How far down its column each image begins, as browsers balance them: none is cut in two."""
    limit = max(sum(rooms) / columns, max(rooms))
    while True:
        tops, used, begun, lacking = [], 0.0, 1, limit
        for room in rooms:
            # What adds up to the limit is not more than it, however floating points are rounded.
            if used + room > limit + 1e-6:
                lacking = min(lacking, used + room - limit)
                begun += 1
                used = 0.0
            tops.append(used)
            used += room
        if begun <= columns:
            return tops
        limit += lacking


def sizes(layout: str, is_lazy: bool, width: int, height: int) -> str:
    """The ``sizes`` of an image of these dimensions: how wide it is drawn."""
    if layout == STRIP:
        ratio = width / height if height else 1.0
        return f"calc({ratio:.2f} * clamp(14rem, 45vh, 28rem))"
    if layout == MASONRY:
        guess = _in_columns(MASONRY_COLUMN_REM, "100vw")
    else:
        guess = _in_columns(GRID_COLUMN_REM, "50vw")
    # What is loaded lazily has been laid out by then, so browsers can measure it.
    return f"auto, {guess}" if is_lazy else guess


def _in_columns(narrowest: int, on_phones: str) -> str:
    # The margins of the page are not known here, nor a wider gap: with them there are fewer columns
    # until the window is that much wider. A guess that is too small would be a blurred picture.
    def from_width(columns: int) -> str:
        width = columns * narrowest + (columns - 1) * GAP_REM
        return f"(min-width: {MARGINS * width:.0f}rem)"

    wider = (f"{from_width(columns)} {100 / columns:.0f}vw" for columns in (4, 3, 2))
    return ", ".join((f"{from_width(5)} {narrowest * 1.25:.0f}rem", *wider, on_phones))
