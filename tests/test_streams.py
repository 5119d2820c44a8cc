from __future__ import annotations

import pytest

from tests.factories import raw_block, raw_gallery, raw_item
from tests.testapp.models import GalleryPage, PlainPage, PlainSnippet
from wagtail_autogallery.streams import galleries, gallery_fields, is_known

BODY = GalleryPage._meta.get_field("body")


def test_only_fields_that_can_hold_a_gallery_are_looked_at():
    assert [field.name for field in gallery_fields(GalleryPage)] == ["body", "sidebar"]
    assert [field.name for field in gallery_fields(PlainSnippet)] == ["body"]
    assert gallery_fields(PlainPage) == ()


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
    assert is_known(BODY, raw)


def test_data_without_ids_is_addressed_by_position():
    raw = [
        {"type": "gallery", "value": raw_gallery()},
        {"type": "sections", "value": [{"gallery": raw_gallery()}]},
    ]

    assert [gallery.path for gallery in galleries(BODY, raw)] == ["0", "1.0.gallery"]


def test_writing_to_a_gallery_writes_into_the_stream_data():
    raw = [raw_block("nested", [raw_block("gallery", raw_gallery())])]

    (gallery,) = galleries(BODY, raw)
    gallery.write([raw_item(1)], cursor=3)

    stored = raw[0]["value"][0]["value"]
    assert stored["images"][0]["value"]["image"] == 1
    assert stored["cursor"] == 3


def test_a_gallery_without_a_child_has_that_childs_default():
    (gallery,) = galleries(BODY, [raw_block("gallery", {"images": []})])

    assert not gallery.is_followed
    assert gallery.collection_id is None
    assert gallery.cursor is None
    placeable = gallery.as_placeable()
    assert (placeable.max_images, placeable.newest_first) == (None, False)


def test_the_blank_of_a_subclass_has_its_fields_with_their_defaults():
    (gallery,) = galleries(BODY, [raw_block("credited_gallery", raw_gallery())])

    assert gallery.as_placeable().blank == {"caption": "", "alt_text": "", "credit": "unknown"}


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
def test_data_the_blocks_do_not_describe_is_not_known(raw):
    assert not is_known(BODY, raw)
    assert list(galleries(BODY, raw)) == list(galleries(BODY, raw))


@pytest.mark.parametrize("cursor", ["", "abc", None, [], {}])
def test_a_damaged_cursor_is_no_cursor(cursor):
    (gallery,) = galleries(BODY, [raw_block("gallery", raw_gallery(cursor=cursor))])

    assert gallery.cursor is None
