"""Work off many tasks with drains and the library's own workers at once."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing import Barrier
from typing import Any

from tests.crash.sites import LONGEST_SECONDS, fork, logged, set_up, wait_for

TASKS = 500
DRAINS = 4
WORKERS = 2


def main() -> None:
    set_up()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django_tasks_db.models import DBTaskResult

    from tests.crash import jobs
    from wagtail_autogallery.models import Lease
    from wagtail_autogallery.queue.leases import WORKER_PREFIX

    for number in range(TASKS):
        jobs.note.enqueue(number)
    said = settings.CRASH_DIR / "said"
    drain = partial(call_command, "autogallery_drain", limit=TASKS, verbosity=0)
    worker = partial(
        call_command, "db_worker", "--backend=gallery", "--batch", "--no-startup-delay", verbosity=0
    )
    start = Barrier(DRAINS + WORKERS)

    def race(work: Callable[[], Any]) -> None:
        connection.ensure_connection()
        start.wait(LONGEST_SECONDS)
        work()

    works = [drain] * DRAINS
    works += [partial(worker, worker_id=f"worker-{number}") for number in range(WORKERS)]
    began = time.monotonic()
    children = [fork(partial(race, work), said) for work in works]
    exit_codes = [wait_for(pid) for pid in children]
    seconds = time.monotonic() - began

    times = Counter(jobs.done())
    workers = [ids for (ids,) in DBTaskResult.objects.values_list("worker_ids", flat=True)]
    facts = {
        "exit_codes": exit_codes,
        "said": said.read_text() if said.exists() else "",
        "errors": logged("error"),
        "statuses": dict(Counter(DBTaskResult.objects.values_list("status", flat=True))),
        "lost": TASKS - len(times),
        "twice": [name for name, count in times.items() if count > 1],
        "by_drains": sum(name.startswith(WORKER_PREFIX) for name in workers),
        "processes": len(set(workers)),
        "leases_left": Lease.objects.count(),
        "seconds": round(seconds, 1),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
