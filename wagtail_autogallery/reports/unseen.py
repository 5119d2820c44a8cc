"""What came to a gallery since somebody opened a form that has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from wagtail_autogallery.models import Subscription
from wagtail_autogallery.reports.permissions import may_edit
from wagtail_autogallery.reports.states import holder_of
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.matching import gallery_of
from wagtail_autogallery.sync.unseen import Unseen, unseen


class _Asked(NamedTuple):
    subscription: Subscription
    holder: Any
    lacking: Unseen


def unseen_images(galleries: Mapping[str, Subscription], cursor: str, user: Any) -> list[str]:
    """
    The images that a form with this cursor lacks.

    :param galleries: Those that may be meant, by the keys that content names them by.
    :return: Keys as text, in the order in which they came; none where the user may not edit the
        page or snippet.
    """
    asked = _ask(galleries, cursor, user)
    return asked.lacking.images if asked else []


def items_to_show(galleries: Mapping[str, Subscription], cursor: str, user: Any) -> dict[str, Any]:
    """:return: The items, as the grid takes them, and the cursor of what has them."""
    asked = _ask(galleries, cursor, user)
    gallery = gallery_of(asked.holder, asked.subscription) if asked else None
    if asked is None or gallery is None:
        return {}
    images = gallery.block.child_blocks["images"]
    value = images.to_python(asked.lacking.items(gallery))
    return {"items": images.get_form_state(value), "cursor": str(asked.lacking.cursor)}


def _ask(galleries: Mapping[str, Subscription], cursor: str, user: Any) -> _Asked | None:
    parsed = Cursor.parse(cursor)
    subscription = galleries.get(parsed.key) if parsed else None
    lacking = unseen(subscription, parsed) if subscription and parsed else None
    if subscription is None or lacking is None:
        return None
    holder = holder_of(subscription)
    may_know = holder is not None and may_edit(user, holder)
    return _Asked(subscription, holder, lacking) if may_know else None
