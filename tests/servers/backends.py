"""What a site talks to: a queue with workers of its own or in another database, and a cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks.backends.dummy import DummyBackend
from wagtail.contrib.frontend_cache.backends import BaseBackend

QUEUE_APP = "django_tasks_database"


class FileBackend(DummyBackend):
    """Its queue is a file."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        with queue_file().open("a") as file:
            file.write(json.dumps([task.module_path, args, kwargs]) + "\n")
        return super().enqueue(task, args, kwargs)


def work() -> list[str]:
    """Do what its worker does. :return: The tasks that were run."""
    tasks = [json.loads(line) for line in queue_file().open()]
    queue_file().unlink()
    for name, args, kwargs in tasks:
        import_string(name).call(*args, **kwargs)
    return [name for name, _, _ in tasks]


class QueueRouter:
    """Keeps the tables of the database queue in a database of their own."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return "queue" if model._meta.app_label == QUEUE_APP else None

    db_for_write = db_for_read

    def allow_migrate(self, alias: str, app_label: str, **hints: Any) -> bool:
        return (alias == "queue") == (app_label == QUEUE_APP)


class NotingCache(BaseBackend):
    """A cache that notes what it is told to forget."""

    def purge(self, url: str) -> None:
        with (settings.FOLDER / "purged").open("a") as file:
            file.write(f"{url}\n")


def queue_file() -> Path:
    return settings.FOLDER / "queue"


class ReplicaRouter:
    """Reads from a replica, as Django's documentation shows it, as soon as a test says so."""

    is_on = False

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "replica" if ReplicaRouter.is_on else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, alias: str, app_label: str, **hints: Any) -> bool:
        return alias == "default"
