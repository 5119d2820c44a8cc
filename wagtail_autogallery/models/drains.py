"""Who drains the queue, and whether they are alive."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class By(models.TextChoices):
    """Who runs a task."""

    COMMAND = "command", _("by the command")
    URL = "url", _("by the URL")
    RESPONSE = "response", _("after a response")
    WORKER = "worker", _("by a worker")


class LeaseQuerySet(models.QuerySet["Lease"]):
    def alive(self) -> LeaseQuerySet:
        return self.filter(expires_at__gt=timezone.now())

    def expired(self) -> LeaseQuerySet:
        return self.filter(expires_at__lte=timezone.now())


class Lease(models.Model):
    """The sign of life of a drain with tasks in hand. It expires when the process is killed."""

    worker_id = models.CharField(_("worker id"), max_length=64, primary_key=True)
    expires_at = models.DateTimeField(_("expires at"))

    objects = LeaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return self.worker_id


class DrainManager(models.Manager["Drain"]):
    def note(self, by: str) -> None:
        """Remember that a drain has just ended. One query, but for the very first time."""
        now = timezone.now()
        if not self.filter(by=by).update(ended_at=now):
            self.get_or_create(by=by, defaults={"ended_at": now})


class Drain(models.Model):
    """When the queue was last drained: one row for each way of doing so."""

    by = models.CharField(_("by"), max_length=16, primary_key=True, choices=By.choices)
    ended_at = models.DateTimeField(_("ended at"))

    objects = DrainManager()

    class Meta:
        verbose_name = _("drain")
        verbose_name_plural = _("drains")

    def __str__(self) -> str:
        return str(self.get_by_display())
