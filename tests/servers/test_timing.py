"""Who waits for a sync of one second after an upload: nobody, on any server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest

from tests.samples import sample
from tests.servers.serving import SERVERS, Server, upload_url, wait_until

JOB_SECONDS = 1.0
BOUND = JOB_SECONDS / 4
TRIES = 3

titles = (f"Picture {number}" for number in itertools.count())


@pytest.fixture
def site(new_site):
    return new_site(SECONDS_TO_PUBLISH=JOB_SECONDS, WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)


@pytest.mark.parametrize("name", sample(SERVERS, "uvicorn"))
def test_nobody_waits_for_the_sync(name, site):
    with Server(name, site) as server:
        assert late(server, "thread") == {}


@pytest.mark.thorough
def test_inline_somebody_does(site):
    with Server("gunicorn sync", site) as server:
        too_late = late(server, "inline", tries=1)

    assert too_late.keys() >= {"same connection", "new connection", "end of file"}


def late(server: Server, mode: str, tries: int = TRIES) -> dict[str, float]:
    """What comes too late, compared with the work switched off, in the best of some tries."""
    switch(server, "off")
    without = [seconds_until_each(server) for _ in range(tries)]
    allowed = {what: min(off[what] for off in without) + BOUND for what in without[0]}
    switch(server, mode)
    for _ in range(tries):
        taken = seconds_until_each(server)
        late = {what: seconds for what, seconds in taken.items() if seconds > allowed[what]}
        if not late:
            break
    return late


def switch(server: Server, mode: str) -> None:
    server.mode = mode
    with server.client() as client:
        client.get(f"/after-response/{mode}/")


def seconds_until_each(server: Server) -> dict[str, float]:
    """Seconds until each thing is there that a client waits for, an upload for each."""
    seconds = {}
    with server.client() as client:
        title = next_title(server)
        seconds["body"] = timed(lambda: client.upload(title))
        seconds["same connection"] = timed(lambda: client.get("/plain/"))
        in_mid_job(server, title)
        seconds["same connection in mid-job"] = timed(lambda: client.get("/plain/"))

        title = next_title(server)
        client.upload(title)
        seconds["new connection"] = timed(lambda: get_anew(server))
        in_mid_job(server, title)
        seconds["new connection in mid-job"] = timed(lambda: get_anew(server))

    title = next_title(server)
    seconds["end of file"] = timed(lambda: read_to_end(server, upload_url(title)))
    return seconds


def next_title(server: Server) -> str:
    """Wait until nothing is left of what came before."""
    if server.mode != "off":
        wait_until(lambda: is_idle(server), "the sync before is done")
    return next(titles)


def is_idle(server: Server) -> bool:
    state = server.ask("/state/")
    return not state["arrivals_waiting"] and state["syncs"].keys() <= {"SUCCESSFUL"}


def in_mid_job(server: Server, title: str) -> None:
    if server.mode != "off":
        server.site.wait_until_publishing(title)


def get_anew(server: Server) -> None:
    with server.client() as client:
        client.get("/plain/")


def read_to_end(server: Server, path: str) -> None:
    with server.send("POST", path) as connection:
        while connection.recv(100_000):
            pass


def timed(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
