"""One thread in each process that serves requests, and none elsewhere."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.servers.serving import THREAD, Server, wait_until

CLIENTS = 4
UPLOADS_EACH = 5


def test_each_forked_process_has_one_thread_however_many_requests_come(new_site):
    with Server("gunicorn gthread", new_site(), "--preload", "--workers=2") as server:
        threads: dict[int, int] = {}
        uploaded: list[str] = []

        def upload_and_look(number: int) -> None:
            with server.client() as client:
                for upload in range(UPLOADS_EACH):
                    title = f"Picture {number}-{upload} of {len(uploaded)}"
                    client.upload(title)
                    uploaded.append(title)
                    seen = json.loads(client.get("/threads/"))
                    found = seen["threads"].count(THREAD)
                    threads[seen["process"]] = max(found, threads.get(seen["process"], 0))

        def both_processes_have_served() -> bool:
            with ThreadPoolExecutor(CLIENTS) as clients:
                list(clients.map(upload_and_look, range(CLIENTS)))
            return len(threads) == 2

        wait_until(both_processes_have_served, "both processes have served uploads")
        threads_of_master = len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))
        wait_until(lambda: len(server.gallery()) == len(uploaded), "all pictures are there")
        gallery = server.gallery()

    assert set(threads.values()) == {1}
    assert threads_of_master == 1
    assert Counter(gallery) == Counter(uploaded)
    assert {entry["thread"] for entry in server.site.publishings()} == {THREAD}


def test_it_waits_for_no_upload_when_there_is_none(new_site):
    with Server("gunicorn sync", new_site()) as server:
        assert THREAD not in server.ask("/threads/")["threads"]


def test_an_upload_in_a_shell_is_left_to_cron(new_site):
    site = new_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)

    assert site.call("upload_in_shell") == ["MainThread"]
    assert site.call("state")["gallery"] == []

    site.command("autogallery_drain")
    assert site.call("state")["gallery"] == ["Picture"]


def test_nothing_starts_while_migrating(new_site):
    site = new_site(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="thread")
    site.call("upload_in_shell")

    assert site.call("migrate") == ["MainThread"]
    assert site.publishings() == []
