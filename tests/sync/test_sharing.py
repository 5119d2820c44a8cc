"""Which holders a sync visits, and in which order, where others may be about the same."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.signals import page_published

from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.sync import pictures, sharing
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.sharing import Share, useful_helpers

pytestmark = pytest.mark.django_db


def owed_to(number):
    """Holders that take an image, in the order in which they have waited for it."""
    pages = [page_with(raw_gallery()) for _ in range(number)]
    ImageFactory()
    decide()
    pictures.make_smallest(seconds=30)
    return [HolderKey.of(page) for page in pages]


def visited(share, meets_others_at=()):
    keys = []
    for key, _ in share:
        keys.append(key)
        share.meets_others = key in meets_others_at
    return keys


def alone():
    called = []
    return Share(called.append, is_helper=False), called


def helper():
    def call(waiting):
        raise AssertionError("A helper calls no others")

    return Share(call, is_helper=True)


def begins_with(holders):
    """Begin each time with the one of those numbers among those that are left."""
    numbers = iter(holders)
    return lambda left: next(numbers)


def test_whoever_is_alone_begins_with_the_one_that_has_waited_for_longest():
    keys = owed_to(5)
    share, called = alone()

    assert visited(share) == keys
    assert called == []


def test_more_holders_than_one_query_finds_are_all_written(monkeypatch):
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 2)
    pages = [page_with(raw_gallery()) for _ in range(5)]
    image = ImageFactory()

    assert sync().holders == 5
    assert all(images_in(page) == [image.pk] for page in pages)


def test_where_many_wait_helpers_are_called_once(monkeypatch):
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 2)
    keys = owed_to(5)
    share, called = alone()

    assert sorted(visited(share)) == sorted(keys)
    assert called == [5]
    assert sorted(visited(share)) == sorted(keys)
    assert called == [5]


def test_where_many_wait_syncs_that_begin_at_once_do_not_begin_with_the_same(monkeypatch):
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 8)
    keys = owed_to(8)
    random.seed(8)

    firsts = {next(iter(alone()[0]))[0] for _ in range(20)}

    assert len(firsts) > 4
    assert firsts <= set(keys)


def test_a_helper_goes_through_all_from_where_it_begins(monkeypatch):
    keys = owed_to(5)
    monkeypatch.setattr(sharing.random, "randrange", begins_with([3]))

    assert visited(helper()) == [*keys[3:], *keys[:3]]


def test_a_helper_that_meets_another_begins_anew_elsewhere(monkeypatch):
    keys = owed_to(6)
    monkeypatch.setattr(sharing.random, "randrange", begins_with([1, 3]))

    went = visited(helper(), meets_others_at=[keys[2]])

    # Of 0, 3, 4, 5, which are left, it begins with the fourth.
    assert went == [keys[1], keys[2], keys[5], keys[0], keys[3], keys[4]]


def test_whoever_is_alone_and_meets_another_shares_from_then_on(monkeypatch):
    keys = owed_to(5)
    monkeypatch.setattr(sharing.random, "randrange", begins_with([2]))
    share, called = alone()

    went = visited(share, meets_others_at=[keys[1]])

    assert went == [keys[0], keys[1], keys[4], keys[2], keys[3]]
    assert called == []


def test_one_visit_in_vain_is_enough_to_see_that_others_have_written_all():
    pages = [page_with(raw_gallery()) for _ in range(20)]
    image = ImageFactory()
    loads = f"FROM {connection.ops.quote_name(GalleryPage._meta.db_table)}"
    captured = CaptureQueriesContext(connection)

    def another_writes_all(**kwargs):
        page_published.disconnect(another_writes_all)
        assert sync().holders == len(pages) - 1
        captured.__enter__()

    page_published.connect(another_writes_all)
    report = sync(is_helper=True)
    captured.__exit__(None, None, None)

    assert report.holders == 1
    visits = [query for query in captured.captured_queries if loads in query["sql"]]
    assert len(visits) == 1
    assert all(images_in(page) == [image.pk] for page in pages)


@pytest.mark.parametrize(
    ("processors", "waiting", "helpers"),
    [
        (1, 400, 1),
        (2, 400, 1),
        (4, 400, 3),
        (4, 299, 2),
        (4, 99, 0),
        (16, 400, 4),
    ],
)
def test_as_many_share_the_writing_as_the_machine_has_processors(
    monkeypatch, processors, waiting, helpers
):
    monkeypatch.setattr(
        sharing.os, "sched_getaffinity", lambda pid: set(range(processors)), raising=False
    )

    assert useful_helpers(waiting) == helpers


def test_so_do_they_where_the_system_does_not_tell_which_are_for_this_process(monkeypatch):
    monkeypatch.delattr(sharing.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(sharing.os, "cpu_count", lambda: 4)

    assert useful_helpers(400) == 3


def test_a_site_with_workers_on_several_machines_says_how_many_share_the_writing(settings):
    settings.WAGTAIL_AUTOGALLERY_SYNC_HELPERS = 7

    assert useful_helpers(10_000) == 7
    assert useful_helpers(400) == 4
