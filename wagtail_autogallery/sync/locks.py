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
    features = connections[holders.db].features
    skip_locked = skip_locked and can_skip_locked(holders.db)
    tables = list(_links_to_tables(holders.model))
    if not features.has_select_for_update or len(tables) == 1:
        return holders.select_for_update(skip_locked=skip_locked)
    if features.has_select_for_update_of:
        return holders.select_for_update(of=tables, skip_locked=skip_locked)
    # MariaDB cannot be told an order: the base type's row is locked by a query of its own.
    base = holders.model._meta.get_parent_list()[-1]
    rows = base._base_manager.filter(**where).select_for_update(skip_locked=skip_locked)
    if not rows.values("pk"):
        return holders.none()
    return holders.select_for_update(skip_locked=skip_locked)


def can_skip_locked(using: str) -> bool:
    """Whether several can share work out among them, each taking what no other has locked."""
    return connections[using].features.has_select_for_update_skip_locked


def _links_to_tables(model: type[models.Model], path: str = "") -> Iterator[str]:
    """The tables of a model, as ``select_for_update(of=...)`` names them, base types first."""
    for parent, link in model._meta.parents.items():
        if link in model._meta.local_fields:
            yield from _links_to_tables(parent, f"{path}__{link.name}" if path else link.name)
    yield path or "self"


def lock_at_once(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """
    Lock revisions or child objects, or give up: wait for nobody while the holder's row is ours.

    Who saves a draft locks the revision first and the holder's row after it. If we waited for the
    one while they wait for the other, the database would end one of us, and perhaps the editor.

    :raises OperationalError: When evaluated, if somebody holds one of them.
    """
    can_refuse_to_wait = connections[rows.db].features.has_select_for_update_nowait
    return rows.select_for_update(nowait=can_refuse_to_wait)
