"""What handlers ask before they look at anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.db import models

from wagtail_autogallery import tables
from wagtail_autogallery.replicas import read_where_written

Fields = Iterable[str] | None


def needs_tables(function: Callable[..., None]) -> Callable[..., None]:
    """A handler that writes something down, and decides by what it reads."""

    @wraps(function)
    def when_they_are_there(*args: Any, **kwargs: Any) -> None:
        if tables.are_there():
            with read_where_written():
                function(*args, **kwargs)

    return when_they_are_there


def is_alias(instance: models.Model) -> bool:
    return getattr(instance, "alias_of_id", None) is not None


def may_write(update_fields: Fields, *names: str) -> bool:
    return update_fields is None or not set(names).isdisjoint(update_fields)
