from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from wagtail_autogallery.placement import Gallery, auto_item_id, image_id_of, place

BLANK = {"caption": "", "alt_text": ""}


def by_key(image_ids):
    return sorted(image_ids, key=int)


def hand_item(image, **values):
    return {"type": "item", "value": {**BLANK, "image": image, **values}, "id": str(uuid.uuid4())}


def auto_item(image, **values):
    return {
        "type": "item",
        "value": {**BLANK, "image": image, **values},
        "id": auto_item_id("g", str(image)),
    }


def gallery(*items, **options):
    return Gallery(id="g", items=items, blank=BLANK, **options)


def images(placement):
    return [item["value"]["image"] for item in placement.items]


def test_new_images_go_to_the_end_in_order_of_arrival():
    assert images(place(gallery(hand_item(1)), [2, 3], by_key)) == [1, 2, 3]


def test_new_images_go_to_the_start_newest_first_as_if_they_had_come_one_by_one():
    at_once = place(gallery(hand_item(1), newest_first=True), [2, 3], by_key)
    first = place(gallery(hand_item(1), newest_first=True), [2], by_key)
    then = place(gallery(*first.items, newest_first=True), [3], by_key)

    assert images(at_once) == images(then) == [3, 2, 1]


def test_an_image_in_the_list_is_not_added_again_however_it_came():
    placement = place(gallery(hand_item(1), auto_item(2)), [1, 2, 2, 3, 3], by_key)

    assert images(placement) == [1, 2, 3]
    assert placement.added == [3]


def test_an_automatic_item_whose_image_a_person_exchanged_is_not_added_again():
    exchanged = {**auto_item(1), "value": {**BLANK, "image": 9}}

    assert images(place(gallery(exchanged), [1], by_key)) == [9]


def test_an_added_item_has_the_id_that_its_gallery_and_image_give_it():
    (item,) = place(gallery(), [7], by_key).items

    assert item == {
        "type": "item",
        "value": {"caption": "", "alt_text": "", "image": 7},
        "id": auto_item_id("g", "7"),
    }
    assert auto_item_id("g", "7") != auto_item_id("h", "7")


def test_nothing_to_add_changes_nothing():
    items = (hand_item(1), auto_item(2))

    placement = place(gallery(*items), [], by_key)

    assert placement.items == list(items)
    assert placement.added == []


def test_the_oldest_automatic_items_make_room():
    full = gallery(auto_item(2), hand_item(9), auto_item(1), max_images=3)

    assert images(place(full, [3], by_key)) == [2, 9, 3]


def test_of_more_images_than_there_is_room_for_the_newest_are_added():
    placement = place(gallery(hand_item(9), max_images=3), [1, 2, 3, 4], by_key)

    assert images(placement) == [9, 3, 4]
    assert placement.added == [3, 4]


def test_a_gallery_full_of_hand_picked_images_stays_as_it_is_and_says_so():
    placement = place(gallery(hand_item(1), hand_item(2), max_images=2), [3], by_key)

    assert images(placement) == [1, 2]
    assert placement.full


def test_a_captioned_automatic_item_counts_as_hand_picked():
    captioned = gallery(auto_item(1, caption="Sunrise"), max_images=1)

    placement = place(captioned, [2], by_key)

    assert images(placement) == [1]
    assert placement.full


def test_an_automatic_item_saved_by_a_form_is_still_automatic():
    saved = {**auto_item(1), "value": {"image": 1, "caption": None, "alt_text": ""}}

    assert images(place(gallery(saved, max_images=1), [2], by_key)) == [2]


def test_items_without_an_image_stay_where_they_are():
    broken = {"type": "item", "value": {"caption": "Lost"}, "id": "x"}

    assert place(gallery(broken), [1], by_key).items[0] == broken


kinds = st.sampled_from(["hand", "auto"])
existing = st.lists(st.tuples(st.integers(0, 15), kinds), unique_by=lambda pair: pair[0])


@given(existing, st.lists(st.integers(0, 30)), st.none() | st.integers(1, 10), st.booleans())
def test_placing_keeps_every_hand_picked_item_in_order_and_adds_nothing_twice(
    items, arrived, maximum, newest_first
):
    before = [hand_item(n) if kind == "hand" else auto_item(n) for n, kind in items]
    placement = place(
        gallery(*before, max_images=maximum, newest_first=newest_first), arrived, by_key
    )
    hand_picked = [item for item, (_, kind) in zip(before, items, strict=True) if kind == "hand"]

    assert [item for item in placement.items if item in hand_picked] == hand_picked
    shown = [image_id_of(item) for item in placement.items]
    assert len(shown) == len(set(shown))
    assert set(map(str, placement.added)) <= set(shown)
    if maximum is not None and len(before) <= maximum:
        assert len(placement.items) <= maximum
    if maximum is None:
        assert set(map(str, arrived)) <= set(shown)


@given(existing, st.lists(st.integers(0, 30)), st.none() | st.integers(1, 10), st.booleans())
def test_placing_the_same_images_again_changes_nothing(items, arrived, maximum, newest_first):
    before = [hand_item(n) if kind == "hand" else auto_item(n) for n, kind in items]
    once = place(gallery(*before, max_images=maximum, newest_first=newest_first), arrived, by_key)
    again = place(
        gallery(*once.items, max_images=maximum, newest_first=newest_first),
        once.added,
        by_key,
    )

    assert again.items == once.items
