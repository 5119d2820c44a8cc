"""
Whether the tables of this app are there, as the models describe them.

They are not where ``migrate`` was forgotten, or where a deployment brings the code first. Saving
images and pages has to go on meanwhile. The database's catalog is asked, instead of trying and
seeing it fail: on PostgreSQL a statement that fails ends the transaction it is in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import ProgrammingError, connections, models, router

logger = logging.getLogger(__name__)

APP_LABEL = "wagtail_autogallery"

#: Tables do not go away again, so it is asked until they are there.
_are_there = False
_was_logged = False


class MissingTables(ProgrammingError):
    """There is nowhere to write to; the message says what to do."""


def are_there() -> bool:
    """Whether all are there. Logs it, once in a process, when they are not."""
    global _was_logged
    missing = advice()
    if missing and not _was_logged:
        _was_logged = True
        logger.error(missing)
    return not missing


def require() -> None:
    """:raises MissingTables: They are not there."""
    if missing := advice():
        raise MissingTables(missing)


def advice() -> str:
    """What is missing and what to do; empty when all is there."""
    global _are_there
    if _are_there:
        return ""
    missing = missing_tables(apps.get_app_config(APP_LABEL).get_models())
    _are_there = not missing
    if _are_there:
        return ""
    return (
        f"The database has no {', '.join(missing)}. Run 'python manage.py migrate': until then "
        "images and pages are saved, and galleries get nothing new."
    )


def look_again() -> None:
    """Forget what was found, because tables may have changed."""
    global _are_there, _was_logged
    _are_there = _was_logged = False


def missing_tables(wanted: Iterable[type[models.Model]]) -> list[str]:
    """:return: Names of tables that are not there, and of columns of those that are."""
    by_database: dict[str, list[type[models.Model]]] = {}
    for model in wanted:
        by_database.setdefault(router.db_for_write(model), []).append(model)
    return sorted(
        name
        for alias, in_this_one in by_database.items()
        for name in _missing_tables_in(alias, in_this_one)
    )


def _missing_tables_in(alias: str, wanted: Iterable[type[models.Model]]) -> Iterator[str]:
    introspection = connections[alias].introspection
    existing = set(introspection.table_names())
    with connections[alias].cursor() as cursor:
        for model in wanted:
            table = model._meta.db_table
            if table not in existing:
                yield table
                continue
            columns = {info.name for info in introspection.get_table_description(cursor, table)}
            for field in model._meta.local_concrete_fields:
                if field.column not in columns:
                    yield f"{table}.{field.column}"
