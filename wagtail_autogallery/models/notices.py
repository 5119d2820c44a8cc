"""What is to be mailed, and to whom not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_autogallery.models.holders import OfHolders, OfOneHolder
from wagtail_autogallery.models.subscriptions import FIRST_RETRY

if TYPE_CHECKING:
    from wagtail_autogallery.models.holders import HolderKey


class NoticeQuerySet(OfHolders["Notice"]):
    def due(self) -> NoticeQuerySet:
        return self.filter(due_at__lte=timezone.now())

    def next_due(self) -> datetime | None:
        return self.aggregate(at=Min("due_at"))["at"]

    def put_off(self, until: datetime) -> None:
        """Nobody can be mailed now."""
        self.due().update(due_at=until)

    def forget_mailed(self) -> None:
        """What tells of a page's last mail, once another may follow."""
        self.filter(due_at=None, mailed_at__lt=timezone.now() - Notice.BETWEEN_MAILS).delete()

    def add(
        self,
        key: HolderKey,
        images: Sequence[str],
        runs: Sequence[int],
        offered: Sequence[str] = (),
    ) -> None:
        """
        Have it mailed that a page got images. Call it in the transaction that writes the page.

        :param images: Those in its row, by primary key as text.
        :param runs: Those that added them.
        :param offered: What was put into its draft only.
        """
        notice = self.of(key).filter(taken_at=None).select_for_update().first()
        if notice is None:
            now = timezone.now()
            # One may be on its way right now.
            last = self.of(key).aggregate(at=Max("taken_at"))["at"]
            earliest = now + Notice.BURST
            notice = Notice(
                content_type_id=key.content_type_id,
                object_id=key.object_id,
                due_at=max(earliest, last + Notice.BETWEEN_MAILS) if last else earliest,
            )
        notice.images = list(dict.fromkeys([*notice.images, *images]))
        notice.offered = list(dict.fromkeys([*notice.offered, *offered]))
        notice.runs = sorted({*notice.runs, *runs})
        notice.save()


class Notice(OfOneHolder, models.Model):
    """
    What those who follow a page are to be told in one mail.

    It takes in what the page gets until somebody begins to mail it. It stays for an hour
    afterwards, and tells when that was.
    """

    #: So long it waits for what comes in the same burst.
    BURST = timedelta(minutes=5)
    #: There are no two mails about a page in less.
    BETWEEN_MAILS = timedelta(hours=1)
    #: What could not be mailed for so long is not news any more.
    LONGEST_WAIT = timedelta(days=3)
    #: Who has taken it for so long without an end has died.
    LEASE = timedelta(minutes=10)
    LONGEST_RETRY = timedelta(hours=1)

    content_type_id = models.PositiveBigIntegerField(_("page type"))
    object_id = models.CharField(_("page id"), max_length=255)
    images = models.JSONField(_("images"), default=list)
    offered = models.JSONField(_("images that wait in the draft"), default=list)
    runs = models.JSONField(_("runs"), default=list)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    due_at = models.DateTimeField(_("due at"), null=True, db_index=True)
    taken_at = models.DateTimeField(
        _("taken at"), null=True, help_text=_("When somebody began to mail it.")
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    told = models.JSONField(
        _("told users"), default=list, help_text=_("Who has got the mail by now.")
    )
    mailed_at = models.DateTimeField(_("mailed at"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["content_type_id", "object_id"], name="autogallery_notice_idx")
        ]

    def __str__(self) -> str:
        return f"notice of {self.holder_key}"

    def take(self) -> bool:
        """:return: Whether it is ours to mail; what the page gets from now on is another notice."""
        now = timezone.now()
        rows = Notice.objects.due().filter(pk=self.pk, attempts=self.attempts)
        if not rows.update(attempts=self.attempts + 1, taken_at=now, due_at=now + self.LEASE):
            return False
        self.refresh_from_db()
        return True

    @property
    def is_old(self) -> bool:
        return self.opened_at < timezone.now() - self.LONGEST_WAIT

    def note_told(self, user: Any) -> None:
        """At once, so that nobody is told twice if the process dies."""
        self.told = [*self.told, str(user.pk)]
        self.mailed_at = self.mailed_at or timezone.now()
        self.save(update_fields=["told", "mailed_at"])

    def is_done(self) -> None:
        """Nobody is left to be told."""
        if self.mailed_at is None:
            self.delete()
        else:
            self.due_at = None
            self.save(update_fields=["due_at"])

    def retry_at(self) -> datetime:
        """Later each time, to an hour."""
        delay = min(FIRST_RETRY * 2 ** min(self.attempts, 20), self.LONGEST_RETRY)
        return timezone.now() + delay

    def try_again(self) -> None:
        """It could not be mailed to everybody. If to nobody, it takes in what comes meanwhile."""
        self.due_at = self.retry_at()
        self.taken_at = self.taken_at if self.told else None
        self.save(update_fields=["due_at", "taken_at"])


class MailRefusalQuerySet(models.QuerySet["MailRefusal"]):
    def set(self, user: Any, wants_mail: bool) -> None:
        if wants_mail:
            self.filter(user=str(user.pk)).delete()
        else:
            self.get_or_create(user=str(user.pk))


class MailRefusal(models.Model):
    """A user who wants no mail about images that were added to pages they follow."""

    user = models.CharField(_("user"), max_length=255, primary_key=True)

    objects = MailRefusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("refusal of mails")
        verbose_name_plural = _("refusals of mails")

    def __str__(self) -> str:
        return f"user {self.user}"
