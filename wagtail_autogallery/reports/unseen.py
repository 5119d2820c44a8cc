"""What a form is told of its galleries: what came since it was opened, and what is new in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.reports.permissions import may_edit
from wagtail_autogallery.reports.states import holder_of
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.matching import gallery_of
from wagtail_autogallery.sync.unseen import unseen


def told_images(
    galleries: Mapping[str, Subscription], cursor: str, user: Any
) -> dict[str, list[str]]:
    """
    What there is to tell a form with this cursor, by primary keys as text.

    :param galleries: Those that may be meant, by the keys that content names them by.
    :return: The images that it lacks, in the order in which they came (``unseen``), and those that
        wait in the draft for somebody to look at them (``waiting``). What there is none of is left
        out; so is all where the user may not edit the page or snippet.
    """
    parsed = Cursor.parse(cursor)
    subscription = galleries.get(parsed.key) if parsed else None
    if subscription is None or parsed is None:
        return {}
    lacking = unseen(subscription, parsed)
    told = {"unseen": lacking.images if lacking else [], "waiting": _waiting(subscription)}
    told = {name: images for name, images in told.items() if images}
    return told if told and _holder_for(subscription, user) else {}


def _waiting(subscription: Subscription) -> list[str]:
    withheld = Delivery.objects.of_subscriptions([subscription]).withheld().filter(offer__gt=0)
    return list(withheld.order_by("offer").values_list("image_id", flat=True))


def items_to_show(galleries: Mapping[str, Subscription], cursor: str, user: Any) -> dict[str, Any]:
    """:return: The items, as the grid takes them, and the cursor of what has them."""
    parsed = Cursor.parse(cursor)
    subscription = galleries.get(parsed.key) if parsed else None
    lacking = unseen(subscription, parsed) if subscription and parsed else None
    holder = _holder_for(subscription, user) if subscription and lacking else None
    gallery = gallery_of(holder, subscription) if subscription and holder else None
    if lacking is None or gallery is None:
        return {}
    images = gallery.block.child_blocks["images"]
    value = images.to_python(lacking.items(gallery))
    return {"items": images.get_form_state(value), "cursor": str(lacking.cursor)}


def _holder_for(subscription: Subscription, user: Any) -> Any:
    """:return: ``None`` where the user may not edit it."""
    holder = holder_of(subscription)
    return holder if holder is not None and may_edit(user, holder) else None
