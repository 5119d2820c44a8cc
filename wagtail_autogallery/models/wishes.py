"""Wishes for the images that are already there."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WishQuerySet(models.QuerySet["Wish"]):
    def due(self) -> WishQuerySet:
        return self.filter(due_at__lte=timezone.now())

    def note(self, subscription: int, token: str, user: str) -> bool:
        """
        Have it done by the next run, unless it ever was.

        :return: Whether there is something to be done.
        """
        facts = {"subscription_id": subscription, "user": user}
        return self.get_or_create(token=token, defaults=facts)[1]


class Wish(models.Model):
    """
    Somebody has published a gallery that is to get the images which are already there.

    The row stays when that is done: content which still says so does not wish it again.
    """

    subscription_id = models.BigIntegerField(_("followed gallery"), db_index=True)
    token = models.CharField(_("token"), max_length=32, unique=True)
    user = models.CharField(_("user"), max_length=255, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, default=timezone.now, db_index=True)

    objects = WishQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wishes")

    def __str__(self) -> str:
        return f"images already there for gallery {self.subscription_id}"

    def take(self, until: datetime) -> bool:
        """
        :param until: Then somebody else may try, if it is not done by then.
        :return: Whether it is ours to do: another process may have been quicker.
        """
        rows = Wish.objects.filter(pk=self.pk, due_at=self.due_at)
        return bool(rows.update(due_at=until))

    def set_done(self) -> None:
        Wish.objects.filter(pk=self.pk).update(due_at=None)
