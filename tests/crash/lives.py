"""
Drains that live long, are killed, are told to exit, or come back from the dead.

``CRASH_LIFE`` says which of the functions below.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

from tests.crash.sites import Gate, fork, logged, set_up, wait_for


def long() -> dict[str, Any]:
    """A task takes longer than a lease, and loses the connection of the lease on the way."""
    from django.db import connection

    from tests.crash.databases import as_administrator
    from wagtail_autogallery.models import Lease

    pid, gate = _begin()
    beats = set()
    for _ in range(3):
        beats.add(_wait_for_a_beat(beats))
    if connection.vendor == "postgresql":
        with as_administrator(connection) as administrator:
            administrator.disconnect_all()
        connection.close()
        for _ in range(2):
            beats.add(_wait_for_a_beat(beats))
    rescued = _drain().rescued
    alive = Lease.objects.alive().count()
    gate.open()
    return {"alive": alive, "rescued": rescued, "exit_code": wait_for(pid), **_end()}


def killed() -> dict[str, Any]:
    """A drain is killed in mid-task: nobody takes its task before its lease is over."""
    pid, gate = _begin()
    os.kill(pid, signal.SIGKILL)
    wait_for(pid)
    early = _drain()
    _wait_until_expired()
    gate.open()
    late = _drain()
    return {"early": early.rescued, "late": [late.rescued, late.succeeded], **_end()}


def stopped() -> dict[str, Any]:
    """A drain stands still for longer than its lease, and goes on when its task has been redone."""
    pid, gate = _begin()
    os.kill(pid, signal.SIGSTOP)
    _wait_until_expired()
    successor = fork(_drain)
    gate.wait_until_reached()
    # Both are at the gate now; the stopped one cannot pass.
    gate.open()
    successor_exit = wait_for(successor)
    before = _rows()
    os.kill(pid, signal.SIGCONT)
    gate.open()
    return {
        "exit_codes": [successor_exit, wait_for(pid)],
        "unchanged": _rows() == before,
        "warned": "was taken over by another worker" in logged("warning"),
        **_end(),
    }


def overtaken() -> dict[str, Any]:
    """The same, but the one that was taken for dead is done first."""
    pid, gate = _begin()
    os.kill(pid, signal.SIGSTOP)
    _wait_until_expired()
    successor = fork(_drain)
    gate.wait_until_reached()
    os.kill(successor, signal.SIGSTOP)
    before = _rows()
    os.kill(pid, signal.SIGCONT)
    gate.open()
    late_exit = wait_for(pid)
    unchanged = _rows() == before
    os.kill(successor, signal.SIGCONT)
    gate.open()
    return {"exit_codes": [wait_for(successor), late_exit], "unchanged": unchanged, **_end()}


def told_to_exit() -> dict[str, Any]:
    """A server tells its worker to exit in mid-task, as gunicorn does at a timeout."""
    from django_tasks_db.models import DBTaskResult

    def drain_as_a_server() -> None:
        signal.signal(signal.SIGABRT, lambda number, frame: sys.exit(1))
        _drain()

    pid, gate = _begin(drain_as_a_server)
    os.kill(pid, signal.SIGABRT)
    exit_code = wait_for(pid)
    status = DBTaskResult.objects.get().status
    gate.open()
    report = _drain()
    return {"exit_code": exit_code, "status": status, "rescued": report.rescued, **_end()}


def deadly() -> dict[str, Any]:
    """Whoever runs the task is killed."""
    from django_tasks_db.models import DBTaskResult

    from tests.crash import jobs
    from wagtail_autogallery.conf import settings

    pid, gate = _begin()
    for attempt in range(settings.MAX_ATTEMPTS):
        if attempt:
            pid = fork(_drain)
            gate.wait_until_reached()
        os.kill(pid, signal.SIGKILL)
        wait_for(pid)
        _wait_until_expired()
    jobs.note.enqueue("after")
    report = _drain()
    reason = DBTaskResult.objects.get(status="FAILED").traceback
    return {"given_up": report.given_up, "reason": reason, **_end()}


def _begin(work: Any = None) -> tuple[int, Gate]:
    """Start a process with a task in hand that waits."""
    from django.conf import settings

    from tests.crash import jobs

    gate = Gate(settings.CRASH_DIR)
    jobs.wait_at_gate.enqueue("x")
    pid = fork(work or _drain)
    gate.wait_until_reached()
    return pid, gate


def _drain() -> Any:
    from wagtail_autogallery.drain.draining import drain

    return drain()


def _wait_for_a_beat(seen: set[Any]) -> Any:
    from wagtail_autogallery.models import Lease

    deadline = time.monotonic() + 30
    while (expires_at := Lease.objects.get().expires_at) in seen:
        assert time.monotonic() < deadline, "The lease is not renewed"
        time.sleep(0.02)
    return expires_at


def _wait_until_expired() -> None:
    from wagtail_autogallery.models import Lease

    while left := Lease.objects.alive().first():
        time.sleep(max(0.0, left.expires_at.timestamp() - time.time()))


def _rows() -> list[Any]:
    from django_tasks_db.models import DBTaskResult

    return list(DBTaskResult.objects.values())


def _end() -> dict[str, Any]:
    from tests.crash import jobs
    from wagtail_autogallery.models import Lease

    return {
        "done": jobs.done(),
        "statuses": sorted(row["status"] for row in _rows()),
        "leases": Lease.objects.count(),
    }


def main() -> None:
    set_up()
    sys.stdout.write(json.dumps(globals()[os.environ["CRASH_LIFE"]]()))


if __name__ == "__main__":
    main()
