"""Run the self-test on a site with a gallery, and tell what it left behind."""

from __future__ import annotations

import json
import os
import signal
import sys
from io import StringIO
from typing import Any

from tests.crash.sites import fork, set_up, wait_for

#: What remains of any sync: a run, and the finished task.
HISTORY = {
    "wagtail_autogallery.Drain",
    "wagtail_autogallery.Run",
    "django_tasks_database.DBTaskResult",
    # Of the thread that synced the picture, which may have more to do.
    "wagtail_autogallery.Lease",
}


def main() -> None:
    set_up()
    from django.conf import settings
    from django.core.management import call_command

    from tests.factories import page_with, raw_gallery
    from wagtail_autogallery.drain.draining import drain
    from wagtail_autogallery.management.commands import autogallery_drain

    page_with(raw_gallery())
    drain()
    worker = 0
    if os.environ["CRASH_WORKER"] == "1":
        worker = fork(
            lambda: call_command(
                "db_worker", "--backend=gallery", "--interval=0.1", "--no-reload", verbosity=0
            )
        )
    autogallery_drain.SELF_TEST_WAIT = float(os.environ["CRASH_WAIT"])
    before = _rows()
    out = StringIO()
    call_command("autogallery_drain", self_test=True, json=True, stdout=out)
    after = _rows()
    if worker:
        os.kill(worker, signal.SIGTERM)
        wait_for(worker)
    media = settings.CRASH_DIR / "media"
    facts = {
        **json.loads(out.getvalue()),
        "changed": {
            label: [rows, after[label]] for label, rows in before.items() if rows != after[label]
        },
        "files": [str(path) for path in media.rglob("*") if path.is_file()],
    }
    sys.stdout.write(json.dumps(facts))


def _rows() -> dict[str, Any]:
    """The rows of all tables, but of those that keep the history of syncs."""
    from django.apps import apps

    from wagtail_autogallery.models import Subscription

    rows = {
        model._meta.label: sorted(map(str, model._base_manager.values_list("pk", flat=True)))
        for model in apps.get_models()
        if model._meta.label not in HISTORY
    }
    return {**rows, "states": list(Subscription.objects.values_list("state", flat=True))}


if __name__ == "__main__":
    main()
