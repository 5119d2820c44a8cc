"""A router may keep the queue in a database of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.servers.serving import Site
from tests.shared import made_once

pytestmark = pytest.mark.slow


NAMES = ("default", "queue")


class TwoDatabases(Site):
    module = "tests.queue.second_database_site"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="off")
        self.settings["DATABASES"] = {
            name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database_in(folder, name))}
            for name in NAMES
        }
        self.settings["DATABASE_ROUTERS"] = ["tests.servers.backends.QueueRouter"]


def database_in(folder: Path, name: str) -> Path:
    return folder / f"{name}.sqlite3"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """Both databases with their tables."""

    def migrate(folder):
        site = TwoDatabases(folder)
        for name in NAMES:
            site.command("migrate", "--run-syncdb", f"--database={name}", "--verbosity=0")

    return made_once(tmp_path_factory, "two-databases", migrate)


@pytest.fixture
def site(tmp_path, migrated):
    """With two databases, of which that of the site has its tables."""
    shutil.copy(database_in(migrated, "default"), tmp_path)
    return TwoDatabases(tmp_path)


@pytest.fixture
def site_with_queue(site, tmp_path, migrated):
    shutil.copy(database_in(migrated, "queue"), tmp_path)
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
