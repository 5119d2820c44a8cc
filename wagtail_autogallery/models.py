"""
The tables of this app and their verbs.

None of them has a foreign key to an image, a page or a collection: the image and page models are
the site's choice, and a swapped model must not reach our migrations. Between our own tables there
are no constraints either, because checking one takes a lock on the row that it points to, and a
run must not wait for an editor's transaction.
"""

from __future__ import annotations

import random
import secrets
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.models import Revision

if TYPE_CHECKING:
    from typing_extensions import Self

_Row = TypeVar("_Row", bound=models.Model)

HOLDERS_PER_PAGE = 100
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(days=1)
#: So many of its earlier periods are known of a gallery.
MOST_PERIODS = 20


class By(models.TextChoices):
    """Who runs a task."""

    COMMAND = "command", _("by the command")
    URL = "url", _("by the URL")
    RESPONSE = "response", _("after a response")
    WORKER = "worker", _("by a worker")


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


class ArrivalQuerySet(models.QuerySet["Arrival"]):
    def waiting(self) -> ArrivalQuerySet:
        """Arrivals that no run has decided yet."""
        return self.filter(run_id=None)

    def of_images(self, image_ids: Iterable[str]) -> ArrivalQuerySet:
        return self.filter(image_id__in=list(image_ids))

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


def save_columns(rows: Sequence[models.Model], names: list[str]) -> None:
    """Save these columns of rows of one model, without signals, in about one query."""
    if len(rows) == 1:
        # The query of a bulk update takes longer to put together than all else of a write.
        (row,) = rows
        values = {name: getattr(row, name) for name in names}
        type(row)._base_manager.filter(pk=row.pk).update(**values)
    elif rows:
        type(rows[0])._base_manager.bulk_update(rows, names, batch_size=100)


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
        content_type = self._content_type
        if content_type is None:
            return f"type {self.content_type_id} {self.object_id}"
        return f"{content_type.app_label}.{content_type.model} {self.object_id}"

    def as_text(self) -> str:
        return f"{self.content_type_id}-{self.object_id}"

    @classmethod
    def from_text(cls, text: str) -> HolderKey | None:
        """:return: ``None`` where it is none."""
        content_type_id, _separator, object_id = text.partition("-")
        if not content_type_id.isdecimal() or not object_id:
            return None
        return cls(int(content_type_id), object_id)

    @property
    def model(self) -> type[models.Model] | None:
        """``None`` where this process does not know it: another one may."""
        content_type = self._content_type
        return content_type.model_class() if content_type else None

    @property
    def _content_type(self) -> ContentType | None:
        try:
            return ContentType.objects.get_for_id(self.content_type_id)
        except ContentType.DoesNotExist:
            return None


class OfHolders(models.QuerySet[_Row]):
    """Rows that each belong to one holder."""

    def of(self, key: HolderKey) -> Self:
        return self.filter(content_type_id=key.content_type_id, object_id=key.object_id)

    def holder_keys(self) -> Iterator[HolderKey]:
        """
        The holders of these rows, each once.

        Reads page by page, behind the last one seen, so memory stays flat and rows that change on
        the way neither repeat nor hide others.
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


class OfOneHolder:
    """A row that belongs to one holder. Not a model: mypy's plugin fails at abstract ones."""

    content_type_id: Any
    object_id: Any

    @property
    def holder_key(self) -> HolderKey:
        return HolderKey(self.content_type_id, self.object_id)


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


