"""Mail what is due, and again later what could not be mailed."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from wagtail_autogallery.models import Delivery, Notice, Subscription
from wagtail_autogallery.notices import mails
from wagtail_autogallery.notices.recipients import may_undo, recipients, visible_images
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync.withheld import images_in_draft

logger = logging.getLogger(__name__)

#: So many images a mail shows.
MOST_SHOWN = 12


class NoMailServer(Exception):
    """Nobody can be mailed now."""


class _News(NamedTuple):
    """What a mail tells of, by primary keys as text."""

    added: list[str]
    waiting: list[str]


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
    news = _still_news(notice, page)
    untold = []
    if page is not None and (news.added or news.waiting):
        # Nobody did themselves what waits in a draft.
        runs = [] if news.waiting else notice.runs
        untold = [user for user in recipients(page, runs) if str(user.pk) not in notice.told]
    if untold and notice.is_old:
        logger.error("Gave up the %s: %d users could not be mailed", notice, len(untold))
    elif untold and not _tell(notice, page, news, untold, report):
        notice.try_again()
        return
    notice.is_done()


def _tell(notice: Notice, page: Any, news: _News, users: list[Any], report: Report) -> bool:
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
                added, waiting = (_told(user, images) for images in news)
                undo = mails.undo_path(notice) if news.added and may_undo(user, page) else ""
                mails.send(user, page, added, waiting, connection, undo)
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


def _still_news(notice: Notice, page: Any) -> _News:
    """What nobody has taken out, published or discarded since, or there would be nothing to see."""
    deliveries = Delivery.objects.of(notice.holder_key)
    added = deliveries.numbered().filter(run_id__in=notice.runs, mark="")
    there = set(added.values_list("image_id", flat=True))
    waiting = _waiting(notice, page) if notice.offered and page is not None else set()
    return _News(
        [image_id for image_id in notice.images if image_id in there],
        [image_id for image_id in notice.offered if image_id in waiting],
    )


def _waiting(notice: Notice, page: Any) -> set[str]:
    """What the page's draft holds for somebody to look at."""
    in_draft = images_in_draft(page, Subscription.objects.of(notice.holder_key))
    withheld = Delivery.objects.of(notice.holder_key).withheld()
    return {
        image_id
        for gallery, image_id in withheld.values_list("subscription_id", "image_id")
        if image_id in in_draft.get(gallery, ())
    }


def _told(user: Any, images: list[str]) -> mails.Told:
    shown = visible_images(user, images, MOST_SHOWN) if images else []
    return mails.Told(len(images), shown)
