"""The pictures that the grid of a gallery's form shows: what exists already, read in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail_autogallery.frontend.renditions import Rendition, stored_for_admin

#: Narrower ones would be blurred in the grid.
WIDTH_IN_GRID = 150
WIDTH_IN_PANEL = 600


def thumbnails(images: Iterable[Any]) -> dict[Any, tuple[Rendition, Rendition]]:
    """
    A small and a large picture of each image, by its key, with one query.

    Opening a form makes none. What the sync put in has its smallest one, what was chosen in
    Wagtail's chooser has the chooser's; an image without any is left out.
    """
    return {
        key: (_wide_enough(found, WIDTH_IN_GRID), _wide_enough(found, WIDTH_IN_PANEL))
        for key, found in stored_for_admin(images).items()
    }


def _wide_enough(renditions: list[Rendition], width: int) -> Rendition:
    by_width = sorted(renditions, key=lambda rendition: rendition.width)
    return next((found for found in by_width if found.width >= width), by_width[-1])
