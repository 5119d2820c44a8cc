"""
What has to be written down when something is saved. Each handler translates and calls.

Connected in ``apps.py``; away while migrations run. Where the tables are not there, nothing is
written down and nobody's save fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any

from django.apps import apps
from django.db import connections, models, router, transaction
from django.db.models.signals import (
    post_delete,
    post_migrate,
    post_save,
    pre_delete,
    pre_migrate,
    pre_save,
)
from django.dispatch import Signal
from django.utils import timezone
from treebeard import mp_tree
from wagtail.images import get_image_model
from wagtail.models import (
    BaseLogEntry,
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
from wagtail_autogallery.frontend.failures import forget_failures
from wagtail_autogallery.models import Arrival, Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.queue import backends
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.sync import arrivals, late_tables, reverts
from wagtail_autogallery.sync.announcements import is_marked, mark_as_synced, take_mark
from wagtail_autogallery.sync.children import (
    ChildField,
    about_to_be_saved,
    parent_in_database,
    parent_in_memory,
    parental_key,
    relation_of,
)
from wagtail_autogallery.sync.saves import (
    complete_revision,
    complete_row,
    lock_parent,
    mint_keys,
    mint_keys_of_child,
)
from wagtail_autogallery.sync.streams import child_fields, gallery_fields, is_holder
from wagtail_autogallery.sync.subscriptions import adopt_for_aliases, remove_subscriptions
from wagtail_autogallery.tasks import enqueue_sync_on_commit

Fields = Iterable[str] | None

FOCAL_POINT = ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")


def needs_tables(function: Callable[..., None]) -> Callable[..., None]:
    """A handler that writes something down, and decides by what it reads."""

    @wraps(function)
    def when_they_are_there(*args: Any, **kwargs: Any) -> None:
        if tables.are_there():
            with read_where_written():
                function(*args, **kwargs)

    return when_they_are_there


def remember_collection_before_save(
    instance: Any, raw: bool, update_fields: Fields, using: str, **kwargs: Any
) -> None:
    """An image that is saved again may be moved by that: look where it is now."""
    if (
        raw
        or instance._state.adding
        or not _may_write(update_fields, "collection", "collection_id")
    ):
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
    if _may_write(update_fields, "file", *FOCAL_POINT):
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
    Subscription.objects.following().filter(scope=instance.pk).update(
        state=Subscription.State.COLLECTION_DELETED
    )


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
    if raw or not names or take_mark(instance) or _is_alias(instance):
        return
    if complete_row(instance, names):
        enqueue_sync_on_commit()
    _mark_children(instance, names)


@needs_tables
def complete_revision_on_holder_save(
    instance: models.Model, raw: bool, update_fields: Fields, **kwargs: Any
) -> None:
    """A holder's row names its newest revision as soon as that is saved."""
    if not raw and "latest_revision" in (update_fields or ()):
        complete_revision(instance)


@needs_tables
def complete_row_before_child_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    using: str,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    """A child object is saved after its parent, which has seen to it then, or by itself."""
    fields = _written_galleries_of_child(sender, instance, update_fields)
    if raw or not fields or is_marked(instance):
        return
    key, relation = fields[0].key, fields[0].relation
    parent = parent_in_memory(instance, key)
    if any(child is instance for child in about_to_be_saved(parent, relation) or ()):
        _complete_before_children_are_saved(parent, fields)
    else:
        lock_parent(instance, key, using)
        mint_keys_of_child(instance, fields)


@needs_tables
def complete_row_on_child_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool,
    update_fields: Fields,
    **kwargs: Any,
) -> None:
    fields = _written_galleries_of_child(sender, instance, update_fields)
    if raw or not fields or take_mark(instance):
        return
    parent = parent_in_database(instance, fields[0].key)
    names = {one.name for one in fields}
    if parent and not _is_alias(parent) and complete_row(parent, names, instance):
        enqueue_sync_on_commit()


@needs_tables
def lock_parent_before_child_delete(
    sender: type[models.Model],
    instance: models.Model,
    using: str,
    origin: Any = None,
    **kwargs: Any,
) -> None:
    key: Any = parental_key(sender)
    is_with_parent = (
        about_to_be_saved(parent_in_memory(instance, key), relation_of(key)) is not None
    )
    if _is_deleted_itself(instance, origin) and not is_with_parent:
        lock_parent(instance, key, using)


