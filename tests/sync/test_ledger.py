"""What a content does with the ledger of its gallery, without anybody around it."""

from __future__ import annotations

import pytest

from tests.factories import raw_block, raw_gallery, raw_item
from tests.forms import needs_integer_keys
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.sync.cursors import Cursor, Offers
from wagtail_autogallery.sync.galleries import galleries
from wagtail_autogallery.sync.ledger import Ledger, Who
from wagtail_autogallery.sync.placement import new_item

pytestmark = needs_integer_keys

BODY = GalleryPage._meta.get_field("body")
Mark = Delivery.Mark
SOMEBODY = Who("7")


def book(*images, **marks):
    """A ledger in which these images have the numbers from 1 on."""
    ledger = Ledger(Subscription(pk=1, key="k", origin_key="origin", number=len(images)))
    for number, image in enumerate(images, start=1):
        ledger.by_image[str(image)] = Delivery(
            pk=number,
            subscription_id=1,
            image_id=str(image),
            number=number,
            numbers=[number],
            due_at=None,
            mark=marks.get(f"_{image}", ""),
        )
    return ledger


def auto(key, **values):
    item = new_item(key, {"caption": "", "alt_text": ""}, str(key))
    item["value"].update(values)
    return item


def captioned(key):
    return auto(key, caption="Mine")


def gallery(*items, cursor="", block="gallery", **options):
    raw = raw_gallery(cursor=str(cursor), **options)
    raw["images"] = list(items)
    (found,) = galleries(BODY, [raw_block(block, raw)])
    return found


def images(content):
    return [item["value"]["image"] for item in content.items]


def marks(ledger):
    return {image: delivery.mark for image, delivery in ledger.by_image.items() if delivery.mark}


# What a content has seen


def test_a_cursor_that_the_ledger_bears_out_is_believed():
    assert book(10, 11).seen(gallery(cursor=Cursor("k", 2, "11"))) == 2
    assert book(10, 11).seen(gallery(cursor=Cursor("origin", 1, "10"))) == 1
    assert book(10, 11).seen(gallery(auto(10), cursor=Cursor("k"))) == 0


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        Cursor("another", 2, "11"),
        Cursor("k", 2, "10"),
        Cursor("k", 4, "13"),
        Cursor("k", 2, ""),
    ],
    ids=["none", "of another gallery", "with another image", "from the future", "without image"],
)
def test_else_it_is_the_newest_first_number_of_what_the_sync_once_put_in(cursor):
    ledger = book(10, 11, 12)

    assert ledger.seen(gallery(auto(10), auto(11, caption="Mine"), cursor=cursor)) == 2
    assert ledger.seen(gallery(raw_item(12), cursor=cursor)) == 0


def test_an_item_whose_image_a_person_exchanged_still_tells_what_was_seen():
    assert book(10, 11).seen(gallery(auto(11, image=99))) == 2


def test_a_number_names_its_image_for_ever_also_when_that_was_added_again():
    ledger = book(10, 11)
    ledger.give_numbers([ledger.by_image["10"]])

    assert ledger.seen(gallery(cursor=Cursor("k", 1, "10"))) == 1
    assert ledger.seen(gallery(cursor=Cursor("k", 3, "10"))) == 3
    assert str(ledger.cursor(Offers())) == "k:3:10"


# What a row says


def test_what_the_row_has_seen_and_lacks_was_removed_by_a_person():
    ledger = book(10, 11, 12)

    ledger.learn_from_row(gallery(auto(10), cursor=Cursor("k", 2, "11")), SOMEBODY)

    assert marks(ledger) == {"11": Mark.REMOVED}
    assert ledger.by_image["11"].marked_by == "7"


def test_a_mark_is_given_once():
    ledger = book(10, _10=Mark.MADE_ROOM)

    ledger.learn_from_row(gallery(cursor=Cursor("k", 1, "10")), SOMEBODY)

    assert marks(ledger) == {"10": Mark.MADE_ROOM}
    assert not ledger.touched


@pytest.mark.parametrize(
    ("mark", "item", "left"),
    [
        (Mark.REMOVED, raw_item, ""),
        (Mark.REMOVED, auto, ""),
        (Mark.MADE_ROOM, auto, ""),
        (Mark.UNDONE, raw_item, ""),
        (Mark.UNDONE, auto, Mark.UNDONE),
        (Mark.UNDONE, captioned, ""),
        (Mark.GONE, auto, Mark.GONE),
    ],
)
def test_a_row_that_holds_it_again_clears_what_a_person_may_change(mark, item, left):
    ledger = book(10, _10=mark)

    ledger.learn_from_row(gallery(item(10), cursor=Cursor("k", 1, "10")), SOMEBODY)

    assert ledger.by_image["10"].mark == left


# Replay


def test_a_content_gets_what_it_has_not_seen_and_nothing_else():
    content = gallery(auto(10), cursor=Cursor("k", 2, "11"))
    ledger = book(10, 11, 12, 13)

    change = ledger.replay(content, is_row=False)

    assert images(content) == [10, 12, 13]
    assert change.added == ["12", "13"]
    assert content.raw["cursor"] == "k:4:13"


def test_replaying_twice_changes_nothing():
    content = gallery()
    ledger = book(10, 11)
    ledger.replay(content, is_row=True)
    before = content.digest

    assert not ledger.replay(content, is_row=True).is_written
    assert content.digest == before


