"""Task backends of a site in trouble."""

from __future__ import annotations

from typing import Any

from django_tasks_db.compat import BaseTaskBackend


class RefusingBackend(BaseTaskBackend):
    """A backend whose broker does not answer."""

    supports_defer = True

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        raise ConnectionRefusedError("The broker does not answer")