@needs_tables
def complete_row_on_child_delete(
    sender: type[models.Model], instance: models.Model, origin: Any = None, **kwargs: Any
) -> None:
    """Where it is not its parent that was deleted, its galleries follow no more."""
    fields = _written_galleries_of_child(sender, instance, None)
    if not fields or not _is_deleted_itself(instance, origin):
        return
    key, relation = fields[0].key, fields[0].relation
    parent = parent_in_memory(instance, key)
    others = about_to_be_saved(parent, relation)
    if others is not None and not any(child is instance for child in others):
        # Its galleries may be in one of them.
        if not (others and all(map(is_marked, others))):
            _complete_before_children_are_saved(parent, fields)
    elif (parent := parent_in_database(instance, key)) and not _is_alias(parent):
        complete_row(parent, {one.name for one in fields})


def _is_deleted_itself(instance: models.Model, origin: Any) -> bool:
    """Whether it is not deleted along with something else, such as its parent."""
    return origin is instance or getattr(origin, "model", None) is type(instance)


def _complete_before_children_are_saved(parent: Any, fields: list[ChildField]) -> None:
    names = {one.name for one in fields}
    mint_keys(parent, names)
    if not _is_alias(parent) and complete_row(parent, names):
        enqueue_sync_on_commit()
    _mark_children(parent, names)


def _mark_children(parent: models.Model, names: Iterable[str]) -> None:
    """Whoever saves them after their parent need not look at them again."""
    for one in child_fields(type(parent)):
        if one.name in names:
            for child in about_to_be_saved(parent, one.relation) or ():
                mark_as_synced(child)


@needs_tables
def release_on_unlock(instance: Any, raw: bool, update_fields: Fields, **kwargs: Any) -> None:
    """Who takes a lock off waits for what it held up."""
    if raw or "locked" not in (update_fields or ()) or instance.locked:
        return
    key = HolderKey.of(instance)
    if Subscription.objects.of(key).exists():
        Delivery.objects.of(key).release(Delivery.Reason.LOCKED)
        Errand.objects.of(key).update(due_at=timezone.now())
        enqueue_sync_on_commit()


@needs_tables
def release_on_workflow_end(instance: WorkflowState, **kwargs: Any) -> None:
    """What nobody was to see in the middle of it can be put into a draft now."""
    key = HolderKey.of(instance.content_object)
    if Delivery.objects.of(key).release(Delivery.Reason.WITHHELD):
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


def _written_galleries_of_child(
    model: type[models.Model], child: models.Model, update_fields: Fields
) -> list[ChildField]:
    """The gallery fields that a save of a child object writes."""
    key: Any = parental_key(model)
    not_written = child.get_deferred_fields()
    return [
        one
        for one in child_fields(key.related_model)
        if one.key == key
        and one.field.name not in not_written
        and (update_fields is None or one.field.name in update_fields)
    ]


def _is_alias(instance: models.Model) -> bool:
    return getattr(instance, "alias_of_id", None) is not None


def _may_write(update_fields: Fields, *names: str) -> bool:
    return update_fields is None or not set(names).isdisjoint(update_fields)


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
        yield pre_save, remember_collection_before_save, image_model
        yield post_save, record_arrival_on_image_save, image_model
        yield pre_delete, find_holders_before_image_delete, image_model
        yield post_delete, record_arrival_on_image_delete, image_model
    yield (
        post_delete,
        have_pictures_made_on_rendition_delete,
        get_image_model().get_rendition_model(),
    )
    yield post_save, record_arrival_on_restriction_save, CollectionViewRestriction
    yield post_delete, record_arrival_on_restriction_delete, CollectionViewRestriction
    yield post_delete, note_state_on_collection_delete, Collection
    # Treebeard tells of moves since version 5.3.
    if hasattr(mp_tree, "path_updated"):
        yield mp_tree.path_updated, record_arrival_on_collection_move, Collection
    for model in apps.get_models():
        if gallery_fields(model) and parental_key(model):
            yield pre_save, complete_row_before_child_save, model
            yield post_save, complete_row_on_child_save, model
            yield pre_delete, lock_parent_before_child_delete, model
            yield post_delete, complete_row_on_child_delete, model
        if not is_holder(model):
            continue
        yield pre_save, mint_keys_before_holder_save, model
        yield post_save, complete_row_on_holder_save, model
        yield post_delete, remove_subscriptions_on_holder_delete, model
        if issubclass(model, RevisionMixin):
            yield post_save, complete_revision_on_holder_save, model
        if issubclass(model, LockableMixin):
            yield post_save, release_on_unlock, model
        if hasattr(model, "update_aliases"):
            yield pre_delete, let_aliases_adopt_before_page_delete, model
    for ended in (workflow_approved, workflow_rejected, workflow_cancelled):
        yield ended, release_on_workflow_end, WorkflowState
    for model in (PageLogEntry, ModelLogEntry):
        yield post_save, take_back_on_revert, model
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
