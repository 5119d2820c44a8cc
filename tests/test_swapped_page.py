"""A site whose base page model is its own, which only a process of its own can be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import wagtail

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.skipif(wagtail.VERSION < (8, 0), reason="Wagtail 8 has swappable page models")
def test_a_site_with_a_base_page_model_of_its_own():
    arguments = ["--ds=tests.swapped.settings", "--no-migrations", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "tests/swapped/scenarios.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr
