from __future__ import annotations

import os

import pytest

from tests.crash.share import HOLDERS
from tests.crash.sites import run_site

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture
def redis():
    """The URL of a Redis database. Skips the test where none answers."""
    pytest.importorskip(
        "django_rq", reason="django-tasks-rq is not installed", exc_type=ImportError
    )
    from redis import Redis
    from redis.exceptions import ConnectionError

    try:
        Redis.from_url(REDIS_URL).ping()
    except ConnectionError as error:
        pytest.skip(f"No Redis answers (REDIS_URL names it): {error}")
    return REDIS_URL


def assert_all_was_written_once_and_by_both(facts):
    assert (facts["errors"], facts["said"]) == ("", "")
    assert (facts["lost"], facts["waiting"]) == (0, 0)
    # Of both pictures: within an hour they are one entry.
    assert facts["entries"] == HOLDERS
    [turn] = facts["turns"]
    assert sum(turn["by_each"]) == HOLDERS
    assert len(turn["by_each"]) == 2


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_two_workers_share_what_one_picture_brings(kind, new_site):
    facts = run_site("share", *new_site(kind))

    assert_all_was_written_once_and_by_both(facts)


def test_so_do_two_workers_of_rq(new_site, redis):
    facts = run_site(
        "share",
        *new_site("postgresql"),
        BACKEND="django_tasks_rq.RQBackend",
        REDIS_URL=redis,
    )

    assert_all_was_written_once_and_by_both(facts)
