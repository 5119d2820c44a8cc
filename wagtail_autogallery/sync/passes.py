"""Decide what every followed gallery takes of what arrived, and write it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import OperationalError, transaction
from django.utils import timezone

from wagtail_autogallery import telemetry
from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import (
    Announcement,
    Delivery,
    Errand,
    HolderKey,
    Run,
    Subscription,
    Wish,
)
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync import announcements, pictures
from wagtail_autogallery.sync.backfill import backfill
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.outcomes import Outcome
from wagtail_autogallery.sync.sharing import Share
from wagtail_autogallery.sync.visits import put_off, record_failure, visit

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
SECONDS_BETWEEN_TRIES = 0.1
FORGOTTEN_AT_ONCE = 50
#: So long pictures are made before those that are there are placed.
PICTURE_SECONDS = 1.5


@dataclass
class Report:
    """What one pass did."""

    #: Number of the newest run.
    run: int
    #: Different images that were added somewhere.
    images: int = 0
    #: Holders that were written.
    holders: int = 0
    #: Galleries in which something changed.
    galleries: int = 0
    #: Holders left alone because they are locked.
    waiting: int = 0
    #: Holders that failed; their errors are kept on their subscriptions.
    failures: int = 0
    #: Whether all was looked at; if not, the time was used up.
    complete: bool = True

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class _Clock:
    """Stops between two pieces of work when the next one, as long as the longest, does not fit."""

    def __init__(self) -> None:
        self.slowest = 0.0
        self.started = time.monotonic()

    def begin(self) -> None:
        self.started = time.monotonic()

    def end(self) -> None:
        self.slowest = max(self.slowest, time.monotonic() - self.started)

    @property
    def is_over(self) -> bool:
        # At least one piece is done whatever the time, or a short budget would never get on.
        return bool(self.slowest) and budget.is_used_up(by=self.slowest)


def sync(
    call_helpers: Callable[[int], None] = lambda waiting: None, *, is_helper: bool = False
) -> Report:
    """
    Decide for what arrived, and write each holder that is owed something, oldest first.

    Several may share that: each takes holders that no other has in hand.

    :param call_helpers: Where many holders wait, called once with their number.
    :param is_helper: Take holders in any order, or all would be after the same.

    May run twice, late, in parallel with itself, or be killed anywhere: what it leaves undone, the
    next call does. One failing holder does not stop the others. Stops between two holders when the
    time of the drain it runs in is nearly used, which ends that drain too.
    """
    started = time.monotonic()
    report = Report(run=0)
    with telemetry.span("decide") as span:
        _decide(report)
        telemetry.describe(span, run=report.run)
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    left = Run.objects.which_exist(
        to_tell=Announcement.objects.left(older_than=lease),
        to_place=Delivery.objects.due(),
        to_look_at=Errand.objects.due(),
        wished=Wish.objects.due(),
    )
    if left["to_tell"]:
        announcements.tell_what_is_left(older_than=lease)
    if left["wished"]:
        left["to_place"] |= _add_what_is_wished(lease)
    if left["to_place"] or left["to_look_at"]:
        with _telling() as tell:
            _Writing(report, tell, call_helpers, is_helper).write()
    did_something = report.holders or report.waiting or report.failures
    logger.log(
        logging.INFO if did_something else logging.DEBUG,
        "Gallery sync run %d: %d images into %d galleries of %d holders, %d waiting, %d failed",
        report.run,
        report.images,
        report.galleries,
        report.holders,
        report.waiting,
        report.failures,
        extra={**report.as_dict(), "seconds": round(time.monotonic() - started, 3)},
    )
    return report


def _decide(report: Report) -> None:
    clock = _Clock()
    while True:
        clock.begin()
        decision = decide()
        clock.end()
        report.run = decision.run or report.run
        if decision.complete:
            return
        if clock.is_over:
            _stop(report)
            return


def _add_what_is_wished(lease: timedelta) -> bool:
    """
    :return: Whether there is anything to be placed now.
    """
    added = 0
    for wish in Wish.objects.due().order_by("pk"):
        if budget.is_used_up():
            break
        if not wish.take(until=timezone.now() + lease):
            continue
        subscription = Subscription.objects.filter(pk=wish.subscription_id).first()
        user = get_user_model()._base_manager.filter(pk=wish.user).first() if wish.user else None
        try:
            added += backfill(subscription, user) if subscription else 0
        except Exception:
            logger.exception("Could not add what is already there to %s; tried again", subscription)
        else:
            wish.set_done()
    return added > 0


class _Writing:
    """Write holders that are owed something, until none is left that nobody else has in hand."""

    def __init__(
        self,
        report: Report,
        tell: Callable[[Outcome], None],
        call_helpers: Callable[[int], None],
        is_helper: bool,
    ) -> None:
        self.report = report
        self.tell = tell
        self.share = Share(call_helpers, is_helper=is_helper)
        self.images: set[str] = set()

    def write(self) -> None:
        """A burst of large pictures comes in several writes, each as soon as some are there."""
        all_have_pictures = False
        while self.report.complete and not all_have_pictures:
            all_have_pictures = pictures.make_smallest(PICTURE_SECONDS)
            self._write_what_has_pictures()
            if not all_have_pictures and budget.is_used_up():
                _stop(self.report)
        self.report.images = len(self.images)

    def _write_what_has_pictures(self) -> None:
        clock = _Clock()
        taken: list[tuple[HolderKey, bool]] = []
        for waits, holders in ((False, self.share), (True, taken)):
            for key, has_errand in holders:
                if clock.is_over:
                    _stop(self.report)
                    return
                clock.begin()
                outcome = self._visit(key, has_errand, waits)
                self.share.meets_others = outcome.is_taken or outcome.is_done
                if outcome.is_taken:
                    taken.append((key, has_errand))
                clock.end()

    def _visit(self, key: HolderKey, has_errand: bool, waits: bool) -> Outcome:
        report = self.report
        try:
            with telemetry.span("write", holder=str(key), run=report.run) as span:
                outcome = _visit_patiently(key, has_errand, waits)
                telemetry.describe(
                    span, images=len(outcome.added), galleries=len(outcome.galleries)
                )
        except Exception as error:
            logger.exception(
                "Gallery sync of %s failed in run %d",
                key,
                report.run,
                extra={"holder": str(key), "run": report.run},
            )
            record_failure(key, error)
            announcements.tell_of_failure(key, error, report.run)
            report.failures += 1
            return Outcome()
        self.tell(outcome)
        self.images |= outcome.added
        self.images |= {delivery.image_id for delivery in outcome.offered}
        report.holders += outcome.written
        report.galleries += len(outcome.galleries)
        report.waiting += outcome.waiting
        return outcome


@contextmanager
def _telling() -> Iterator[Callable[[Outcome], None]]:
    """Tell of what was written, and forget many announcements at once that were told."""
    told: list[Announcement] = []

    def tell(outcome: Outcome) -> None:
        for announcement, instance in outcome.to_announce:
            announcements.tell(announcement, instance)
            told.append(announcement)
        if len(told) >= FORGOTTEN_AT_ONCE:
            Announcement.objects.forget(told)
            told.clear()

    try:
        yield tell
    finally:
        if told:
            Announcement.objects.forget(told)


def _stop(report: Report) -> None:
    report.complete = False
    # Or the drain would start the rest at once, and end long after its time.
    budget.use_up()


def _visit_patiently(key: HolderKey, has_errand: bool, waits: bool) -> Outcome:
    """
    Visit a holder, in a transaction of its own.

    Where the database refuses for the moment, because an editor is saving this very page, it is
    tried again before that counts as a failure.
    """
    model = key.model
    if model is None:
        put_off(key)
        return Outcome()
    patient_until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with transaction.atomic():
                outcome = visit(key, model, has_errand, waits=waits)
            break
        except OperationalError:
            if time.monotonic() >= patient_until:
                raise
            time.sleep(random.uniform(0.5, 1.5) * SECONDS_BETWEEN_TRIES)  # noqa: S311
    return outcome
