"""Copies of ``django_tasks_db`` as its authors may change it one day."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable
from pathlib import Path

import django_tasks_db

RELEASE = "99.1"
DISTRIBUTION = "django_tasks_db"


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def doctor(library: Path) -> None:
        for change in changes:
            change(library)

    return doctor


def replace(old: str, new: str) -> Callable[[Path], None]:
    """Write another name wherever the library writes this one: it goes on working by itself."""

    def doctor(library: Path) -> None:
        found = [path for path in library.rglob("*.py") if old in path.read_text()]
        assert found, f"The library has no {old!r}"
        for path in found:
            path.write_text(path.read_text().replace(old, new))

    return doctor


def move_module(old: str, new: str) -> Callable[[Path], None]:
    def doctor(library: Path) -> None:
        (library / f"{old}.py").rename(library / f"{new}.py")
        for path in library.rglob("*.py"):
            text = path.read_text()
            for prefix in ("from .", "from django_tasks_db."):
                text = text.replace(f"{prefix}{old} import", f"{prefix}{new} import")
            path.write_text(text)

    return doctor


def move_model(library: Path) -> None:
    """The model has another name; its table keeps the one it has."""
    replace("DBTaskResult", "StoredTask")(library)
    replace('        ordering = [F("priority")', TABLE + '        ordering = [F("priority")')(
        library
    )


TABLE = '        db_table = "django_tasks_database_dbtaskresult"\n'

#: What is changed, and a word by which it has to be named.
CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a field is renamed": (replace("task_path", "function_path"), "the field 'task_path'"),
    "a method is renamed": (
        replace("get_locked", "take_next"),
        "DBTaskResult.objects.get_locked()",
    ),
    "a module is moved": (move_module("utils", "helpers"), "django_tasks_db.utils.retry()"),
    "the model is renamed": (move_model, "django_tasks_db.models.DBTaskResult"),
    "a worker wants to be told more": (
        both(
            replace(
                "worker_id: str,\n        excluded_queue_names",
                "worker_id: str,\n        heartbeat: float,\n        excluded_queue_names",
            ),
            replace("worker_id=worker_id,\n", "worker_id=worker_id,\n            heartbeat=1,\n"),
        ),
        "Worker(queue_names",
    ),
    "a worker stores results otherwise": (
        replace("set_successful", "succeed"),
        "calls set_successful and set_failed",
    ),
}
#: The command does not take what it is documented to take.
ANOTHER_COMMAND = both(replace("get_locked", "take_next"), replace("--max-tasks", "--at-most"))


def doctored_copy(folder: Path, change: Callable[[Path], None]) -> Path:
    """:return: A folder to put first on Python's path."""
    original = Path(django_tasks_db.__file__).parent
    library = folder / original.name
    shutil.copytree(original, library, ignore=shutil.ignore_patterns("__pycache__"))
    change(library)
    told = folder / f"{DISTRIBUTION}-{RELEASE}.dist-info" / "METADATA"
    told.parent.mkdir()
    name = importlib.metadata.metadata("django-tasks-db")["Name"]
    told.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {RELEASE}\n")
    return folder
