"""What the caller of a drain has to have done before the first task is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wagtail_autogallery.replicas import read_where_written

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Beforehand:
    """Something to enqueue, where there is a reason to."""

    #: Rows, of which a single one is reason enough.
    reasons: Sequence[QuerySet[Any, Any]]
    enqueue: Callable[[], object]

    @read_where_written()
    def is_needed(self) -> bool:
        return any(rows.exists() for rows in self.reasons)
