"""Whose tasks the thread runs, with each kind of task backend and beside a worker."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.servers.serving import THREAD, Server, wait_until

IMMEDIATE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
FILE = {"default": {"BACKEND": "tests.servers.backends.FileBackend"}}
SYNC = "wagtail_autogallery.tasks.sync_media_to_galleries"


def test_by_default_it_leaves_the_site_s_own_tasks_alone(new_site):
    with Server("gunicorn sync", new_site()) as server:
        with server.client() as client:
            client.upload("Picture", notes=3)
        server.wait_for_picture("Picture")

        state = server.ask("/state/")
    assert state["syncs"] == {"SUCCESSFUL": 1}
    assert state["notes"] == {"READY": 3}


def test_it_runs_the_whole_queue_when_told(new_site):
    site = new_site(
        WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0, WAGTAIL_AUTOGALLERY_AFTER_RESPONSE_TASKS="all"
    )
    with Server("gunicorn sync", site) as server:
        with server.client() as client:
            client.upload("Picture", notes=3)

        wait_until(lambda: server.ask("/state/")["notes"] == {"SUCCESSFUL": 3}, "all are run")


def test_with_the_immediate_backend_the_upload_does_not_wait_either(new_site):
    seconds = 2
    site = new_site(TASKS=IMMEDIATE, SECONDS_TO_PUBLISH=seconds, WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    with Server("gunicorn sync", site) as server:
        started = time.monotonic()
        with server.client() as client:
            client.upload("Picture")
        taken = time.monotonic() - started

        published = site.wait_until_publishing("Picture")
        server.wait_for_picture("Picture")
    assert taken < seconds
    assert published["thread"] == THREAD


def test_with_a_backend_of_its_own_workers_it_is_left_to_them(new_site):
    site = new_site(TASKS=FILE)
    with Server("gunicorn sync", site) as server, server.client() as client:
        client.upload("Picture")
        threads = server.ask("/threads/")["threads"]
    assert THREAD not in threads
    assert site.call("state")["gallery"] == []

    assert SYNC in site.call("work_as_file_backend")
    assert site.call("state")["gallery"] == ["Picture"]


def test_it_stays_out_of_the_way_of_a_resident_worker(new_site):
    uploads = 4
    site = new_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    worker = site.start(site.folder / "worker.log", "-m", "django", "db_worker")
    by_worker = []
    try:
        with Server("gunicorn sync", site) as server, server.client() as client:
            # A task of the site's own, which the thread leaves alone, tells that there is a worker.
            client.upload("First", notes=1)
            wait_until(lambda: server.ask("/state/")["others_seen"], "the worker is at work")
            wait_until(lambda: server.gallery(), "the first is in the gallery")
            # On a machine that is busy the worker may be late, for a while each time.
            for attempt in range(3):
                before = len(server.ask("/state/")["workers"])
                for number in range(uploads):
                    title = f"Picture {attempt}-{number}"
                    client.upload(title)
                    wait_until(lambda: title in server.gallery(), f"{title} is in the gallery")  # noqa: B023
                workers = server.ask("/state/")["workers"][before:]
                by_worker = [name for name in workers if not name.startswith("autogallery-")]
                if len(by_worker) > uploads / 2:
                    break
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    assert len(by_worker) > uploads / 2, (site.folder / "worker.log").read_text()


def test_a_worker_that_has_had_nothing_to_do_yet_comes_first_too(new_site):
    site = new_site()
    worker = site.start(site.folder / "worker.log", "-m", "django", "db_worker")
    try:
        with Server("gunicorn sync", site) as server, server.client() as client:
            for title in ("First", "Second", "Third"):
                client.upload(title)
                wait_until(lambda: title in server.gallery(), f"{title} is in the gallery")  # noqa: B023
            workers = server.ask("/state/")["workers"]
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    # While it starts the thread is first, and on a machine that is busy it may be late once.
    assert any(not name.startswith("autogallery-") for name in workers)


@pytest.mark.thorough
def test_the_queue_may_be_in_a_database_of_its_own(new_site):
    site = new_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    site.settings["DATABASES"] = {
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(site.folder / file)}
        for name, file in (("default", "db.sqlite3"), ("queue", "queue.sqlite3"))
    }
    site.settings["DATABASE_ROUTERS"] = ["tests.servers.backends.QueueRouter"]
    site.command("migrate", "--run-syncdb", "--database=queue", "--verbosity=0")

    with Server("gunicorn sync", site) as server, server.client() as client:
        client.upload("Picture")
        server.wait_for_picture("Picture")
        wait_until(lambda: server.ask("/state/")["syncs"] == {"SUCCESSFUL": 1}, "the task is done")
    report = site.command("autogallery_drain")
    assert "0 failed" in report
    checked = site.command("check", "--database=default", "--database=queue")
    assert "W010" not in checked
