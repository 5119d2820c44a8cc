"""The layouts of a gallery: what the server has to know of how ``css/gallery.css`` draws them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

GRID, MASONRY, STRIP = "grid", "masonry", "strip"

CHOICES = [(GRID, _("Grid")), (MASONRY, _("Masonry")), (STRIP, _("Strip"))]

#: So many images are likely to be seen at once.
FIRST_ROW = 4

GRID_COLUMN_REM, MASONRY_COLUMN_REM, GAP_REM = 16, 18, 1


def loading(number: int) -> str | None:
    """The ``loading`` of the image with this number."""
    return None if number <= FIRST_ROW else "lazy"


def sizes(layout: str, number: int, width: int, height: int) -> str:
    """The ``sizes`` of an image of these dimensions: how wide it is drawn."""
    ratio = width / height if height else 1.0
    if layout == STRIP:
        return f"calc({ratio:.2f} * clamp(14rem, 45vh, 28rem))"
    # A grid has square tiles: what is wider is drawn as wide as it takes to fill them.
    factor = max(ratio, 1.0) if layout == GRID else 1.0
    # The margins of the page are not known here, so this is a little more than the truth.
    guess = _in_columns(MASONRY_COLUMN_REM if layout == MASONRY else GRID_COLUMN_REM, factor)
    # What is loaded lazily has been laid out by then, so browsers can measure it. They measure the
    # tile, not what it crops.
    return f"auto, {guess}" if loading(number) and factor == 1.0 else guess


def _in_columns(narrowest: int, factor: float) -> str:
    def from_width(columns: int) -> str:
        return f"(min-width: {columns * narrowest + (columns - 1) * GAP_REM}rem)"

    return ", ".join(
        (
            f"{from_width(5)} {factor * narrowest * 1.25:.0f}rem",
            *(f"{from_width(columns)} {factor * 100 / columns:.0f}vw" for columns in (4, 3, 2)),
            f"{factor * 100:.0f}vw",
        )
    )
