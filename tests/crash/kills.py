"""
Kill drains at random moments, at least ``CRASH_KILLS`` times, and tell where they were hit.

A third of the kills come from outside, after a random time. By time alone most would hit the few
long statements, so another third hit a random statement, and the last a random phase of the work.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tests.crash.sites import fork, logged, set_up, wait_for

PHASES = (
    "before the claim",
    "in the task, before it writes",
    "in a transaction that writes a holder",
    "in the task, after it wrote a holder",
    "storing the result",
    "after the result",
)
DONE = len(PHASES)
SECONDS_TO_COME_TO_REST = 30


class Progress:
    """How far a child process is, as its statements tell; its parent can read it after a kill."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 9)

    @property
    def phase(self) -> int:
        return self._memory[0]

    @phase.setter
    def phase(self, phase: int) -> None:
        self._memory[0] = phase

    @property
    def moments(self) -> int:
        """The beginnings and ends of statements so far."""
        return int.from_bytes(self._memory[1:5], "big")

    @moments.setter
    def moments(self, number: int) -> None:
        self._memory[1:5] = number.to_bytes(4, "big")

    @property
    def decided(self) -> int:
        """How many of them a person's decision took, once that is done."""
        return int.from_bytes(self._memory[5:9], "big")

    @decided.setter
    def decided(self, number: int) -> None:
        self._memory[5:9] = number.to_bytes(4, "big")

    def wrapper(self, fatal: Callable[[Progress], bool]) -> Callable[..., Any]:
        """
        A Django execute wrapper that keeps this up to date.

        :param fatal: Asked before and after each statement whether to kill this process there.
        """
        from django.db import connection

        def execute(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            self.moments += 1
            self._look_at_what_begins(sql, params, connection.in_atomic_block)
            if fatal(self):
                os.kill(os.getpid(), signal.SIGKILL)
            result = execute(sql, params, many, context)
            self.moments += 1
            self._look_at_what_is_done(sql, params)
            if fatal(self):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return execute

    def _look_at_what_begins(self, sql: str, params: Any, in_transaction: bool) -> None:
        if self.phase == 2 and not in_transaction:
            self.phase = 3
        if _is_write(sql, "wagtailcore_revision", "testapp_"):
            self.phase = 2
        if _is_write(sql, "dbtaskresult") and {"SUCCESSFUL", "FAILED"} & set(map(str, params)):
            self.phase = 4

    def _look_at_what_is_done(self, sql: str, params: Any) -> None:
        if self.phase == 4:
            self.phase = 5
        elif sql.startswith("UPDATE") and "worker_ids" in sql:
            self.phase = 1


def _is_write(sql: str, *tables: str) -> bool:
    return sql.startswith(("UPDATE", "INSERT")) and any(table in sql[:80] for table in tables)


def never(progress: Progress) -> bool:
    return False


def drain_to_the_end() -> None:
    """Drain until nothing is left, also of what killed processes had in hand."""
    from django_tasks_db.models import DBTaskResult

    from wagtail_autogallery.conf import settings
    from wagtail_autogallery.drain.draining import drain
    from wagtail_autogallery.models import Announcement, Lease

    began = time.monotonic()
    while (
        DBTaskResult.objects.filter(status__in=("READY", "RUNNING")).exists()
        or Lease.objects.exists()
        or Announcement.objects.exists()
    ):
        assert time.monotonic() < began + SECONDS_TO_COME_TO_REST, "A task is stuck"
        drain(limit=1_000)
        # What a killed process told of may have been written after it last renewed its lease.
        given_up = [lease.expires_at for lease in Lease.objects.all()] + [
            one.taken_at + timedelta(seconds=settings.LEASE_SECONDS)
            for one in Announcement.objects.all()
        ]
        if given_up:
            time.sleep(max(0.0, max(given_up).timestamp() - time.time()))


def main() -> None:
    set_up()
    from django.db import connection
    from django_tasks_db.models import DBTaskResult

    from tests.crash import jobs
    from tests.crash.content import Content, pages_written_half
    from wagtail_autogallery.drain.draining import drain

    wanted = int(os.environ["CRASH_KILLS"])
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    sys.stderr.write(f"seed {seed}\n")
    chance = random.Random(seed)
    content = Content()
    hits: Counter[str] = Counter()
    progress = Progress()

    def start(fatal: Callable[[Progress], bool] = never) -> int:
        progress.phase = progress.moments = 0

        def work() -> None:
            with connection.execute_wrapper(progress.wrapper(fatal)):
                drain(limit=30)
            progress.phase = DONE

        return fork(work)

    def run_undisturbed() -> tuple[float, int]:
        content.upload()
        began = time.monotonic()
        assert wait_for(start()) == 0
        return time.monotonic() - began, progress.moments

    def come_to_rest() -> None:
        drain_to_the_end()
        assert not (faults := list(content.faults())), faults

    seconds, moments = run_undisturbed()
    rounds = 0
    while sum(hits.values()) < wanted:
        assert rounds < 4 * wanted, hits
        rounds += 1
        content.upload()
        jobs.note.enqueue(rounds)
        how = chance.choice(("time", "moment", "phase"))
        if how == "time":
            pid = start()
            time.sleep(chance.uniform(0, seconds))
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        elif how == "moment":
            moment = chance.randint(1, moments)
            pid = start(lambda now, moment=moment: now.moments == moment)
        else:
            phase = chance.randrange(len(PHASES))
            pid = start(lambda now, phase=phase: now.phase == phase)
        if wait_for(pid) == -signal.SIGKILL and progress.phase != DONE:
            hits[PHASES[progress.phase]] += 1
        assert not (halves := list(pages_written_half())), halves
        if rounds % 40 == 0:
            come_to_rest()
            seconds, moments = run_undisturbed()
    come_to_rest()
    statuses = Counter(DBTaskResult.objects.values_list("status", flat=True))
    facts = {
        "seed": seed,
        "rounds": rounds,
        "hits": dict(hits),
        "tasks": dict(statuses),
        "notes_lost": len(set(map(str, range(1, rounds + 1))) - set(jobs.done())),
        "errors": logged("error"),
        "rescued": logged("warning").count("of a dead worker is ready again"),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
