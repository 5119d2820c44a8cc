from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.packaging.processes import ROOT, run


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, as a release is."""
    folder = tmp_path_factory.mktemp("wheel")
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
    (built,) = folder.glob("*.whl")
    return built
