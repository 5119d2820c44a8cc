"""What takes long to make, made once for all the processes that test at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """
    A folder for all tests of this session, which change nothing in it.

    :param make: Fills the folder it is given, which is elsewhere when it is done.
    """
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not folder.exists():
            unfinished = Path(tmp_path_factory.mktemp(f"unfinished-{name}"))
            make(unfinished)
            unfinished.rename(folder)
    return folder
