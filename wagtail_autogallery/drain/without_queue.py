"""The gallery work alone, where there is no queue to read: it needs none."""

from __future__ import annotations

import logging

from wagtail_autogallery.conf import settings
from wagtail_autogallery.queue import budget
from wagtail_autogallery.queue.report import Report
from wagtail_autogallery.tasks import mail_followers, make_renditions, sync_media_to_galleries

logger = logging.getLogger(__name__)


def work_without_queue(report: Report, why: str) -> None:
    """
    Do the gallery work itself.

    :param why: A sentence, for the report.
    """
    report.note = f"{why}: only the galleries were synced."
    mailing = (mail_followers,) if settings.NOTIFY else ()
    for task in (sync_media_to_galleries, make_renditions, *mailing):
        if report.ran and budget.is_used_up():
            report.remaining += 1
            break
        report.ran += 1
        try:
            done = task.func()
        except Exception as error:
            logger.exception("Task %s failed", task.module_path)
            report.add_failure(task.module_path, repr(error))
        else:
            report.succeeded += 1
            # Where renditions only fail, another drain right now would do no better.
            report.remaining += not done["complete"] and done.get("made") != 0
