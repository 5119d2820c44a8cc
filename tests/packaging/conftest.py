from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.packaging.processes import ROOT, run
from tests.shared import made_once


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, as a release is."""
    (built,) = made_once(tmp_path_factory, "wheel", _build).glob("*.whl")
    return built


def _build(folder: Path) -> None:
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "setup.cfg", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("wagtail_autogallery", "tests", "example_site"):
        # Without what an earlier build left, and with the neighbors that must stay outside.
        ignored = shutil.ignore_patterns(
            "__pycache__", "*.mo", "db.sqlite3*", "media", "node_modules"
        )
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, source)
