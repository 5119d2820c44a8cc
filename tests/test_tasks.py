from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import pre_save
from django.utils.timezone import now
from django_tasks_db.models import DBTaskResult

from tests.factories import (
    ImageFactory,
    deliveries_to,
    images_in,
    page_with,
    raw_gallery,
    unwritable,
)
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.queue import claiming, running
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.sync import passes, sharing
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import enqueue_sync, sync_media_to_galleries, task_backends

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
QUEUE = Queue("default", only=["wagtail_autogallery.tasks.sync_media_to_galleries"])
PATH = "wagtail_autogallery.tasks.sync_media_to_galleries"


def waiting():
    return DBTaskResult.objects.ready().filter(task_path=PATH).count()


@contextmanager
def broken_queue():
    """A queue that refuses our task, as it does when its database is away."""

    def refuse(instance, **kwargs):
        if instance.task_path == PATH:
            raise DatabaseError("The queue is not reachable")

    pre_save.connect(refuse, sender=DBTaskResult)
    try:
        yield
    finally:
        pre_save.disconnect(refuse, sender=DBTaskResult)


def test_an_upload_enqueues_the_sync():
    ImageFactory()

    assert waiting() == 1


def test_while_one_is_waiting_no_other_is_enqueued():
    for _ in range(5):
        ImageFactory()

    assert waiting() == 1
    assert enqueue_sync() is None


def test_one_that_runs_already_does_not_keep_the_next_from_being_enqueued():
    ImageFactory()
    DBTaskResult.objects.get(task_path=PATH).claim("a worker")

    ImageFactory()

    assert waiting() == 1


def test_the_sync_is_enqueued_when_the_transaction_is_committed():
    with transaction.atomic():
        ImageFactory()
        assert waiting() == 0

    assert waiting() == 1


def test_nothing_is_enqueued_for_an_upload_that_is_rolled_back():
    with transaction.atomic():
        ImageFactory()
        transaction.set_rollback(True)

    assert waiting() == 0


def test_it_returns_what_it_did():
    page_with(raw_gallery())
    ImageFactory()

    drain(limit=100)

    result = DBTaskResult.objects.get(task_path=PATH)
    assert result.return_value == {
        "run": 1,
        "images": 1,
        "holders": 1,
        "galleries": 1,
        "waiting": 0,
        "failures": 0,
        "complete": True,
    }


def test_an_upload_succeeds_and_the_error_is_logged_when_enqueueing_fails(caplog):
    with caplog.at_level(logging.ERROR), broken_queue():
        image = ImageFactory()

    assert image.pk
    assert Arrival.objects.waiting().count() == 1
    (record,) = caplog.records
    assert record.name == "wagtail_autogallery.tasks"
    assert "The queue is not reachable" in record.exc_text


def test_the_next_drain_does_what_could_not_be_enqueued():
    page = page_with(raw_gallery())
    drain(limit=100)
    with broken_queue():
        image = ImageFactory()
    assert waiting() == 0

    drain(limit=100)

    assert images_in(page) == [image.pk]


def test_the_task_runs_on_the_backend_and_queue_of_the_settings():
    assert sync_media_to_galleries.backend == "default"
    assert sync_media_to_galleries.queue_name == "default"


def later():
    return DBTaskResult.objects.filter(task_path=PATH, run_after__range=(now(), now() + HOUR))


def test_a_sync_that_fails_is_tried_again_later_without_an_upload(monkeypatch):
    ImageFactory()
    with monkeypatch.context() as patch:
        patch.setattr(Arrival.objects.__class__, "waiting", lambda self: 1 / 0)
        running.run(claiming.claim(QUEUE, "me"))

    assert DBTaskResult.objects.get(status="FAILED").exception_class_path.endswith("DivisionError")
    (retry,) = later()
    assert retry.args_kwargs["kwargs"] == {"attempt": 2}
    assert 5 < (retry.run_after - now()).total_seconds() < 15


def test_it_waits_longer_each_time_and_there_is_one_retry_only(monkeypatch):
    monkeypatch.setattr(Arrival.objects.__class__, "waiting", lambda self: 1 / 0)

    for attempt in (5, 6):
        with pytest.raises(ZeroDivisionError):
            sync_media_to_galleries.func(attempt=attempt)

    (retry,) = later()
    assert 100 < (retry.run_after - now()).total_seconds() < 220


