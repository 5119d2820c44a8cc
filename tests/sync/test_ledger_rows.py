from __future__ import annotations

import pytest
from django.db import connection, transaction

from tests.factories import follows, page_with, raw_gallery, raw_item, synced_image
from wagtail_autogallery.models import Delivery
from wagtail_autogallery.sync import ledger_rows, streams
from wagtail_autogallery.sync.galleries import galleries_of

pytestmark = pytest.mark.django_db


def galleries_in(page):
    """Each gallery in a page's row, with what is known of it."""
    fresh = type(page).objects.get(pk=page.pk)
    known = {row.key: row for row in follows(page)}
    found = [gallery for _, gallery in galleries_of(type(page), streams.raw_data(fresh))]
    return [(known[gallery.cursor.key], gallery) for gallery in found]


def read(*contents):
    """The images in the ledgers that these contents need, gallery by gallery."""
    with transaction.atomic():
        ledgers = ledger_rows.load(contents, "default")
    return [sorted(ledger.by_image) for ledger in ledgers.values()]


def text(*images):
    return sorted(str(image.pk) for image in images)


def test_the_ledgers_of_all_galleries_of_a_holder_are_read_with_one_query(
    django_assert_num_queries,
):
    page = page_with(raw_gallery(), raw_gallery(), raw_gallery(max_images=2))
    images = [synced_image() for _ in range(5)]
    contents = galleries_in(page)

    with django_assert_num_queries(1):
        ledgers = ledger_rows.load(contents, "default")

    shown = [text(*images), text(*images), text(*images[3:])]
    assert [sorted(ledgers[row.pk].by_image) for row, _ in contents] == shown


def test_what_a_person_removed_is_read_for_those_contents_only_that_show_it_or_have_not_seen_it():
    page = page_with(raw_gallery())
    first = synced_image()
    (older,) = galleries_in(page)
    second, third = synced_image(), synced_image()
    (newer,) = galleries_in(page)
    Delivery.objects.exclude(image_id=third.pk).update(mark=Delivery.Mark.REMOVED)
    _, gallery = newer
    del gallery.raw["images"][:2]

    assert read(newer) == [text(third)]
    assert read(older) == read(newer, older) == [text(first, second, third)]


def test_for_a_gallery_that_has_received_nothing_yet_nothing_is_found():
    page = page_with(raw_gallery())

    assert read(*galleries_in(page)) == [[]]


def test_a_large_gallery_beside_many_small_ones_lets_no_more_be_asked_for_those():
    page = page_with(*[raw_gallery() for _ in range(9)])
    contents = galleries_in(page)
    _, large = contents[4]
    large.raw["images"] = [raw_item(number) for number in range(100)]
    sent = []

    def count(execute, sql, parameters, many, context):
        sent.append(len(parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        ledger_rows.load(contents, "default")

    # Room for 128, and a few for each.
    assert 128 < sum(sent) < 128 + 9 * 10


def test_without_galleries_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ledger_rows.load([], "default") == {}
