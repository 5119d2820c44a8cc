"""
How long the work of this drain may take.

A task cannot be handed a deadline through the queue, so the drain that runs it leaves it here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_deadline: ContextVar[float | None] = ContextVar("wagtail_autogallery_deadline", default=None)


@contextmanager
def limited_to(seconds: float | None) -> Iterator[None]:
    """Limit what runs inside to this many seconds; ``None`` for no limit."""
    deadline = None if seconds is None else time.monotonic() + seconds
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def use_up() -> None:
    """Leave no time for anything more, because the next piece of the work does not fit in."""
    if _deadline.get() is not None:
        _deadline.set(time.monotonic())


def is_used_up(by: float = 0.0) -> bool:
    """Whether there is no time left for a piece of work that takes ``by`` seconds."""
    deadline = _deadline.get()
    return deadline is not None and time.monotonic() + by >= deadline
