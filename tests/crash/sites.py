"""
The test site in a process of its own, which forks those that work and are killed.

A process that starts Python and Django takes a second or more; a fork of one that has them takes
milliseconds. So a hundred kills are a matter of seconds.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: No child lives for longer, so that none outlives a test that fails.
LONGEST_SECONDS = 120


def environment_of(database_url: str, folder: Path, **variables: Any) -> dict[str, str]:
    """
    The environment of a site's processes.

    :param variables: ``CRASH_*`` variables, without that prefix.
    """
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
        "DATABASE_URL": database_url,
        "CRASH_DIR": str(folder),
        **{f"CRASH_{name}": str(value) for name, value in variables.items()},
    }


def run_site(module: str, database_url: str, folder: Path, **variables: Any) -> dict[str, Any]:
    """
    Run a module of this folder on a new site.

    :param variables: See :func:`environment_of`.
    :return: The facts it tells on its standard output.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"tests.crash.{module}"],
        cwd=ROOT,
        env=environment_of(database_url, folder, **variables),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    print(facts)  # noqa: T201
    return facts


def set_up() -> None:
    """Set up Django, and the tables of the site unless it was given some."""
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if not connection.introspection.table_names():
        call_command("migrate", verbosity=0)


def logged(level: str) -> str:
    """What any process of the site has logged as an ``"error"``, or at least as a ``"warning"``."""
    from django.conf import settings

    return (settings.CRASH_DIR / f"{level}s.log").read_text()


def fork(work: Callable[[], Any], stderr: Path | None = None) -> int:
    """
    Do some work in a child process, which shares no database connection with this one.

    :param stderr: A file for what it says there.
    :return: Its process id. Its exit code is 0 when the work was done.
    """
    from django.db import connections

    connections.close_all()
    if pid := os.fork():
        return pid
    code = 1
    try:
        signal.alarm(LONGEST_SECONDS)
        if stderr:
            os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        work()
        connections.close_all()
        code = 0
    except SystemExit as told:
        code = told.code if isinstance(told.code, int) else int(told.code is not None)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def wait_for(pid: int) -> int:
    """Wait until a child process is gone. :return: Its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Gate:
    """
    Where a process waits in mid-work for a test to let it go on.

    Two named pipes, so that neither waits longer than it has to, and any process can pass.
    """

    def __init__(self, folder: Path, name: str = "gate") -> None:
        self.folder = folder
        self._paths = [folder / f"{name}-{side}" for side in ("reached", "opened")]
        for path in self._paths:
            if not path.exists():
                os.mkfifo(path)
        self._reached, self._opened = (os.open(path, os.O_RDWR) for path in self._paths)

    def wait_until_reached(self) -> None:
        assert select.select([self._reached], [], [], 30)[0], "Nobody has reached the gate"
        os.read(self._reached, 1)

    def open(self) -> None:
        os.write(self._opened, b".")

    def pass_through(self) -> None:
        """To be called by the process that is to wait."""
        os.write(self._reached, b".")
        os.read(self._opened, 1)


if __name__ == "__main__":
    set_up()
    sys.stdout.write("{}")
