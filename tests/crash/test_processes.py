"""The command as a person or a cron runs it: real processes, a real terminal, real signals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from tests.crash.sites import ROOT, Gate, environment_of, run_site

pytestmark = pytest.mark.slow

LONGEST_SECONDS = 90


@pytest.fixture
def manage(new_site):
    """Start ``manage.py`` with some arguments on a new site, with pipes for what it says."""
    url, folder = new_site("sqlite")
    environment = environment_of(url, folder)
    # As systemd and cron start it: what is printed to a pipe waits there until it is flushed.
    environment.pop("PYTHONUNBUFFERED", None)
    running = []

    def start(*arguments, **options):
        process = subprocess.Popen(
            [sys.executable, "-m", "django", *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )
        running.append(process)
        return process

    start.folder = folder
    start.run = lambda *arguments: _result(start(*arguments))
    start.shell = lambda code: start.run("shell", "--no-imports", "-c", code)[0]
    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _result(process):
    out, errors = process.communicate(timeout=LONGEST_SECONDS)
    return process.returncode, out, errors


def test_watching_finishes_the_task_in_hand_when_it_is_told_to_stop(manage):
    gate = Gate(manage.folder)
    enqueue = (
        "from tests.crash.jobs import note, wait_at_gate\n"
        "wait_at_gate.enqueue('in-hand'); note.enqueue('left')"
    )
    assert manage.shell(enqueue) == 0
    process = manage("autogallery_drain", "--watch", "60")
    gate.wait_until_reached()

    process.send_signal(signal.SIGTERM)
    gate.open()

    code, out, errors = _result(process)
    assert (code, errors) == (0, "")
    assert out.endswith("1 succeeded, 0 failed, 1 remaining.\n")
    assert (manage.folder / "done").read_text() == "in-hand\n"


def test_watching_between_two_drains_stops_at_once(manage):
    process = manage("autogallery_drain", "--watch", "3600", bufsize=1)
    assert process.stdout.readline().startswith("Ran 0 tasks")

    process.send_signal(signal.SIGTERM)

    assert _result(process) == (0, "", "")


def test_the_status_is_told_by_the_exit_code(manage):
    code, out, errors = manage.run("autogallery_drain", "--status", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(out)["healthy"] is True

    assert manage.shell("from tests.crash.jobs import fail; fail.enqueue()") == 0
    code, out, errors = manage.run("autogallery_drain")
    assert code == 1
    failed = "Failed: tests.crash.jobs.fail: ZeroDivisionError: division by zero\n"
    # The log has the traceback, once.
    assert errors == f"{failed}CommandError: 1 task failed.\n"
    assert (manage.folder / "errors.log").read_text().count("Traceback (most recent") == 1

    code, out, errors = manage.run("autogallery_drain", "--status")
    assert code == 1
    assert out.startswith("1 task failed within the last day.\n")
    assert errors == "CommandError: 1 thing needs attention.\n"


def test_on_a_terminal_many_tasks_have_a_bar_and_a_line_of_their_own(manage):
    enqueue = "from tests.crash.jobs import note; [note.enqueue(n) for n in range(8)]"
    assert manage.shell(enqueue) == 0
    ours, theirs = pty.openpty()

    process = manage("autogallery_drain", "--limit", "20", stdout=theirs)
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 1024):
            seen += chunk
    except OSError:
        # What Linux says when the other side of a terminal is closed.
        pass
    os.close(ours)

    assert process.wait(LONGEST_SECONDS) == 0
    assert b"\r[....." in seen
    assert b"\r\nRan 8 tasks in " in seen


@pytest.mark.parametrize(
    ("layer", "settings"),
    [
        ("thread", {"AFTER_RESPONSE": "thread", "WORKER": 0, "WAIT": 30}),
        pytest.param(
            "worker",
            {"AFTER_RESPONSE": "off", "WORKER": 1, "WAIT": 30},
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            "drain", {"AFTER_RESPONSE": "off", "WORKER": 0, "WAIT": 1}, marks=pytest.mark.thorough
        ),
    ],
)
def test_the_self_test_names_the_layer_and_leaves_the_site_as_it_was(layer, settings, new_site):
    facts = run_site("self_tests", *new_site("sqlite"), **settings)

    assert facts["layer"] == layer
    assert facts["changed"] == {}
    assert facts["files"] == []
