from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests import jobs
from tests.factories import ImageFactory, follows, images_in, page_with, raw_gallery
from wagtail_autogallery.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_rebuild_finds_the_galleries_of_a_site_and_says_what_it_did():
    page = page_with(raw_gallery())
    Subscription.objects.all().delete()

    output = run("autogallery_rebuild")

    assert len(follows(page)) == 1
    assert output == (
        "Looked at 1 pages and snippets of 4 types, forgot 0 galleries that no longer exist.\n"
    )


def test_rebuild_shows_its_progress_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    page_with(raw_gallery())

    run("autogallery_rebuild")

    assert "[....." in capsys.readouterr().out


def test_commands_are_quiet_when_told():
    assert run("autogallery_drain", "--verbosity", "0") == ""
    assert run("autogallery_rebuild", "--verbosity", "0") == ""
