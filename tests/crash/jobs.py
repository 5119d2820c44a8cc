"""Background tasks that leave their traces outside of the process that runs them."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.db import connection

from tests.crash.databases import as_administrator
from tests.crash.sites import Gate
from wagtail_autogallery.tasks import task


def done() -> list[str]:
    """What has been done by the tasks below, in any process, in that order."""
    path = settings.CRASH_DIR / "done"
    return path.read_text().split() if path.exists() else []


def _note(name: Any) -> None:
    # One write, which the system appends as a whole.
    file = os.open(settings.CRASH_DIR / "done", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{name}\n".encode())
    os.close(file)


@task(backend="gallery")
def note(name: Any) -> None:
    _note(name)


@task(backend="gallery")
def wait_at_gate(name: Any) -> None:
    Gate(settings.CRASH_DIR).pass_through()
    _note(name)


@task(backend="gallery")
def lose_connection(name: Any) -> None:
    """Lose the connection to a database that is still there, as after a long silence."""
    with as_administrator(connection) as administrator:
        administrator.disconnect(connection)
    _note(name)


@task(backend="gallery")
def lose_database(name: Any) -> None:
    """Lose the connection, and be refused another."""
    with as_administrator(connection) as administrator:
        administrator.shut_out()
    _note(name)


@task(backend="gallery")
def fail() -> None:
    1 / 0  # noqa: B018
