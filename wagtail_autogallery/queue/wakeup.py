"""
What has to be done after the response that is being made.

Flags of the process. They are not bound to a thread or a context, because on ASGI what a view sets
there is gone when the request is finished.
"""

from __future__ import annotations

import threading
from enum import Flag, auto


class Work(Flag):
    """Kinds of work that may be asked for."""

    NOTHING = 0
    #: The caller's own tasks. More of their work may be on its way, and is best done together.
    OWN = auto()
    #: Other tasks of the queue. Nothing is won by letting them wait.
    TASKS = auto()


_asked = {work: threading.Event() for work in (Work.OWN, Work.TASKS)}


def ask(work: Work = Work.OWN) -> None:
    """Ask for a drain after the next response that this process finishes."""
    _asked[work].set()


def was_asked() -> bool:
    return any(event.is_set() for event in _asked.values())


def take() -> Work:
    """:return: What was asked for; it is not any more."""
    taken = Work.NOTHING
    for work, event in _asked.items():
        if event.is_set():
            event.clear()
            taken |= work
    return taken
