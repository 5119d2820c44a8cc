"""
What has to be written down when something is saved. Each handler translates and calls.

Connected in ``apps.py``; away while migrations run. Where the tables are not there, nothing is
written down and nobody's save fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models, router
from django.db.models.signals import (
    post_delete,
    post_migrate,
    post_save,
    pre_delete,
    pre_migrate,
    pre_save,
)
from django.dispatch import Signal
from treebeard import mp_tree
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    LockableMixin,
    ModelLogEntry,
    PageLogEntry,
    RevisionMixin,
    WorkflowState,
)
from wagtail.signals import workflow_approved, workflow_cancelled, workflow_rejected

from wagtail_autogallery import tables
from wagtail_autogallery.drain.draining import wake_up_for
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.queue import backends
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.signal_handlers import children, collections, holders, images
from wagtail_autogallery.sync import late_tables
from wagtail_autogallery.sync.children import parental_key
from wagtail_autogallery.sync.gallery_fields import gallery_fields, is_holder


def wake_up_on_enqueue(instance: Any, created: bool, raw: bool, **kwargs: Any) -> None:
    """A database queue saves its rows like any model."""
    if created and not raw:
        wake_up_for(instance)


def catch_up_on_migrate(using: str, plan: Sequence[tuple[Any, bool]] = (), **kwargs: Any) -> None:
    """The code may have been there before the tables, or their new columns."""
    ours = [backwards for migration, backwards in plan if migration.app_label == tables.APP_LABEL]
    if ours and using == router.db_for_write(Arrival):
        tables.look_again()
        if not any(ours) and tables.are_there():
            with read_where_written():
                late_tables.catch_up()


def connect_signal_handlers(**kwargs: Any) -> None:
    for signal, receiver, sender in _connections():
        signal.connect(receiver, sender=sender)


def disconnect_signal_handlers(**kwargs: Any) -> None:
    for signal, receiver, sender in _connections():
        signal.disconnect(receiver, sender=sender)


def _connections() -> Iterator[tuple[Signal, Callable[..., None], type[models.Model]]]:
    """
    Which receiver listens to whom.

    Each names its sender: one receiver of ``post_delete`` for all models would make Django load
    every row of the site before it is deleted.
    """
    for image_model in _image_models():
        yield pre_save, images.remember_collection_before_save, image_model
        yield post_save, images.record_arrival_on_image_save, image_model
        yield pre_delete, images.find_holders_before_image_delete, image_model
        yield post_delete, images.record_arrival_on_image_delete, image_model
    yield (
        post_delete,
        images.have_pictures_made_on_rendition_delete,
        get_image_model().get_rendition_model(),
    )
    yield post_save, collections.record_arrival_on_restriction_save, CollectionViewRestriction
    yield post_delete, collections.record_arrival_on_restriction_delete, CollectionViewRestriction
    yield post_delete, collections.note_state_on_collection_delete, Collection
    # Treebeard tells of moves since version 5.3.
    if hasattr(mp_tree, "path_updated"):
        yield mp_tree.path_updated, collections.record_arrival_on_collection_move, Collection
    for model in apps.get_models():
        if gallery_fields(model) and parental_key(model):
            yield pre_save, children.complete_row_before_child_save, model
            yield post_save, children.complete_row_on_child_save, model
            yield pre_delete, children.lock_parent_before_child_delete, model
            yield post_delete, children.complete_row_on_child_delete, model
        if not is_holder(model):
            continue
        yield pre_save, holders.mint_keys_before_holder_save, model
        yield post_save, holders.complete_row_on_holder_save, model
        yield post_delete, holders.remove_subscriptions_on_holder_delete, model
        if issubclass(model, RevisionMixin):
            yield post_save, holders.complete_revision_on_holder_save, model
        if issubclass(model, LockableMixin):
            yield post_save, holders.release_on_unlock, model
        if hasattr(model, "update_aliases"):
            yield pre_delete, holders.let_aliases_adopt_before_page_delete, model
    for ended in (workflow_approved, workflow_rejected, workflow_cancelled):
        yield ended, holders.release_on_workflow_end, WorkflowState
    for model in (PageLogEntry, ModelLogEntry):
        yield post_save, holders.take_back_on_revert, model
    if queue_model := backends.model():
        yield post_save, wake_up_on_enqueue, queue_model


def _image_models() -> Iterator[type[models.Model]]:
    """The site's image model, and its proxies, which send signals of their own."""
    concrete = get_image_model()._meta.concrete_model
    yield from (model for model in apps.get_models() if model._meta.concrete_model is concrete)


def register_signal_handlers() -> None:
    connect_signal_handlers()
    pre_migrate.connect(disconnect_signal_handlers)
    post_migrate.connect(connect_signal_handlers)
    app = apps.get_app_config(tables.APP_LABEL)
    post_migrate.connect(catch_up_on_migrate, sender=app)
