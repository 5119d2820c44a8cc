"""A database of its own for a test, gone after it; and what can go wrong with it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

POSTGRES_URL = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/")
MARIADB_URL = os.environ.get("MARIADB_URL", "mysql://root@127.0.0.1:3306/")

ALL = ["sqlite", "postgresql", "mariadb"]
CAN_COPY = ["sqlite", "postgresql"]
thorough = pytest.mark.thorough


def each(kinds: list[str]) -> list[Any]:
    """Parameters of a test: of databases ``make test`` has SQLite only."""
    return [pytest.param(kind, marks=[] if kind == "sqlite" else thorough) for kind in kinds]


@contextmanager
def new_database(kind: str, folder: Path, template: str = "") -> Iterator[str]:
    """
    Make a database, and drop it in the end. Skips the test where its server is not there.

    :param kind: ``sqlite`` (a file in ``folder``), ``postgresql`` or ``mariadb``.
    :param template: URL of another database to copy, by ``CAN_COPY`` only; without it, it is empty.
    :return: Its URL.
    """
    if kind == "sqlite":
        if template:
            shutil.copy(urlsplit(template).path, folder / "db.sqlite3")
        yield sqlite_url(folder)
        return
    server_url = {"postgresql": POSTGRES_URL, "mariadb": MARIADB_URL}[kind]
    connect, drop = {
        "postgresql": (_connect_to_postgresql, "DROP DATABASE {} WITH (FORCE)"),
        "mariadb": (_connect_to_mariadb, "DROP DATABASE {}"),
    }[kind]
    with closing(connect(server_url)) as server:
        name = f"autogallery_crash_{uuid.uuid4().hex[:12]}"
        as_copy = f"TEMPLATE {urlsplit(template).path[1:]}" if template else ""
        server.cursor().execute(f"CREATE DATABASE {name} {as_copy}")
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with closing(connect(server_url)) as server:
            server.cursor().execute(drop.format(name))


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'db.sqlite3'}"


def _connect_to_postgresql(url: str) -> Any:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    try:
        return psycopg.connect(
            urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True, connect_timeout=3
        )
    except psycopg.OperationalError as error:
        pytest.skip(f"No PostgreSQL answers (POSTGRES_URL names it): {error}")


def _connect_to_mariadb(url: str) -> Any:
    mysql = pytest.importorskip("MySQLdb", reason="mysqlclient is not installed")
    parts = urlsplit(url)
    try:
        return mysql.connect(
            host=parts.hostname,
            port=parts.port or 3306,
            user=parts.username,
            password=parts.password or "",
            connect_timeout=3,
        )
    except mysql.OperationalError as error:
        pytest.skip(f"No MariaDB answers (MARIADB_URL names it): {error}")


class PostgresAdministrator:
    """Somebody at the server of a site's PostgreSQL database, who is not shut out with it."""

    def __init__(self, server: Any, database: str) -> None:
        self._server = server
        self._database = database

    def disconnect(self, connection: Any) -> None:
        """End one connection."""
        connection.ensure_connection()
        process = connection.connection.info.backend_pid
        self._server.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    def disconnect_all(self) -> None:
        self._server.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            [self._database],
        )

    def shut_out(self) -> None:
        """End all connections to the database, and let in nobody until :meth:`let_in`."""
        self._server.execute(f"ALTER DATABASE {self._database} ALLOW_CONNECTIONS false")
        self.disconnect_all()

    def let_in(self) -> None:
        self._server.execute(f"ALTER DATABASE {self._database} ALLOW_CONNECTIONS true")


@contextmanager
def as_administrator(connection: Any) -> Iterator[PostgresAdministrator]:
    with closing(_connect_to_postgresql(POSTGRES_URL)) as server:
        yield PostgresAdministrator(server, connection.settings_dict["NAME"])
