"""File storages that are not a folder of this machine."""

from __future__ import annotations

from io import BytesIO
from itertools import count
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible


@deconstructible
class RemoteStorage(Storage):
    """
    A bucket: files can be saved, read and deleted, and have no path.

    Private: an address is signed anew each time, and expires.
    """

    files: dict[str, bytes] = {}
    opened: list[str] = []
    signatures = count()

    def _open(self, name: str, mode: str = "rb") -> File:
        self.opened.append(name)
        return File(BytesIO(self.files[name]), name=name)

    def _save(self, name: str, content: Any) -> str:
        content.seek(0)
        self.files[name] = content.read()
        return name

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def exists(self, name: str) -> bool:
        return name in self.files

    def size(self, name: str) -> int:
        return len(self.files[name])

    def url(self, name: str) -> str:
        return f"https://bucket.example/{name}?expires=60&signature={next(self.signatures)}"
