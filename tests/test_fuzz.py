"""Thousands of malformed requests: no 5xx, and nothing runs without credentials."""

from __future__ import annotations

import random
import string

import pytest
from django.test import Client

from tests import jobs
from tests.samples import sample

SECRET = "a-secret-of-more-than-thirty-two-characters"
FEW, MANY = 500, 2500


def noise(rng, longest=60):
    alphabet = string.printable + "äß€漢\x00\x7f%&=;"
    return "".join(rng.choice(alphabet) for _ in range(rng.randrange(longest)))


def header(rng):
    # Servers refuse line breaks in headers before Django sees them.
    return noise(rng).replace("\r", "").replace("\n", "").encode().decode("latin-1")


def request(client, rng):
    method = rng.choice(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "X", "get"])
    path = rng.choice(
        ["/autogallery/run/", "/autogallery/run", "/autogallery/status/", "/autogallery/run/x"]
    )
    query = rng.choice(
        ["", "limit=1", "limit=" + noise(rng), "queue=" + noise(rng), "all_queues=1&x=%ZZ"]
    )
    extra = {"HTTP_" + name: header(rng) for name in rng.sample(["COOKIE", "X_CRON", "HOST_X"], 1)}
    if rng.random() < 0.7:
        extra["HTTP_AUTHORIZATION"] = rng.choice(["Bearer ", "bearer", "Basic ", ""]) + header(rng)
    content_type = rng.choice(
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/json",
            header(rng),
        ]
    )
    return client.generic(
        method,
        path,
        noise(rng, 400).encode(),
        content_type=content_type,
        QUERY_STRING=query.encode(errors="replace").decode("latin-1"),
        **extra,
    )


@pytest.mark.django_db
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("requests", sample([FEW, MANY], FEW))
def test_malformed_requests_do_no_harm(settings, known, requests):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = SECRET
    rng = random.Random(20261124)
    jobs.done.clear()
    jobs.note.enqueue("must not run")
    client = Client(raise_request_exception=False)
    if known:
        client.defaults["HTTP_X_TRUSTED"] = "1"
        settings.WAGTAIL_AUTOGALLERY_CRON_HEADER = "x-trusted"

    statuses = {request(client, rng).status_code for _ in range(requests)}

    assert max(statuses) < 500, statuses
    if not known:
        assert jobs.done == []
        assert 200 not in statuses
    else:
        assert {200, 400, 405} <= statuses
