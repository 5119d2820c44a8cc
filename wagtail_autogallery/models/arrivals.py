"""What happened by which images may have come into scope."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Max, Min, Subquery
from django.utils.translation import gettext_lazy as _


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def waiting(self) -> ArrivalQuerySet:
        """Arrivals that no run has decided yet."""
        return self.filter(run_id=None)

    def of_images(self, image_ids: Iterable[str]) -> ArrivalQuerySet:
        return self.filter(image_id__in=list(image_ids))

    def uploads_from(self, image_ids: Iterable[str]) -> ArrivalQuerySet:
        """Uploads from the first one of these images on, in that order."""
        first = Subquery(self.of_images(image_ids).order_by("pk").values("pk")[:1])
        return self.filter(pk__gte=first, kind=Arrival.Kind.UPLOAD).order_by("pk")

    def moves_after(self, pk: int) -> ArrivalQuerySet:
        """What moved since, or became private or public, in that order."""
        return self.filter(pk__gt=pk, kind__in=Arrival.MOVES).order_by("pk")

    def newest_id(self) -> int:
        """The largest id that can be seen; 0 where there is none."""
        return self.aggregate(newest=Max("pk"))["newest"] or 0

    def before_what_waits(self) -> int:
        """The id just before the oldest arrival that waits; the newest where none does."""
        oldest = self.waiting().aggregate(oldest=Min("pk"))["oldest"]
        return self.newest_id() if oldest is None else oldest - 1


class Arrival(models.Model):
    """
    Something happened by which images may have come into the scope of galleries, or be gone.

    The log of these rows is the outbox of the sync: each is written with the change it tells of.
    """

    class Kind(models.TextChoices):
        UPLOAD = "upload", _("Upload")
        MOVE = "move", _("Moved to another collection")
        COLLECTION = "collection", _("Collection moved, made private, or open to everybody")
        GONE = "gone", _("Deleted")

    #: By these an image, or a collection with all in it, has another place than before.
    MOVES = (Kind.MOVE, Kind.COLLECTION)

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.UPLOAD)
    image_id = models.CharField(_("image id"), max_length=255, blank=True, db_index=True)
    collection_id = models.BigIntegerField(_("collection"), null=True, blank=True)
    before = models.JSONField(
        _("before"),
        null=True,
        blank=True,
        help_text=_("Where the image or collection was before, and how private it was there."),
    )
    holders = models.JSONField(
        _("holders"), default=list, blank=True, help_text=_("Which holders show a deleted image.")
    )
    done_up_to = models.CharField(
        _("done up to"),
        max_length=255,
        blank=True,
        help_text=_("The last image of the collection for which this was decided."),
    )
    run_id = models.BigIntegerField(_("run"), null=True, blank=True, db_index=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    #: While it is decided: whether its collection has more images than this slice takes.
    has_more = False

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")

    def __str__(self) -> str:
        if self.image_id:
            return f"{self.kind} of image {self.image_id}"
        return f"collection {self.collection_id}"

    @property
    def is_of_collection(self) -> bool:
        return self.kind == self.Kind.COLLECTION
