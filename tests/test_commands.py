from __future__ import annotations

import json
import os
import signal
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.images import get_image_model
from wagtail.models import Collection

from tests import jobs
from tests.factories import (
    ImageFactory,
    follows,
    images_in,
    page_with,
    raw_gallery,
    root_collection,
)
from wagtail_autogallery.management.commands import autogallery_drain
from wagtail_autogallery.models import Arrival, Subscription
from wagtail_autogallery.queue import drain
from wagtail_autogallery.specs import specs_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _root_collection():
    root_collection()


def run(command, *arguments):
    out, errors = StringIO(), StringIO()
    call_command(command, *arguments, stdout=out, stderr=errors)
    return out.getvalue()


def test_drain_says_in_words_what_it_did():
    jobs.note.enqueue(1)
    jobs.note.enqueue(2)

    output = run("autogallery_drain", "--limit", "1")

    assert output.startswith("Ran 1 tasks in ")
    assert output.endswith("1 succeeded, 0 failed, 1 remaining.\n")


def test_drain_says_it_in_json():
    jobs.note.enqueue(1)

    report = json.loads(run("autogallery_drain", "--json"))

    assert report.pop("seconds") >= 0
    assert report == {
        "ran": 1,
        "succeeded": 1,
        "failed": 0,
        "rescued": 0,
        "given_up": 0,
        "remaining": 0,
        "failures": [],
        "note": "",
    }


def test_drain_syncs_the_galleries():
    page = page_with(raw_gallery())
    image = ImageFactory()

    run("autogallery_drain", "--limit", "100")

    assert images_in(page) == [image.pk]


def test_drain_exits_with_1_when_a_task_failed():
    jobs.fail.enqueue()
    errors = StringIO()

    with pytest.raises(CommandError, match="Not all tasks succeeded") as raised:
        call_command("autogallery_drain", stdout=StringIO(), stderr=errors)

    assert raised.value.returncode == 1
    assert "Failed: tests.jobs.fail" in errors.getvalue()
    assert "ZeroDivisionError" in errors.getvalue()


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_drain_refuses_a_limit_that_is_none(limit):
    with pytest.raises(CommandError, match="is not a whole number above 0"):
        run("autogallery_drain", "--limit", limit)


def test_drain_names_the_queues_there_are():
    with pytest.raises(CommandError, match="It has: default, reports"):
        run("autogallery_drain", "--queue", "mails")


def test_drain_takes_one_queue_or_all():
    jobs.note.using(queue_name="reports").enqueue(1)
    jobs.note.enqueue(1)

    assert "Ran 1 tasks" in run("autogallery_drain", "--queue", "reports")
    assert "Ran 1 tasks" in run("autogallery_drain", "--all-queues")
    with pytest.raises(CommandError, match="not allowed with argument"):
        run("autogallery_drain", "--queue", "reports", "--all-queues")


def test_drain_passes_on_why_it_only_synced(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}

    assert "only the galleries were synced" in run("autogallery_drain")


def test_rebuild_has_the_renditions_made_that_are_missing():
    image = ImageFactory()
    page_with(raw_gallery(image))

    run("autogallery_rebuild")
    drain(limit=100)

    assert image.renditions.count() == len(specs_of(image, "grid").all)


def test_rebuild_finds_the_galleries_of_a_site_and_says_what_it_did():
    page = page_with(raw_gallery())
    Subscription.objects.all().delete()

    output = run("autogallery_rebuild")

    assert len(follows(page)) == 1
    assert output == (
        "Looked at 1 pages and snippets of 6 types, forgot 0 galleries that no longer exist.\n"
    )


def test_rebuild_shows_its_progress_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    page_with(raw_gallery())

    run("autogallery_rebuild")

    assert "[....." in capsys.readouterr().out


def test_commands_are_quiet_when_told():
    assert run("autogallery_drain", "--verbosity", "0") == ""
    assert run("autogallery_rebuild", "--verbosity", "0") == ""


def test_drain_stops_within_its_time():
    jobs.note.enqueue(1)

    assert "Ran 1 tasks" in run("autogallery_drain", "--time-budget", "30")


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "inf"])
def test_drain_refuses_a_time_that_is_none(seconds):
    with pytest.raises(CommandError, match="is not a number of seconds above 0"):
        run("autogallery_drain", "--time-budget", seconds)


def test_drain_shows_its_progress_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    for number in range(6):
        jobs.note.enqueue(number)

    run("autogallery_drain")

    assert "[....." in capsys.readouterr().out


