from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crash.databases import CAN_COPY, new_database, sqlite_url
from tests.crash.sites import run_site
from tests.shared import made_once


@pytest.fixture(scope="session")
def _template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], str]]:
    """The URL of a migrated database of some kind to copy, as migrating takes long."""

    def migrate(folder: Path) -> None:
        if write := request.getfixturevalue("write_migrated_database"):
            write(folder / "db.sqlite3")
            return
        with new_database("sqlite", folder) as url:
            run_site("sites", url, folder)

    made: dict[str, str] = {}
    with ExitStack() as stack:

        def template(kind: str) -> str:
            if kind == "sqlite":
                return sqlite_url(made_once(tmp_path_factory, "migrated-database", migrate))
            if kind not in CAN_COPY:
                return ""
            if kind not in made:
                folder = tmp_path_factory.mktemp(kind)
                url = stack.enter_context(new_database(kind, folder))
                run_site("sites", url, folder)
                made[kind] = url
            return made[kind]

        yield template


@pytest.fixture
def new_site(
    _template: Callable[[str], str], tmp_path: Path
) -> Iterator[Callable[[str], tuple[str, Path]]]:
    """Make a site on a migrated database of some kind: its URL, and the site's folder."""
    with ExitStack() as stack:

        def new(kind: str) -> tuple[str, Path]:
            url = stack.enter_context(new_database(kind, tmp_path, _template(kind)))
            return url, tmp_path

        yield new
