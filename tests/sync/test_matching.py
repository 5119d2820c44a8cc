from __future__ import annotations

import logging

import pytest

from tests.factories import raw_block, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.galleries import galleries_of
from wagtail_autogallery.sync.matching import match

A, B = (
    Subscription(pk=1, key="a", field="body", path="one"),
    Subscription(pk=2, key="b", field="body", path="two"),
)
COPY = Subscription(pk=3, key="c", origin_key="a", field="body", path="three")


def gallery(cursor, place):
    return raw_block("gallery", raw_gallery(cursor=cursor), place)


def keys(*blocks, known=(A, B), sidebar=()):
    raw = {"body": list(blocks), "sidebar": list(sidebar)}
    return [
        m.subscription and m.subscription.key for m in match(galleries_of(GalleryPage, raw), known)
    ]


def test_a_gallery_is_the_one_that_its_cursor_names():
    assert keys(gallery("a:1:5", "one"), gallery("b:0:", "two")) == ["a", "b"]


@pytest.mark.parametrize("cursor", ["", None, "no cursor"])
def test_without_a_cursor_it_is_the_one_at_its_place(cursor):
    assert keys(gallery(cursor, "two"), gallery(cursor, "elsewhere")) == ["b", None]


def test_one_that_is_missing_from_its_place_and_found_once_elsewhere_has_moved():
    assert keys(gallery("a:1:5", "elsewhere")) == ["a"]
    assert keys(sidebar=[gallery("a:1:5", "one")]) == ["a"]


def test_two_that_changed_places_have_both_moved():
    assert keys(gallery("b:1:5", "one"), gallery("a:1:5", "two")) == ["b", "a"]


def test_a_duplicate_is_none_of_those_that_are_known():
    assert keys(gallery("a:1:5", "elsewhere"), gallery("a:1:5", "one")) == [None, "a"]


def test_of_two_that_are_both_elsewhere_nobody_can_say_which_it_is():
    assert keys(gallery("a:1:5", "x"), gallery("a:1:5", "y")) == [None, None]


def test_a_copy_goes_by_the_name_of_its_origin_at_its_own_place():
    assert keys(gallery("a:1:5", "one"), gallery("a:1:5", "three"), known=[A, COPY]) == ["a", "c"]
    assert keys(gallery("c:1:5", "three"), known=[A, COPY]) == ["c"]


def test_a_copy_whose_origin_is_on_another_page_may_move_too():
    assert keys(gallery("a:1:5", "elsewhere"), known=[COPY]) == ["c"]


def test_the_duplicate_of_a_duplicate_is_not_the_original_that_is_gone():
    gone = Subscription(key="a", field="body", path="one", number=7, is_in_row=False, pk=1)
    copy = Subscription(key="b", field="body", path="two", number=3, origin_key="a", pk=2)
    blocks = gallery("a:3:5", "two"), gallery("a:3:5", "elsewhere")

    assert keys(*blocks, known=[gone, copy]) == ["b", None]
    # That one has seen more than the duplicate was given.
    blocks = gallery("a:3:5", "two"), gallery("a:4:6", "elsewhere")
    assert keys(*blocks, known=[gone, copy]) == ["b", "a"]


def test_an_original_that_is_live_and_moves_in_old_content_is_no_duplicate():
    live = Subscription(key="a", field="body", path="one", number=7, pk=1)
    copy = Subscription(key="b", field="body", path="two", number=3, origin_key="a", pk=2)

    blocks = gallery("a:3:5", "two"), gallery("a:3:5", "elsewhere")

    assert keys(*blocks, known=[live, copy]) == ["b", "a"]


def test_one_with_a_name_of_its_own_at_the_place_of_another_is_a_new_one():
    assert keys(gallery("z:1:5", "one")) == [None]


def test_who_is_named_elsewhere_is_not_at_its_old_place(caplog):
    assert keys(gallery("", "one"), gallery("a:1:5", "elsewhere")) == [None, "a"]


def test_of_two_at_one_place_the_first_is_the_gallery_and_the_other_is_reported(caplog):
    with caplog.at_level(logging.WARNING):
        assert keys(gallery("a:1:5", "one"), gallery("a:1:5", "one")) == ["a", None]

    assert "Two galleries are at one of body" in caplog.text
