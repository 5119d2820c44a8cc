"""The decisions that galleries take images, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_autogallery.models.holders import HolderKey

if TYPE_CHECKING:
    from wagtail_autogallery.models.runs import Run
    from wagtail_autogallery.models.subscriptions import Subscription

CHANGED_AT_ONCE = 500


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def by_keys(self) -> Iterator[DeliveryQuerySet]:
        """
        These, in slices that are named by their keys alone: to change them, or to delete them.

        By what they were found by, MariaDB would lock entries of an index before their rows, and
        rows of other galleries on its way. Who changes one of them has them the other way round,
        and one of both would be ended. Have their galleries locked, or look again what they are.
        """
        keys = list(self.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), CHANGED_AT_ONCE):
            yield Delivery.objects.filter(pk__in=keys[start : start + CHANGED_AT_ONCE])

    def of_subscriptions(self, subscriptions: Iterable[Subscription]) -> DeliveryQuerySet:
        return self.filter(subscription__in=[row.pk for row in subscriptions])

    def of(self, key: HolderKey) -> DeliveryQuerySet:
        return self.filter(
            subscription__content_type_id=key.content_type_id,
            subscription__object_id=key.object_id,
        )

    def of_runs(self, numbers: Iterable[int]) -> DeliveryQuerySet:
        return self.filter(run_id__in=list(numbers))

    def undoable(self) -> DeliveryQuerySet:
        """What is in the row, made room there, or still waits."""
        not_ended = Q(mark__in=["", Delivery.Mark.MADE_ROOM])
        return self.filter(not_ended | Q(due_at__isnull=False))

    def undo(self, by: str) -> int:
        """
        Have contents drop these, but for what a person has touched. They wait no more.

        :param by: The user's primary key as text.
        :return: How many.
        """
        slices = self.undoable().by_keys()
        return sum(rows.undoable().end(Delivery.Mark.UNDONE, by) for rows in slices)

    def end(self, mark: str, by: str) -> int:
        """Give these to no content any more. :return: How many."""
        return self.update(
            mark=mark, marked_at=timezone.now(), marked_by=by, due_at=None, reason=""
        )

    def add_again(self, run: int) -> int:
        """
        Have these reach the row by a further number. Until then they are marked as they are.

        It is a person who says so: nobody has to look at them first. And what was taken out is new
        to contents that have seen its offer.
        """
        not_offered = Q(offer=None) | Q(offer=0)
        self.filter(not_offered | ~Q(mark="")).update(offer=Delivery.RELEASED)
        return self.update(run_id=run, due_at=timezone.now(), reason=Delivery.Reason.NO_PICTURE)

    def holder_keys(self) -> set[HolderKey]:
        rows = self.values_list("subscription__content_type_id", "subscription__object_id")
        return {HolderKey(*row) for row in rows.distinct()}

    def waiting(self) -> DeliveryQuerySet:
        """Decided, and in no row yet."""
        return self.filter(due_at__isnull=False)

    def due(self) -> DeliveryQuerySet:
        """What a gallery is owed now."""
        return self.filter(due_at__lte=timezone.now(), subscription__is_following=True)

    def placeable(self) -> DeliveryQuerySet:
        return self.exclude(reason=Delivery.Reason.NO_PICTURE)

    def without_picture(self) -> DeliveryQuerySet:
        return self.filter(reason=Delivery.Reason.NO_PICTURE)

    def numbered(self) -> DeliveryQuerySet:
        return self.filter(number__isnull=False)

    def numbered_or_offered(self) -> DeliveryQuerySet:
        """What a row or a draft was given."""
        return self.filter(Q(number__isnull=False) | Q(offer__gt=0))

    def hold_back(self, reason: str, until: datetime) -> None:
        """What lacks its picture waits for that first."""
        for rows in self.waiting().placeable().by_keys():
            rows.update(reason=reason, due_at=until)

    def held_back(self, *reasons: str) -> DeliveryQuerySet:
        """What waits for these reasons."""
        return self.waiting().filter(reason__in=reasons)

    def withheld(self) -> DeliveryQuerySet:
        """What waits for somebody to look at it, and is neither live nor out of the question."""
        return self.filter(reason=Delivery.Reason.WITHHELD, number=None, mark="")

    def next_due(self) -> datetime | None:
        return self.aggregate(at=Min("due_at"))["at"]


class Delivery(models.Model):
    """
    The decision that a gallery takes an image, made once; with its fate in the gallery's row.

    A *number* is its place in the ledger, given when it reaches the row. What waits has none. An
    *offer* is its place among what was given to a draft only, for somebody to look at it first.
    """

    class Reason(models.TextChoices):
        NO_PICTURE = "no_picture", _("Its picture is not made yet")
        NO_ROOM = "no_room", _("There is no room")
        PRIVATE = "private", _("It is in a private collection")
        LOCKED = "locked", _("The page is locked")
        FAILED = "failed", _("The page could not be written")
        SWITCHED_OFF = "switched_off", _("The gallery was switched off")
        WITHHELD = "withheld", _("It waits for somebody to look at it")

    class Mark(models.TextChoices):
        REMOVED = "removed", _("Removed by a person")
        MADE_ROOM = "made_room", _("Made room for newer images")
        UNDONE = "undone", _("Undone")
        GONE = "gone", _("The image was deleted")

    #: In place of an offer: a person has said that nobody needs to look at it.
    RELEASED = -1

    #: What holds it up may have changed, so that it is tried again.
    HELD_UP = (Reason.NO_ROOM, Reason.PRIVATE, Reason.LOCKED, Reason.FAILED)

    #: With these, it is given to no content any more.
    ENDED = (Mark.REMOVED, Mark.UNDONE, Mark.GONE)

    subscription = models.ForeignKey(
        "Subscription",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        # The indexes below begin with it.
        db_index=False,
        related_name="deliveries",
        verbose_name=_("followed gallery"),
    )
    image_id = models.CharField(_("image id"), max_length=255, db_index=True)
    arrival_id = models.BigIntegerField(_("arrival"), null=True)
    run_id = models.BigIntegerField(_("run"), db_index=True)
    number = models.BigIntegerField(_("number"), null=True)
    numbers = models.JSONField(_("all its numbers"), default=list, blank=True)
    offer = models.BigIntegerField(
        _("offer"),
        null=True,
        help_text=_("0 for what is still to be offered; below for what a person wants to be live."),
    )
    placed_at = models.DateTimeField(_("placed at"), null=True)
    due_at = models.DateTimeField(_("due at"), null=True, default=timezone.now, db_index=True)
    reason = models.CharField(
        _("reason"), max_length=16, choices=Reason.choices, blank=True, default=Reason.NO_PICTURE
    )
    mark = models.CharField(_("mark"), max_length=16, choices=Mark.choices, blank=True)
    marked_at = models.DateTimeField(_("marked at"), null=True)
    marked_by = models.CharField(_("marked by user"), max_length=255, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "image_id"], name="autogallery_delivered_once"
            )
        ]
        # Of a gallery's ledger only what a content may need is read, however long it is.
        indexes = [
            models.Index(fields=["subscription", "number"], name="autogallery_number_idx"),
            models.Index(fields=["subscription", "mark"], name="autogallery_mark_idx"),
            models.Index(fields=["subscription", "due_at"], name="autogallery_due_idx"),
        ]

    def __str__(self) -> str:
        return f"image {self.image_id} to gallery {self.subscription_id}"

    @property
    def is_placeable(self) -> bool:
        """Whether it waits for nothing but to be written."""
        return self.due_at is not None and self.reason != self.Reason.NO_PICTURE

    def give(self, number: int) -> None:
        """It reaches the row. Saved by whoever writes the row."""
        self.number = number
        self.numbers = [*self.numbers, number]
        self.placed_at = timezone.now()
        self.due_at = None
        self.reason = ""
        self.clear_mark()

    def be_offered(self, offer: int) -> None:
        """A draft has it now, and somebody may publish it. Saved by whoever writes the draft."""
        self.offer = offer
        self.reason = self.Reason.WITHHELD
        self.due_at = None

    def withhold(self, until: datetime) -> None:
        """There is no draft that it can be offered to. Saved by whoever writes the row."""
        self.offer = self.offer or 0
        self.reason = self.Reason.WITHHELD
        self.due_at = until

    def release_in(self, run: Run) -> None:
        """A person has decided that it need not be looked at. Saved by whoever does that."""
        self.run_id = run.number
        self.offer = self.offer or self.RELEASED
        self.reason = self.Reason.NO_PICTURE
        self.due_at = timezone.now()

    def set_mark(self, mark: str, by: str = "", at: datetime | None = None) -> None:
        """Saved by whoever writes the row."""
        self.mark = mark
        self.marked_by = by
        self.marked_at = at or timezone.now()
        if mark in self.ENDED:
            self.due_at = None

    def clear_mark(self) -> None:
        self.mark = self.marked_by = ""
        self.marked_at = None


#: What changes of a delivery after it was decided.
FATE = [
    "number",
    "numbers",
    "offer",
    "placed_at",
    "due_at",
    "reason",
    "mark",
    "marked_at",
    "marked_by",
]
