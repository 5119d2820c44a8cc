"""
What is relied on of ``django_tasks_db`` beyond its documentation, and whether it is there.

The library documents its commands and little else, so any release may change the rest. Where
something is missing, ``library_worker.py`` makes do with a documented command.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.apps import apps

from wagtail_autogallery.queue.framework import TaskResultStatus

logger = logging.getLogger(__name__)

APP = "django_tasks_db"
#: The release that this was written for.
WRITTEN_FOR = "0.13"

MODEL = "DBTaskResult"
FIELDS = (
    "status",
    "enqueued_at",
    "started_at",
    "finished_at",
    "args_kwargs",
    "task_path",
    "worker_ids",
    "queue_name",
    "backend_name",
    "run_after",
    "return_value",
    "exception_class_path",
    "traceback",
)
STATUSES = ("READY", "RUNNING", "SUCCESSFUL", "FAILED")
QUERYSET_METHODS = ("ready", "running", "failed", "finished", "get_locked")
WORKER_ARGUMENTS: dict[str, Any] = {
    "queue_names": [],
    "interval": 0,
    "batch": True,
    "backend_name": "",
    "startup_delay": False,
    "max_tasks": 1,
    "worker_id": "",
    "excluded_queue_names": [],
}
#: A worker calls these on the row, where they are replaced by ours.
RESULTS = ("set_successful", "set_failed")


def release() -> str:
    """Which release of the library is installed."""
    try:
        return version("django-tasks-db")
    except PackageNotFoundError:
        return "of an unknown release"


def missing() -> tuple[str, ...]:
    """What is missing, each in words; empty where all is there. Needs Django's models."""
    return _missing() if apps.is_installed(APP) else ()


@cache
def _missing() -> tuple[str, ...]:
    """Looked at once: it is code, and does not change while a process lives."""
    try:
        return tuple(_look())
    except Exception as error:
        # Whatever it has become, it is not what we know.
        logger.warning("Could not look through %s", APP, exc_info=True)
        return (f"{type(error).__name__}: {error}",)


def _look() -> Iterator[str]:
    model = _get("models", MODEL)
    if model is None:
        yield f"{APP}.models.{MODEL}"
    else:
        yield from _look_at_model(model)
    functions: dict[str, dict[str, tuple[Any, ...]]] = {
        "models": {"get_date_max": ()},
        "utils": {
            "exclusive_transaction": ("default",),
            "is_locked_database_exception": (None,),
            "normalize_uuid": ("",),
            "retry": (),
        },
    }
    for module, names in functions.items():
        for name, arguments in names.items():
            if not _takes(_get(module, name), *arguments):
                yield f"{APP}.{module}.{name}({_many(arguments)})"
    yield from _look_at_worker()


def _look_at_model(model: Any) -> Iterator[str]:
    fields = {field.name: field for field in model._meta.concrete_fields}
    for name in FIELDS:
        if name not in fields:
            yield f"the field '{name}' of {MODEL}"
    choices = dict(getattr(fields.get("status"), "choices", None) or ())
    for status in STATUSES:
        if choices and getattr(TaskResultStatus, status, status) not in choices:
            yield f"the status '{status}' of {MODEL}"
    rows = model._default_manager.all()
    for name in QUERYSET_METHODS:
        if not _takes(getattr(rows, name, None)):
            yield f"{MODEL}.objects.{name}()"
    if not hasattr(model, "task"):
        yield f"{MODEL}.task"
    if not _takes(getattr(model, "claim", None), None, ""):
        yield f"{MODEL}.claim(worker_id)"


def _look_at_worker() -> Iterator[str]:
    worker = _get("management.commands.db_worker", "Worker")
    if not _takes(worker, **WORKER_ARGUMENTS):
        yield f"Worker({', '.join(WORKER_ARGUMENTS)}) of db_worker"
    run: Any = getattr(worker, "run_task", None)
    if not _takes(run, None, None):
        yield "Worker.run_task(row) of db_worker"
    elif not set(RESULTS) <= set(inspect.unwrap(run).__code__.co_names):
        yield f"that Worker.run_task() calls {' and '.join(RESULTS)} of the row"


def _get(module: str, name: str) -> Any:
    """:return: ``None`` where the module cannot be imported or has nothing of that name."""
    try:
        return getattr(import_module(f"{APP}.{module}"), name, None)
    except Exception:
        logger.warning("Could not import %s.%s", APP, module, exc_info=True)
        return None


def _takes(function: Callable[..., Any] | None, *args: Any, **kwargs: Any) -> bool:
    """Whether it can be called so."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def _many(arguments: tuple[Any, ...]) -> str:
    return "…" if arguments else ""
