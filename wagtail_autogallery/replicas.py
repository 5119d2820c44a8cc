"""
Read from the database that is written, on sites whose router has others read from replicas.

A replica may not have heard of what was just saved, and who decides by it loses that. Naming the
database at each query would not do: relations, and Wagtail's own code, ask the router. So a router
of ours stands before those of the site while such a decision is made, and only for who makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models, router

_is_reading: ContextVar[bool] = ContextVar("wagtail_autogallery_is_reading", default=False)


class WrittenDatabase:
    """Sends reads to where the site's routers send writes."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str | None:
        return router.db_for_write(model, **hints) if _is_reading.get() else None


@contextmanager
def read_where_written() -> Iterator[None]:
    """Around what decides by what it reads; a decorator as well."""
    # Not when the app is ready: settings may be changed after that, and routers with them.
    if router.routers and not isinstance(router.routers[0], WrittenDatabase):
        router.routers.insert(0, WrittenDatabase())
    token = _is_reading.set(True)
    try:
        yield
    finally:
        _is_reading.reset(token)
