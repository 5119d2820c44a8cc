"""
Queries that are put together once and asked again with other values.

Django takes longer to put a query together than a database takes to answer it, and a run asks the
same few of every holder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
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

    def values(self, value: Any, connection: Any) -> list[Any]:
        """What the database is sent for it."""
        return [self.output_field.get_db_prep_value(value, connection)]


class GivenMany(Given):
    """The place of a list of values, to look for with ``__in``. All are of the same type."""

    def __init__(self, name: str, output_field: models.Field[Any, Any], size: int) -> None:
        """:param size: How many may be given at most, see :func:`size_for`."""
        super().__init__(name, output_field)
        self.size = size

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return f"({', '.join(['%s'] * self.size)})", [self]

    def values(self, value: Any, connection: Any) -> list[Any]:
        """Nothing equals ``NULL``, so it fills what is left."""
        sent = [self.output_field.get_db_prep_value(each, connection) for each in value]
        return sent + [None] * (self.size - len(sent))


#: Sizes double up to here, and grow by as many beyond: databases limit how many may be sent.
LARGE = 1024


def size_for(values: Collection[Any]) -> int:
    """For how many a query is kept that is given these: for few different numbers."""
    if len(values) > LARGE:
        return -(-len(values) // LARGE) * LARGE
    return 1 << max(0, len(values) - 1).bit_length()


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
        values: list[Any] = []
        for one in parameters:
            values += one.values(given[one.name], connection) if isinstance(one, Given) else [one]
        compiler.as_sql = lambda *args, **kwargs: (sql, tuple(values))
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
