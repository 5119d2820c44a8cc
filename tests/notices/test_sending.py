from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.signals import page_published

from tests.factories import (
    ImageFactory,
    PlainSnippetFactory,
    book_with,
    images_in,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
    synced_image,
)
from tests.notices.conftest import FullMailbox, UnreachableServer, follow, mailed_by, superuser
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Notice
from wagtail_autogallery.notices.sending import send_due
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(editor):
    page = page_with(raw_gallery(), title="Portfolio")
    follow(page, editor)
    return page


def test_a_burst_is_one_mail(page, later, mailoutbox):
    for _ in range(3):
        ImageFactory()
        synced_image()
    later()

    report = send_due()
    send_due()

    assert report.as_dict() == {"sent": 1, "failures": 0, "complete": True}
    (mail,) = mailoutbox
    assert mail.to == ["editor@example.com"]
    assert mail.subject == "6 pictures were added to “Portfolio”"


def test_nothing_is_mailed_while_a_burst_may_go_on(page, mailoutbox):
    synced_image()

    send_due()

    assert mailoutbox == []


def test_a_page_is_mailed_about_at_most_once_an_hour(page, later, mailoutbox):
    synced_image()
    later()
    send_due()
    synced_image()
    synced_image()

    later(timedelta(minutes=50))
    send_due()
    assert len(mailoutbox) == 1

    later(timedelta(minutes=10))
    send_due()
    assert [mail.subject for mail in mailoutbox] == [
        "1 picture was added to “Portfolio”",
        "2 pictures were added to “Portfolio”",
    ]


def test_what_comes_while_a_mail_is_on_its_way_waits_for_an_hour_too(page, later, mailoutbox):
    synced_image()
    later()
    notice = Notice.objects.get()
    assert notice.take()
    synced_image()
    notice.note_told(page.subscribers.get().user)
    notice.is_done()

    later(timedelta(minutes=55))
    assert send_due().sent == 0
    later(timedelta(minutes=5))
    assert send_due().sent == 1


def test_after_an_hour_the_next_burst_is_mailed_as_the_first(page, later, mailoutbox):
    synced_image()
    later()
    send_due()
    later(timedelta(hours=2))
    send_due()
    assert not Notice.objects.exists()

    synced_image()
    later()
    send_due()

    assert len(mailoutbox) == 2


def test_each_page_has_its_own(page, editor, later, mailoutbox):
    other = page_with(raw_gallery(), title="Coast")
    follow(other, editor)
    synced_image()
    later()

    send_due()

    assert sorted(mail.subject for mail in mailoutbox) == [
        "1 picture was added to “Coast”",
        "1 picture was added to “Portfolio”",
    ]


def test_an_image_in_two_galleries_of_a_page_counts_once(editor, later, mailoutbox):
    follow(page_with(raw_gallery(), raw_gallery(), title="Portfolio"), editor)
    synced_image()
    later()

    send_due()

    assert mailoutbox[0].subject == "1 picture was added to “Portfolio”"


def test_galleries_in_child_objects_are_part_of_the_page(editor, later, mailoutbox):
    follow(book_with(raw_gallery(), raw_gallery(), title="Book"), editor)
    synced_image()
    later()

    send_due()

    assert mailoutbox[0].subject == "1 picture was added to “Book”"


def test_what_nobody_follows_is_not_noted(editor):
    page_with(raw_gallery())
    PlainSnippetFactory(body=raw_body(raw_gallery()))

    synced_image()

    assert not Notice.objects.exists()


def test_it_is_off_by_default(page, settings):
    del settings.WAGTAIL_AUTOGALLERY_NOTIFY

    synced_image()

    assert not Notice.objects.exists()


def test_what_was_removed_meanwhile_is_not_told_of(page, later, mailoutbox):
    kept, removed = ImageFactory(title="Kept"), ImageFactory(title="Removed")
    sync()
    remove_from(page, removed)
    later()

    send_due()

    assert mailoutbox[0].subject == "1 picture was added to “Portfolio”"
    assert "Kept" in mailoutbox[0].body
    assert "Removed" not in mailoutbox[0].body
    assert images_in(page) == [kept.pk]


def test_nothing_is_mailed_where_nothing_is_left(page, later, mailoutbox):
    image = synced_image()
    remove_from(page, image)
    later()

    report = send_due()

    assert (report.sent, mailoutbox) == (0, [])
    assert not Notice.objects.exists()


def test_a_deleted_page_is_forgotten(page, later, mailoutbox):
    synced_image()
    page.delete()
    later()

    send_due()

    assert mailoutbox == []
    assert not Notice.objects.exists()


