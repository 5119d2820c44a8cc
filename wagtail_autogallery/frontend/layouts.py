"""The layouts of a gallery: what the server has to know of how ``css/gallery.css`` draws them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

GRID, MASONRY, STRIP = "grid", "masonry", "strip"

CHOICES = [(GRID, _("Grid")), (MASONRY, _("Masonry")), (STRIP, _("Strip"))]

GRID_COLUMN_REM, MASONRY_COLUMN_REM, GAP_REM = 16, 18, 1


def of(gallery: Mapping[str, Any]) -> str:
    """The layout of a gallery, as a value or as it is stored."""
    return gallery.get("layout") or GRID


def eager(layout: str, shapes: Sequence[tuple[int, int]]) -> set[int]:
    """
    The numbers of the images that are not loaded lazily: what a phone shows in its first row.

    Masonry has but one column there, and in wider windows it goes down one and then down the next:
    the largest picture in sight is the largest of all, or of those at the top of a column. Which
    these are depends on the window.

    :param shapes: Width and height of the images that are shown at first.
    """
    if layout != MASONRY:
        return {1, 2}
    heights = [round(1000 * height / (width or 1)) for width, height in shapes]
    candidates = [range(len(heights)), *(_tops_of_columns(heights, n) for n in (2, 3, 4, 5))]
    # The tallest is the largest, for all are of the same width.
    return {1} | {max(places, key=heights.__getitem__) + 1 for places in candidates if heights}


def _tops_of_columns(heights: Sequence[int], columns: int) -> list[int]:
    """The places at which new columns begin, as browsers balance them."""
    limit = max(sum(heights) // columns, max(heights, default=0))
    while True:
        tops, used, lacking = [0], 0, limit
        for place, height in enumerate(heights):
            if used + height > limit:
                lacking = min(lacking, used + height - limit)
                tops.append(place)
                used = 0
            used += height
        if len(tops) <= columns:
            return tops
        limit += lacking


def sizes(layout: str, is_lazy: bool, width: int, height: int) -> str:
    """The ``sizes`` of an image of these dimensions: how wide it is drawn."""
    if layout == STRIP:
        ratio = width / height if height else 1.0
        return f"calc({ratio:.2f} * clamp(14rem, 45vh, 28rem))"
    # The margins of the page are not known here, so this is a little more than the truth.
    if layout == MASONRY:
        guess = _in_columns(MASONRY_COLUMN_REM, "100vw")
    else:
        guess = _in_columns(GRID_COLUMN_REM, "50vw")
    # What is loaded lazily has been laid out by then, so browsers can measure it.
    return f"auto, {guess}" if is_lazy else guess


def _in_columns(narrowest: int, on_phones: str) -> str:
    def from_width(columns: int) -> str:
        return f"(min-width: {columns * narrowest + (columns - 1) * GAP_REM}rem)"

    wider = (f"{from_width(columns)} {100 / columns:.0f}vw" for columns in (4, 3, 2))
    return ", ".join((f"{from_width(5)} {narrowest * 1.25:.0f}rem", *wider, on_phones))
