"""Take a task out of the queue."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import OperationalError, transaction

from wagtail_autogallery.queue.queues import Queue

if TYPE_CHECKING:
    from django_tasks_db.models import DBTaskResult

CLAIM_TRIES = 5
SECONDS_BETWEEN_TRIES = 0.1


def claim(queue: Queue, worker_id: str) -> DBTaskResult | None:
    """
    Take the next ready task out of the queue, as the library's own worker does.

    :return: The claimed row, or ``None`` when nothing is ready.
    """
    from django_tasks_db.utils import exclusive_transaction, is_locked_database_exception

    tasks = queue.ready()
    # On SQLite the library asks for an exclusive transaction by a setting of the connection, which
    # a connection that is not open yet would overwrite.
    transaction.get_connection(tasks.db).ensure_connection()
    for left in reversed(range(CLAIM_TRIES)):
        try:
            with exclusive_transaction(tasks.db):
                row: DBTaskResult | None = tasks.get_locked()  # type: ignore[attr-defined]
                if row is not None:
                    row.claim(worker_id)
            return row
        except OperationalError as error:
            if not left or not is_locked_database_exception(error):
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)
    raise AssertionError("unreachable")  # pragma: no cover
