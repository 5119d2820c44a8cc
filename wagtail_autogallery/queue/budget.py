"""
How long the work of this drain may go on.

A task cannot be handed a deadline through the queue, so the drain that runs it leaves it here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class _Limit(NamedTuple):
    deadline: float | None = None
    keep_on: Callable[[], bool] = lambda: True


NONE = _Limit()

_limit: ContextVar[_Limit] = ContextVar("wagtail_autogallery_limit", default=NONE)


@contextmanager
def limited_to(seconds: float | None, keep_on: Callable[[], bool] = lambda: True) -> Iterator[None]:
    """
    Limit what runs inside.

    :param seconds: The time it may take; ``None`` for no limit.
    :param keep_on: Tells whether the process means to live on.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    token = _limit.set(_Limit(deadline, keep_on))
    try:
        yield
    finally:
        _limit.reset(token)


def is_limited() -> bool:
    """Whether this is called in the course of a drain."""
    return _limit.get() is not NONE


def use_up() -> None:
    """Leave no time for anything more, because the next piece of the work does not fit in."""
    limit = _limit.get()
    if limit.deadline is not None:
        _limit.set(limit._replace(deadline=time.monotonic()))


def is_used_up(by: float = 0.0) -> bool:
    """Whether there is no time left for a piece of work that takes ``by`` seconds."""
    deadline, keep_on = _limit.get()
    return (deadline is not None and time.monotonic() + by >= deadline) or not keep_on()
