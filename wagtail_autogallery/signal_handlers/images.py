"""Images that are saved, moved and deleted, and their renditions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections, models, transaction

from wagtail_autogallery.frontend.failures import forget_failures
from wagtail_autogallery.models import Arrival, Subscription
from wagtail_autogallery.signal_handlers.guards import Fields, may_write, needs_tables
from wagtail_autogallery.sync import arrivals
from wagtail_autogallery.tasks import enqueue_sync_on_commit

FOCAL_POINT = ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")


def remember_collection_before_save(
    instance: Any, raw: bool, update_fields: Fields, using: str, **kwargs: Any
) -> None:
    """An image that is saved again may be moved by that: look where it is now."""
    if raw or instance._state.adding or not may_write(update_fields, "collection", "collection_id"):
        return
    rows = type(instance)._base_manager.using(using).filter(pk=instance.pk)
    instance._autogallery_collection_id = rows.values_list("collection_id", flat=True).first()


def record_arrival_on_image_save(
    instance: Any, created: bool, raw: bool, update_fields: Fields, **kwargs: Any
) -> None:
    if raw:
        return
    origin = instance.__dict__.pop("_autogallery_collection_id", None)
    if created:
        record_upload(instance)
        return
    if origin is not None and origin != instance.collection_id:
        record_arrivals([(instance.pk, origin)])
    if may_write(update_fields, "file", *FOCAL_POINT):
        have_pictures_made(instance)


@needs_tables
def have_pictures_made(image: Any) -> None:
    """Once it is committed: its galleries may be in the hands of others, who wait for this."""
    showing = Subscription.objects.showing(image)
    transaction.on_commit(showing.have_pictures_made, robust=True)


def have_pictures_made_on_rendition_delete(instance: Any, origin: Any, **kwargs: Any) -> None:
    """Not where the image itself is deleted, which takes its renditions along."""
    deleted = origin.model if isinstance(origin, models.QuerySet) else type(origin)
    if deleted is type(instance):
        have_pictures_made(instance.image)


@needs_tables
def record_upload(image: Any) -> None:
    if not _was_seen_by_a_drain(image):
        record_arrivals([(image.pk, None)])


def _was_seen_by_a_drain(image: Any) -> bool:
    """What is saved without a transaction, others see before it is written down, and do that."""
    if connections[image._state.db].in_atomic_block:
        return False
    arrivals = Arrival.objects.of_images([str(image.pk)])
    return arrivals.filter(created_at__gte=image.created_at).exists()


@needs_tables
def record_arrivals(images: Iterable[tuple[Any, int | None]]) -> None:
    """
    Write arrivals and have them worked off.

    :param images: Primary key of each image and of the collection it came from, if it was moved.
    """
    enqueue_sync_on_commit(arrivals.record_images(images))


@needs_tables
def find_holders_before_image_delete(instance: Any, **kwargs: Any) -> None:
    instance._autogallery_holders = arrivals.holders_showing(instance)


@needs_tables
def record_arrival_on_image_delete(instance: Any, **kwargs: Any) -> None:
    """The next run takes it out of the galleries."""
    forget_failures(str(instance.pk))
    holders = instance.__dict__.pop("_autogallery_holders", [])
    enqueue_sync_on_commit(arrivals.record_deletion(instance.pk, holders))
