from __future__ import annotations

import pytest
from django.test import RequestFactory

from tests.factories import ImageFactory, key_of, raw_gallery
from wagtail_autogallery.blocks import GalleryBlock
from wagtail_autogallery.frontend.paging import Paging, paging_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def raw():
    """A gallery of five images, as stored."""
    return raw_gallery(*(ImageFactory() for _ in range(5)))


def paging(raw, query="", page_size=2) -> Paging:
    return pagings(raw, query=query, page_size=page_size)[0]


def pagings(*raw, query="", page_size=2) -> list[Paging]:
    """Those of the galleries of one page."""
    request = RequestFactory().get(f"/{query}")
    block = GalleryBlock(page_size=page_size)
    return [paging_of(block.to_python(one), request) for one in raw]


def shown(paging: Paging) -> list[list[int]]:
    return [[entry.number for entry in entries] for entries in paging.lists]


def query_of(address: str) -> str:
    return address.split("#")[0]


def test_a_gallery_shows_its_first_images(raw):
    first = paging(raw)

    assert shown(first) == [[1, 2]]
    assert first.total == 5


def test_each_page_has_the_images_of_those_before_and_the_way_to_the_next(raw):
    first = paging(raw)
    second = paging(raw, query_of(first.more))
    third = paging(raw, query_of(second.more))

    assert shown(second) == [[1, 2, 3, 4]]
    assert shown(third) == [[1, 2, 3, 4, 5]]
    assert third.more == third.all == ""


def test_all_images_are_one_step_away(raw):
    assert shown(paging(raw, query_of(paging(raw).all))) == [[1, 2, 3, 4, 5]]


def test_the_link_leads_to_the_first_new_image(raw):
    first = paging(raw)
    second = paging(raw, query_of(first.more))

    assert first.more.split("#")[1] == second.lists[0][2].id


@pytest.mark.parametrize(
    ("value", "images"),
    [("0", 2), ("-7", 2), ("x", 2), ("", 2), ("2", 4), ("99", 5), ("9" * 40, 5)],
)
def test_whatever_the_address_asks_for_is_answered(raw, value, images):
    key = paging(raw).key

    assert len(paging(raw, f"?{key}={value}").lists[0]) == images


def test_other_parameters_of_the_address_are_kept(raw):
    assert query_of(paging(raw, "?q=a%26b&q=c").more) == f"?q=a%26b&q=c&{paging(raw).key}=2"


def test_galleries_of_a_page_are_paged_by_themselves(raw):
    other = raw_gallery(*(ImageFactory() for _ in range(5)))
    galleries = [raw, raw_gallery(), other]
    first, empty, last = pagings(*galleries)

    assert empty.total == 0
    assert [shown(one) for one in pagings(*galleries, query=query_of(first.more))] == [
        [[1, 2, 3, 4]],
        [[]],
        [[1, 2]],
    ]
    assert [shown(one) for one in pagings(*galleries, query=query_of(last.more))] == [
        [[1, 2]],
        [[]],
        [[1, 2, 3, 4]],
    ]


def test_without_a_request_everything_is_shown(raw):
    everything = paging_of(GalleryBlock(page_size=2).to_python(raw), None)

    assert shown(everything) == [[1, 2, 3, 4, 5]]
    assert everything.more == ""


def test_without_a_request_there_are_no_ids_that_another_gallery_may_have(raw):
    bare = paging_of(GalleryBlock(page_size=2).to_python(raw), None)

    assert {bare.key, *(entry.id for entry in bare.lists[0])} == {""}


def test_without_a_page_size_everything_is_shown(raw):
    assert shown(paging(raw, page_size=None)) == [[1, 2, 3, 4, 5]]


def test_a_gallery_that_fits_has_no_link(raw):
    assert paging(raw, page_size=5).more == ""


def test_columns_of_one_page_are_not_touched_by_the_next(raw):
    first = paging({**raw, "layout": "masonry"})

    assert shown(first) == [[1, 2]]
    assert shown(paging({**raw, "layout": "masonry"}, query_of(first.more))) == [[1, 2], [3, 4]]


def test_an_image_that_is_gone_is_not_counted(raw):
    raw["images"][1]["value"]["image"] = None

    first = paging(raw)

    assert first.total == 4
    assert [entry.id for entry in first.lists[0]] == [
        f"gallery-1-{raw['images'][0]['id']}",
        f"gallery-1-{raw['images'][2]['id']}",
    ]


def with_images(raw, *, first=(), kept=slice(None), last=()):
    before, after = raw_gallery(*first)["images"], raw_gallery(*last)["images"]
    return {**raw, "images": [*before, *raw["images"][kept], *after]}


@pytest.mark.parametrize(
    ("change", "images"),
    [
        ({"last": 3}, [1, 2, 3, 4]),
        ({"first": 3}, [1, 2, 3, 4]),
        ({"kept": slice(None, None, -1)}, [1, 2, 3, 4]),
        ({"kept": slice(2, None), "last": 2}, [1, 2, 3, 4]),
        ({"kept": slice(3), "first": 2}, [1, 2, 3, 4]),
        ({"kept": slice(0), "last": 5}, [1, 2, 3, 4]),
        ({"kept": slice(3)}, [1, 2, 3]),
    ],
    ids=["added", "added in front", "sorted", "rotated", "rotated in front", "all new", "removed"],
)
def test_an_address_stays_what_it_is_while_images_come_and_go(raw, change, images):
    address, everything = query_of(paging(raw).more), query_of(paging(raw).all)
    changed = with_images(
        raw,
        first=[ImageFactory() for _ in range(change.get("first", 0))],
        kept=change.get("kept", slice(None)),
        last=[ImageFactory() for _ in range(change.get("last", 0))],
    )

    assert shown(paging(changed, address)) == [images]
    assert query_of(paging(changed).more) == address
    assert query_of(paging(changed).all) == everything
    assert paging(changed, everything).more == ""


def test_an_address_stays_what_it_is_when_an_empty_gallery_before_it_is_filled(raw):
    _, before = pagings(raw_gallery(), raw)
    _, after = pagings(raw_gallery(ImageFactory()), raw)

    assert after.more == before.more


def test_the_same_gallery_twice_in_a_page_has_ids_of_its_own(raw):
    desktop, mobile = pagings(raw, raw)

    ids = [desktop.key, mobile.key]
    ids += [entry.id for one in (desktop, mobile) for entry in one.lists[0]]
    assert len(set(ids)) == len(ids)
    assert desktop.more != mobile.more


def test_a_preview_shows_everything(raw):
    request = RequestFactory().get("/?in_preview_panel=true")
    request.is_preview = True

    previewed = paging_of(GalleryBlock(page_size=2).to_python(raw), request)

    assert shown(previewed) == [[1, 2, 3, 4, 5]]
    assert previewed.more == ""


def test_items_without_ids_have_some_that_last():
    images = [ImageFactory(), ImageFactory()]
    raw = raw_gallery(images=[{"image": key_of(image)} for image in images])

    first, again = paging(raw), paging(raw)

    assert first.key == again.key
    assert [entry.id for entry in first.lists[0]] == [entry.id for entry in again.lists[0]]
    assert len({entry.id for entry in first.lists[0]}) == 2


def test_an_empty_gallery_has_nothing_to_show():
    empty = paging(raw_gallery())

    assert empty.total == 0
    assert empty.more == ""
    assert shown(empty) == [[]]