def test_a_holder_that_failed_is_tried_again_when_its_time_has_come(let_time_pass):
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        drain(limit=100)
    assert images_in(page) == []

    (retry,) = later()
    (delivery,) = deliveries_to(page).values()
    assert retry.run_after == delivery.due_at
    let_time_pass(timedelta(minutes=1))
    running.run(claiming.claim(QUEUE, "db-worker"))

    assert images_in(page) == [image.pk]


def test_a_retry_that_cannot_be_enqueued_is_logged(caplog, monkeypatch):
    monkeypatch.setattr(Arrival.objects.__class__, "waiting", lambda self: 1 / 0)

    with broken_queue(), pytest.raises(ZeroDivisionError):
        sync_media_to_galleries.func()

    assert "for later; a drain will do it" in caplog.text


@pytest.fixture
def silent_backend(settings):
    """A backend that cannot say what waits in it, as that of RQ. Shows what was enqueued."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}

    def enqueued():
        results = task_backends["default"].results
        return [result for result in results if result.task.module_path == PATH]

    return enqueued


def upload_six():
    for _ in range(6):
        ImageFactory()


def upload_six_at_once():
    with transaction.atomic():
        upload_six()


@pytest.mark.parametrize("upload", [upload_six, upload_six_at_once])
def test_a_backend_that_cannot_be_asked_gets_one_sync_for_six_uploads(upload, silent_backend):
    upload()

    assert len(silent_backend()) == 1


def test_and_one_sync_for_many_deletions(silent_backend):
    images = [ImageFactory() for _ in range(3)]
    sync()
    before = len(silent_backend())

    for image in images:
        image.delete()

    assert len(silent_backend()) == before + 1


def test_and_another_one_where_the_first_may_be_lost(silent_backend):
    ImageFactory()
    Arrival.objects.update(created_at=now() - HOUR)

    ImageFactory()

    assert len(silent_backend()) == 2


def test_what_arrives_there_while_a_sync_decides_is_seen_to_when_it_is_done(
    silent_backend, monkeypatch
):
    first = ImageFactory()
    decide = passes.decide

    def decide_as_somebody_uploads():
        decision = decide()
        # What was decided counts as waiting until the decision is committed.
        Arrival.objects.filter(image_id=str(first.pk)).update(run_id=None)
        ImageFactory()
        Arrival.objects.filter(image_id=str(first.pk)).update(run_id=decision.run)
        return decision

    monkeypatch.setattr(passes, "decide", decide_as_somebody_uploads)
    sync_media_to_galleries.func()

    assert Arrival.objects.waiting().count() == 1
    assert len(silent_backend()) == 2


def test_where_many_pages_wait_helpers_are_called_that_call_no_others(monkeypatch, settings):
    settings.WAGTAIL_AUTOGALLERY_SYNC_HELPERS = 3
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 2)
    pages = [page_with(raw_gallery()) for _ in range(5)]
    image = ImageFactory()
    DBTaskResult.objects.all().delete()

    sync_media_to_galleries.func()

    helpers = DBTaskResult.objects.filter(task_path=PATH)
    can_share = connection.features.has_select_for_update_skip_locked
    assert [row.args_kwargs for row in helpers] == 2 * can_share * [
        {"args": [], "kwargs": {"is_helper": True}}
    ]
    assert [images_in(page) for page in pages] == [[image.pk]] * 5
    drain(limit=100)
    assert waiting() == 0


def test_no_helper_is_called_where_a_site_wants_none(monkeypatch, settings):
    settings.WAGTAIL_AUTOGALLERY_SYNC_HELPERS = 0
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 2)
    for _ in range(5):
        page_with(raw_gallery())
    ImageFactory()
    DBTaskResult.objects.all().delete()

    sync_media_to_galleries.func()

    assert waiting() == 0


def test_a_queue_that_refuses_helpers_does_not_keep_the_sync_from_its_work(monkeypatch, caplog):
    monkeypatch.setattr(sharing, "HOLDERS_PER_QUERY", 2)
    pages = [page_with(raw_gallery()) for _ in range(5)]
    image = ImageFactory()

    with broken_queue():
        sync_media_to_galleries.func()

    assert [images_in(page) for page in pages] == [[image.pk]] * 5