@pytest.mark.parametrize("mark", [Mark.REMOVED, Mark.UNDONE, Mark.GONE])
def test_what_has_ended_is_given_to_no_content_any_more(mark):
    content = gallery()

    book(10, 11, _10=mark).replay(content, is_row=False)

    assert images(content) == [11]


def test_what_made_room_in_the_row_is_given_to_older_content():
    content = gallery()

    book(10, 11, _10=Mark.MADE_ROOM).replay(content, is_row=False)

    assert images(content) == [10, 11]


def test_an_image_that_is_there_in_whatever_way_is_not_added_again_and_counts_as_seen():
    content = gallery(raw_item(11))

    change = book(10, 11).replay(content, is_row=True)

    assert images(content) == [11, 10]
    assert change.added == ["10"]
    assert content.raw["cursor"] == "k:2:11"


def test_a_hand_picked_image_alone_moves_the_cursor_and_is_no_visible_change():
    content = gallery(raw_item(10), cursor=Cursor("k"))

    change = book(10).replay(content, is_row=True)

    assert change.is_written
    assert not change.is_visible


def test_a_machine_made_item_whose_image_is_gone_is_taken_out():
    content = gallery(auto(10, caption="Mine"), raw_item(11), cursor=Cursor("k", 2, "11"))

    change = book(10, 11, _10=Mark.GONE, _11=Mark.GONE).replay(content, is_row=True)

    assert images(content) == [11]
    assert change.removed == ["10"]


def test_an_automatic_item_that_was_undone_is_taken_out_and_what_a_person_touched_stays():
    content = gallery(auto(10), auto(11, caption="Mine"), raw_item(12), cursor=Cursor("k", 3, "12"))

    change = book(10, 11, 12, **dict.fromkeys(["_10", "_11", "_12"], Mark.UNDONE)).replay(
        content, is_row=True
    )

    assert images(content) == [11, 12]
    assert [delivery.image_id for delivery in change.undone] == ["10"]
    assert change.removed == []


def test_images_that_do_not_exist_are_taken_out_however_they_came():
    content = gallery(raw_item(9), auto(10), raw_item(None, caption="No image"))

    book(10).replay(content, is_row=True, gone={"9", "10"})

    assert images(content) == [None]


def test_items_are_as_the_block_makes_them_and_come_first_where_the_gallery_says_so():
    content = gallery(auto(10), block="credited_gallery", new_images="first", cursor=Cursor("k"))

    book(10, 11, 12).replay(content, is_row=True)

    assert images(content) == [12, 11, 10]
    assert content.items[0]["value"] == {
        "image": 12,
        "caption": "",
        "alt_text": "",
        "delivered": "12",
        "credit": "unknown",
    }


# A maximum


def test_the_oldest_automatic_items_of_the_row_make_room():
    content = gallery(raw_item(1), auto(11), auto(10), max_images=3, cursor=Cursor("k", 2, "11"))
    ledger = book(10, 11, 12)

    ledger.replay(content, is_row=True, gone=set())

    assert images(content) == [1, 11, 12]
    assert marks(ledger) == {"10": Mark.MADE_ROOM}


def test_what_a_person_wrote_into_stays_where_room_is_made():
    captioned = auto(10, caption="Mine")
    content = gallery(captioned, auto(11), max_images=2, cursor=Cursor("k", 2, "11"))

    book(10, 11, 12).replay(content, is_row=True, gone=set())

    assert images(content) == [10, 12]


def test_other_contents_make_no_room():
    content = gallery(auto(10), auto(11), max_images=2, cursor=Cursor("k", 2, "11"))
    ledger = book(10, 11, 12)

    ledger.replay(content, is_row=False)

    assert images(content) == [10, 11, 12]
    assert marks(ledger) == {}


def test_of_very_many_only_those_that_have_room_are_put_in_the_row():
    content = gallery(max_images=2)
    ledger = book(10, 11, 12, 13, _13=Mark.MADE_ROOM)

    change = ledger.replay(content, is_row=True)

    assert images(content) == [12, 13]
    assert change.added == ["12", "13"]
    assert marks(ledger) == {"10": Mark.MADE_ROOM, "11": Mark.MADE_ROOM}


def test_other_contents_get_all_of_very_many():
    content = gallery(max_images=2)

    book(10, 11, 12, 13).replay(content, is_row=False)

    assert images(content) == [10, 11, 12, 13]


def test_what_makes_room_at_once_was_not_added():
    content = gallery(raw_item(1), max_images=2)
    ledger = book(10, 11)

    change = ledger.replay(content, is_row=True, gone=set())

    assert images(content) == [1, 11]
    assert change.added == ["11"]
    assert marks(ledger) == {"10": Mark.MADE_ROOM}


def test_a_maximum_that_a_person_lowered_throws_nothing_out_by_itself():
    content = gallery(auto(10), auto(11), max_images=1, cursor=Cursor("k", 2, "11"))

    assert not book(10, 11).replay(content, is_row=True).is_written


def test_items_without_an_image_take_no_place():
    content = gallery(raw_item(None), auto(10), max_images=2, cursor=Cursor("k", 1, "10"))

    assert book(10).room_for_new(content)
    book(10, 11).replay(content, is_row=True)
    assert images(content) == [None, 10, 11]


@pytest.mark.parametrize("maximum", [2, "2"])
def test_images_chosen_by_hand_may_leave_no_room(maximum):
    content = gallery(raw_item(1), raw_item(2), max_images=maximum)

    assert not book().room_for_new(content)
    assert book().room_for_new(gallery(raw_item(1), auto(2), max_images=maximum))
    assert book().room_for_new(gallery(raw_item(1), raw_item(2)))
