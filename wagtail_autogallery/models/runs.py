"""The passes of the sync."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_autogallery.models.arrivals import Arrival
from wagtail_autogallery.models.deliveries import Delivery
from wagtail_autogallery.models.drains import By


class RunManager(models.Manager["Run"]):
    def newest(self) -> int:
        """:return: The number of the newest run; 0 when there never was one."""
        return self.aggregate(newest=Max("number"))["newest"] or 0

    def open(self, **facts: Any) -> Run:
        """
        Under the lock, so that numbers have commit order.

        :param facts: What is known of it besides: its kind, who did it, for which gallery.
        """
        return self.create(number=self.newest() + 1, **facts)

    def note_undone(self, numbers: Iterable[int], by: str) -> None:
        """Of these runs, those are undone of which nothing is left to be."""
        left = Delivery.objects.filter(run_id=OuterRef("pk")).undoable()
        runs = self.filter(number__in=list(numbers), undone_at=None).exclude(Exists(left))
        for number in list(runs.values_list("pk", flat=True)):
            self.filter(pk=number).update(undone_at=timezone.now(), undone_by=by)

    def beginning_and_last(self) -> tuple[datetime, datetime]:
        """
        Since when the app is at work, and when arrivals were decided last.

        Run 0 is as old as the tables; where they came without ``migrate``, the first arrival is
        older.
        """
        first_arrival = Subquery(Arrival.objects.order_by("pk").values("created_at")[:1])
        rows = self.filter(number=0).values_list("opened_at", "decided_at", first_arrival)
        if not (row := rows.first()):
            self.get_or_create(number=0)
            return self.beginning_and_last()
        opened_at, decided_at, first = row
        beginning = min(opened_at, first) if first else opened_at
        return beginning, decided_at or beginning

    def note_look(self, at: datetime) -> None:
        """All uploads until then are written down, as if a run had decided."""
        self.filter(number=0).exclude(decided_at__gte=at).update(decided_at=at)

    def note_specs(self, digest: str) -> bool:
        """:return: Whether other renditions are wanted than when this was last asked."""
        return bool(self.filter(number=0).exclude(specs=digest).update(specs=digest))

    def which_exist(self, **rows: models.QuerySet[Any]) -> dict[str, bool]:
        """Which of these have any rows, asked in one query. There has to be a run 0."""
        questions = {name: Exists(each) for name, each in rows.items()}
        answers: Any = self.filter(number=0).values(**questions).get()
        return dict(answers)

    def lock(self) -> None:
        """
        Wait until no other transaction decides, and keep others out until this one ends.

        Writing to run 0, instead of selecting it for update, makes SQLite take its write lock
        before it reads.
        """
        now = timezone.now()
        if not self.filter(number=0).update(decided_at=now):
            self.get_or_create(number=0)
            self.filter(number=0).update(decided_at=now)


class Run(models.Model):
    """
    The label of one pass: what reports show, and what *undo* takes back.

    Run 0 is the lock, and the run of what nobody took.
    """

    class Kind(models.TextChoices):
        SYNC = "sync", _("New images")
        ADD_NOW = "add_now", _("Added by a person")
        BACKFILL = "backfill", _("Images that were already there")
        RELEASE = "release", _("Released by a person")

    number = models.BigIntegerField(_("number"), primary_key=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.SYNC)
    by = models.CharField(_("by"), max_length=16, choices=By.choices, blank=True)
    user = models.CharField(
        _("user"), max_length=255, blank=True, help_text=_("Who asked for it, where somebody did.")
    )
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.CharField(_("undone by user"), max_length=255, blank=True)
    decided_at = models.DateTimeField(
        _("decided at"), null=True, help_text=_("Of run 0: when arrivals were decided last.")
    )
    specs = models.CharField(
        _("specs"), max_length=32, blank=True, help_text=_("Of run 0: which renditions are wanted.")
    )

    objects = RunManager()

    class Meta:
        verbose_name = _("gallery sync run")
        verbose_name_plural = _("gallery sync runs")
        permissions = [
            ("run_drain", _("Can run waiting background tasks")),
            ("view_reports", _("Can view gallery reports")),
        ]

    def __str__(self) -> str:
        return f"run {self.number}"
