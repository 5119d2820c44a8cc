"""Where a router has others read from a replica, nothing is decided by what that one knows."""

from __future__ import annotations

import shutil

import pytest
from django.db import router
from django.test import override_settings

from tests.servers.serving import Site
from tests.shared import made_once
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.replicas import read_where_written


class ToReplica:
    def db_for_read(self, model, **hints):
        return "replica"

    def db_for_write(self, model, **hints):
        return "default"


@override_settings(DATABASE_ROUTERS=[ToReplica()])
def test_reads_go_where_writes_go_inside_and_nowhere_else():
    assert router.db_for_read(Arrival) == "replica"

    with read_where_written():
        assert router.db_for_read(Arrival) == "default"
        with read_where_written():
            assert router.db_for_read(Arrival) == "default"
        assert router.db_for_read(Arrival) == "default"

    assert router.db_for_read(Arrival) == "replica"
    assert len(router.routers) == 2


def test_a_site_without_routers_gets_none():
    with read_where_written():
        assert router.db_for_read(Arrival) == "default"

    assert router.routers == []


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """A database with tables and nothing in them."""

    def make(folder):
        site_in(folder).command("migrate", "--run-syncdb", "--verbosity=0")

    return made_once(tmp_path_factory, "database-of-replicas", make) / "default.sqlite3"


@pytest.fixture
def site(tmp_path, tables):
    """With a database and a replica, which is never asked for anything."""
    shutil.copy(tables, tmp_path)
    return site_in(tmp_path)


def site_in(folder):
    site = Site(
        folder,
        WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="off",
        WAGTAILIMAGES_IMAGE_MODEL="wagtailimages.Image",
    )
    site.module = "tests.replica_site"
    site.settings["DATABASES"] = {
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / f"{name}.sqlite3")}
        for name in ("default", "replica")
    }
    site.settings["DATABASE_ROUTERS"] = ["tests.servers.backends.ReplicaRouter"]
    return site


def call(site, name):
    told = site.call(name)
    assert not told["read"], f"{len(told['read'])} queries, the first: {told['read'][0]}"
    return told


@pytest.mark.slow
def test_an_upload_is_drained_onto_its_page(site):
    told = call(site, "uploaded_and_drained")

    assert told["report"]["failed"] == 0
    assert told["row"] == told["live"] == told["uploaded"]
    assert told["renditions"] > 0
    assert (told["idle"]["ran"], told["idle"]["remaining"]) == (0, 0)


@pytest.mark.slow
def test_an_old_form_is_replayed(site):
    told = call(site, "published_from_an_old_form")

    assert told["row"] == told["live"] == told["uploaded"]


@pytest.mark.slow
def test_drafts_and_locks_are_respected(site):
    told = call(site, "busy_and_locked")

    assert told["row"] == told["draft"] == told["uploaded"]
    assert told["title"] != "Draft"
    assert told["locked"] == []


@pytest.mark.slow
def test_images_that_are_private_or_moved_now_are_so(site):
    told = call(site, "restricted_and_moved")

    image, secret = told["image"], told["secret"]
    assert told["before"] == [[image], [image]]
    assert told["after"] == [[image, secret], [image]]


@pytest.mark.slow
def test_copies_are_found_by_a_rebuild_and_follow(site):
    told = call(site, "copied_and_rebuilt")

    assert told["rows"] == [told["uploaded"]] * 2
    assert told["following"] == [1, 1]


@pytest.mark.slow
def test_what_a_killed_drain_left_is_repaired(site):
    told = call(site, "rescued")

    assert told["report"]["rescued"] > 0
    assert told["waiting"] == 0
