"""Collections that are opened, closed, moved and deleted."""

from __future__ import annotations

from typing import Any

from wagtail.models import Collection, CollectionViewRestriction

from wagtail_autogallery.models import Subscription
from wagtail_autogallery.signal_handlers.guards import needs_tables
from wagtail_autogallery.sync import arrivals
from wagtail_autogallery.tasks import enqueue_sync_on_commit


@needs_tables
def record_arrival_on_restriction_save(
    instance: CollectionViewRestriction, created: bool, raw: bool, **kwargs: Any
) -> None:
    if created and not raw and arrivals.record_closing(instance.collection_id):
        enqueue_sync_on_commit()


@needs_tables
def record_arrival_on_restriction_delete(
    instance: CollectionViewRestriction, **kwargs: Any
) -> None:
    arrivals.record_opening(instance.collection_id)
    enqueue_sync_on_commit()


@needs_tables
def record_arrival_on_collection_move(old_path: str, new_path: str, **kwargs: Any) -> None:
    if arrivals.record_collection_move(old_path, new_path):
        enqueue_sync_on_commit()


@needs_tables
def note_state_on_collection_delete(instance: Collection, **kwargs: Any) -> None:
    Subscription.objects.lose_collection(instance.pk)
