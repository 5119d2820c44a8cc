"""Measure pieces of work against each other, in turns, so that noise hits them alike."""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

Work = Callable[[], Any]


def seconds(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    gc.collect()
    started = clock()
    work()
    return clock() - started


def in_turns(works: dict[str, Work], repeat: int) -> dict[str, list[float]]:
    """Run each piece of work ``repeat`` times, one after the other, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeat + 1):
        for name, work in works.items():
            taken = seconds(work)
            if turn:
                times[name].append(taken)
    return times


def summary(times: list[float], per: int = 1) -> dict[str, float]:
    """Median and spread, in milliseconds for each of ``per`` pieces."""
    milliseconds = sorted(value * 1000 / per for value in times)
    return {
        "median_ms": round(statistics.median(milliseconds), 3),
        "fastest_ms": round(milliseconds[0], 3),
        "slowest_ms": round(milliseconds[-1], 3),
    }


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the ratios of each turn."""
    return round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)


def bound(value: float, limit: float) -> dict[str, Any]:
    """A figure, and the most that it may be."""
    return {"ratio": value, "bound": limit, "reached": value <= limit}


def at_least(value: float, limit: float) -> dict[str, Any]:
    """A figure, and the least that it may be."""
    return {"ratio": value, "at_least": limit, "reached": value >= limit}


def queries(work: Work) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    return [query["sql"] for query in captured.captured_queries]


def peak_kilobytes(work: Work) -> float:
    """What the work allocates at most, beyond what was there before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return round(tracemalloc.get_traced_memory()[1] / 1024, 1)
    finally:
        tracemalloc.stop()
