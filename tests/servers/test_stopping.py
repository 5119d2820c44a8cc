"""A server that is told to go in mid-job leaves nothing that is lost."""

from __future__ import annotations

import os
import signal

import pytest

from tests.samples import sample
from tests.servers.serving import SERVERS, Server, wait_until

#: They let the thread finish the task in hand. The others are gone at once.
PATIENT = ("gunicorn sync", "gunicorn gthread")


@pytest.fixture
def site(new_site):
    return new_site(
        SECONDS_TO_PUBLISH=2,
        WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0,
        WAGTAIL_AUTOGALLERY_LEASE_SECONDS=1,
        WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TASKS="all",
    )


@pytest.mark.parametrize("name", sample(SERVERS, "gunicorn sync"))
def test_sigterm_leaves_one_finished_or_repairable_task_and_the_rest_ready(name, site):
    with Server(name, site) as server:
        upload_with_notes(server)
        server.terminate()

    left, repaired = site.call("repair")

    assert left["syncs"] == {"SUCCESSFUL" if name in PATIENT else "RUNNING": 1}
    # Whoever is slow to hear of it is told after the commit.
    assert left["gallery"] == ["Picture"]
    assert left["notes"] == {"READY": 3}
    assert repaired["syncs"].keys() == {"SUCCESSFUL"}
    assert repaired["gallery"] == ["Picture"]
    assert repaired["notes"] == {"SUCCESSFUL": 3}


def test_a_reload_finishes_the_task_and_leaves_the_rest_ready(site):
    with Server("gunicorn sync", site) as server:
        upload_with_notes(server)
        before = server.ask("/threads/")["process"]

        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: server.ask("/threads/")["process"] != before, "a new worker answers")
        wait_until(lambda: not is_alive(before), "the old worker is gone")

        state = server.ask("/state/")
    assert state["syncs"] == {"SUCCESSFUL": 1}
    assert state["gallery"] == ["Picture"]
    assert state["notes"] == {"READY": 3}


def upload_with_notes(server):
    """Return in mid-job, with three tasks still to come."""
    with server.client() as client:
        client.upload("Picture", notes=3)
    server.site.wait_until_publishing("Picture")


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
