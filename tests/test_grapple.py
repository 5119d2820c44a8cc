"""The recipe for wagtail-grapple, on a site of its own: it reads its settings when imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("grapple.registry")

# The database of the tests that run here is taken.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
ROOT = Path(__file__).resolve().parents[1]


def lines_of(code):
    return [line for line in code.splitlines() if line]


def test_the_recipe_is_the_documented_one():
    page = (ROOT / "docs" / "headless.md").read_text()
    documented = next(code for code in page.split("```python")[1:] if "graphene" in code)
    _, _, tested = (ROOT / "tests" / "grapple_site" / "models.py").read_text().split('"""', 2)

    assert lines_of(documented.split("```")[0]) == lines_of(tested)


def test_the_recipe_works():
    checks = subprocess.run(
        [
            sys.executable,
            *("-m", "pytest", "tests/grapple_site/check_recipe.py", "-p", "no:cacheprovider"),
            "--no-migrations",
            # What is deprecated in that library is not ours.
            *("--ds=tests.grapple_site.settings", "--override-ini=filterwarnings=default"),
        ],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checks.returncode == 0, checks.stdout + checks.stderr
    assert "2 passed" in checks.stdout