class SubscriptionQuerySet(OfHolders["Subscription"]):
    def following(self) -> SubscriptionQuerySet:
        return self.filter(is_following=True)

    def waiting(self) -> SubscriptionQuerySet:
        """Galleries that do not simply follow; their state says why."""
        return self.following().exclude(state=Subscription.State.FOLLOWING)

    def failed(self) -> SubscriptionQuerySet:
        return self.filter(state=Subscription.State.FAILED)

    def with_what_is_owed(self) -> models.QuerySet[Any]:
        """Each with ``is_owed``: whether there is anything that can be placed in it now."""
        owed = Delivery.objects.filter(subscription=OuterRef("pk"), due_at__lte=timezone.now())
        return self.annotate(is_owed=Q(is_following=True) & Exists(owed.placeable()))

    def with_what_is_undone(self) -> models.QuerySet[Any]:
        """Each with ``has_undone``: whether anything of it was taken back."""
        undone = Delivery.objects.filter(subscription=OuterRef("pk"), mark=Delivery.Mark.UNDONE)
        return self.annotate(has_undone=Exists(undone))

    def lacking_pictures(self) -> SubscriptionQuerySet:
        """Galleries of whose images something may have to be made, written last first."""
        return self.filter(pictures_due_at__lte=timezone.now()).order_by("-pictures_due_at", "pk")

    def showing(self, image: models.Model) -> SubscriptionQuerySet:
        """Galleries that an image was delivered to."""
        delivered = Delivery.objects.filter(image_id=str(image.pk), number__isnull=False)
        return self.filter(pk__in=delivered.values("subscription"))

    def have_pictures_made(self, at: datetime | None = None) -> None:
        """
        Have it looked at what their images lack, if that is not to be done already.

        :param at: Those of the latest time come first.
        """
        now = timezone.now()
        # One after the other: whoever holds several of them waits for us, and we for them.
        for key in list(self.exclude(pictures_due_at__lte=now).values_list("pk", flat=True)):
            Subscription.objects.filter(pk=key).update(pictures_due_at=at or now)


