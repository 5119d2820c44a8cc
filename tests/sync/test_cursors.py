from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_autogallery.sync.cursors import Cursor, Offers


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("abc"),
        Cursor("abc", 7, "12"),
        Cursor("abc", 7, "9f2b2f5e-5b1c-4f0e-8f1e-0a4b8a7a3c11"),
        Cursor("abc", 1, "a:b"),
        Cursor("abc", 0, "", Offers(((1, 3),), "12")),
        Cursor("abc", 7, "a/b", Offers(((1, 3), (7, 7)), "c:d/e")),
    ],
)
def test_a_cursor_is_read_as_it_was_written(cursor):
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("value", [None, "", 12, [], {}, "abc", ":1:2", "abc:x:2", "abc:-1:2"])
def test_what_is_no_cursor_says_nothing(value):
    assert Cursor.parse(value) is None


@pytest.mark.parametrize("offers", ["x", "1", "1-", "-1", "1-2.", "1-x/12"])
def test_offers_that_cannot_be_read_are_none_and_the_number_counts(offers):
    assert Cursor.parse(f"abc:7/{offers}:12") == Cursor("abc", 7, "12")


def test_offers_in_a_row_are_one_range_and_others_another():
    offers = Offers().and_next(1, "10").and_next(2, "11").and_next(5, "12")

    assert offers == Offers(((1, 2), (5, 5)), "12")
    assert [offer for offer in range(8) if offers.include(offer)] == [1, 2, 5]
    assert not offers.include(None)


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text):
    cursor = Cursor.parse(text)

    assert cursor is None or Cursor.parse(str(cursor)) == cursor
