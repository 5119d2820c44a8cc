"""The test site with its queue in a second database, in a process of its own."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.core import checks
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.drain.waiting import hold_up_galleries
from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from tests.jobs import fail
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.queue.leases import WORKER_PREFIX


def idle() -> dict[str, Any]:
    """What a drain asks that finds nothing to do, while galleries wait."""
    reasons = hold_up_galleries()
    drain(limit=100)
    with (
        CaptureQueriesContext(connections["default"]) as site,
        CaptureQueriesContext(connections["queue"]) as queue,
    ):
        report = drain()
    return {
        "reasons": reasons,
        "report": report.as_dict(),
        "queries": {"default": len(site), "queue": len(queue)},
    }


def busy() -> dict[str, Any]:
    """A drain with everything to do: repair, sync, a task that fails, and rows to prune."""
    page = page_with(raw_gallery())
    drain(limit=100)
    image = ImageFactory()
    DBTaskResult.objects.filter(status="READY").update(
        status="RUNNING", started_at=timezone.now(), worker_ids=[f"{WORKER_PREFIX}killed"]
    )
    fail.enqueue()
    long_ago = timezone.now() - timedelta(days=365)
    finished = DBTaskResult.objects.filter(status="SUCCESSFUL")
    old = finished.update(finished_at=long_ago)
    report = drain(limit=100).as_dict()
    return {
        "report": report,
        "row": images_in(page),
        "uploaded": [image.pk],
        "old": old,
        "left": DBTaskResult.objects.filter(finished_at=long_ago).count(),
        "retried": drain(limit=100, retry_failed=True).as_dict(),
        "tables": {name: _tables(name) for name in ("default", "queue")},
    }


def _tables(name: str) -> list[str]:
    return [table for table in connections[name].introspection.table_names() if "task" in table]


def missing_tables() -> dict[str, Any]:
    """What is told of tables."""
    messages = checks.run_checks(databases=["default", "queue"])
    output = io.StringIO()
    try:
        call_command("autogallery_drain", "--status", stdout=output)
    except CommandError as error:
        output.write(str(error))
    return {
        "checks": [str(message) for message in messages if "W010" in str(message.id)],
        "status": output.getvalue(),
    }
