"""
That a gallery gets the images which are already there: somebody wishes it in a form.

The wish travels with the content. It is heard when that content is public, in the save of the row,
and then taken out of it; the next run does what was wished, see :class:`..models.Wish`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from wagtail_autogallery.models import HolderKey, Wish
from wagtail_autogallery.sync.galleries import Gallery
from wagtail_autogallery.sync.matching import Known

_TEXT = re.compile(r"(.{0,255}):(.{0,255}):([0-9a-f]{24})")


class WishText(NamedTuple):
    """A wish as content carries it."""

    #: The page or snippet it was made for, which its copies are not; empty until that is saved.
    holder: str
    #: Who wished it, by primary key as text.
    user: str
    #: Which wish it is. Old content may go on carrying it.
    token: str

    def __str__(self) -> str:
        return ":".join(self)

    @classmethod
    def parse(cls, text: str) -> WishText | None:
        """:return: ``None`` where this is no wish, or what a form sends of a new one."""
        parts = _TEXT.fullmatch(text)
        return cls(*parts.groups()) if parts else None

    @classmethod
    def new(cls, holder: str, user: str) -> WishText:
        return cls(holder, user, secrets.token_hex(12))


def is_to_be_heard(holder: Any, gallery: Gallery) -> bool:
    """Whether a gallery in the row of a holder has something to say that needs a look."""
    wish = WishText.parse(gallery.wish)
    return wish is not None and (_is_public(holder) or not wish.holder)


class Heard:
    """What the galleries in a holder's row wished, when it was saved."""

    def __init__(self, holder: Any, galleries: Iterable[Known]) -> None:
        self.key = HolderKey.of(holder)
        self.is_public = _is_public(holder)
        #: Fields that are to be written, because a wish in them was heard.
        self.changed: set[str] = set()
        #: Whether there is something to be done.
        self.is_new = False
        #: What content says now instead of what it said.
        self._instead: dict[str, str] = {}
        for name, gallery, subscription in galleries:
            if is_to_be_heard(holder, gallery):
                self._hear(gallery, subscription.pk)
                self.changed.add(name)

    def _hear(self, gallery: Gallery, subscription: int) -> None:
        said = gallery.wish
        wish = cast(WishText, WishText.parse(said))
        own = self.key.as_text()
        if not self.is_public:
            self._instead[said] = str(wish._replace(holder=own))
        else:
            self._instead[said] = ""
            if gallery.is_followed and wish.holder in ("", own):
                self.is_new |= Wish.objects.note(subscription, wish.token, wish.user)
        gallery.write_wish(self._instead[said])

    def tell(self, gallery: Gallery) -> bool:
        """
        Have a gallery in another content say the same as that in the row.

        :return: Whether it did not.
        """
        if gallery.wish not in self._instead:
            return False
        gallery.write_wish(self._instead[gallery.wish])
        return True


def _is_public(holder: Any) -> bool:
    return bool(getattr(holder, "live", True))
