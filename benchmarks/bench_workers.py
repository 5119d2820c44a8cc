"""
How much faster several workers of the task queue are than one.

    python benchmarks/bench_workers.py [--holders 400] [--repeat 5] [--redis redis://host/15]

Needs a PostgreSQL server (``POSTGRES_URL``). On one new site pictures are uploaded that all its
pages take, in turns with one worker, with two and with four, all workers being processes of their
own that have loaded what they need. The workers are ``db_worker``s; with ``--redis``, and
django-tasks-rq installed, ``rqworker``s. What are told are pages a second, from the first to the
last page. Prints JSON.

Only a machine with as many idle cores as workers can tell how far they share the work, and no more
share it than the machine has. What they do in vain, since another one does it too, shows on any: as
processor time of all workers a page.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.measure import at_least, bound
from tests.crash.databases import new_database
from tests.crash.sites import run_site

WORKERS = (1, 2, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--holders", type=int, default=400)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--redis", metavar="URL", help="measure workers of rq")
    arguments = parser.parse_args()
    # As by default: who looks twenty times a second takes what the others are measured by.
    variables = {"HOLDERS": arguments.holders, "INTERVAL": 1}
    if arguments.redis:
        variables |= {"BACKEND": "django_tasks_rq.RQBackend", "REDIS_URL": arguments.redis}
    figures = measure(variables, arguments.repeat)
    json.dump(
        {"workers": "rqworker" if arguments.redis else "db_worker", **figures}, sys.stdout, indent=2
    )
    print()


def measure(variables: dict[str, Any], repeat: int) -> dict[str, Any]:
    load = os.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory() as folder,
        new_database("postgresql", Path(folder)) as url,
    ):
        turns = ",".join(str(workers) for workers in WORKERS * repeat)
        facts = run_site("share", url, Path(folder), WORKERS=turns, **variables)
    assert (facts["errors"], facts["said"], facts["lost"]) == ("", "", 0), facts
    speeds, costs = (
        {
            workers: [turn[figure] for turn in facts["turns"] if turn["workers"] == workers]
            for workers in WORKERS
        }
        for figure in ("pages_a_second", "cpu_ms_a_page")
    )

    def ratio(of: dict[int, list[float]], some: int, others: int) -> float:
        return round(statistics.median(a / b for a, b in zip(of[some], of[others], strict=True)), 3)

    def of_each(figures: dict[int, list[float]]) -> dict[str, list[float]]:
        return {
            f"{workers} workers": [round(one, 1) for one in each]
            for workers, each in figures.items()
        }

    return {
        "load": round(load, 1),
        "pages a second": of_each(speeds),
        "milliseconds of processor time a page": of_each(costs),
        "two / one": at_least(ratio(speeds, 2, 1), 1.6),
        "four / two": at_least(ratio(speeds, 4, 2), 1.0),
        "processor time of four / one": bound(ratio(costs, 4, 1), 1.3),
    }


if __name__ == "__main__":
    main()
