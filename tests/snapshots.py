"""The tables as the migrations leave them, to have them back at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


class Snapshot:
    """Of a database that SQLite keeps in memory."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        # Tests may end in another thread than they began.
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        connection.ensure_connection()
        connection.connection.backup(self._kept)

    def put_back(self) -> None:
        self._connection.ensure_connection()
        self._kept.backup(self._connection.connection)

    def close(self) -> None:
        self._kept.close()

    def write_to(self, path: Path) -> None:
        """Make a database in a file like it."""
        with closing(sqlite3.connect(path)) as file:
            self._kept.backup(file)


def can_be_taken_of(connection: Any) -> bool:
    """Where no test that was chosen needs a database, there is one without tables."""
    return (
        connection.vendor == "sqlite"
        and connection.is_in_memory_db()
        and bool(connection.introspection.table_names())
    )
