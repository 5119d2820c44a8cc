"""Pages, snippets and other holders that are saved, unlocked, reverted and deleted."""

from __future__ import annotations

from typing import Any

from django.db import models
from wagtail.models import BaseLogEntry, WorkflowState

from wagtail_autogallery.models import Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.signal_handlers.children import mark_children
from wagtail_autogallery.signal_handlers.guards import Fields, is_alias, needs_tables
from wagtail_autogallery.sync import reverts
from wagtail_autogallery.sync.announcements import is_marked, take_mark
from wagtail_autogallery.sync.children import about_to_be_saved
from wagtail_autogallery.sync.gallery_fields import child_fields, gallery_fields, is_holder
from wagtail_autogallery.sync.saves import complete_revision, complete_row, mint_keys
from wagtail_autogallery.sync.subscriptions import adopt_for_aliases, remove_subscriptions
from wagtail_autogallery.tasks import enqueue_sync_on_commit


@needs_tables
def mint_keys_before_holder_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    names = _written_galleries(sender, instance, update_fields)
    if names and not raw and not is_marked(instance):
        mint_keys(instance, names)


@needs_tables
def complete_row_on_holder_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    names = _written_galleries(sender, instance, update_fields)
    if raw or not names or take_mark(instance) or is_alias(instance):
        return
    if complete_row(instance, names):
        enqueue_sync_on_commit()
    mark_children(instance, names)


@needs_tables
def complete_revision_on_holder_save(
    instance: models.Model, raw: bool, update_fields: Fields, **kwargs: Any
) -> None:
    """A holder's row names its newest revision as soon as that is saved."""
    if not raw and "latest_revision" in (update_fields or ()):
        complete_revision(instance)


@needs_tables
def release_on_unlock(instance: Any, raw: bool, update_fields: Fields, **kwargs: Any) -> None:
    """Who takes a lock off waits for what it held up."""
    if raw or "locked" not in (update_fields or ()) or instance.locked:
        return
    key = HolderKey.of(instance)
    if Subscription.objects.of(key).exists():
        Errand.objects.send_to([key])
        enqueue_sync_on_commit()


@needs_tables
def release_on_workflow_end(instance: WorkflowState, **kwargs: Any) -> None:
    """What nobody was to see in the middle of it can be put into a draft now."""
    key = HolderKey.of(instance.content_object)
    withheld = Delivery.objects.of(key).held_back(Delivery.Reason.WITHHELD)
    if Errand.objects.send_to(withheld.holder_keys()):
        enqueue_sync_on_commit()


@needs_tables
def take_back_on_revert(instance: BaseLogEntry, created: bool, raw: bool, **kwargs: Any) -> None:
    """Wagtail's log is where a revert differs from any other save of old content."""
    if raw or not created or instance.action != reverts.LOG_ACTION or not instance.revision:
        return
    model: Any = instance.revision.content_type.model_class()
    if model and is_holder(model):
        reverts.take_back(instance.revision)


@needs_tables
def let_aliases_adopt_before_page_delete(instance: models.Model, **kwargs: Any) -> None:
    """Without their source they follow on their own, from where it stands."""
    if adopt_for_aliases(instance):
        enqueue_sync_on_commit()


@needs_tables
def remove_subscriptions_on_holder_delete(instance: models.Model, **kwargs: Any) -> None:
    remove_subscriptions(HolderKey.of(instance))


def _written_galleries(
    model: type[models.Model], instance: models.Model, update_fields: Fields
) -> set[str]:
    """
    The gallery fields that a save writes, those of child objects that it writes afterwards too; all
    where a page becomes an alias no more.
    """
    own = {field.name for field in gallery_fields(model)} - instance.get_deferred_fields()
    if update_fields is None:
        return own | {
            one.name
            for one in child_fields(model)
            if about_to_be_saved(instance, one.relation) is not None
        }
    if "alias_of_id" in update_fields:
        return own | {one.name for one in child_fields(model)}
    return own & set(update_fields)
