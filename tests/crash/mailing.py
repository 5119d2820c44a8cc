"""Two workers mail what is due at the same moment, page by page."""

from __future__ import annotations

import json
import sys
from collections import Counter
from multiprocessing import Barrier
from typing import Any

from tests.crash.sites import LONGEST_SECONDS, fork, logged, set_up, wait_for

PAGES = 10
ROUNDS = 3
WORKERS = 2


def main() -> None:
    set_up()
    from django.conf import settings
    from django.db import connection
    from django.test import override_settings
    from django.utils import timezone

    from tests.crash.backends import NotingMailServer
    from tests.factories import page_with, raw_gallery, synced_image
    from tests.notices.conftest import follow, mailed_by, superuser
    from wagtail_autogallery.models import Notice
    from wagtail_autogallery.notices.sending import send_due

    people = [superuser(name) for name in ("ada", "grace")]
    for number in range(PAGES):
        follow(page_with(raw_gallery(), title=f"Page {number}"), *people)
    said = settings.CRASH_DIR / "said"
    start = Barrier(WORKERS)

    def work() -> None:
        connection.ensure_connection()
        start.wait(LONGEST_SECONDS)
        send_due()

    exit_codes = []
    with override_settings(WAGTAIL_AUTOGALLERY_NOTIFY=True), mailed_by(NotingMailServer):
        for _ in range(ROUNDS):
            # An hour later.
            Notice.objects.all().delete()
            synced_image()
            Notice.objects.update(due_at=timezone.now())
            children = [fork(work, said) for _ in range(WORKERS)]
            exit_codes += [wait_for(child) for child in children]
    mails = [line.split("\t") for line in (settings.CRASH_DIR / "mails").read_text().splitlines()]
    times: Counter[Any] = Counter((to, subject) for _, to, subject in mails)
    facts = {
        "exit_codes": exit_codes,
        "said": said.read_text() if said.exists() else "",
        "errors": logged("error"),
        "times": sorted(set(times.values())),
        "different": len(times),
        "workers": len({worker for worker, _, _ in mails}),
        "left": Notice.objects.due().count(),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
