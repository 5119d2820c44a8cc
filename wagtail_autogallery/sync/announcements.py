"""
Tell everybody who listens that a holder was written.

After the commit, so that nobody reads what may yet be rolled back, and nobody's error undoes the
write. What is to be told is written down with the change, and told again where the process died.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import InternalError, models, transaction
from django.db.models.signals import post_save, pre_save
from wagtail.signal_handlers import (
    disable_reference_index_auto_update,
    reference_index_auto_update_disabled,
)
from wagtail.signals import page_published, published

from wagtail_autogallery.models import Announcement, Delivery, HolderKey
from wagtail_autogallery.signals import delivery_failed, gallery_synced
from wagtail_autogallery.sync.children import parental_key

logger = logging.getLogger(__name__)


def send_pre_save(instance: models.Model) -> None:
    """Let the site's receivers have their say, as before any save; their errors are logged."""
    mark_as_synced(instance)
    if not pre_save.has_listeners(type(instance)):
        return
    using = instance._state.db
    try:
        with transaction.atomic(using=using):
            _send(pre_save, instance, raw=False, using=using, update_fields=None)
    except InternalError:
        # After the failed statement of a receiver, which is logged, PostgreSQL refuses all others.
        logger.warning("What receivers of pre_save wrote is taken back, see above: %s", instance)


def tell(announcement: Announcement, instance: models.Model) -> None:
    """
    Send what publishing sends after it has written, and what became of each gallery.

    Call it outside of the transaction of the write, and have the announcement forgotten then.
    """
    mark_as_synced(instance)
    using = instance._state.db
    with _index_left_to_parent(instance):
        _send(post_save, instance, created=False, raw=False, using=using, update_fields=None)
    if announcement.is_published:
        about = {"revision": announcement.revision}
        if announcement.is_alias:
            _send(page_published, instance, **about, alias=True)
        else:
            if hasattr(instance, "update_aliases"):
                _send(page_published, instance, **about)
            _send(published, instance, **about)
    for gallery in announcement.galleries:
        _send(gallery_synced, instance, **gallery)


def tell_what_is_left(older_than: timedelta) -> None:
    """Tell what a process that died did not get to."""
    for announcement in Announcement.objects.left(older_than):
        if not announcement.take():
            continue
        if announcement.holder is None or announcement.is_worn_out:
            logger.warning("Nobody could be told that %s was written", announcement)
        else:
            tell(announcement, announcement.holder)
        Announcement.objects.forget([announcement])


def tell_of_failure(key: HolderKey, error: BaseException, run: int) -> None:
    """
    Send ``delivery_failed`` for a holder that could not be written, where somebody listens.

    :param run: The newest run; what waits for the holder may be of older ones.
    """
    if (model := key.model) is None or not delivery_failed.has_listeners(model):
        return
    waiting = list(Delivery.objects.of(key).waiting().order_by("pk"))
    delivery_failed.send_robust(
        sender=model,
        instance=model._base_manager.filter(pk=key.object_id).first(),
        error=error,
        images=list(dict.fromkeys(delivery.image_id for delivery in waiting)),
        run=run,
        retry_at=min((d.due_at for d in waiting if d.due_at), default=None),
    )


@contextmanager
def _index_left_to_parent(instance: models.Model) -> Iterator[None]:
    """
    Wagtail's index has what a child object refers to under its parent, of which it is told as well:
    it need not bring that up to date for each of them.
    """
    is_disabled = getattr(reference_index_auto_update_disabled, "value", False)
    if parental_key(type(instance)) is None or is_disabled:
        yield
    else:
        with disable_reference_index_auto_update():
            yield


def _send(signal: Any, instance: models.Model, **about: Any) -> None:
    # Django logs what receivers raise, with a traceback.
    signal.send_robust(sender=type(instance), instance=instance, **about)


def mark_as_synced(instance: models.Model) -> None:
    """The sync knows what it writes: nobody has to look for what is new in this instance."""
    instance._autogallery_is_synced = True  # type: ignore[attr-defined]


def is_marked(instance: models.Model) -> bool:
    return "_autogallery_is_synced" in instance.__dict__


def take_mark(instance: models.Model) -> bool:
    """:return: Whether this save is the sync's own. The mark is for one save."""
    return instance.__dict__.pop("_autogallery_is_synced", False)
