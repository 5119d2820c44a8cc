from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_autogallery.sync.cursors import Cursor


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("abc"),
        Cursor("abc", 7, "12"),
        Cursor("abc", 7, "9f2b2f5e-5b1c-4f0e-8f1e-0a4b8a7a3c11"),
        Cursor("abc", 1, "a:b"),
    ],
)
def test_a_cursor_is_read_as_it_was_written(cursor):
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("value", [None, "", 12, [], {}, "abc", ":1:2", "abc:x:2", "abc:-1:2"])
def test_what_is_no_cursor_says_nothing(value):
    assert Cursor.parse(value) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text):
    cursor = Cursor.parse(text)

    assert cursor is None or Cursor.parse(str(cursor)) == cursor
