"""The thread gives back every database connection it takes."""

from __future__ import annotations

import pytest

from tests.servers.serving import Client, Server, wait_until

# All of them are on PostgreSQL.
pytestmark = pytest.mark.thorough

UPLOADS = 100
BURSTS = 20
NO_QUIET = {"WAGTAIL_AUTOGALLERY_QUIET_PERIOD": 0}
#: Whoever finds none free fails after this many seconds.
POOL_OF_TWO = {"OPTIONS": {"pool": {"min_size": 1, "max_size": 2, "timeout": 2}}}


def test_a_hundred_uploads_leak_no_connection(new_postgres_site, connections_to):
    site = new_postgres_site(**NO_QUIET)
    with Server("gunicorn gthread", site) as server:
        upload_often(server)

        wait_until(lambda: not connections_to(site), "every connection is closed")


def test_waiting_for_quiet_takes_none(new_postgres_site, connections_to):
    # So short that it looks for a resident worker first, which takes a connection.
    site = new_postgres_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=1.1)
    with Server("gunicorn gthread", site) as server:
        assert any(is_free_while_waiting(server, connections_to, name) for name in "ABC")


@pytest.mark.usefixtures("_pool")
def test_a_hundred_uploads_leave_a_pool_of_two_as_it_was(new_postgres_site, connections_to):
    site = new_postgres_site(database=POOL_OF_TWO, **NO_QUIET)
    with Server("uvicorn", site) as server:
        upload_often(server)

        assert connections_to(site) <= 2


@pytest.mark.usefixtures("_pool")
def test_a_long_sync_takes_one_of_a_pool_of_two(new_postgres_site):
    site = new_postgres_site(
        database=POOL_OF_TWO,
        SECONDS_TO_PUBLISH=3,
        # Its lease is renewed several times in these seconds.
        WAGTAIL_AUTOGALLERY_LEASE_SECONDS=1,
        **NO_QUIET,
    )
    with Server("gunicorn gthread", site) as server:
        with server.client() as client:
            client.upload("Picture")
        # Each look needs the other one, and fails without.
        server.wait_for_picture("Picture")


def is_free_while_waiting(server: Server, connections_to, title: str) -> bool:
    """Whether there is no connection for most of the time between an upload and its sync."""
    published = len(server.site.publishings())
    with server.client() as client:
        client.upload(title)
    looks = []

    def look() -> bool:
        looks.append(connections_to(server.site))
        return len(server.site.publishings()) > published

    wait_until(look, f"the page is published with {title}")
    server.wait_for_picture(title)
    return looks.count(0) > len(looks) / 2


def upload_often(server: Server) -> None:
    """A hundred uploads in bursts, each with a thread of its own that could leak a connection."""
    with server.client() as client:
        for number in range(BURSTS):
            for _ in range(UPLOADS // BURSTS):
                client.upload(f"Picture {number}")
            server.site.wait_until_publishing(f"Picture {number}")
            wait_until(lambda: "after-response" not in threads(client), "the thread is gone")


def threads(client: Client) -> str:
    return client.get("/threads/").decode()


@pytest.fixture
def _pool() -> None:
    pytest.importorskip("psycopg_pool", reason="psycopg_pool is not installed")


@pytest.fixture
def connections_to(postgres):
    def count(site) -> int:
        name = site.database_url.rpartition("/")[2]
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        return postgres.execute(query, [name]).fetchone()[0]

    return count
