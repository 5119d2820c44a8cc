"""Have those who follow a page told by mail what it got, where the site wants that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Delivery, HolderKey, Notice


def note(
    key: HolderKey, instance: Any, changes: list[dict[str, Any]], offered: Iterable[Delivery]
) -> None:
    """
    Write down what is to be mailed. Call it in the transaction that writes the holder.

    :param changes: What became of its galleries, as ``gallery_synced`` tells it.
    :param offered: What its draft was given, for somebody to look at it.
    """
    images = [image_id for change in changes for image_id in change["added"]]
    to_look_at = [delivery.image_id for delivery in offered]
    if (images or to_look_at) and settings.NOTIFY and _is_followed(instance):
        runs = sorted({run for change in changes for run in change["runs"]})
        Notice.objects.add(key, images, runs, to_look_at)


def _is_followed(instance: Any) -> bool:
    """Only pages can be: Wagtail keeps those who want to hear of a page's comments."""
    followers = getattr(instance, "subscribers", None)
    return followers is not None and followers.filter(comment_notifications=True).exists()
