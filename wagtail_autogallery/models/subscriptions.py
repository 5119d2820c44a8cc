"""The galleries that follow, or followed."""

from __future__ import annotations

import random
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from wagtail_autogallery.models.announcements import Errand
from wagtail_autogallery.models.arrivals import Arrival
from wagtail_autogallery.models.deliveries import Delivery
from wagtail_autogallery.models.holders import OfHolders, OfOneHolder

FIRST_RETRY = timedelta(seconds=30)


LONGEST_RETRY = timedelta(days=1)


#: So many of its earlier periods are known of a gallery.
MOST_PERIODS = 20


class SubscriptionQuerySet(OfHolders["Subscription"]):
    def following(self) -> SubscriptionQuerySet:
        return self.filter(is_following=True)

    def waiting(self) -> SubscriptionQuerySet:
        """Galleries that do not simply follow; their state says why."""
        return self.following().exclude(state=Subscription.State.FOLLOWING)

    def failed(self) -> SubscriptionQuerySet:
        return self.filter(state=Subscription.State.FAILED)

    def with_what_is_owed(self, now: Any) -> models.QuerySet[Any]:
        """Each with ``is_owed``: whether there is anything that can be placed in it now."""
        owed = Delivery.objects.filter(subscription=OuterRef("pk"), due_at__lte=now)
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

    def lose_collection(self, collection_id: int) -> None:
        """Have those that follow a collection say that it was deleted."""
        keys = list(self.following().filter(scope=collection_id).values_list("pk", flat=True))
        # By their keys alone: MariaDB would lock the index of the collection before the rows, and
        # who makes a gallery follow another one locks them the other way round.
        with transaction.atomic():
            rows = self.filter(pk__in=keys).order_by("pk").select_for_update()
            lost = [row.pk for row in rows if row.is_following and row.scope == collection_id]
            self.filter(pk__in=lost).update(state=Subscription.State.COLLECTION_DELETED)

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
    is_in_row = models.BooleanField(
        _("is in the row"),
        default=True,
        help_text=_("Otherwise only drafts and old forms of its holder may have it."),
    )
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
            models.Index(fields=["content_type_id", "object_id"], name="autogallery_holder_idx"),
            models.Index(fields=["origin_key"], name="autogallery_origin_idx"),
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
        Errand.objects.send_to([self.holder_key])
        return Delivery.objects.of_subscriptions([self]).held_back(*Delivery.HELD_UP).count()

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
    done_up_to = models.CharField(
        _("done up to"),
        max_length=255,
        blank=True,
        help_text=_("The last image for which the next arrival was decided, if of a collection."),
    )

    #: While it is decided: whether that comes to the end of what it missed.
    is_done = True

    class Meta:
        verbose_name = _("start")
        verbose_name_plural = _("starts")

    def __str__(self) -> str:
        return str(self.subscription_id)
