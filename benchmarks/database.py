"""A database for one benchmark run, made and removed again."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def fresh_database(url: str | None) -> Iterator[str]:
    """
    Set Django up on an empty, migrated database.

    :param url: Of a PostgreSQL server; ``None`` for an SQLite file.
    :return: The database's vendor.
    """
    folder = tempfile.mkdtemp(prefix="autogallery-benchmark-")
    os.environ["DATABASE_URL"] = url or f"sqlite:///{folder}/benchmark.sqlite3"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

    import django

    django.setup()
    from django.conf import settings
    from django.db import connection, connections
    from django.test.utils import get_runner

    settings.MEDIA_ROOT = f"{folder}/media"
    settings.DEBUG = False
    runner = get_runner(settings)(verbosity=0, interactive=False)
    if url:
        config = runner.setup_databases()
    else:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    try:
        yield connection.vendor
    finally:
        if url:
            runner.teardown_databases(config)
        connections.close_all()
        shutil.rmtree(folder, ignore_errors=True)
