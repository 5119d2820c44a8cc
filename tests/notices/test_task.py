"""When the mails are sent: after the writes, by a task of their own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from tests.notices.conftest import UnreachableServer, follow, mailed_by
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Notice
from wagtail_autogallery.tasks import mail_followers

pytestmark = pytest.mark.django_db(transaction=True)


def tasks(**about):
    return DBTaskResult.objects.filter(task_path=mail_followers.module_path, **about)


@pytest.fixture
def page(editor):
    page = page_with(raw_gallery())
    follow(page, editor)
    return page


def test_an_upload_is_mailed_by_the_drains_that_follow_it(page, later, mailoutbox):
    ImageFactory()

    drain(limit=100)
    drain(limit=100)
    assert mailoutbox == []
    later()
    drain(limit=100)

    assert len(mailoutbox) == 1


def test_a_worker_alone_finds_it_ready_when_it_is_due(page):
    ImageFactory()
    drain(limit=100)

    (row,) = tasks(status="READY")
    assert row.run_after == Notice.objects.get().due_at


def test_a_mail_server_that_is_down_leaves_the_sync_alone(page, later, mailoutbox):
    ImageFactory()
    drain(limit=100)
    later()
    image = ImageFactory()

    with mailed_by(UnreachableServer):
        report = drain(limit=100)

    assert report.failed == 0
    assert len(images_in(page)) == 2
    assert images_in(page)[-1] == image.pk
    assert [row.return_value["failures"] for row in tasks(status="SUCCESSFUL")] == [1]
    later(timedelta(minutes=2))
    drain(limit=100)
    assert len(mailoutbox) == 1


def test_where_nothing_is_to_be_mailed_a_drain_enqueues_none(page, settings):
    settings.WAGTAIL_AUTOGALLERY_NOTIFY = False
    ImageFactory()

    drain(limit=100)

    assert not tasks().exists()


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_without_a_database_queue_the_drain_mails_itself(page, later, mailoutbox):
    ImageFactory()
    drain(limit=100)
    later()

    report = drain(limit=100)

    assert (report.failed, report.remaining) == (0, 0)
    assert len(mailoutbox) == 1
