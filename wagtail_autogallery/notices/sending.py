"""Mail what is due, and again later what could not be mailed."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import Any

from wagtail_autogallery.models import Delivery, Notice
from wagtail_autogallery.notices import mails
from wagtail_autogallery.notices.recipients import may_undo, recipients, visible_images
from wagtail_autogallery.queue import budget

logger = logging.getLogger(__name__)

#: So many images a mail shows.
MOST_SHOWN = 12


class NoMailServer(Exception):
    """Nobody can be mailed now."""


@dataclass
class Report:
    """What one pass did."""

    sent: int = 0
    failures: int = 0
    #: Whether all that was due was looked at; if not, the time was used up.
    complete: bool = True

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def send_due() -> Report:
    """
    Mail what is due, page by page.

    May run twice, in parallel with itself, or be killed anywhere: nobody is told twice but the one
    whose mail was just on its way. What fails is logged, and tried again ever more rarely.
    """
    report = Report()
    Notice.objects.forget_mailed()
    for notice in Notice.objects.due().order_by("due_at"):
        if budget.is_used_up():
            report.complete = False
            break
        if not notice.take():
            continue
        try:
            _send(notice, report)
        except NoMailServer:
            logger.exception("The mail server cannot be reached; it is tried again later")
            report.failures += 1
            notice.try_again()
            Notice.objects.put_off(notice.retry_at())
            break
        except Exception:
            logger.exception("Could not mail the %s; it is tried again later", notice)
            report.failures += 1
            notice.try_again()
    return report


def _send(notice: Notice, report: Report) -> None:
    page = _page_of(notice)
    images = _still_there(notice)
    untold = []
    if page is not None and images:
        untold = [user for user in recipients(page, notice.runs) if str(user.pk) not in notice.told]
    if untold and notice.is_old:
        logger.error("Gave up the %s: %d users could not be mailed", notice, len(untold))
    elif untold and not _tell(notice, page, images, untold, report):
        notice.try_again()
        return
    notice.is_done()


def _tell(notice: Notice, page: Any, images: list[str], users: list[Any], report: Report) -> bool:
    """:return: Whether all of these have got their mail."""
    connection = mails.server()
    try:
        connection.open()
    except Exception as error:
        raise NoMailServer from error
    failures = 0
    try:
        for user in users:
            try:
                shown = visible_images(user, images, MOST_SHOWN)
                undo = mails.undo_path(notice) if may_undo(user, page) else ""
                mails.send(user, page, shown, len(images), connection, undo)
            except Exception:
                logger.exception("Could not mail the %s to user %s", notice, user.pk)
                failures += 1
            else:
                notice.note_told(user)
                report.sent += 1
    finally:
        connection.close()
    report.failures += failures
    return not failures


def _page_of(notice: Notice) -> Any:
    """:return: ``None`` where it is gone, or this process does not know it."""
    model = notice.holder_key.model
    return model._default_manager.filter(pk=notice.object_id).first() if model else None


def _still_there(notice: Notice) -> list[str]:
    """What nobody has taken out since, or there would be nothing to see."""
    deliveries = Delivery.objects.of(notice.holder_key).numbered()
    there = set(
        deliveries.filter(run_id__in=notice.runs, mark="").values_list("image_id", flat=True)
    )
    return [image_id for image_id in notice.images if image_id in there]
