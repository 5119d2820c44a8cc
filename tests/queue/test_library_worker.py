"""
Releases of ``django_tasks_db`` that nobody has seen yet: the site goes on, and says what it lacks.

Each test has a copy of the library that was changed before Python's path, and a site of its own.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.queue.doctoring import ANOTHER_COMMAND, CHANGES, RELEASE, doctored_copy, replace
from tests.samples import sample
from tests.servers.serving import Server, Site

pytestmark = pytest.mark.slow

SECRET = "a-secret-of-more-than-thirty-two-characters"


class DoctoredSite(Site):
    module = "tests.queue.doctored_site"

    def __init__(self, folder: Path, library: Path, **settings: Any) -> None:
        settings = {
            "ROOT_URLCONF": self.module,
            "WAGTAIL_AUTOGALLERY_CRON_SECRET": SECRET,
        } | settings
        super().__init__(folder, **settings)
        self.library = library

    def environment(self) -> dict[str, str]:
        return super().environment() | {"PYTHONPATH": os.pathsep.join([str(self.library)])}


@pytest.fixture
def new_site(tmp_path):
    """Make a site whose library has a change."""

    def make(change: Callable[[Path], None], **settings: Any) -> DoctoredSite:
        library = doctored_copy(tmp_path / "library", change)
        return DoctoredSite(tmp_path, library, **settings)

    return make


ONE_CHANGE = replace("get_locked", "take_next")


@pytest.mark.parametrize("change", sample(CHANGES, "a worker wants to be told more"))
def test_the_command_has_its_worker_run_the_tasks_and_says_what_is_missing(change, new_site):
    doctor, named = CHANGES[change]
    site = new_site(doctor)

    told = site.call("by_command")

    assert told["path"].startswith(str(site.library))
    assert told["gallery"] == told["uploaded"]
    assert told["form"] == 200
    assert told["references"], told["report"]
    assert told["report"]["failed"] == 0
    assert told["report"]["succeeded"] == told["report"]["ran"] > 1
    assert f"django-tasks-db {RELEASE} is not as this app knows it" in told["report"]["note"]
    assert (told["idle"]["ran"], told["idle"]["remaining"]) == (0, 0)
    (message,) = [message for message in told["checks"] if "W013" in message]
    for text in (message, told["status"], told["status_url"]["problems"][0]["message"]):
        assert named in text
        assert RELEASE in text
    assert told["status_url"]["status"] == 503
    assert "Tasks ready" not in told["status"]
    assert told["handlers_stay"]
    assert told["levels_stay"]
    assert told["leases"] == 0


def test_the_url_does_so_in_a_thread_that_may_set_no_signal_handlers(new_site):
    told = new_site(ONE_CHANGE).call("by_url")

    assert told["gallery"] == told["uploaded"]
    result = told["answer"]["result"]
    assert result["succeeded"] == result["ran"] > 1
    assert "its own worker ran the tasks" in result["note"]


def test_after_a_response_only_the_galleries_are_done_as_its_worker_would_run_all(new_site):
    told = new_site(ONE_CHANGE, WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0).call("after_a_response")

    assert told["gallery"] == told["uploaded"]
    assert told["done"] == []


def test_where_all_tasks_may_be_run_after_a_response_its_worker_runs_them(new_site):
    settings = {"QUIET_PERIOD": 0, "AFTER_RESPONSE_TASKS": "all"}
    site = new_site(ONE_CHANGE, **{f"WAGTAIL_AUTOGALLERY_{key}": settings[key] for key in settings})

    told = site.call("after_a_response")

    assert told["gallery"] == told["uploaded"]
    assert told["done"] == ["own"]


def test_failures_are_reported_and_a_signal_waits_for_the_task_in_hand(new_site):
    told = new_site(ONE_CHANGE).call("with_tasks_of_all_kinds")

    report = told["report"]
    assert (report["ran"], report["succeeded"], report["failed"]) == (2, 1, 1)
    assert report["failures"][0]["task"] == "tests.jobs.fail"
    assert "ZeroDivisionError" in report["failures"][0]["traceback"]
    assert report["remaining"] == 1
    assert told["told"] == [signal.SIGTERM]
    assert (told["then"]["ran"], told["then"]["remaining"]) == (1, 0)
    assert told["done"] == ["stop", "later"]


def test_it_keeps_to_its_limit_and_says_that_there_may_be_more(new_site):
    told = new_site(ONE_CHANGE).call("within_limits")

    assert (told["limited"]["ran"], told["limited"]["remaining"]) == (3, 1)
    assert (told["rest"]["ran"], told["rest"]["remaining"]) == (1, 0)
    assert told["done"] == [0, 1, 2, 3]


def test_where_its_command_is_another_too_the_galleries_are_done_without_it(new_site):
    told = new_site(ANOTHER_COMMAND).call("by_command")

    assert told["gallery"] == told["uploaded"]
    assert told["report"]["failed"] == 0
    assert "its worker could not be called" in told["report"]["note"]
    assert "only the galleries were synced" in told["report"]["note"]


def test_behind_a_real_server_an_upload_comes_into_the_gallery(new_site):
    site = new_site(ONE_CHANGE, ROOT_URLCONF=Site.module, WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    site.module = Site.module
    site.create()

    with Server("gunicorn sync", site) as server:
        with server.client() as client:
            client.upload("Picture")
        server.wait_for_picture("Picture")
