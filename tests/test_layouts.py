from __future__ import annotations

import pytest

from wagtail_autogallery import layouts
from wagtail_autogallery.layouts import GRID, MASONRY, STRIP, eager, sizes


@pytest.mark.parametrize(
    ("layout", "on_phones", "in_wide_windows"),
    [
        (GRID, "50vw", "(min-width: 84rem) 20rem"),
        (MASONRY, "100vw", "(min-width: 94rem) 22rem"),
        # What a site adds is taken for a grid.
        ("carousel", "50vw", "(min-width: 84rem) 20rem"),
    ],
)
def test_columns_become_more_as_the_window_widens(layout, on_phones, in_wide_windows):
    *wider, narrowest = sizes(layout, False, 1200, 800).split(", ")

    assert (wider[0], narrowest) == (in_wide_windows, on_phones)
    assert len(wider) == 4


def test_a_strip_has_one_height():
    assert sizes(STRIP, False, 1200, 800) == "calc(1.50 * clamp(14rem, 45vh, 28rem))"
    assert sizes(STRIP, True, 0, 0) == "calc(1.00 * clamp(14rem, 45vh, 28rem))"


@pytest.mark.parametrize("layout", [GRID, MASONRY])
def test_what_is_loaded_lazily_is_measured_by_the_browser(layout):
    assert not sizes(layout, False, 1200, 800).startswith("auto, ")
    assert sizes(layout, True, 1200, 800) == f"auto, {sizes(layout, False, 1200, 800)}"


@pytest.mark.parametrize("layout", [GRID, STRIP, "carousel"])
def test_the_first_row_of_a_phone_is_loaded_at_once(layout):
    assert eager(layout, [(800, 600)] * 9) == {1, 2}


def test_the_largest_picture_of_columns_is_loaded_at_once():
    assert eager(MASONRY, [(800, 600), (800, 600), (600, 800), (800, 600)]) == {1, 3}
    assert eager(MASONRY, [(800, 600), (0, 0)]) == {1}
    assert eager(MASONRY, []) == {1}


def test_a_gallery_from_before_there_were_layouts_is_a_grid():
    assert layouts.of({}) == layouts.of({"layout": None}) == GRID
    assert layouts.of({"layout": MASONRY}) == MASONRY
