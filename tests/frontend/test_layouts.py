from __future__ import annotations

import pytest

from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.layouts import (
    GRID,
    MASONRY,
    STRIP,
    _tops_in_columns,
    eager,
    sizes,
)


@pytest.mark.parametrize(
    ("layout", "on_phones", "in_wide_windows"),
    [
        (GRID, "50vw", "(min-width: 97rem) 20rem"),
        (MASONRY, "100vw", "(min-width: 108rem) 22rem"),
        # What a site adds is taken for a grid.
        ("carousel", "50vw", "(min-width: 97rem) 20rem"),
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


WIDE, TALL, TALLER = (900, 600, False), (600, 900, False), (600, 1000, False)


@pytest.mark.parametrize(
    ("images", "numbers"),
    [
        ([], {1}),
        ([WIDE], {1}),
        ([(0, 0, False)] * 3, {1}),
        # All are as large as the first, but for what a browser rounds away.
        ([WIDE, (600, 401, False)] * 6, {1}),
        # A phone shows two of them, and the second is the larger one.
        ([WIDE, TALL], {1, 2}),
        # The second of two columns begins with it, the third of three, the fourth of four.
        ([WIDE] * 6 + [TALL] + [WIDE] * 4, {1, 7}),
        # It is never in sight at first.
        ([TALL] * 2 + [TALLER] + [TALL] * 21, {1}),
    ],
)
def test_of_a_masonry_the_largest_in_sight_in_any_window_are_loaded_at_once(images, numbers):
    assert eager(MASONRY, images) == numbers


def test_what_captions_push_to_the_top_of_a_column_counts_as_well():
    shapes = [(900, 600)] * 3 + [(600, 900)] * 2

    assert eager(MASONRY, [(*shape, False) for shape in shapes]) == {1, 4}
    assert eager(MASONRY, [(*shape, place < 2) for place, shape in enumerate(shapes)]) == {1, 4, 5}


def test_columns_are_about_as_long_as_each_other():
    assert _tops_in_columns([10] * 9, 3) == [0, 10, 20] * 3
    assert _tops_in_columns([10, 10, 10, 30], 2) == [0, 10, 20, 0]
    assert _tops_in_columns([30, 10, 10, 10, 10], 2) == [0, 30, 0, 10, 20]
    assert _tops_in_columns([0.1] * 9, 3) == pytest.approx([0, 0.1, 0.2] * 3)
    assert _tops_in_columns([7], 5) == [0]


def test_a_gallery_from_before_there_were_layouts_is_a_grid():
    assert layouts.of({}) == layouts.of({"layout": None}) == GRID
    assert layouts.of({"layout": MASONRY}) == MASONRY
