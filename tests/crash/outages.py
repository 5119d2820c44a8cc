"""
Lose the queue or its database at a moment of its use, and see what becomes of the work.

``CRASH_AT`` says which of the functions below.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from tests.crash.sites import fork, logged, set_up, wait_for

QUEUE_TABLE = "django_tasks_database_dbtaskresult"


def enqueue_without_broker() -> dict[str, Any]:
    """The backend is one whose broker refuses."""
    return _upload_and_drain()


def enqueue_without_table() -> dict[str, Any]:
    """The table of the queue is away."""
    from django.db import connection

    def rename(old: str, new: str) -> None:
        with connection.schema_editor() as editor:
            editor.alter_db_table(None, old, new)

    rename(QUEUE_TABLE, "elsewhere")
    return _upload_and_drain(then=lambda: rename("elsewhere", QUEUE_TABLE))


def _upload_and_drain(then: Any = lambda: None) -> dict[str, Any]:
    from django.contrib.auth import get_user_model
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse
    from wagtail.images import get_image_model
    from wagtail.images.tests.utils import get_test_image_file
    from wagtail.models import Collection

    from tests.factories import images_in, page_with, raw_gallery

    page = page_with(raw_gallery())
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("admin", password="admin"))
    collection = Collection.get_first_root_node()
    file = SimpleUploadedFile("a.png", get_test_image_file().file.getvalue(), "image/png")
    form = {"title": "A", "file": file, "collection": collection.pk}
    response = client.post(reverse("wagtailimages:add"), form)
    uploaded = list(get_image_model().objects.values_list("pk", flat=True))
    errors = logged("error")
    then()
    call_command("autogallery_drain", verbosity=0)
    return {
        "status_code": response.status_code,
        "uploaded": len(uploaded),
        "errors": errors,
        "on_page": images_in(page) == uploaded,
    }


def claim() -> dict[str, Any]:
    """The connection is lost just before a task is claimed, and comes back."""
    from django.db import OperationalError, connection

    from tests.crash import jobs
    from tests.crash.databases import as_administrator
    from wagtail_autogallery.drain.draining import drain

    jobs.note.enqueue("a")
    with as_administrator(connection) as administrator:

        def lose_connection() -> bool:
            administrator.disconnect(connection)
            return True

        try:
            drain(keep_on=lose_connection)
        except OperationalError as error:
            raised = str(error)
    connection.close()
    return {"raised": raised, "done": jobs.done(), **_drain_again()}


def finish() -> dict[str, Any]:
    """The connection is lost in mid-task, and another can be opened."""
    from tests.crash import jobs
    from wagtail_autogallery.drain.draining import drain

    jobs.lose_connection.enqueue("a")
    jobs.note.enqueue("b")
    report = drain()
    return {"ran": report.ran, "succeeded": report.succeeded, **_drain_again()}


def finish_for_good() -> dict[str, Any]:
    """The database goes away in mid-task, and answers nobody until later."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from tests.crash import jobs
    from tests.crash.databases import as_administrator

    jobs.lose_database.enqueue("a")
    jobs.note.enqueue("b")
    said = _folder() / "said"
    drain_exit = wait_for(fork(lambda: call_command("autogallery_drain"), said))
    status_exit = wait_for(fork(lambda: call_command("autogallery_drain", status=True), said))
    client = Client(headers={"authorization": f"Bearer {_secret()}"}, raise_request_exception=False)
    answers = [client.get(f"/autogallery/{path}/") for path in ("run", "status")]
    connection.close()
    with as_administrator(connection) as administrator:
        administrator.let_in()
    _wait_for_expired_leases()
    # The task would take the database away again.
    from django_tasks_db.models import DBTaskResult

    path = "tests.crash.jobs.lose_database"
    stuck = DBTaskResult.objects.filter(task_path=path, status="RUNNING")
    left = stuck.count()
    stuck.update(task_path="tests.crash.jobs.note")
    return {
        "exit_codes": [drain_exit, status_exit],
        "answers": [[answer.status_code, answer.json()] for answer in answers],
        "left_running": left,
        "said": said.read_text(),
        **_drain_again(),
    }


def _drain_again() -> dict[str, Any]:
    from collections import Counter

    from django_tasks_db.models import DBTaskResult

    from tests.crash import jobs
    from wagtail_autogallery.drain.draining import drain
    from wagtail_autogallery.models import Lease

    _wait_for_expired_leases()
    report = drain()
    return {
        "rescued": report.rescued,
        "finally_done": jobs.done(),
        "statuses": dict(Counter(DBTaskResult.objects.values_list("status", flat=True))),
        "leases": Lease.objects.count(),
    }


def _wait_for_expired_leases() -> None:
    import time

    from wagtail_autogallery.models import Lease

    if left := Lease.objects.order_by("expires_at").last():
        time.sleep(max(0.0, left.expires_at.timestamp() - time.time()))


def _folder() -> Any:
    from django.conf import settings

    return settings.CRASH_DIR


def _secret() -> str:
    from wagtail_autogallery.conf import settings

    return settings.CRON_SECRET


def main() -> None:
    set_up()
    from django.test.utils import setup_test_environment

    setup_test_environment()
    sys.stdout.write(json.dumps(globals()[os.environ["CRASH_AT"]]()))


if __name__ == "__main__":
    main()
