"""What ``make`` says where something is in its way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess

import pytest

from tests.packaging.processes import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="There is no make here")

NEEDED = ["Makefile", "example_site/check_port.py", "tests/browser/package.json"]


@pytest.fixture
def make(tmp_path):
    """Run it in a folder that has what it needs, and a program in front of others."""
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    programs = tmp_path / "programs"
    programs.mkdir()

    def make(*arguments, **scripts):
        for name, script in scripts.items():
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        return subprocess.run(
            ["make", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    make.folder = tmp_path
    return make


def test_the_demo_says_that_its_port_is_taken_before_anything_else(make):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        done = make("demo", f"PORT={port}")

    assert done.returncode
    assert f"Port {port} cannot be used: Address already in use\n" in done.stdout
    assert "Another one can: make demo PORT=" in done.stdout
    assert not (make.folder / ".venv").exists()


def test_npm_that_cannot_install_is_told_and_ends_nothing(make):
    broken = "mkdir -p tests/browser/node_modules/half; echo 'npm error: no network' >&2; exit 1"

    done = make("browser-tools", npm=broken)

    assert done.returncode == 0
    assert "npm error: no network\n" in done.stdout
    assert "SKIPPED: axe and the HTML checker, because npm could not install them." in done.stdout
    # Or the tests would not be skipped, and fail.
    assert not (make.folder / "tests/browser/node_modules").exists()
