"""The answers to why an image is, or is not, in a gallery: a closed list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from wagtail_autogallery.models import Run
from wagtail_autogallery.sync.gallery_facts import GalleryFacts


class Answer(models.TextChoices):
    # It is there.
    ADDED = "added", _("The sync added it.")
    BY_HAND = "by_hand", _("A person chose it.")
    COPIED = "copied", _("It came along when the gallery was copied.")
    BROKEN = "broken", _("It is in the gallery, but its file is lost or broken.")
    # It was there, or a person decided about it.
    REMOVED = "removed", _("A person took it out.")
    KEPT_OUT = "kept_out", _("A person decided that it never comes here.")
    MADE_ROOM = "made_room", _("It made room for newer images.")
    UNDONE = "undone", _("A person undid its coming.")
    GONE = "gone", _("It was deleted.")
    # It is on its way, or held up.
    WAITING = "waiting", _("It comes with the next drain.")
    NO_PICTURE = "no_picture", _("Its picture is being made.")
    LOCKED = "locked", _("The page is locked.")
    FULL = "full", _("The gallery is full: images chosen by hand take all places.")
    FAILED = "failed", _("The page could not be written.")
    PRIVATE = "private", _("It is in a private collection.")
    WITHHELD = "withheld", _("It waits for somebody to look at it.")
    # It was never taken.
    BEFORE = "before", _("It was there before the gallery followed.")
    OUTSIDE = "outside", _("It is outside the collection that the gallery follows.")
    SCOPE_DELETED = "scope_deleted", _("The collection that the gallery followed was deleted.")
    FOLLOWED_ELSE = "followed_else", _("The gallery followed another collection when it came.")
    SWITCHED_OFF = "switched_off", _("The gallery was switched off.")
    CAME_WITH_COLLECTION = (
        "came_with_collection",
        _("It came with its collection, and was uploaded before the gallery followed."),
    )
    NOT_WRITTEN_DOWN = "not_written_down", _("Nobody wrote down that it came: a script did it.")
    # It is about the gallery.
    DRAFT_ONLY = "draft_only", _("It is in the draft only.")
    NO_GALLERY = "no_gallery", _("The gallery is not in the published page.")
    ALIAS = "alias", _("The page is an alias: it shows what its source shows.")


#: With these answers the gallery shows the image, or would if its file were whole.
SHOWN = {Answer.ADDED, Answer.BY_HAND, Answer.COPIED, Answer.BROKEN}
#: It comes without anybody's doing, or is held up.
ON_THEIR_WAY = {
    Answer.WAITING,
    Answer.NO_PICTURE,
    Answer.LOCKED,
    Answer.FULL,
    Answer.FAILED,
}
_CANNOT_BE_ADDED = {*SHOWN, *ON_THEIR_WAY, Answer.PRIVATE, Answer.GONE, Answer.ALIAS}
_HAVE_ENDED = {Answer.REMOVED, Answer.KEPT_OUT, Answer.UNDONE, Answer.GONE, Answer.ALIAS}


@dataclass(frozen=True)
class Explanation:
    """Why an image is, or is not, in one gallery."""

    gallery: GalleryFacts
    answer: Answer
    #: Since when that is so; or when it happened.
    at: datetime | None = None
    #: The run that took the image.
    run: Run | None = None
    #: Whose doing it was.
    by: str = ""
    #: When what holds it up is looked at again.
    retry_at: datetime | None = None
    error: str = ""
    #: Whether it came into the scope with its collection, which was moved or opened.
    came_with_collection: bool = False
    #: Whether the gallery in the row holds it.
    is_in_row: bool = False
    #: Whether nobody has made anything of it there since the sync put it in.
    is_automatic: bool = False
    #: Whether that in a draft which is newer than the row does.
    is_in_draft: bool = False

    @property
    def can_be_added(self) -> bool:
        """Whether *add it now* would bring it."""
        subscription = self.gallery.subscription
        return (
            subscription is not None
            and subscription.is_following
            and self.gallery.in_row is not None
            and not self.is_in_row
            and self.answer not in _CANNOT_BE_ADDED
        )

    @property
    def can_be_kept_out(self) -> bool:
        """Whether *never here* would change anything: what a person chose, they take out."""
        return (
            self.gallery.subscription is not None
            and self.gallery.in_row is not None
            and self.answer not in _HAVE_ENDED
            and (self.is_automatic or not self.is_in_row)
        )
