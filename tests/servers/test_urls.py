"""The URLs for cron and monitors, as a client meets them that knows nothing of Django."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.servers.serving import Server

SECRET = "a-secret-of-more-than-thirty-two-characters"
NEW_SECRET = "new-" + SECRET
WRONG_SECRET = "wrong-" + SECRET
RUN = "/autogallery/run/"
STATUS = "/autogallery/status/"

VERBOSE = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "DEBUG"},
    "loggers": {"django": {"level": "DEBUG"}},
}


class Caller:
    """A client of one server, and all that it was ever answered."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answered = ""

    def call(
        self, method: str, path: str, secret: str = "", body: str = "", **headers: str
    ) -> tuple[HTTPResponse, Any]:
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        with self.server.client() as client:
            response, content = client.request(method, path, body, **headers)
        if path.startswith("/autogallery/"):
            assert response.headers["Cache-Control"] == "no-store"
        self.answered += f"{response.headers}{content.decode()}"
        return response, json.loads(content) if content else None

    def log_in(self, name: str) -> dict[str, str]:
        """:return: The headers with which this user's browser sends a form."""
        response, answer = self.call("GET", f"/log-in/{name}/")
        cookies = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie")]
        return {"Cookie": "; ".join(cookies), "X_CSRFToken": answer["token"]}


@pytest.fixture(scope="module")
def caller(new_site) -> Iterator[Caller]:
    site = new_site(
        # At its most talkative.
        DEBUG=True,
        LOGGING=VERBOSE,
        WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="off",
        WAGTAIL_AUTOGALLERY_CRON_SECRET=[NEW_SECRET, SECRET],
        WAGTAIL_AUTOGALLERY_DRAIN_LIMIT_MAX=4,
        # A mistake of which the code knows nothing: a call without a limit fails.
        WAGTAIL_AUTOGALLERY_DRAIN_LIMIT="ten",
    )
    options = ("--access-logfile=-", "--log-level=debug")
    with Server("gunicorn sync", site, *options) as server:
        yield Caller(server)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("secret", [SECRET, NEW_SECRET])
def test_cron_gets_in_and_its_limit_is_capped(caller, method, secret):
    response, answer = caller.call(method, f"{RUN}?limit=1000", secret)

    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json"
    assert answer.keys() == {"success", "result", "execution_time_ms"}
    assert answer["success"] is True
    assert answer["result"]["ran"] <= 4


def test_a_picture_gets_into_the_gallery_by_calls(caller):
    with caller.server.client() as client:
        client.upload("Picture", notes=5)
    ran = []
    while not ran or ran[-1]:
        _, answer = caller.call("POST", f"{RUN}?limit=1000", SECRET)
        ran.append(answer["result"]["ran"])

    assert max(ran) == 4
    assert caller.server.gallery() == ["Picture"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer undefined"},
        {"Authorization": f"Bearer {WRONG_SECRET}"},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": SECRET},
        {"X_Vercel_Cron": "1"},
    ],
)
@pytest.mark.parametrize("path", [RUN, STATUS])
def test_strangers_do_not_get_in(caller, path, headers):
    response, answer = caller.call("GET", path, **headers)

    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="autogallery"'
    assert answer["success"] is False


def test_a_permitted_user_posts_with_a_token(caller):
    headers = caller.log_in("operator")
    without_token = {"Cookie": headers["Cookie"]}

    assert status_of(caller.call("POST", f"{RUN}?limit=1", **headers)) == 200
    assert status_of(caller.call("POST", f"{RUN}?limit=1", **without_token)) == 403
    assert status_of(caller.call("GET", STATUS, **without_token)) in (200, 503)

    response, _ = caller.call("GET", f"{RUN}?limit=1", **headers)
    assert (response.status, response.headers["Allow"]) == (405, "POST")


def test_other_users_may_not(caller):
    headers = caller.log_in("visitor")

    for method, path in (("POST", RUN), ("GET", RUN), ("GET", STATUS)):
        assert status_of(caller.call(method, path, **headers)) == 403


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("limit=%00", "limit"),
        ("limit=1&queue=mails", "mails"),
        ("limit=1&all_queues=perhaps", "all_queues"),
    ],
)
def test_a_bad_parameter_is_named(caller, query, name):
    response, answer = caller.call("GET", f"{RUN}?{query}", SECRET)

    assert response.status == 400
    assert name in answer["error"]


def test_a_body_that_cannot_be_read_is_a_bad_request(caller):
    response, _ = caller.call(
        "POST", RUN, SECRET, "--x", Content_Type="multipart/form-data; boundary="
    )

    assert response.status == 400


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "PURGE"])
def test_other_methods_are_not_allowed(caller, method):
    response, _ = caller.call(method, RUN, SECRET)

    assert (response.status, response.headers["Allow"]) == (405, "GET, POST")
    # Monitors often ask for no more than the status.
    expected = (200, 503) if method == "HEAD" else (405,)
    assert status_of(caller.call(method, STATUS, SECRET)) in expected


def test_a_failure_is_told_plainly_and_logged_in_full(caller):
    response, answer = caller.call("GET", RUN, SECRET)

    assert response.status == 500
    assert answer == {
        "success": False,
        "error": "Something went wrong; the server's log tells what.",
    }
    assert "TypeError" in caller.server.logged()


def test_a_database_that_is_away_is_told(caller):
    headers = caller.log_in("operator")

    with database_away(caller.server.site.folder / "db.sqlite3"):
        answers = [
            caller.call("GET", f"{RUN}?limit=1", SECRET),
            caller.call("POST", f"{RUN}?limit=1", **headers),
            caller.call("GET", STATUS, SECRET),
        ]

    assert [response.status for response, _ in answers] == [503] * 3
    assert all(answer["error"] == "The database is not reachable." for _, answer in answers)
    assert status_of(caller.call("GET", f"{RUN}?limit=1", SECRET)) == 200


def test_the_status_is_for_monitors(caller):
    response, answer = caller.call("GET", STATUS, SECRET)

    assert response.status == (200 if answer["healthy"] else 503)
    assert {"ready", "failed", "stuck", "galleries_behind", "galleries_waiting"} <= answer.keys()


def test_no_secret_is_told_or_logged(caller):
    """In the end, so that it sees what all the others were answered and made the server log."""
    for secret in (SECRET, NEW_SECRET, WRONG_SECRET, WRONG_SECRET):
        for method, path in (("GET", f"{RUN}?limit=1"), ("POST", RUN), ("GET", STATUS)):
            caller.call(method, path, secret)

    log = caller.server.logged()
    assert SECRET not in caller.answered
    assert SECRET not in log
    assert '"GET /autogallery/run/?limit=1 HTTP/1.1" 401' in log
    # Once for this source and minute.
    assert 1 <= log.count("the secret it sent is wrong") < log.count('" 401 ') / 3


def status_of(answer: tuple[HTTPResponse, Any]) -> int:
    return answer[0].status


@contextmanager
def database_away(file: Path) -> Iterator[None]:
    away = file.with_suffix(".away")
    file.rename(away)
    # SQLite would make a new file, but not in the place of a folder.
    file.mkdir()
    try:
        yield
    finally:
        file.rmdir()
        away.rename(file)