def test_drain_tells_what_it_rescued():
    jobs.note.enqueue(1)
    DBTaskResult.objects.update(
        status="RUNNING", worker_ids=["autogallery-killed"], started_at=timezone.now()
    )

    assert "1 succeeded, 0 failed, 1 rescued, 0 remaining" in run("autogallery_drain")


def test_watching_drains_until_it_is_told_to_stop():
    before = signal.getsignal(signal.SIGTERM)
    jobs.done.clear()
    for name in ("first", "stop", "left"):
        jobs.note_and_stop.enqueue(name)

    output = run("autogallery_drain", "--watch", "0.01")

    assert jobs.done == ["first", "stop"]
    assert output.endswith("2 succeeded, 0 failed, 1 remaining.\n")
    assert signal.getsignal(signal.SIGTERM) is before


def test_watching_looks_again_after_a_pause():
    jobs.done.clear()
    jobs.enqueue_until_three.enqueue()

    output = run("autogallery_drain", "--watch", "0.01", "--limit", "1")

    assert len(jobs.done) == 3
    assert output.count("Ran 1 tasks") == 3


def test_watching_outlives_a_database_that_is_away_for_a_while(caplog):
    jobs.done.clear()
    jobs.note_and_stop.enqueue("stop")
    away = [OperationalError("The server is gone")]

    def be_away_once(execute, sql, params, many, context):
        if away:
            raise away.pop()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(be_away_once):
        run("autogallery_drain", "--watch", "0.01")

    assert jobs.done == ["stop"]
    assert "The server is gone" in caplog.text


def test_status_says_that_all_is_well():
    output = run("autogallery_drain", "--status")

    assert "ready: 0\n" in output
    assert "galleries behind: 0\n" in output
    assert json.loads(run("autogallery_drain", "--status", "--json"))["healthy"] is True


def test_status_exits_with_1_when_something_needs_attention():
    jobs.fail.enqueue()
    with pytest.raises(CommandError):
        run("autogallery_drain")
    errors = StringIO()

    with pytest.raises(CommandError, match="Something needs attention") as raised:
        call_command("autogallery_drain", "--status", stdout=StringIO(), stderr=errors)

    assert raised.value.returncode == 1
    assert errors.getvalue() == "1 tasks failed within the last day.\n"


@pytest.fixture
def _no_waiting(monkeypatch, settings):
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "off"
    monkeypatch.setattr(autogallery_drain, "SELF_TEST_WAIT", 0.01)


@pytest.mark.usefixtures("_no_waiting")
def test_the_self_test_says_who_synced_and_leaves_nothing_behind():
    page = page_with(raw_gallery())
    drain(limit=100)
    models = (Collection, get_image_model(), Arrival)
    before = [model.objects.count() for model in models]

    output = run("autogallery_drain", "--self-test")

    assert output.startswith("A picture was uploaded and synced by the drain after ")
    assert images_in(page) == []
    assert follows(page)[0].state == Subscription.State.FOLLOWING
    assert [model.objects.count() for model in models] == before
    assert drain(limit=100).failed == 0


@pytest.mark.usefixtures("_no_waiting")
def test_the_self_test_answers_in_json():
    page_with(raw_gallery())
    drain(limit=100)

    assert json.loads(run("autogallery_drain", "--self-test", "--json"))["layer"] == "drain"


@pytest.mark.parametrize(
    ("worker", "layer"),
    [
        ("db-worker-1", "worker"),
        (f"autogallery-{socket.gethostname()[:20]}-{os.getpid()}-1", "thread"),
    ],
    ids=["worker", "thread"],
)
def test_the_self_test_tells_a_worker_from_the_thread(monkeypatch, settings, worker, layer):
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "inline"
    page_with(raw_gallery())
    drain(limit=100)

    def claim(self, worker_id, claim=DBTaskResult.claim):
        claim(self, worker)

    monkeypatch.setattr(DBTaskResult, "claim", claim)

    assert f"synced by the {layer}" in run("autogallery_drain", "--self-test")


@pytest.mark.usefixtures("_no_waiting")
def test_the_self_test_fails_when_nobody_syncs(monkeypatch):
    monkeypatch.setattr(type(DBTaskResult.objects.all()), "get_locked", lambda self: None)

    with pytest.raises(CommandError, match="Nobody synced the picture"):
        run("autogallery_drain", "--self-test")


def test_the_self_test_works_without_a_database_queue(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "inline"

    assert "synced by the inline" in run("autogallery_drain", "--self-test")
