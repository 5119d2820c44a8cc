from __future__ import annotations

import pytest

from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.layouts import (
    GRID,
    MASONRY,
    STRIP,
    _tops_of_columns,
    eager,
    sizes,
)


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


WIDE, TALL, TALLER = (900, 600), (600, 900), (600, 1000)


@pytest.mark.parametrize(
    ("shapes", "numbers"),
    [
        ([], {1}),
        ([WIDE], {1}),
        ([(0, 0)] * 3, {1}),
        # All are as large as the first.
        ([WIDE] * 12, {1}),
        # The second of two columns begins with it, the third of three, the fourth of four.
        ([WIDE] * 6 + [TALL] + [WIDE] * 4, {1, 7}),
        # The largest of all is never at the top, but one that is larger than the first.
        ([WIDE, TALLER] + [WIDE] * 4 + [TALL] + [WIDE] * 5, {1, 2, 7}),
    ],
)
def test_of_columns_the_largest_of_all_and_at_the_top_are_loaded_at_once(shapes, numbers):
    assert eager(MASONRY, shapes) == numbers


def test_columns_are_about_as_long_as_each_other():
    assert _tops_of_columns([10] * 9, 3) == [0, 3, 6]
    assert _tops_of_columns([10, 10, 10, 30], 2) == [0, 3]
    assert _tops_of_columns([30, 10, 10, 10, 10], 2) == [0, 2]
    assert _tops_of_columns([7], 5) == [0]


def test_a_gallery_from_before_there_were_layouts_is_a_grid():
    assert layouts.of({}) == layouts.of({"layout": None}) == GRID
    assert layouts.of({"layout": MASONRY}) == MASONRY
