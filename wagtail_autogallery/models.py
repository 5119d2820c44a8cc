"""
The tables of this app and their verbs.

None of them has a foreign key to an image, a page or a collection: the image and page models are
the site's choice, and a swapped model must not reach our migrations.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import F, Max, Min, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

HOLDERS_PER_PAGE = 100
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


class RunManager(models.Manager["Run"]):
    def open(self) -> int:
        """
        Stamp all waiting arrivals with a new run.

        Opens no run when nothing waits.

        :return: The number of the newest run; 0 when there never was one.
        """
        if not Arrival.objects.waiting().exists():
            return self.newest()
        with transaction.atomic():
            self._lock()
            # A locking read, because MariaDB's other reads may show an older snapshot here.
            newest = self.select_for_update().order_by("-number").first()
            run = self.create(number=newest.number + 1 if newest else 1)
            Arrival.objects.waiting().update(run=run)
        return run.number

    def newest(self) -> int:
        """:return: The number of the newest run; 0 when there never was one."""
        return self.aggregate(newest=Max("number"))["newest"] or 0

    def beginning_and_newest(self) -> tuple[datetime, datetime]:
        """
        Since when the app is at work, and when the newest run was opened.

        Run 0 is as old as the tables; where they came without ``migrate``, the first arrival is
        older.
        """
        newest = Subquery(self.order_by("-number").values("number")[:1])
        first_arrival = Subquery(Arrival.objects.order_by("pk").values("created_at")[:1])
        runs = self.filter(Q(number=0) | Q(number=newest)).order_by("number")
        times = list(runs.values_list("number", "opened_at", first_arrival))
        if not times or times[0][0]:
            self.get_or_create(number=0)
            return self.beginning_and_newest()
        beginning = min(time for time in times[0][1:] if time)
        return beginning, (times[-1][1] if len(times) > 1 else beginning)

    def _lock(self) -> None:
        """
        Wait until no other transaction is opening a run, and keep others out until this one ends.

        Every run is opened under the row lock of run 0, so run numbers have commit order. Writing
        first, instead of selecting for update, makes SQLite take its write lock before it reads.
        """
        beginning = self.filter(number=0)
        if not beginning.update(opened_at=F("opened_at")):
            self.get_or_create(number=0)
            beginning.update(opened_at=F("opened_at"))


class Run(models.Model):
    """One numbered pass of the sync. Run 0 stands for all that was before, and is the lock."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)

    objects = RunManager()

    class Meta:
        verbose_name = _("gallery sync run")
        verbose_name_plural = _("gallery sync runs")
        permissions = [("run_drain", _("Can run waiting background tasks"))]

    def __str__(self) -> str:
        return f"run {self.number}"


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def waiting(self) -> ArrivalQuerySet:
        """Arrivals that belong to no run yet."""
        return self.filter(run=None)

    def between(self, after: int, upto: int) -> ArrivalQuerySet:
        """Arrivals of the runs after ``after`` up to and including ``upto``, oldest first."""
        return self.filter(run__gt=after, run__lte=upto).order_by("run", "pk")

    def of_images(self, image_ids: Iterable[str]) -> ArrivalQuerySet:
        return self.filter(image_id__in=list(image_ids))


