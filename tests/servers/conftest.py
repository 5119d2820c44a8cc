"""Sites to serve: copies of one that is made once."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers.serving import Site
from tests.shared import made_once

NewSite = Callable[..., Site]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here + os.sep):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_once(tmp_path_factory, "served-site", lambda folder: Site(folder).create())
    return folder / "db.sqlite3"


@pytest.fixture(scope="session")
def new_site(tmp_path_factory: pytest.TempPathFactory, _template: Path) -> NewSite:
    """Make a site on an SQLite file, with a page that has a followed gallery."""

    def make(**options: Any) -> Site:
        folder = tmp_path_factory.mktemp("site")
        shutil.copy(_template, folder)
        return Site(folder, **options)

    return make


@pytest.fixture(scope="session")
def new_migrated_site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewSite:
    """Make one whose tables come from migrations: Wagtail's search needs what these create."""

    def create(folder: Path) -> None:
        site = Site(folder, MIGRATION_MODULES={})
        if write := request.getfixturevalue("write_migrated_database"):
            write(folder / "db.sqlite3")
            site.call("set_up")
        else:
            site.create()

    template = made_once(tmp_path_factory, "migrated-site", create)

    def make(**options: Any) -> Site:
        folder = tmp_path_factory.mktemp("site")
        shutil.copy(template / "db.sqlite3", folder)
        return Site(folder, MIGRATION_MODULES={}, **options)

    return make


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A connection to the PostgreSQL server, where there is one."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not (url := os.environ.get("POSTGRES_URL")):
        pytest.skip("POSTGRES_URL names no PostgreSQL")
    with psycopg.connect(_with_name(url, "postgres"), autocommit=True) as connection:
        connection.url = url
        yield connection


@pytest.fixture(scope="session")
def _postgres_template(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = f"servers_{uuid.uuid4().hex[:8]}"
    postgres.execute(f"CREATE DATABASE {name}")
    try:
        Site(tmp_path_factory.mktemp("template"), _with_name(postgres.url, name)).create()
        yield name
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def new_postgres_site(tmp_path: Path, postgres: Any, _postgres_template: str) -> Iterator[NewSite]:
    """Make a site on PostgreSQL; its ``database_name`` is dropped in the end."""
    made = []

    def make(**options: Any) -> Site:
        name = f"{_postgres_template}_{len(made)}"
        postgres.execute(f"CREATE DATABASE {name} TEMPLATE {_postgres_template}")
        made.append(name)
        return Site(tmp_path, _with_name(postgres.url, name), **options)

    yield make
    for name in made:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _with_name(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
