from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.signals import post_save, pre_save
from wagtail.signals import page_published, published

from tests.factories import (
    ImageFactory,
    RevisedSnippetFactory,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import GalleryPage, RevisedSnippet
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Announcement
from wagtail_autogallery.sync.passes import sync

SIGNALS = {
    "pre_save": pre_save,
    "post_save": post_save,
    "page_published": page_published,
    "published": published,
}

AFTER_COMMIT = {name: signal for name, signal in SIGNALS.items() if signal is not pre_save}


@contextmanager
def receiving(signal, receive, sender=GalleryPage):
    signal.connect(receive, sender=sender)
    try:
        yield
    finally:
        signal.disconnect(receive, sender=sender)


class Died(BaseException):
    """The process was killed."""


def raise_an_error(**kwargs):
    raise RuntimeError("The cache is down")


def break_the_database(**kwargs):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM a_table_that_is_not_there")


def save_what_cannot_be_saved(**kwargs):
    GalleryPage(path="0001", depth=1, title="Taken").save_base(force_insert=True)


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("fail", [raise_an_error, break_the_database, save_what_cannot_be_saved])
@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_is_logged_and_the_write_stands(name, fail, caplog):
    page = page_with(raw_gallery())
    heard = []

    def hear(sender, instance, **kwargs):
        heard.append(instance)

    image = ImageFactory()
    with receiving(SIGNALS[name], fail), receiving(published, hear):
        report = sync()

    assert (report.holders, report.failures) == (1, 0)
    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.live_revision) == [key_of(image)]
    assert heard == [page]
    assert not Announcement.objects.exists()
    assert follows(page)[0].error == ""
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert fail.__name__ in record.getMessage()
    assert record.exc_info


@pytest.mark.parametrize("signal", AFTER_COMMIT.values(), ids=AFTER_COMMIT)
@pytest.mark.django_db(transaction=True)
def test_receivers_read_what_is_committed(signal):
    page = page_with(raw_gallery())
    image = ImageFactory()
    read = []

    def look(instance, **kwargs):
        assert not connection.in_atomic_block
        read.append(images_in(instance))

    with receiving(signal, look):
        sync()

    assert read == [images_in(page)] == [[image.pk]]


@pytest.mark.django_db
def test_a_receiver_that_asks_who_published_gets_an_answer(admin):
    page = page_with(raw_gallery())
    page.save_revision(user=admin).publish()
    ImageFactory()
    names = []

    def greet(revision, **kwargs):
        names.append(revision.user.username)

    with receiving(page_published, greet):
        sync()

    assert names == ["admin"]


@pytest.mark.django_db
def test_a_receiver_may_save_what_it_is_given_and_the_galleries_follow_that(admin):
    page = page_with(raw_gallery())
    image = ImageFactory()

    def switch_off(instance, **kwargs):
        body = list(instance.body.raw_data)
        body[0]["value"]["auto_sync_media"] = False
        instance.body = body
        instance.save()

    with receiving(page_published, switch_off):
        sync()

    assert images_in(page) == [image.pk]
    assert follows(page) == []


@pytest.fixture
def a_death_while_telling():
    """A page that was written by a process that died before everybody was told."""
    page = page_with(raw_gallery())
    page.create_alias(update_slug="alias")
    image = ImageFactory()

    def die(**kwargs):
        raise Died

    with receiving(page_published, die), pytest.raises(Died):
        sync()
    assert images_in(page) == [image.pk]
    return page


@pytest.mark.django_db
def test_what_nobody_was_told_of_is_told_by_a_drain_once_the_lease_is_over(
    a_death_while_telling, let_time_pass
):
    page = a_death_while_telling
    page.refresh_from_db()
    heard = []

    def hear(sender, instance, revision, alias=False, **kwargs):
        heard.append((instance, revision, alias, images_in(instance)))

    with receiving(page_published, hear):
        drain(limit=100)
        assert heard == []
        let_time_pass(timedelta(minutes=2))
        drain(limit=100)
        drain(limit=100)

    alias = page.aliases.get().specific
    assert heard == [
        (page, page.live_revision, False, images_in(page)),
        (alias, page.live_revision, True, images_in(page)),
    ]
    assert not Announcement.objects.exists()


@pytest.mark.django_db
def test_what_ends_each_process_that_tells_it_is_given_up_after_three(
    a_death_while_telling, let_time_pass, caplog
):
    page = a_death_while_telling
    deaths = []

    def die(instance, **kwargs):
        if instance == page:
            deaths.append(instance)
            raise Died

    with receiving(page_published, die):
        for _ in range(2):
            let_time_pass(timedelta(minutes=2))
            with pytest.raises(Died):
                sync()
        let_time_pass(timedelta(minutes=2))
        sync()

    assert len(deaths) == 2
    assert not Announcement.objects.exists()
    assert f"Nobody could be told that testapp.gallerypage {page.pk} was written" in [
        record.getMessage() for record in caplog.records
    ]


@pytest.mark.django_db
def test_nobody_is_told_of_what_is_gone_by_then(a_death_while_telling, let_time_pass):
    a_death_while_telling.aliases.get().delete()
    a_death_while_telling.delete()
    let_time_pass(timedelta(minutes=2))
    heard = []

    def hear(**kwargs):
        heard.append(kwargs)

    with receiving(page_published, hear), receiving(post_save, hear):
        sync()

    assert heard == []
    assert not Announcement.objects.exists()


@pytest.mark.django_db
def test_of_two_that_find_it_one_tells_it(a_death_while_telling):
    (first, _), (second, _) = Announcement.objects.all(), Announcement.objects.all()

    assert first.take()
    assert not second.take()


@pytest.mark.django_db
def test_nothing_is_published_of_a_snippet_without_drafts():
    RevisedSnippetFactory(body=raw_body(raw_gallery()))
    heard = []

    def hear(signal, **kwargs):
        heard.append(signal)

    ImageFactory()
    with receiving(published, hear, RevisedSnippet), receiving(post_save, hear, RevisedSnippet):
        sync()

    assert heard == [post_save]
