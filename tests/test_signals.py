from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.signals import page_published

from tests.factories import (
    GalleryPageFactory,
    ImageFactory,
    PlainSnippetFactory,
    book_with,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
    unwritable,
)
from tests.testapp.models import BookPage, GalleryPage, PlainSnippet
from wagtail_autogallery.models import Announcement
from wagtail_autogallery.signals import delivery_failed, gallery_synced
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import undo

pytestmark = pytest.mark.django_db


class Died(BaseException):
    """The process was killed."""


@contextmanager
def receiving(signal, receive, sender=None):
    signal.connect(receive, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receive, sender=sender)


@contextmanager
def hearing(signal, sender=None):
    """What receivers of a signal are given."""
    heard = []

    def hear(signal, sender, **about):
        heard.append({"sender": sender, **about})

    with receiving(signal, hear, sender):
        yield heard


# gallery_synced


def test_it_is_told_of_each_gallery_that_got_something():
    page = page_with(raw_gallery(), raw_gallery(follow=False), raw_gallery())
    first, second = ImageFactory(), ImageFactory()

    with hearing(gallery_synced) as heard:
        sync()

    galleries = {subscription.key: subscription for subscription in follows(page)}
    assert {each["gallery"]: each for each in heard} == {
        key: {
            "sender": GalleryPage,
            "instance": page,
            "gallery": key,
            "field": "body",
            "path": subscription.path,
            "added": [str(first.pk), str(second.pk)],
            "removed": [],
            "runs": [1],
        }
        for key, subscription in galleries.items()
    }
    assert len(heard) == 2


def test_it_is_told_of_deleted_images():
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()
    key = str(image.pk)
    image.delete()

    with hearing(gallery_synced) as heard:
        sync()

    ((told),) = heard
    assert (told["instance"], told["added"], told["removed"]) == (page, [], [key])


def test_it_is_told_of_what_somebody_took_back(admin):
    page = page_with(raw_gallery())
    image = ImageFactory()
    run = sync().run
    undo([run], admin)

    with hearing(gallery_synced) as heard:
        sync()

    ((told),) = heard
    assert (told["instance"], told["added"], told["removed"]) == (page, [], [str(image.pk)])


def test_it_is_told_of_snippets_and_of_the_parent_of_child_objects():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    book = book_with(raw_gallery())
    ImageFactory()

    with hearing(gallery_synced) as heard:
        sync()

    assert [(each["sender"], each["instance"]) for each in heard] == [
        (PlainSnippet, snippet),
        (BookPage, book),
    ]


def test_nobody_is_told_of_a_gallery_that_got_nothing():
    page_with(raw_gallery())
    with hearing(gallery_synced) as heard:
        sync()

    assert heard == []


def test_nobody_is_told_of_a_draft_that_only_catches_up_or_of_an_alias():
    page = page_with(raw_gallery())
    page.create_alias(update_slug="alias")
    page.title = "A draft"
    page.save_revision()
    ImageFactory()

    with hearing(gallery_synced) as heard:
        sync()

    assert [each["instance"] for each in heard] == [page]


@pytest.mark.django_db(transaction=True)
def test_receivers_read_what_is_committed():
    page = page_with(raw_gallery())
    image = ImageFactory()
    read = []

    def look(instance, **about):
        assert not connection.in_atomic_block
        read.append(images_in(instance))

    with receiving(gallery_synced, look):
        sync()

    assert images_in(page) == [image.pk]
    assert read == [[image.pk]]


def test_a_receiver_of_its_own_model_only_hears_of_that():
    page_with(raw_gallery())
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    ImageFactory()

    with hearing(gallery_synced, PlainSnippet) as heard:
        sync()

    assert [each["instance"] for each in heard] == [snippet]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails_at_the_database", [False, True])
def test_what_a_receiver_raises_is_logged_and_nothing_is_undone(fails_at_the_database, caplog):
    pages = [page_with(raw_gallery()) for _ in range(2)]
    image = ImageFactory()

    def break_down(**about):
        if fails_at_the_database:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM a_table_that_is_not_there")
        raise RuntimeError("The cache is down")

    with receiving(gallery_synced, break_down):
        report = sync()

    assert (report.holders, report.failures) == (2, 0)
    assert [images_in(page) for page in pages] == [[image.pk]] * 2
    assert not Announcement.objects.exists()
    records = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert len(records) == 2
    assert all("break_down" in each.getMessage() and each.exc_info for each in records)


def test_a_process_that_dies_before_it_was_told_leaves_it_to_the_next(let_time_pass):
    page = page_with(raw_gallery())
    image = ImageFactory()

    def die(**about):
        raise Died

    with receiving(page_published, die), hearing(gallery_synced) as heard, pytest.raises(Died):
        sync()
    assert images_in(page) == [image.pk]
    assert heard == []
    let_time_pass(timedelta(minutes=2))

    with hearing(gallery_synced) as heard:
        sync()
        sync()

    ((told),) = heard
    assert (told["instance"], told["added"], told["runs"]) == (page, [str(image.pk)], [1])


def test_listening_costs_the_sync_no_query():
    def queries_of_a_sync():
        ImageFactory()
        with CaptureQueriesContext(connection) as queries:
            sync()
        return len(queries)

    page_with(raw_gallery())
    queries_of_a_sync()
    alone = queries_of_a_sync()

    with hearing(gallery_synced):
        assert queries_of_a_sync() == alone


# delivery_failed


def test_it_is_told_what_failed_and_what_waits_for_it():
    page = page_with(raw_gallery(), raw_gallery())
    first, second = ImageFactory(), ImageFactory()

    with unwritable(page), hearing(delivery_failed) as heard:
        sync()

    ((told),) = heard
    assert told["retry_at"] > timezone.now()
    assert str(told.pop("error")) == "The disk is full"
    del told["retry_at"]
    assert told == {
        "sender": GalleryPage,
        "instance": page,
        "images": [str(first.pk), str(second.pk)],
        "run": 1,
    }


def test_it_is_told_at_each_try(let_time_pass):
    page = page_with(raw_gallery())
    ImageFactory()

    with unwritable(page), hearing(delivery_failed) as heard:
        sync()
        sync()
        let_time_pass(timedelta(minutes=1))
        sync()

    assert [each["instance"] for each in heard] == [page, page]


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_too_stops_no_other_page(caplog):
    page, other = page_with(raw_gallery()), page_with(raw_gallery())
    image = ImageFactory()

    def break_down(**about):
        raise RuntimeError("The pager is down")

    with unwritable(page), receiving(delivery_failed, break_down):
        report = sync()

    assert (report.holders, report.failures) == (1, 1)
    assert images_in(other) == [image.pk]
    (record,) = [each for each in caplog.records if "break_down" in each.getMessage()]
    assert record.exc_info


def test_nobody_is_told_of_a_page_that_is_only_locked():
    page_with(raw_gallery(), locked=True)
    GalleryPageFactory()
    ImageFactory()

    with hearing(delivery_failed) as heard:
        report = sync()

    assert report.waiting == 1
    assert heard == []
