"""Lock what a holder consists of, in an order in which nobody else's work is ended for ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections, models


def lock_as_a_save_does(
    holders: models.QuerySet[Any], *, skip_locked: bool = False, **where: Any
) -> models.QuerySet[Any]:
    """
    Lock the rows of a holder in the order in which saving it writes them: base types first.

    A join alone would lock them in an order of its own, and who saves the holder at that moment
    would have one row and wait for the other, as we would.

    :param skip_locked: Leave out what somebody else has locked, where the database can do that.
    :param where: What ``holders`` are filtered by, in the columns of their base type.
    """
    if not lock_base(holders.model, holders.db, skip_locked=skip_locked, **where):
        return holders.none()
    return locking(holders, holders.db, skip_locked=skip_locked)


def lock_base(
    model: type[models.Model], using: str, *, skip_locked: bool = False, **where: Any
) -> bool:
    """
    Lock the rows of the base type by a query of their own, where :func:`locking` cannot order it.

    MariaDB cannot be told an order.

    :return: Whether there may be anything left to lock.
    """
    features = connections[using].features
    bases = model._meta.get_parent_list()
    if not (bases and features.has_select_for_update) or features.has_select_for_update_of:
        return True
    rows = bases[-1]._base_manager.using(using).filter(**where)
    return bool(rows.select_for_update(skip_locked=_skips(using, skip_locked)).values("pk"))


def locking(
    holders: models.QuerySet[Any], using: str, *, skip_locked: bool = False
) -> models.QuerySet[Any]:
    """These holders, to be locked when they are loaded: base types first, see :func:`lock_base`."""
    skip_locked = _skips(using, skip_locked)
    tables = list(_links_to_tables(holders.model))
    if connections[using].features.has_select_for_update_of and len(tables) > 1:
        return holders.select_for_update(of=tables, skip_locked=skip_locked)
    return holders.select_for_update(skip_locked=skip_locked)


def _skips(using: str, skip_locked: bool) -> bool:
    return skip_locked and can_skip_locked(using)


def can_skip_locked(using: str) -> bool:
    """Whether several can share work out among them, each taking what no other has locked."""
    return connections[using].features.has_select_for_update_skip_locked


def _links_to_tables(model: type[models.Model], path: str = "") -> Iterator[str]:
    """The tables of a model, as ``select_for_update(of=...)`` names them, base types first."""
    for parent, link in model._meta.parents.items():
        if link in model._meta.local_fields:
            yield from _links_to_tables(parent, f"{path}__{link.name}" if path else link.name)
    yield path or "self"


def shows_what_is_committed(using: str) -> bool:
    """
    Whether a plain read behind a lock shows all that was committed by those who had it before.

    On MariaDB and MySQL it shows an old snapshot, where a site has not left the isolation to
    Django. PostgreSQL refuses the lock in that case.
    """
    connection: Any = connections[using]
    return connection.vendor != "mysql" or connection.isolation_level == "read committed"


def lock_at_once(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """
    Lock revisions or child objects, or give up: wait for nobody while the holder's row is ours.

    Who saves a draft locks the revision first and the holder's row after it. If we waited for the
    one while they wait for the other, the database would end one of us, and perhaps the editor.

    :raises OperationalError: When evaluated, if somebody holds one of them.
    """
    return rows.select_for_update(nowait=can_refuse_to_wait(rows.db))


def can_refuse_to_wait(using: str) -> bool:
    return connections[using].features.has_select_for_update_nowait
