from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone

from tests.roots import root_collection
from tests.snapshots import Snapshot, can_be_taken_of


@pytest.fixture(scope="session", autouse=True)
def _media() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[Snapshot | None]:
    """
    Have the database back as it was, after tests with real transactions.

    Django empties its tables and sends ``post_migrate``, by which hundreds of permissions are made
    anew: that takes longer than most of these tests. It still does where no snapshot can be taken.
    """
    with django_db_blocker.unblock():
        snapshot = Snapshot(connection) if can_be_taken_of(connection) else None
    if snapshot is None:
        yield None
        return
    with closing(snapshot), pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda test: snapshot.put_back())
        yield snapshot


@pytest.fixture(scope="session")
def write_migrated_database(django_db_setup: Snapshot | None) -> Callable[[Path], None] | None:
    """Write a database of the test site to a file, where there is one to copy."""
    return django_db_setup and django_db_setup.write_to


@pytest.fixture(autouse=True)
def _no_renditions_of_earlier_tests() -> None:
    """Wagtail caches renditions by the image's key, which the next test uses again."""
    cache.clear()


@pytest.fixture(autouse=True)
def _root_collection(request: pytest.FixtureRequest) -> None:
    """Every site has one. Tests with real transactions, if they come before, empty all tables."""
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        request.getfixturevalue("db")
        root_collection()


@pytest.fixture
def admin(db):
    return get_user_model().objects.create_superuser("admin", "admin@example.com", "changeme")


@pytest.fixture
def admin_client(admin) -> Client:
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def let_time_pass(monkeypatch):
    """Set Django's clock forward."""

    def forward(delta):
        later = timezone.now() + delta
        monkeypatch.setattr("django.utils.timezone.now", lambda: later)

    return forward
