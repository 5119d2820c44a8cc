from __future__ import annotations

import pytest

from tests.factories import raw_item
from wagtail_autogallery.blocks import DELIVERED
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.placement import (
    image_id_of,
    insert,
    is_automatic,
    is_machine_made,
    item_id_of,
    new_item,
)

BLANK = {"caption": "", "alt_text": "", "delivered": ""}


def is_blank(name, value):
    return not value


def images(items):
    return [item["value"]["image"] for item in items]


def test_new_items_go_to_the_end_in_order_of_arrival():
    assert images(insert([raw_item(1)], [raw_item(2), raw_item(3)], False)) == [1, 2, 3]


def test_new_items_go_to_the_start_newest_first_as_if_they_had_come_one_by_one():
    at_once = insert([raw_item(1)], [raw_item(2), raw_item(3)], True)
    then = insert(insert([raw_item(1)], [raw_item(2)], True), [raw_item(3)], True)

    assert images(at_once) == images(then) == [3, 2, 1]


def test_what_the_sync_puts_in_says_so():
    item = new_item(1, BLANK, "an id")

    assert item == {"type": "item", "value": {**BLANK, "image": 1, DELIVERED: "1"}, "id": "an id"}
    assert is_machine_made(item)
    assert is_automatic(item, is_blank)


def test_a_delivery_has_the_same_item_id_in_every_content_and_another_when_it_is_added_again():
    assert item_id_of(Cursor("k", 1, "7")) == item_id_of(Cursor("k", 1, "7"))
    ids = {
        item_id_of(cursor)
        for cursor in (Cursor("k", 1, "7"), Cursor("k", 2, "7"), Cursor("l", 1, "7"))
    }
    assert len(ids) == 3


def test_what_a_person_chose_is_not_automatic():
    assert not is_machine_made(raw_item(1))
    assert not is_automatic(raw_item(1), is_blank)


@pytest.mark.parametrize("change", [{"caption": "Mine"}, {"alt_text": "Mine"}, {"image": 2}])
def test_what_a_person_wrote_into_is_machine_made_and_not_automatic_any_more(change):
    item = new_item(1, BLANK, "an id")
    item["value"].update(change)

    assert is_machine_made(item)
    assert not is_automatic(item, is_blank)


def test_an_item_without_an_image_has_no_key():
    assert image_id_of(raw_item(None)) is None
    assert image_id_of(raw_item(7)) == "7"
