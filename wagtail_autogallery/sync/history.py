"""What the history of a holder tells of the sync: Wagtail's own log entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from wagtail.log_actions import log, registry
from wagtail.models import Comment, ModelLogEntry, PageLogEntry, Revision, TaskState

LOG_ACTION = "wagtail_autogallery.sync"
#: New images were put into a draft, for somebody to look at them.
OFFER_ACTION = "wagtail_autogallery.offer"
#: Somebody took back what the sync had added.
UNDO_ACTION = "wagtail_autogallery.undo"

#: So many images an entry names.
MOST_TITLES = 3
#: So long a revision of the sync's own is added to, instead of following it up with another.
QUIET = timedelta(hours=1)


@dataclass
class Entry:
    """What the history of a holder is to tell."""

    action: str
    data: dict[str, Any]
    #: Whose doing it is: a user's primary key as text; empty where it is nobody's.
    user: str = ""


def with_own_entries(model: type[models.Model]) -> models.QuerySet[Revision]:
    """
    Revisions, with what :func:`is_open` and :func:`tell_more` look at.

    :param model: Of what they are revisions.
    """
    log_entries = registry.get_log_model_for_model(model)._base_manager
    entries = log_entries.filter(revision=OuterRef("pk"), action=LOG_ACTION)
    return Revision.objects.annotate(
        autogallery_entry_id=Subquery(entries.values("pk")[:1]),
        autogallery_entry_data=Subquery(entries.values("data")[:1]),
        autogallery_is_reviewed=Exists(TaskState.objects.filter(revision=OuterRef("pk"))),
        autogallery_is_commented=Exists(Comment.objects.filter(revision_created=OuterRef("pk"))),
    )


def may_be_open(holder: Any) -> bool:
    """Whether its newest revision is fresh, as far as its row tells."""
    newest = getattr(holder, "latest_revision_created_at", None)
    return newest is None or newest >= timezone.now() - QUIET


def is_open(revision: Any) -> bool:
    """Whether it is a fresh one of the sync's own that no comment and no review refers to."""
    is_own = getattr(revision, "autogallery_entry_id", None) is not None
    if not is_own or revision.created_at < timezone.now() - QUIET:
        return False
    return not (revision.autogallery_is_reviewed or revision.autogallery_is_commented)


def tell_of_offer(instance: models.Model, revision: Revision, told: Entry) -> None:
    """What a draft was given within an hour is told in one entry."""
    entries = registry.get_log_model_for_instance(instance)._base_manager
    fresh = entries.filter(
        revision=revision, action=OFFER_ACTION, timestamp__gte=timezone.now() - QUIET
    )
    if entry := fresh.order_by("-timestamp").first():
        entries.filter(pk=entry.pk).update(data=_add_up(entry.data, told.data))
    else:
        tell(instance, revision, told)


def tell(instance: models.Model, revision: Revision | None, told: Entry) -> None:
    """
    Write a log entry of the sync's own.

    As Wagtail's ``log`` does; but that asks of each row that an entry names whether it is there.
    """
    model = registry.get_log_model_for_instance(instance)
    about: dict[Any, dict[str, Any]]
    about = {PageLogEntry: {"page": instance}, ModelLogEntry: {"object_id": str(instance.pk)}}
    user = get_user_model()._meta.pk.to_python(told.user) if told.user else None
    if model not in about:
        by = get_user_model()._base_manager.filter(pk=user).first() if user else None
        log(instance, told.action, user=by, revision=revision, content_changed=True, data=told.data)
        return
    entry = model(
        content_type=ContentType.objects.get_for_model(instance, for_concrete_model=False),
        label=model.objects.get_instance_title(instance),
        action=told.action,
        timestamp=timezone.now(),
        user_id=user,
        revision=revision,
        content_changed=True,
        data=told.data,
        **about[model],
    )
    entry.save_base(force_insert=True)


def tell_more(instance: models.Model, revision: Any, told: Entry) -> None:
    """Let the entry of a revision that is open tell of this run too."""
    entries = registry.get_log_model_for_instance(instance)._base_manager
    added_up = _add_up(revision.autogallery_entry_data, told.data)
    entries.filter(pk=revision.autogallery_entry_id).update(data=added_up)


def _add_up(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    lists: dict[str, Any] = {
        name: sorted({*before.get(name, []), *now.get(name, [])})
        for name in ("runs", "images", "removed")
        if name in before or name in now
    }
    titles = [*before.get("titles", []), *now["titles"]][:MOST_TITLES]
    return {**lists, "titles": titles, "count": len(lists["images"])}
