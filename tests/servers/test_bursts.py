"""Many uploads, each its own request, are one run; but it does not wait for ever."""

from __future__ import annotations

import time

from tests.servers.serving import LONGEST_WAIT, Server

UPLOADS = 50
TRIES = 3


def test_fifty_uploads_become_one_run(new_site):
    # As by default, but for the upper bound: a machine that is busy takes its time.
    site = new_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD_MAX=60)
    titles = [f"Picture {number}" for number in range(UPLOADS)]
    with Server("gunicorn sync", site) as server, server.client() as client:
        before = server.ask("/state/")["runs"]
        for title in titles:
            client.upload(title)
        server.wait_for_picture(titles[-1])
        state = server.ask("/state/")

    assert state["gallery"] == titles
    assert state["runs"] == before + 1
    assert state["syncs"] == {"SUCCESSFUL": 1}
    assert len(site.publishings()) == 1


def test_uploads_that_never_end_are_not_waited_for(new_site):
    quiet = 1.0
    site = new_site(
        WAGTAIL_AUTOGALLERY_QUIET_PERIOD=quiet, WAGTAIL_AUTOGALLERY_QUIET_PERIOD_MAX=2.0
    )
    with Server("gunicorn gthread", site) as server:
        for _ in range(TRIES):
            if longest_gap_until_published(server) < quiet:
                return
    raise AssertionError("It never began while uploads were coming")


def longest_gap_until_published(server: Server) -> float:
    """Upload without a pause until the page is published; longest time without an upload."""
    published = len(server.site.publishings())
    gaps = []
    started = last = time.monotonic()
    with server.client() as client:
        while len(server.site.publishings()) == published:
            client.upload("Picture")
            now = time.monotonic()
            gaps.append(now - last)
            last = now
            assert now - started < LONGEST_WAIT, "Nothing is published"
    return max(gaps)
