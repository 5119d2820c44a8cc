from __future__ import annotations

import pytest

from wagtail_autogallery.layouts import FIRST_ROW, GRID, MASONRY, STRIP, loading, sizes


@pytest.mark.parametrize(
    ("layout", "width", "height", "on_phones", "in_wide_windows"),
    [
        (GRID, 800, 800, "100vw", "(min-width: 84rem) 20rem"),
        # A square tile shows a tall image as wide as itself, and cuts off a wide one.
        (GRID, 800, 1200, "100vw", "(min-width: 84rem) 20rem"),
        (GRID, 1200, 800, "150vw", "(min-width: 84rem) 30rem"),
        (MASONRY, 1200, 800, "100vw", "(min-width: 94rem) 22rem"),
    ],
)
def test_columns_become_more_as_the_window_widens(
    layout, width, height, on_phones, in_wide_windows
):
    *wider, narrowest = sizes(layout, 1, width, height).split(", ")

    assert (wider[0], narrowest) == (in_wide_windows, on_phones)
    assert len(wider) == 4


def test_a_strip_has_one_height():
    assert sizes(STRIP, 1, 1200, 800) == "calc(1.50 * clamp(14rem, 45vh, 28rem))"
    assert sizes(STRIP, 1, 0, 0) == "calc(1.00 * clamp(14rem, 45vh, 28rem))"


def test_a_layout_that_a_site_adds_has_columns_without_cropping():
    assert sizes("carousel", 1, 1200, 800) == sizes(GRID, 1, 800, 800)


def test_only_what_is_loaded_lazily_and_not_cropped_is_measured_by_the_browser():
    def is_measured(layout, number, width=800):
        return sizes(layout, number, width, 800).startswith("auto, ")

    assert loading(FIRST_ROW) is None
    assert loading(FIRST_ROW + 1) == "lazy"
    assert not is_measured(GRID, FIRST_ROW)
    assert is_measured(GRID, FIRST_ROW + 1)
    assert is_measured(MASONRY, FIRST_ROW + 1, width=1200)
    assert not is_measured(GRID, FIRST_ROW + 1, width=1200)
    assert not is_measured(STRIP, FIRST_ROW + 1)