def test_what_a_process_wrote_that_died_at_once_is_mailed(page, later, mailoutbox):
    def die(**about):
        raise KeyboardInterrupt

    ImageFactory()
    page_published.connect(die, sender=GalleryPage)
    try:
        with pytest.raises(KeyboardInterrupt):
            sync()
    finally:
        page_published.disconnect(die, sender=GalleryPage)
    later()
    send_due()

    assert len(mailoutbox) == 1


# Mail servers that fail


def test_a_server_that_cannot_be_reached_is_tried_again_and_logged_once(
    page, editor, later, mailoutbox, caplog
):
    other = page_with(raw_gallery())
    follow(other, editor)
    synced_image()
    later()

    with mailed_by(UnreachableServer):
        report = send_due()
        assert send_due().failures == 0, "Not at once"

    assert (report.sent, report.failures) == (0, 1)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "The mail server cannot be reached" in record.getMessage()
    assert "Nobody listens at port 25" in caplog.text
    later(timedelta(minutes=2))
    send_due()
    assert len(mailoutbox) == 2


def test_what_comes_while_a_server_is_down_is_in_the_same_mail(page, later, mailoutbox):
    synced_image()
    later()
    with mailed_by(UnreachableServer):
        send_due()
    synced_image()
    later(timedelta(hours=1))

    send_due()

    assert [mail.subject for mail in mailoutbox] == ["2 pictures were added to “Portfolio”"]


def test_of_several_only_who_has_no_mail_yet_is_tried_again(page, later, mailoutbox, caplog):
    follow(page, superuser("other"))
    synced_image()
    later()

    with mailed_by(FullMailbox):
        report = send_due()
    assert (report.sent, report.failures) == (1, 1)
    assert "552 Mailbox full" in caplog.text
    later()
    send_due()

    assert [mail.to for mail in mailoutbox] == [["other@example.com"], ["editor@example.com"]]


def test_what_comes_after_some_were_told_is_another_mail(page, later, mailoutbox):
    follow(page, superuser("other"))
    synced_image()
    later()
    with mailed_by(FullMailbox):
        send_due()
    synced_image()
    later(timedelta(hours=1))

    send_due()

    assert sorted((mail.to, mail.subject[0]) for mail in mailoutbox) == [
        (["editor@example.com"], "1"),
        (["editor@example.com"], "1"),
        (["other@example.com"], "1"),
        (["other@example.com"], "1"),
    ]


def test_it_is_tried_ever_more_rarely_and_given_up_after_three_days(
    page, later, mailoutbox, caplog
):
    synced_image()
    later()
    tries = 0
    with mailed_by(UnreachableServer):
        for _ in range(24):
            tries += send_due().failures
            later(timedelta(minutes=30))
    assert 10 < tries < 18

    later(Notice.LONGEST_WAIT)
    send_due()

    assert mailoutbox == []
    assert not Notice.objects.exists()
    assert f"Gave up the notice of testapp.gallerypage {page.pk}" in caplog.text


def test_a_process_that_dies_at_it_leaves_it_to_the_next(page, later, mailoutbox):
    follow(page, superuser("other"))
    synced_image()
    later()
    notice = Notice.objects.get()
    assert notice.take()
    notice.note_told(page.subscribers.get(user__username="other").user)

    send_due()
    assert mailoutbox == []
    later(Notice.LEASE)
    send_due()

    assert [mail.to for mail in mailoutbox] == [["editor@example.com"]]


def test_of_two_that_find_it_one_mails_it(page, later):
    synced_image()
    later()
    first, second = Notice.objects.get(), Notice.objects.get()

    assert first.take()
    assert not second.take()


# What it costs


def test_a_mail_costs_the_same_queries_whatever_it_tells_of(page, later):
    def queries_of_mailing(count):
        for _ in range(count):
            ImageFactory()
        sync()
        later(timedelta(hours=2))
        with CaptureQueriesContext(connection) as queries:
            assert send_due().sent == 1
        return len(queries)

    queries_of_mailing(1)
    assert queries_of_mailing(2) == queries_of_mailing(30)


def test_noting_costs_a_write_three_queries(page, settings):
    def queries_of_a_sync():
        ImageFactory()
        with CaptureQueriesContext(connection) as queries:
            sync()
        return len(queries)

    queries_of_a_sync()
    with_notices = queries_of_a_sync()
    settings.WAGTAIL_AUTOGALLERY_NOTIFY = False

    # Whether it is followed, the notice, and its row.
    assert with_notices - queries_of_a_sync() == 3


def remove_from(page, image):
    """As an editor does it."""
    page = GalleryPage.objects.get(pk=page.pk)
    body = list(page.body.raw_data)
    value = body[0]["value"]
    value["images"] = [each for each in value["images"] if each["value"]["image"] != key_of(image)]
    page.body = body
    page.save_revision().publish()
