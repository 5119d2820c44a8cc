"""A router may keep the queue in a database of its own."""

from __future__ import annotations

import pytest

from tests.servers.serving import Site

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    """With two databases, of which that of the site has its tables."""
    site = Site(tmp_path, WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="off")
    site.module = "tests.queue.second_database_site"
    site.settings["DATABASES"] = {
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / f"{name}.sqlite3")}
        for name in ("default", "queue")
    }
    site.settings["DATABASE_ROUTERS"] = ["tests.servers.backends.QueueRouter"]
    site.command("migrate", "--run-syncdb", "--verbosity=0")
    return site


@pytest.fixture
def site_with_queue(site):
    site.command("migrate", "--run-syncdb", "--database=queue", "--verbosity=0")
    return site


def test_an_idle_drain_asks_once_more_whatever_waits(site_with_queue):
    told = site_with_queue.call("idle")

    assert told["reasons"] == ["failed", "locked", "no_room", "private"]
    assert (told["report"]["ran"], told["report"]["remaining"]) == (0, 0)
    assert told["queries"] == {"default": 4, "queue": 1}


def test_a_drain_repairs_runs_and_prunes_across_both(site_with_queue):
    told = site_with_queue.call("busy")

    assert told["row"] == told["uploaded"]
    assert told["report"]["rescued"] > 0
    assert told["report"]["failed"] == 1
    assert told["report"]["failures"][0]["task"] == "tests.jobs.fail"
    assert told["report"]["remaining"] == 0
    assert told["old"] > 0
    assert told["left"] == 0
    assert told["retried"]["put_back"] == 1
    assert "django_tasks_database_dbtaskresult" in told["tables"]["queue"]
    assert "django_tasks_database_dbtaskresult" not in told["tables"]["default"]


def test_its_table_is_looked_for_where_it_is(site_with_queue):
    told = site_with_queue.call("missing_tables")

    assert told["checks"] == []
    assert told["status"].startswith("Healthy.")


def test_a_table_that_is_missing_there_is_told(site):
    told = site.call("missing_tables")

    (message,) = told["checks"]
    assert "django_tasks_database_dbtaskresult" in message
    assert "django_tasks_database_dbtaskresult" in told["status"]