class Subscription(OfOneHolder, models.Model):
    """
    One gallery that follows, or followed and may come back from a draft or an old form.

    It stays as long as its holder, and with it the ledger: its deliveries.
    """

    class State(models.TextChoices):
        FOLLOWING = "following", _("Up to date")
        FULL = "full", _("Full: all places are taken by images chosen by hand")
        COLLECTION_DELETED = (
            "collection_deleted",
            _("Follows nothing: its collection was deleted"),
        )
        SHOWS_PRIVATE = (
            "shows_private",
            _("Still shows images that are in a private collection by now"),
        )
        PRIVATE = "private", _("Left out images of a private collection")
        LOCKED = "locked", _("Waiting: the page is locked")
        FAILED = "failed", _("Failed: it will be tried again")

    content_type_id = models.PositiveBigIntegerField(_("holder type"))
    object_id = models.CharField(_("holder id"), max_length=255)
    key = models.CharField(
        _("key"),
        max_length=32,
        unique=True,
        help_text=_("The name of this gallery, which its content carries."),
    )
    origin_key = models.CharField(
        _("origin"),
        max_length=32,
        blank=True,
        help_text=_("The gallery this one was copied from. Old content goes on naming it."),
    )
    field = models.CharField(_("field"), max_length=255)
    path = models.TextField(_("path of the gallery in the field"))
    is_following = models.BooleanField(_("follows"), default=True)
    scope = models.BigIntegerField(
        _("collection"), default=0, db_index=True, help_text=_("0 for all collections.")
    )
    since = models.BigIntegerField(
        _("follows since"), help_text=_("The largest arrival that was there before.")
    )
    followed_at = models.DateTimeField(_("follows this since"), default=timezone.now)
    followed_before = models.JSONField(
        _("followed before"),
        default=list,
        blank=True,
        help_text=_("What it followed before, after which arrival, and up to which one."),
    )
    number = models.BigIntegerField(_("newest number"), default=0)
    review_new_images = models.BooleanField(
        _("new images wait"),
        default=False,
        help_text=_("They come into the draft only, and somebody publishes them."),
    )
    offer = models.BigIntegerField(_("newest offer"), default=0)
    digest = models.CharField(
        _("digest"),
        max_length=32,
        blank=True,
        help_text=_("Tells whether the gallery in the row has changed."),
    )
    place = models.TextField(
        _("place"), blank=True, help_text=_("The blocks it is in, and which one of its field.")
    )
    automatic = models.PositiveIntegerField(_("images added automatically"), default=0)
    by_hand = models.PositiveIntegerField(_("images chosen or changed by hand"), default=0)
    state = models.CharField(
        _("state"), max_length=32, choices=State.choices, default=State.FOLLOWING
    )
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveIntegerField(_("failed attempts"), default=0)
    layout = models.CharField(
        _("layout"), max_length=32, blank=True, help_text=_("Tells which pictures are wanted.")
    )
    pictures_due_at = models.DateTimeField(
        _("pictures due at"),
        null=True,
        db_index=True,
        help_text=_("When it is looked at next what pictures its images lack."),
    )
    last_added_at = models.DateTimeField(_("images last added at"), null=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("followed gallery")
        verbose_name_plural = _("followed galleries")
        indexes = [
            models.Index(fields=["content_type_id", "object_id"], name="autogallery_holder_idx")
        ]

    def __str__(self) -> str:
        return f"gallery {self.path} in {self.field} of {self.holder_key}"

    @staticmethod
    def new_key() -> str:
        return secrets.token_hex(12)

    def next_retry(self) -> datetime:
        """When what holds it up is looked at again: later each time, with jitter, to a day."""
        delay = min(FIRST_RETRY * 2 ** min(self.attempts, 20), LONGEST_RETRY)
        return timezone.now() + delay * random.uniform(0.75, 1.25)  # noqa: S311

    def begin(self, since: int) -> None:
        """
        From now on it follows its scope. Saved by whoever calls.

        :param since: The largest arrival that was there before.
        """
        self.since = since
        self.followed_at = timezone.now()

    def end(self) -> None:
        """It follows its scope no more. Saved by whoever calls."""
        period = [self.scope, self.since, Arrival.objects.newest_id()]
        self.followed_before = [*self.followed_before, period][-MOST_PERIODS:]

    def try_now(self) -> int:
        """Have what holds it up looked at by the next run. :return: How many images it concerns."""
        Errand.objects.of(self.holder_key).update(due_at=timezone.now())
        return Delivery.objects.of_subscriptions([self]).release(*Delivery.HELD_UP)

    def save_as_written(self, *, has_changed: bool) -> None:
        """
        Save it with the row it describes.

        :param has_changed: Whether its images, or how they are shown, are others than before.
        """
        if has_changed:
            self.pictures_due_at = timezone.now()
        # Else what others have said of its pictures meanwhile stays.
        untouched = set() if has_changed else {"pictures_due_at"}
        names = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        self.save(update_fields=names - untouched)

    def pictures_are_made(self, again_at: datetime | None = None) -> None:
        """
        Nothing more can be made for now, unless the gallery was written in the meantime.

        :param again_at: When what failed is tried again.
        """
        row = Subscription.objects.filter(pk=self.pk)
        # By its key alone: MariaDB would lock the index of the time before the row, and a save of
        # the gallery locks them the other way round.
        with transaction.atomic(using=row.db):
            due_at = row.select_for_update().values_list("pictures_due_at", flat=True).first()
            if due_at == self.pictures_due_at:
                row.update(pictures_due_at=again_at)


class Start(models.Model):
    """
    A gallery that has begun to follow, and for which no run has decided yet.

    Who switches a gallery on takes no lock, so a run may decide at that moment without knowing.
    The next one decides for this gallery whatever arrived since, and deletes this row.
    """

    subscription_id = models.BigIntegerField(_("followed gallery"), db_index=True)
    after = models.BigIntegerField(
        _("after"), help_text=_("The last arrival that was decided for it, or that it could see.")
    )

    #: While it is decided: whether that comes to the end of what it missed.
    is_done = True

    class Meta:
        verbose_name = _("start")
        verbose_name_plural = _("starts")

    def __str__(self) -> str:
        return str(self.subscription_id)


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


class DeliveryQuerySet(models.QuerySet["Delivery"]):
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
        return self.undoable().end(Delivery.Mark.UNDONE, by)

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
        self.waiting().placeable().update(reason=reason, due_at=until)

    def release(self, *reasons: str) -> int:
        """Have what was held back for these reasons looked at now. :return: How many."""
        return self.waiting().filter(reason__in=reasons).update(due_at=timezone.now())

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
        Subscription,
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

    def add(self, key: HolderKey, images: Sequence[str], runs: Sequence[int]) -> None:
        """
        Have it mailed that a page got images. Call it in the transaction that writes the page.

        :param images: Their primary keys as text.
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
