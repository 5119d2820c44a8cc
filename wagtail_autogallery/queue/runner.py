"""
Who runs the tasks that run here.

A drain says so, for what it runs in its process. Else it is a worker of the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_runner: ContextVar[str] = ContextVar("wagtail_autogallery_runner", default="worker")


@contextmanager
def run_by(runner: str) -> Iterator[None]:
    """:param runner: Who runs what runs inside; empty where nobody knows."""
    token = _runner.set(runner)
    try:
        yield
    finally:
        _runner.reset(token)


def current() -> str:
    return _runner.get()
