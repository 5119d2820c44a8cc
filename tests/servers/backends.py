"""What a site talks to: a task backend with workers of its own, and a front-end cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django_tasks.backends.dummy import DummyBackend
from wagtail.contrib.frontend_cache.backends import BaseBackend


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


class NotingCache(BaseBackend):
    """A cache that notes what it is told to forget."""

    def purge(self, url: str) -> None:
        with (settings.FOLDER / "purged").open("a") as file:
            file.write(f"{url}\n")


def queue_file() -> Path:
    return settings.FOLDER / "queue"
