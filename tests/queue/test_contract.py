"""The installed release of ``django_tasks_db`` has all that is relied on; others are doctored."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from django.apps import apps
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from wagtail_autogallery.queue import backends, contract

QUEUE = Path(inspect.getfile(contract)).parent


def test_the_installed_release_has_all_of_it():
    assert contract.missing() == ()
    assert backends.why_unreadable("default") == ""


def test_without_the_app_nothing_is_missing(monkeypatch):
    monkeypatch.delitem(apps.app_configs, "django_tasks_database")

    assert contract.missing() == ()


def test_every_part_that_is_gone_is_named(monkeypatch):
    monkeypatch.delattr(DBTaskResult, "claim")
    monkeypatch.delattr(Worker, "run_task")
    monkeypatch.setattr(contract, "FIELDS", (*contract.FIELDS, "heartbeat_at"))

    assert list(contract._look()) == [
        "the field 'heartbeat_at' of DBTaskResult",
        "DBTaskResult.claim(worker_id)",
        "Worker.run_task(row) of db_worker",
    ]


def test_what_cannot_be_looked_at_is_something_missing(monkeypatch):
    monkeypatch.setattr(DBTaskResult, "_meta", None)

    contract._missing.cache_clear()
    try:
        (named,) = contract._missing()
    finally:
        contract._missing.cache_clear()
    assert named.startswith("AttributeError")


def test_nothing_is_imported_from_the_library_that_the_contract_does_not_name():
    imported = {
        f"{node.module}.{name.name}"
        for path in QUEUE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(contract.APP)
        for name in node.names
    }
    source = inspect.getsource(contract)

    # The backend's own name is documented.
    assert len(imported) > 5
    for name in imported - {"django_tasks_db.DatabaseBackend"}:
        assert f'"{name.rpartition(".")[2]}"' in source, name
