"""What is to be told of a holder, or looked at in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

from wagtail_autogallery.models.deliveries import Delivery
from wagtail_autogallery.models.holders import HolderKey, OfHolders, OfOneHolder

if TYPE_CHECKING:
    from wagtail_autogallery.models.subscriptions import Subscription


SENT_AT_ONCE = 500


class AnnouncementQuerySet(OfHolders["Announcement"]):
    def left(self, older_than: timedelta) -> AnnouncementQuerySet:
        """What nobody is telling any more, because the process that took it is gone."""
        return self.filter(taken_at__lt=timezone.now() - older_than).order_by("taken_at")

    def forget(self, announcements: Iterable[Announcement]) -> None:
        # Nobody listens to these rows: deleting them the long way would load each first.
        self.filter(pk__in=[one.pk for one in announcements])._raw_delete(self.db)


class Announcement(OfOneHolder, models.Model):
    """A change of a holder that those who listen have not been told of yet."""

    MAX_ATTEMPTS = 3

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content_type_id = models.PositiveBigIntegerField(_("holder type"))
    object_id = models.CharField(_("holder id"), max_length=255)
    revision_id = models.BigIntegerField(_("live revision"), null=True)
    is_published = models.BooleanField(_("is published"))
    is_alias = models.BooleanField(_("is an alias"), default=False)
    galleries = models.JSONField(
        _("galleries"),
        default=list,
        blank=True,
        help_text=_("What became of each of its galleries in this change."),
    )
    attempts = models.PositiveIntegerField(
        _("attempts"), default=1, help_text=_("The first is that of the process that wrote.")
    )
    taken_at = models.DateTimeField(_("taken at"), default=timezone.now, db_index=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return str(self.holder_key)

    @classmethod
    def of(
        cls,
        holder: models.Model,
        revision: Revision | None,
        is_published: bool,
        is_alias: bool = False,
        galleries: Sequence[dict[str, Any]] = (),
    ) -> Announcement:
        """
        What is to be told of a holder that was written; not saved yet.

        :param revision: The live one, if there is one.
        :param is_published: Whether visitors see the change.
        :param galleries: What ``gallery_synced`` tells of each that changed.
        """
        key = HolderKey.of(holder)
        announcement = cls(
            content_type_id=key.content_type_id,
            object_id=key.object_id,
            revision_id=revision and revision.pk,
            is_published=is_published,
            is_alias=is_alias,
            galleries=list(galleries),
        )
        announcement.revision = revision
        return announcement

    @cached_property
    def revision(self) -> Revision | None:
        return Revision.objects.filter(pk=self.revision_id).first()

    @cached_property
    def holder(self) -> models.Model | None:
        """:return: ``None`` where it is gone."""
        model = self.holder_key.model
        return model._base_manager.filter(pk=self.object_id).first() if model else None

    @property
    def is_worn_out(self) -> bool:
        """Whether telling it ended the process each time."""
        return self.attempts > self.MAX_ATTEMPTS

    def take(self) -> bool:
        """:return: Whether it is ours to tell: another process may have been quicker."""
        rows = Announcement.objects.filter(pk=self.pk, attempts=self.attempts)
        self.attempts += 1
        return bool(rows.update(attempts=self.attempts, taken_at=timezone.now()))


class ErrandQuerySet(OfHolders["Errand"]):
    def due(self) -> ErrandQuerySet:
        return self.filter(due_at__lte=timezone.now())

    def send_to(self, keys: Iterable[HolderKey]) -> bool:
        """
        Have holders visited. Locks nothing that is there already, so it waits for nobody.

        :return: Whether there are any.
        """
        errands = [Errand(**key._asdict()) for key in keys]
        return bool(self.bulk_create(errands, batch_size=SENT_AT_ONCE))


class Errand(OfOneHolder, models.Model):
    """A holder that has to be looked at, though no delivery is owed to it."""

    content_type_id = models.PositiveBigIntegerField(_("holder type"))
    object_id = models.CharField(_("holder id"), max_length=255)
    due_at = models.DateTimeField(_("due at"), default=timezone.now, db_index=True)
    undone_runs = models.JSONField(
        _("undone runs"),
        default=list,
        blank=True,
        help_text=_("Those of which everything is taken back that nobody has touched."),
    )
    undone_by = models.CharField(_("undone by user"), max_length=255, blank=True)

    objects = ErrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("errand")
        verbose_name_plural = _("errands")
        indexes = [
            models.Index(fields=["content_type_id", "object_id"], name="autogallery_errand_idx")
        ]

    def __str__(self) -> str:
        return str(self.holder_key)

    def undo_what_is_left(self, subscriptions: Iterable[Subscription]) -> None:
        """
        Mark what was in somebody else's hands when the runs were undone.

        :param subscriptions: Those of the holder, which is locked.
        """
        if self.undone_runs:
            deliveries = Delivery.objects.of_subscriptions(subscriptions)
            deliveries.of_runs(self.undone_runs).undo(self.undone_by)