class Arrival(models.Model):
    """
    An image coming into scope: one row per upload, and one per move to another collection.

    Deleting an image writes a row too, so that a run comes and takes it out of the galleries: an
    arrival whose image is not there (any more) is how they learn of it.

    The log of these rows is the outbox of the sync. It is kept for good: content can be older than
    any fixed age when it is published, and is then brought up to date from here.
    """

    image_id = models.CharField(_("image id"), max_length=255, db_index=True)
    from_collection_id = models.BigIntegerField(
        _("moved from collection"),
        null=True,
        blank=True,
        help_text=_("The collection the image was in before; empty for an upload."),
    )
    run = models.ForeignKey(
        Run,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="arrivals",
        verbose_name=_("run"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")

    def __str__(self) -> str:
        return f"image {self.image_id}"


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

    class By(models.TextChoices):
        COMMAND = "command", _("by the command")
        URL = "url", _("by the URL")
        RESPONSE = "response", _("after a response")

    by = models.CharField(_("by"), max_length=16, primary_key=True, choices=By.choices)
    ended_at = models.DateTimeField(_("ended at"))

    objects = DrainManager()

    class Meta:
        verbose_name = _("drain")
        verbose_name_plural = _("drains")

    def __str__(self) -> str:
        return str(self.get_by_display())


class RenditionFailure(models.Model):
    """
    Something that could not be made of an image, and when it is tried again.

    Without a spec it is the original that is lost or broken; without an image, the storage fails.
    A row is forgotten when the same is made after all.
    """

    image_id = models.CharField(_("image id"), max_length=255, blank=True)
    spec = models.CharField(_("filter spec"), max_length=255, blank=True)
    file = models.CharField(
        _("file"), max_length=255, blank=True, help_text=_("Another file is tried at once.")
    )
    error = models.TextField(_("error"))
    attempts = models.PositiveIntegerField(_("failed attempts"))
    retry_at = models.DateTimeField(_("tried again at"))

    class Meta:
        verbose_name = _("failed picture")
        verbose_name_plural = _("failed pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["image_id", "spec"], name="autogallery_rendition_failure"
            )
        ]

    def __str__(self) -> str:
        return f"rendition {self.spec} of image {self.image_id}: {self.error}"


class HolderKey(NamedTuple):
    """Where a holder is: its content type and its primary key as text."""

    content_type_id: int
    object_id: str

    @classmethod
    def of(cls, holder: models.Model) -> HolderKey:
        """A page is the same holder whichever of its base types it was loaded as."""
        model = getattr(holder, "specific_class", None) or type(holder)
        return cls(ContentType.objects.get_for_model(model).pk, str(holder.pk))

    def __str__(self) -> str:
        content_type = ContentType.objects.get_for_id(self.content_type_id)
        return f"{content_type.app_label}.{content_type.model} {self.object_id}"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def of(self, key: HolderKey) -> SubscriptionQuerySet:
        """The followed galleries of one holder."""
        return self.filter(content_type_id=key.content_type_id, object_id=key.object_id)

    def behind(self, run: int | models.QuerySet[Any]) -> SubscriptionQuerySet:
        """
        Followed galleries that have not been brought up to ``run``, a number or a subquery.

        Also those of whose holder somebody saved a draft that is older than what is live.
        """
        return self.filter(Q(cursor__lt=run) | Q(draft_is_stale=True))

    def due(self) -> SubscriptionQuerySet:
        """Followed galleries that are not waiting for a retry."""
        return self.filter(Q(retry_at=None) | Q(retry_at__lte=timezone.now()))

    def waiting(self) -> SubscriptionQuerySet:
        """Followed galleries that do not simply follow; their state says why."""
        return self.exclude(state=Subscription.State.FOLLOWING)

    def failed(self) -> SubscriptionQuerySet:
        return self.filter(state=Subscription.State.FAILED)

    def next_retry(self) -> datetime | None:
        """When the first of those that wait for a retry is tried again."""
        return self.aggregate(at=Min("retry_at"))["at"]

    def holder_keys(self) -> Iterator[HolderKey]:
        """
        The holders of these galleries, each once.

        Reads page by page, behind the last one seen, so memory stays flat and rows that are
        brought up to date on the way neither repeat nor hide others.
        """
        keys = self.order_by("content_type_id", "object_id").values_list(
            "content_type_id", "object_id"
        )
        rows = list(keys.distinct()[:HOLDERS_PER_PAGE])
        while rows:
            last = HolderKey(*rows[-1])
            yield from (HolderKey(*row) for row in rows)
            beyond = Q(content_type_id__gt=last.content_type_id) | Q(
                content_type_id=last.content_type_id, object_id__gt=last.object_id
            )
            rows = list(keys.filter(beyond).distinct()[:HOLDERS_PER_PAGE])

    def record_failure(self, error: BaseException) -> None:
        """Keep the error with the galleries and set when they are tried again."""
        for subscription in self:
            subscription.fail(error)


class Subscription(models.Model):
    """One followed gallery: where it is, and how far it has been brought."""

    class State(models.TextChoices):
        FOLLOWING = "following", _("Up to date")
        FULL = "full", _("Full: all places are taken by images chosen by hand")
        COLLECTION_DELETED = (
            "collection_deleted",
            _("Follows nothing: its collection was deleted"),
        )
        PRIVATE = "private", _("Left out images of a private collection")
        LOCKED = "locked", _("Waiting: the page is locked")
        FAILED = "failed", _("Failed: it will be tried again")

    id = models.UUIDField(primary_key=True, editable=False)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.CASCADE, related_name="+", verbose_name=_("holder type")
    )
    object_id = models.CharField(_("holder id"), max_length=255)
    field = models.CharField(_("field"), max_length=255)
    path = models.TextField(_("path of the gallery in the field"))
    started = models.BigIntegerField(
        _("started"), help_text=_("The newest run when the toggle was switched on.")
    )
    cursor = models.BigIntegerField(
        _("cursor"), help_text=_("The run this gallery has been brought up to.")
    )
    written = models.BigIntegerField(
        _("written"), help_text=_("The cursor the gallery's content held when last seen.")
    )
    draft_is_stale = models.BooleanField(
        _("draft is stale"),
        default=False,
        help_text=_("A draft was saved that has not seen what the live gallery has."),
    )
    state = models.CharField(
        _("state"), max_length=32, choices=State.choices, default=State.FOLLOWING
    )
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    retry_at = models.DateTimeField(_("tried again at"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("followed gallery")
        verbose_name_plural = _("followed galleries")
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="autogallery_holder_idx"),
            models.Index(fields=["cursor"], name="autogallery_cursor_idx"),
        ]

    def __str__(self) -> str:
        return f"gallery {self.path} in {self.field} of {self.content_type} {self.object_id}"

    #: Namespace of the ids below; made once with ``uuid.uuid4()``.
    NAMESPACE = uuid.UUID("5c1c4d2e-64e2-4bd5-8a6e-0b3a3bb1a3f1")

    @classmethod
    def id_for(cls, key: HolderKey, field: str, path: str) -> uuid.UUID:
        """
        The primary key of a gallery's row: a hash of its place.

        It stands in for a unique constraint over columns that together are longer than a
        MySQL index may be, as in Wagtail's ``ReferenceIndex``.
        """
        return uuid.uuid5(cls.NAMESPACE, f"{key.content_type_id}|{key.object_id}|{field}|{path}")

    def rewind(self, run: int) -> None:
        """Remember that the content has seen nothing after ``run``: what it missed comes next."""
        self.cursor = self.written = run
        self.save(update_fields=["cursor", "written", "updated_at"])

    def catch_up(self, run: int) -> None:
        """Remember that the content has seen ``run``: a draft brought up to it went live."""
        self.written = run
        self.cursor = max(self.cursor, run)
        self.save(update_fields=["cursor", "written", "updated_at"])

    def settle(self, run: int) -> None:
        """
        Remember that the content lacks on purpose what arrived up to ``run``.

        The cursor stays: other contents of the holder may still lack it by accident.
        """
        self.written = run
        self.save(update_fields=["written", "updated_at"])

    def advance(self, cursor: int, written: int, state: str) -> None:
        """Remember a pass that went well."""
        self.cursor = cursor
        self.written = written
        self.draft_is_stale = False
        self.state = state
        self.error = ""
        self.attempts = 0
        self.retry_at = None
        self.save(
            update_fields=[
                "cursor",
                "written",
                "draft_is_stale",
                "state",
                "error",
                "attempts",
                "retry_at",
                "updated_at",
            ]
        )

    def wait(self, state: str) -> None:
        """Remember that a pass left this gallery alone, and why; the next one tries again."""
        if self.state != state:
            self.state = state
            self.save(update_fields=["state", "updated_at"])

    def fail(self, error: BaseException) -> None:
        """Remember a pass that failed, and back off: longer each time, with jitter, to a cap."""
        self.state = self.State.FAILED
        self.error = f"{type(error).__name__}: {error}"
        delay = min(FIRST_RETRY * 2 ** min(self.attempts, 10), LONGEST_RETRY)
        self.retry_at = timezone.now() + delay * random.uniform(0.75, 1.25)  # noqa: S311
        self.attempts += 1
        self.save(update_fields=["state", "error", "retry_at", "attempts", "updated_at"])
