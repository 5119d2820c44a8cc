"""
Queries that are put together once and asked again with other values.

Django takes longer to put a query together than a database takes to answer it, and a run asks the
same few of every holder.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

from django.db import connections, models


class Given(models.Value):
    """In a kept query, the place of a value that is given when it is asked."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(None, output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class Kept:
    """
    A query that is put together when it is asked for the first time.

    What of it depends on the time, or on rows, has to be :class:`Given`.
    """

    def __init__(self, build: Callable[[str], models.QuerySet[Any]]) -> None:
        """:param build: Puts it together, for the alias of a database."""
        self._build = build
        self._built: dict[str, tuple[models.QuerySet[Any], Any, str, tuple[Any, ...]]] = {}

    def ask(self, using: str, **given: Any) -> list[Any]:
        """
        :param given: The value of each :class:`Given`, by its name.
        :return: What the queryset would have.
        """
        if using not in self._built:
            self._built[using] = self._compiled(using)
        queryset, compiler, sql, parameters = self._built[using]
        compiler = copy(compiler)
        connection = compiler.connection = connections[using]
        values = tuple(
            one.output_field.get_db_prep_value(given[one.name], connection)
            if isinstance(one, Given)
            else one
            for one in parameters
        )
        compiler.as_sql = lambda *args, **kwargs: (sql, values)
        rows: Any = queryset.all()
        rows.query.get_compiler = lambda *args, **kwargs: compiler
        return list(rows)

    def _compiled(self, using: str) -> tuple[models.QuerySet[Any], Any, str, tuple[Any, ...]]:
        queryset = self._build(using).using(using)
        compiler = queryset.query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        # Another thread will have one of its own, and that of this one may be closed when it ends.
        compiler.connection = None
        return queryset, compiler, sql, parameters
