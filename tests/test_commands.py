from __future__ import annotations

import json
import os
import signal
import socket
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone, translation
from django_tasks_db.models import DBTaskResult
from wagtail.images import get_image_model
from wagtail.models import Collection

from tests import jobs
from tests.factories import (
    FeaturePageFactory,
    ImageFactory,
    PlainSnippetFactory,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
    unwritable,
)
from tests.roots import root_collection
from tests.testapp.models import PlainSnippet
from wagtail_autogallery import tables
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.frontend.specs import specs_of
from wagtail_autogallery.management.commands import autogallery_drain, autogallery_rebuild
from wagtail_autogallery.models import Arrival, By, Delivery, Drain, Run, Subscription
from wagtail_autogallery.sync.passes import sync

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

    assert output.startswith("Ran 1 task in ")
    assert output.endswith("1 succeeded, 0 failed, 1 remaining.\n")


def test_drain_says_it_in_json():
    jobs.note.enqueue(1)

    report = json.loads(run("autogallery_drain", "--json"))

    assert report.pop("seconds") >= 0
    assert report == {
        "ran": 1,
        "succeeded": 1,
        "failed": 0,
        "put_back": 0,
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


def test_drain_exits_with_1_when_a_task_failed(caplog):
    jobs.fail.enqueue()
    errors = StringIO()

    with pytest.raises(CommandError, match=r"^1 task failed\.$") as raised:
        call_command("autogallery_drain", stdout=StringIO(), stderr=errors)

    assert raised.value.returncode == 1
    assert errors.getvalue() == "Failed: tests.jobs.fail: ZeroDivisionError: division by zero\n"
    # The library would log it too.
    assert caplog.text.count("Traceback") == 1


def test_failed_tasks_are_put_back_and_run(monkeypatch):
    jobs.fail.enqueue()
    drain()
    monkeypatch.setattr(jobs, "zero", 1)

    output = run("autogallery_drain", "--retry-failed")

    put_back, ran = output.splitlines()
    assert put_back == "Put back 1 failed task."
    assert ran.startswith("Ran 1 task in ")
    assert run("autogallery_drain", "--retry-failed").startswith("Put back 0 failed tasks.\n")


def test_only_failed_tasks_of_the_drained_queues_are_put_back():
    jobs.fail.enqueue()
    jobs.fail.using(queue_name="reports").enqueue()
    drain(all_queues=True)
    failed = DBTaskResult.objects.filter(status="FAILED")
    retry = ("autogallery_drain", "--retry-failed", "--json", "--limit", "1")

    for options, put_back in ((("--queue", "reports"), 1), ((), 1), (("--all-queues",), 2)):
        out = StringIO()
        with pytest.raises(CommandError):
            call_command(*retry, *options, stdout=out, stderr=StringIO())
        assert json.loads(out.getvalue())["put_back"] == put_back
        if options == ("--all-queues",):
            assert failed.count() == 1
        else:
            assert failed.count() == 2


def test_an_unknown_queue_puts_nothing_back():
    jobs.fail.enqueue()
    drain()

    with pytest.raises(CommandError, match="has no queue 'mails'"):
        run("autogallery_drain", "--retry-failed", "--queue", "mails")

    assert DBTaskResult.objects.get().status == "FAILED"


def test_a_failed_gallery_is_tried_again_at_once_with_the_failed_tasks():
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()
    run("autogallery_drain", "--limit", "100")
    assert images_in(page) == []

    run("autogallery_drain", "--retry-failed", "--limit", "100")

    assert images_in(page) == [image.pk]


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

    assert "Ran 1 task " in run("autogallery_drain", "--queue", "reports")
    assert "Ran 1 task " in run("autogallery_drain", "--all-queues")
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
    assert output.startswith("Found 1 gallery in 1 page or snippet: 1 followed.\n")
    assert "    testapp.GalleryPage: 1 gallery in 1 page or snippet: 1 followed.\n" in output
    assert "    testapp.PlainSnippet: 0 galleries in 0 pages and snippets.\n" in output
    assert "Forgot" not in output


def test_rebuild_tells_galleries_that_follow_from_those_that_do_not_and_each_page_once():
    page = page_with(raw_gallery(), raw_gallery(follow=False))
    page.create_alias(update_slug="alias")
    FeaturePageFactory(body=raw_body(raw_gallery()))
    lost = PlainSnippetFactory(body=raw_body(raw_gallery()))
    PlainSnippet.objects.filter(pk=lost.pk)._raw_delete(PlainSnippet.objects.db)

    lines = run("autogallery_rebuild").splitlines()

    assert lines[0] == (
        "Found 5 galleries in 3 pages and snippets: "
        "2 followed, 2 like that of another page, 1 not followed."
    )
    assert "    testapp.FeaturePage: 1 gallery in 1 page or snippet: 1 followed." in lines
    assert lines[-1] == "Forgot 1 gallery of what no longer exists."


def test_rebuild_says_that_nothing_can_hold_a_gallery(monkeypatch):
    monkeypatch.setattr(autogallery_rebuild, "holder_models", list)

    assert run("autogallery_rebuild") == (
        "No page type and no snippet of this site has a GalleryBlock.\n"
    )


def test_backfill_counts_first_and_adds_what_was_there_in_one_run_for_each_gallery():
    images = [ImageFactory(), ImageFactory()]
    page = page_with(raw_gallery(), raw_gallery(max_images=1))
    first, second = follows(page)
    counted = [f"{first}: 2 images to add.", f"{second}: 1 image to add."]

    output = run("autogallery_rebuild", "--backfill", str(page.pk), "--dry-run")
    assert output.splitlines() == counted
    assert not Delivery.objects.exists()

    output = run("autogallery_rebuild", "--backfill", str(page.pk))
    assert output.splitlines() == [*counted, "Decided to add 3 images: the next drain does."]
    run("autogallery_drain")
    assert images_in(page, 0) == [image.pk for image in images]
    assert images_in(page, 1) == [images[1].pk]
    assert Run.objects.filter(kind=Run.Kind.BACKFILL).count() == 2

    output = run("autogallery_rebuild", "--backfill", str(page.pk))
    assert output.splitlines() == [f"{first}: 0 images to add.", f"{second}: 0 images to add."]


def test_backfill_says_what_is_wrong():
    page = page_with(raw_gallery(follow=False), title="Coast")

    with pytest.raises(CommandError, match="There is no page with the id 98765"):
        run("autogallery_rebuild", "--backfill", "98765")
    with pytest.raises(CommandError, match="No gallery of the page 'Coast' follows new uploads"):
        run("autogallery_rebuild", "--backfill", str(page.pk))
    with pytest.raises(CommandError, match="name a page as well"):
        run("autogallery_rebuild", "--dry-run")


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

    assert "Ran 1 task " in run("autogallery_drain", "--time-budget", "30")


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
    assert output.count("Ran 1 task ") == 3


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
    assert run("autogallery_drain", "--status").splitlines() == [
        "Healthy.",
        "",
        "Last drain:      never",
        "Uploads waiting: 0",
        "Tasks ready:     0",
        "Tasks running:   0",
        "Tasks failed:    0 in the last day",
        "Galleries:       0 followed, 0 behind, 0 waiting",
    ]
    assert json.loads(run("autogallery_drain", "--status", "--json"))["healthy"] is True


def status_with_problems(*arguments):
    out, errors = StringIO(), StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("autogallery_drain", "--status", *arguments, stdout=out, stderr=errors)
    assert raised.value.returncode == 1
    assert errors.getvalue() == ""
    return out.getvalue(), str(raised.value)


def test_status_begins_with_what_is_wrong_and_the_command_that_mends_it():
    page = page_with(raw_gallery(), locked=True)
    ImageFactory()
    jobs.fail.enqueue()
    jobs.fail.enqueue()
    drain(limit=100, by=By.COMMAND)
    Drain.objects.update(ended_at=timezone.now() - timedelta(minutes=3))

    output, error = status_with_problems()

    since = DBTaskResult.objects.filter(status="FAILED").earliest("finished_at").finished_at
    assert output.splitlines()[:5] == [
        "2 tasks failed within the last day.",
        "    python manage.py autogallery_drain --retry-failed",
        f"    since {since:%Y-%m-%d %H:%M} UTC",
        "",
        "Last drain:      3 minutes ago, by the command",
    ]
    failed = "    tests.jobs.fail: ZeroDivisionError: division by zero (2 times)"
    assert f"\nTasks that failed:\n{failed}\n" in output
    waiting = (
        f"{page.title} (testapp.gallerypage {page.pk}), 1 gallery: Waiting: the page is locked"
    )
    assert output.endswith(f"\nGalleries that wait:\n    {waiting}\n")
    assert "{" not in output
    assert error == "1 thing needs attention."


def test_status_tells_machines_the_same():
    jobs.fail.enqueue()
    drain(by=By.COMMAND)

    facts = json.loads(status_with_problems("--json")[0])

    (problem,) = facts["problems"]
    since = DBTaskResult.objects.get(status="FAILED").finished_at
    began = abs(datetime.fromisoformat(problem.pop("since")[:19] + "+00:00") - since)
    assert began < timedelta(seconds=2)
    assert problem == {
        "code": "tasks_failed",
        "message": "1 task failed within the last day.",
        "mend": "python manage.py autogallery_drain --retry-failed",
        "level": "yellow",
    }
    assert list(facts["last_drains"]) == ["command"]
    (task,) = facts["failed_tasks"]
    assert (task["task"], task["error"], task["times"]) == (
        "tests.jobs.fail",
        "ZeroDivisionError",
        1,
    )


def test_status_of_another_queue_names_it_in_the_command():
    jobs.fail.using(queue_name="reports").enqueue()
    drain(queue_name="reports")

    assert run("autogallery_drain", "--status").startswith("Healthy.\n")
    for options in ("--queue reports", "--all-queues"):
        output, _error = status_with_problems(*options.split())
        assert f"autogallery_drain --retry-failed {options}\n" in output
    with pytest.raises(CommandError, match="has no queue 'mails'"):
        run("autogallery_drain", "--status", "--queue", "mails")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_status_is_in_english_as_all_commands_are(settings, arguments):
    page_with(raw_gallery(), locked=True)
    ImageFactory()
    drain(limit=100)

    with translation.override("de"):
        output = run("autogallery_drain", "--status", *arguments)

    assert "Waiting: the page is locked" in output


@pytest.fixture
def _no_table_for_drains():
    with connection.schema_editor() as editor:
        editor.delete_model(Drain)
    tables.look_again()
    yield
    with connection.schema_editor() as editor:
        editor.create_model(Drain)
    tables.look_again()


@pytest.mark.usefixtures("_no_table_for_drains")
def test_a_forgotten_migrate_is_said_in_one_line():
    output, _error = status_with_problems()
    assert output == (
        "Tables are missing: wagtail_autogallery_drain.\n    python manage.py migrate\n"
    )

    with pytest.raises(CommandError, match=r"no wagtail_autogallery_drain.*manage\.py migrate"):
        run("autogallery_drain")


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
    assert output.endswith("s no thread and no worker did, so it is up to cron.\n")
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

    assert "synced by the process itself, inline after" in run("autogallery_drain", "--self-test")
