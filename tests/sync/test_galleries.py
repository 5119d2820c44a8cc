from __future__ import annotations

import pytest
from wagtail import blocks
from wagtail.fields import StreamField

from tests.factories import raw_block, raw_gallery, raw_item
from tests.testapp.models import GalleryPage
from wagtail_autogallery.blocks import GalleryBlock, GalleryImagesBlock, GalleryItemBlock
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.galleries import galleries

BODY = GalleryPage._meta.get_field("body")


def test_galleries_are_found_at_any_depth_with_their_content_paths():
    raw = [
        raw_block("text", "Hello", "a"),
        raw_block("gallery", raw_gallery(), "b"),
        raw_block("columns", {"left": raw_gallery(), "right": raw_gallery()}, "c"),
        raw_block(
            "sections", [{"type": "item", "value": {"gallery": raw_gallery()}, "id": "e"}], "d"
        ),
        raw_block("nested", [raw_block("gallery", raw_gallery(), "g")], "f"),
        raw_block("credited_gallery", raw_gallery(), "h"),
    ]

    assert [gallery.path for gallery in galleries(BODY, raw)] == [
        "b",
        "c.left",
        "c.right",
        "d.e.gallery",
        "f.g",
        "h",
    ]


@pytest.mark.parametrize(("stored", "expected"), [({}, False), ({"review_new_images": True}, True)])
def test_in_older_content_new_images_do_not_wait(stored, expected):
    value = {"images": [], "auto_sync_media": True, **stored}

    (gallery,) = galleries(BODY, [raw_block("gallery", value)])

    assert gallery.reviews_new_images is expected


def test_data_without_ids_is_addressed_by_position():
    raw = [
        {"type": "gallery", "value": raw_gallery()},
        {"type": "sections", "value": [{"gallery": raw_gallery()}]},
    ]

    assert [gallery.path for gallery in galleries(BODY, raw)] == ["0", "1.0.gallery"]


def test_writing_to_a_gallery_writes_into_the_stream_data():
    raw = [raw_block("nested", [raw_block("gallery", raw_gallery())])]

    (gallery,) = galleries(BODY, raw)
    gallery.write([raw_item(1)], Cursor("k", 3, "1"))

    stored = raw[0]["value"][0]["value"]
    assert stored["images"][0]["value"]["image"] == 1
    assert stored["cursor"] == "k:3:1"


def test_a_gallery_without_a_child_has_that_childs_default():
    (gallery,) = galleries(BODY, [raw_block("gallery", {"images": []})])

    assert not gallery.is_followed
    assert gallery.collection_id is None
    assert gallery.cursor is None
    assert (gallery.max_images, gallery.newest_first) == (None, False)


def test_a_new_item_of_a_subclass_has_its_fields_with_their_defaults():
    (gallery,) = galleries(BODY, [raw_block("credited_gallery", raw_gallery())])

    assert gallery.new_item(7, "an id")["value"] == {
        "image": 7,
        "caption": "",
        "alt_text": "",
        "delivered": "7",
        "credit": "unknown",
    }


class RichItemBlock(GalleryItemBlock):
    text = blocks.RichTextBlock(required=False)
    place = blocks.StructBlock([("name", blocks.CharBlock(required=False))])
    is_large = blocks.BooleanBlock(required=False)


class RichGalleryBlock(GalleryBlock):
    images = GalleryImagesBlock(RichItemBlock(), max_num=5)


RICH = StreamField([("gallery", RichGalleryBlock())])


def rich(**options):
    (gallery,) = galleries(RICH, [raw_block("gallery", raw_gallery(**options))])
    return gallery


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"text": '<p data-block-key="abc12"></p>'},
        {"text": "<p><br/></p>", "place": {"name": ""}, "is_large": False},
        {"caption": None, "place": None},
        {"of_an_older_version": "whatever"},
    ],
)
def test_an_item_whose_fields_say_nothing_is_automatic(values):
    item = rich().new_item(7, "an id")
    item["value"].update(values)

    assert rich().is_automatic(item)


def test_an_item_that_went_through_a_form_untouched_is_automatic():
    item = rich().new_item(7, "an id")
    block = RichItemBlock()
    text = block.child_blocks["text"]
    shown = text.field.widget.format_value(text.to_python(item["value"]["text"]))
    posted = {"item-delivered": item["value"]["delivered"], "item-text": shown}

    stored = block.get_prep_value(block.value_from_datadict(posted, {}, "item"))
    item["value"] = {**stored, "image": 7}

    assert item["value"]["text"].startswith("<p data-block-key=")
    assert rich().is_automatic(item)


@pytest.mark.parametrize(
    "values",
    [
        {"text": "<p>Hello</p>"},
        {"text": '<embed embedtype="image" id="3"/>'},
        {"place": {"name": "Here"}},
        {"is_large": True},
    ],
)
def test_an_item_in_which_a_person_wrote_or_chose_something_is_not(values):
    item = rich().new_item(7, "an id")
    item["value"].update(values)

    assert not rich().is_automatic(item)


@pytest.mark.parametrize(
    ("max_images", "maximum"), [(None, 5), (3, 3), ("3", 3), (9, 5), ("many", 5)]
)
def test_the_maximum_is_that_of_the_editor_within_that_of_the_block(max_images, maximum):
    assert rich(max_images=max_images).max_images == maximum


def test_items_of_older_list_formats_are_read():
    older = raw_gallery()
    older["images"] = [{"image": 1, "caption": "old list"}, 2, raw_item(3)]

    (gallery,) = galleries(BODY, [raw_block("gallery", older)])

    assert [item["value"]["image"] for item in gallery.items] == [1, 2, 3]
    assert all(item["type"] == "item" and item["id"] for item in gallery.items)


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "not a stream",
        [raw_block("removed_type", "x")],
        [raw_block("columns", {"left": raw_gallery(), "middle": raw_gallery()})],
        [raw_block("gallery", {**raw_gallery(), "removed_child": 1})],
        [raw_block("gallery", [1, 2])],
        [raw_block("nested", [raw_block("removed_type", 1)])],
        [raw_block("sections", {"gallery": 1})],
        ["just text"],
    ],
)
def test_data_the_blocks_do_not_describe_is_walked_as_far_as_they_do(raw):
    assert list(galleries(BODY, raw)) == list(galleries(BODY, raw))


@pytest.mark.parametrize("cursor", ["", "abc", None, [], {}, 7])
def test_a_damaged_cursor_is_no_cursor(cursor):
    (gallery,) = galleries(BODY, [raw_block("gallery", raw_gallery(cursor=cursor))])

    assert gallery.cursor is None
