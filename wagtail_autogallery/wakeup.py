"""
Whether something has to be done after the response that is being made.

One flag for the process. It is not bound to a thread or a context, because on ASGI what a view sets
there is gone when the request is finished.
"""

import threading

_asked = threading.Event()


def ask() -> None:
    """Ask for a drain after the next response that this process finishes."""
    _asked.set()


def was_asked() -> bool:
    return _asked.is_set()


def take() -> bool:
    """:return: Whether it was asked for; it is not any more."""
    asked = _asked.is_set()
    _asked.clear()
    return asked
