"""
Catch up with the time in which the code was there and the tables of this app were not.

Galleries that were switched on meanwhile are in the content of their holders only. They follow from
when they were saved, as far as Wagtail's log tells, and what was uploaded after that is for them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import models, transaction
from django.utils import timezone
from wagtail.log_actions import registry
from wagtail.models import DraftStateMixin

from wagtail_autogallery import tables
from wagtail_autogallery.models import HolderKey, Run, Subscription
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.gallery_fields import child_fields
from wagtail_autogallery.sync.missed_uploads import not_looked_at_since, record_uploads
from wagtail_autogallery.sync.subscriptions import (
    holder_models,
    not_yet_followed,
    update_subscriptions,
)

logger = logging.getLogger(__name__)

#: A gallery that was saved longer ago did so on a site without this app: it follows from now on.
LONGEST_GAP = timedelta(days=7)


class _Late(NamedTuple):
    """A holder with followed galleries of which nothing is written down."""

    since: datetime
    key: HolderKey
    holder: models.Model


def catch_up() -> None:
    """
    Follow the galleries of that time, and write down what was uploaded.

    In the order in which it happened, because a gallery takes nothing that came before it.
    """
    now = timezone.now()
    late = sorted(_late_holders(now), key=lambda one: one.since)
    if not Run.objects.exists():
        # On a new site, what came before the first of them is for no gallery.
        Run.objects.create(number=0, opened_at=late[0].since if late else now)
    first = not_looked_at_since()
    for one in late:
        record_uploads(first, one.since)
        with transaction.atomic():
            raw, of_holder = streams.raw_data(one.holder), Subscription.objects.of(one.key)
            known = list(of_holder)
            update_subscriptions(one.key, type(one.holder), raw, known, look_for_uploads=False)
            new = of_holder.exclude(pk__in=[row.pk for row in known])
            new.update(followed_at=one.since)
        logger.warning("Galleries of %s follow since %s", one.key, one.since)
    record_uploads(first, now)


def _late_holders(now: datetime) -> Iterator[_Late]:
    for model in holder_models():
        if tables.missing_tables(_all_that_is_read(model)):
            # Its own migration comes later, so nobody has saved one with today's code.
            continue
        holders = streams.with_raw_data(model._base_manager.order_by("pk"))
        for holder in holders.iterator(chunk_size=100):
            if getattr(holder, "specific_class", model) is not model:
                continue
            key = HolderKey.of(holder)
            if late := not_yet_followed(holder, key):
                earliest = now - LONGEST_GAP
                since = [_followed_since(holder, *one, earliest) or now for one in late]
                yield _Late(min(since), key, holder)


def _all_that_is_read(model: type[models.Model]) -> list[type[models.Model]]:
    """The models in whose tables a holder is, with its child objects."""
    own = [model, *(one.key.model for one in child_fields(model))]
    return [each for one in own for each in (one, *one._meta.get_parent_list())]


def _followed_since(
    holder: models.Model, field: str, gallery: Gallery, earliest: datetime
) -> datetime | None:
    """When the holder's row was first saved with the toggle on; ``None`` where nothing tells."""
    since = None
    for entry in _saves(holder).filter(timestamp__gte=earliest).order_by("-timestamp", "-pk"):
        if entry.revision is None:
            # It does not tell what was saved, but there is nothing newer than that.
            return since or entry.timestamp
        raw = streams.raw_data_of_revision(type(holder), entry.revision.content)
        followed = [
            (name, there.path)
            for name, there in galleries_of(type(holder), raw)
            if there.is_followed
        ]
        if (field, gallery.path) not in followed:
            return since
        since = entry.timestamp
    return since


def _saves(holder: models.Model) -> Any:
    """Wagtail's log of what was written to the row; of a draft it is written when published."""
    actions = ["wagtail.create", "wagtail.publish"]
    if not isinstance(holder, DraftStateMixin):
        actions.append("wagtail.edit")
    logs = registry.get_logs_for_instance(holder)
    return logs.filter(action__in=actions).select_related("revision")
