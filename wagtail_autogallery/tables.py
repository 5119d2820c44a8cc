"""
Whether the tables of this app are there, as the models describe them.

They are not where ``migrate`` was forgotten, or where a deployment brings the code first. Saving
images and pages has to go on meanwhile. Asking the database's catalog, and not trying and seeing it
fail, because on PostgreSQL a statement that fails ends the transaction it is in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.apps import apps
from django.db import ProgrammingError, connections, models, router

logger = logging.getLogger(__name__)

APP_LABEL = "wagtail_autogallery"

#: Tables do not go away again, so it is asked until they are there.
_are_there = False
_was_logged = False


class MissingTables(ProgrammingError):
    """There is nowhere to write to."""


def are_there() -> bool:
    """Whether all are there. Logs it, once in a process, when they are not."""
    global _are_there, _was_logged
    if _are_there:
        return True
    lacking = missing(apps.get_app_config(APP_LABEL).get_models())
    _are_there = not lacking
    if lacking and not _was_logged:
        _was_logged = True
        logger.error("%s", advice(lacking))
    return _are_there


def require() -> None:
    """:raises MissingTables: They are not there; the message says what to do."""
    if not are_there():
        raise MissingTables(advice(missing(apps.get_app_config(APP_LABEL).get_models())))


def look_again() -> None:
    """Forget what was found, because the tables may have changed."""
    global _are_there
    _are_there = False


def missing(wanted: Iterable[type[models.Model]]) -> list[str]:
    """:return: Names of tables, and of columns of tables that are there, each with its database."""
    by_database: dict[str, list[type[models.Model]]] = {}
    for model in wanted:
        by_database.setdefault(router.db_for_write(model), []).append(model)
    return sorted(
        name for alias, models_ in by_database.items() for name in _missing_in(alias, models_)
    )


def _missing_in(alias: str, wanted: Iterable[type[models.Model]]) -> Iterable[str]:
    connection = connections[alias]
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for model in wanted:
            table = model._meta.db_table
            if table not in existing:
                yield table
                continue
            columns = connection.introspection.get_table_description(cursor, table)
            there = {column.name for column in columns}
            for field in model._meta.local_concrete_fields:
                if field.column not in there:
                    yield f"{table}.{field.column}"


def advice(lacking: Iterable[str]) -> str:
    return (
        f"The database lacks {', '.join(lacking)}: run 'python manage.py migrate'. Images and "
        "pages are saved meanwhile, and galleries get what they missed after it."
    )
