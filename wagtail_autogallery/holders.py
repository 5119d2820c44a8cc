"""Load, lock and write one holder."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, Q
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.models import EditingSession
from wagtail.log_actions import log
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Revision,
    RevisionMixin,
    WorkflowMixin,
    WorkflowState,
)
from wagtail.signals import page_published, published

from wagtail_autogallery import locks, streams
from wagtail_autogallery.models import HolderKey

logger = logging.getLogger(__name__)

LOG_ACTION = "wagtail_autogallery.sync"


class _Anybody(AnonymousUser):
    """Somebody with every right, to ask whether a lock leaves anyone the right to edit."""

    is_superuser = True  # type: ignore[assignment]


@dataclass
class Content:
    """One version of a holder's galleries: raw stream data by field name."""

    raw: dict[str, Any]
    changed: set[str] = field(default_factory=set)
    #: The revision it is stored in; ``None`` for the holder's own row.
    revision: Revision | None = None
    #: Fields in which only cursors have moved.
    noted: set[str] = field(default_factory=set)


class Holder:
    """A holder whose row is locked until the end of the transaction."""

    def __init__(self, instance: models.Model, row: Content) -> None:
        self.instance = instance
        self.row = row
        self.fields = {f.name: f for f in streams.gallery_fields(type(instance))}

    @classmethod
    def lock(cls, key: HolderKey, model: type[models.Model] | None) -> Holder | None:
        """
        Load a holder and lock its row. Call it inside a transaction.

        :return: ``None`` when there is no such holder any more.
        """
        if model is None:
            return None
        holders = streams.with_raw_data(model._base_manager.filter(pk=key.object_id))
        own_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
        here = {"content_type": own_type, "object_id": key.object_id}
        # What most holders have none of is asked along, and looked at only where it is there.
        if issubclass(model, WorkflowMixin):
            states = WorkflowState.objects.active().filter(**here)
            holders = holders.annotate(autogallery_in_workflow=Exists(states))
        if issubclass(model, DraftStateMixin):
            scheduled = Revision.objects.filter(**here, approved_go_live_at__isnull=False)
            holders = holders.annotate(autogallery_is_scheduled=Exists(scheduled))
        if hasattr(model, "update_aliases"):
            aliases = model._base_manager.filter(alias_of=key.object_id)
            holders = holders.annotate(autogallery_has_aliases=Exists(aliases))
        instance = locks.lock_as_a_save_does(holders, key.object_id).first()
        return cls(instance, Content(streams.raw_data(instance))) if instance else None

    @property
    def is_locked(self) -> bool:
        """
        Whether it is locked against changes by anybody: by a person, or by a workflow step.

        A step that lets its reviewers edit, as Wagtail's group approval does, is no such lock, nor
        is a schedule: what is to be published then is amended in place.
        """
        instance: Any = self.instance
        if isinstance(instance, LockableMixin) and instance.locked:
            return True
        if self.task_state is None:
            return False
        task = self.task_state.task.specific_deferred
        return bool(task.lock_class(instance, task).for_user(_Anybody()))

    @property
    def is_in_workflow(self) -> bool:
        return getattr(self.instance, "autogallery_in_workflow", False)

    @cached_property
    def task_state(self) -> Any:
        """Where it stands in the workflow that it is in, if somebody is to review it."""
        instance: Any = self.instance
        return instance.current_workflow_task_state if self.is_in_workflow else None

    @property
    def is_scheduled(self) -> bool:
        return getattr(self.instance, "autogallery_is_scheduled", False)

    @property
    def has_aliases(self) -> bool:
        return getattr(self.instance, "autogallery_has_aliases", False)

    @cached_property
    def unpublished_aliases(self) -> list[Any]:
        """
        Keys of the aliases that somebody unpublished, and of theirs.

        Wagtail would publish them along with their source.
        """
        model = type(self.instance)
        unpublished: list[Any] = []
        sources = [self.instance.pk] if self.has_aliases else []
        while sources:
            aliases = list(
                model._base_manager.filter(alias_of__in=sources).values_list("pk", "live")
            )
            unpublished += [pk for pk, live in aliases if not live]
            sources = [pk for pk, live in aliases if live]
        return unpublished

    @property
    def is_live(self) -> bool:
        return not isinstance(self.instance, DraftStateMixin) or self.instance.live

    @property
    def has_draft(self) -> bool:
        """
        Whether there is content newer than what is live.

        Wagtail copies a page with its draft, and calls that the live revision of the copy.
        """
        return isinstance(self.instance, DraftStateMixin) and (
            self.instance.has_unpublished_changes
            or self.instance.latest_revision_id != self.instance.live_revision_id
        )

    def is_at_rest(self) -> bool:
        """
        Whether a new revision can be published without touching anybody's work.

        It can not while there is a draft, a workflow in progress, a schedule (for going live or
        for expiring), somebody editing, or an alias that is not to be published with it, nor when
        the blocks of today do not describe the stored data.
        """
        instance = self.instance
        if not isinstance(instance, RevisionMixin) or not all(
            streams.is_known(self.fields[name], raw) for name, raw in self.row.raw.items()
        ):
            return False
        if isinstance(instance, DraftStateMixin) and (
            not instance.live
            or self.has_draft
            or (instance.go_live_at and instance.go_live_at > timezone.now())
            or instance.expire_at
            or self.is_scheduled
        ):
            return False
        if self.is_in_workflow or self.unpublished_aliases:
            return False
        own_type = ContentType.objects.get_for_model(instance, for_concrete_model=False)
        return (
            not EditingSession.objects.available()
            .filter(
                content_type__in={instance.get_base_content_type(), own_type},
                object_id=str(instance.pk),
            )
            .exists()
        )

    def drafts(self) -> list[Content]:
        """
        The content of every revision that is live or may be published as it is.

        That is the live one, the latest one, one that is scheduled, and one that is under review.
        """
        instance = self.instance
        if not isinstance(instance, RevisionMixin):
            return []
        ids = {instance.latest_revision_id, getattr(instance, "live_revision_id", None)}
        if self.task_state:
            ids.add(self.task_state.revision_id)
        revisions = instance.revisions.filter(
            Q(pk__in=ids - {None}) | Q(approved_go_live_at__isnull=False)
        )
        return [
            Content(
                streams.raw_data_of_revision(type(instance), revision.content),
                revision=revision,
            )
            for revision in locks.lock_at_once(revisions)
        ]

    def publish(self, data: dict[str, Any]) -> bool:
        """
        Write the row's content as a new revision and publish it.

        :param data: What the log entry tells.
        :return: ``False``, with nothing written, when the holder does not pass its own validation
            (a field was made required since it was last edited): its editors are to mend that.
        """
        try:
            with locks.waiting_for_nobody(self.instance._state.db), transaction.atomic():
                self._publish(data)
        except ValidationError as error:
            logger.warning("%s cannot be published: %s", self.instance, error)
            self.instance.refresh_from_db()
            return False
        return True

    def _publish(self, data: dict[str, Any]) -> None:
        instance: Any = self.instance
        # Publishing writes to it. An editor's request that holds it may be waiting for us.
        list(locks.lock_at_once(instance.revisions.filter(pk=instance.latest_revision_id)))
        for name, raw in self.row.raw.items():
            setattr(instance, name, raw)
        if isinstance(instance, DraftStateMixin):
            revision = instance.save_revision(clean=False)
            revision.publish(log_action=False)
        else:
            instance.save(update_fields=sorted(self.row.changed | self.row.noted))
            revision = instance.save_revision(clean=False)
        log(instance, LOG_ACTION, revision=revision, content_changed=True, data=data)

    def amend(self, drafts: list[Content], data: dict[str, Any]) -> None:
        """
        Write changed content where it is, without a new revision.

        The newest revision stays the newest and keeps its time, so no form that is open now is
        told of a conflict, no draft is buried or published, and no workflow is cancelled.

        :param drafts: Contents from :meth:`drafts`.
        :param data: What the log entry tells.
        """
        write_revisions(drafts)
        if self.row.changed:
            self._write_row([draft.revision for draft in drafts if draft.revision])
        log(self.instance, LOG_ACTION, content_changed=True, data=data)

    def note(self, drafts: list[Content]) -> None:
        """
        Write cursors where nothing had to be added. Nobody sees a difference or is told of one.

        :param drafts: Contents from :meth:`drafts`.
        """
        write_revisions(replace(draft, changed=draft.noted) for draft in drafts)
        if self.row.noted:
            self._update_row({name: self.row.raw[name] for name in self.row.noted})

    def _write_row(self, revisions: list[Revision]) -> None:
        instance: Any = self.instance
        values = {name: self.row.raw[name] for name in self.row.changed}
        is_published = self.is_live and isinstance(instance, DraftStateMixin)
        if is_published:
            values["last_published_at"] = timezone.now()
        self._update_row(values)
        mark_as_synced(instance)
        # Search, the reference index and the site's own receivers learn of it as of any save.
        post_save.send(
            sender=type(instance),
            instance=instance,
            created=False,
            raw=False,
            using=instance._state.db,
            update_fields=frozenset(values),
        )
        if is_published:
            live = [row for row in revisions if row.pk == instance.live_revision_id]
            self._announce(live[0] if live else None)

    def _update_row(self, values: dict[str, Any]) -> None:
        """Write fields as they are, table by table: a save would drop blocks it does not know."""
        instance = self.instance
        tables: dict[Any, dict[str, Any]] = {}
        for name, value in values.items():
            setattr(instance, name, value)
            table = tables.setdefault(instance._meta.get_field(name).model, {})
            table[name] = value
        for model, columns in tables.items():
            model._base_manager.filter(pk=instance.pk).update(**columns)

    def _announce(self, revision: Revision | None) -> None:
        """Tell what Wagtail tells when something is published."""
        instance: Any = self.instance
        if hasattr(instance, "update_aliases"):
            page_published.send(sender=type(instance), instance=instance, revision=revision)
        published.send(sender=type(instance), instance=instance, revision=revision)
        if self.has_aliases:
            instance.update_aliases(
                revision=revision,
                _content=instance.serializable_data(),
                _updated_ids=self.unpublished_aliases,
            )


def write_revisions(contents: Iterable[Content]) -> None:
    """Write what changed in the contents of revisions, which keep their ids and their times."""
    revisions = []
    for content in contents:
        if content.revision and content.changed:
            stored = content.revision.content
            for name in content.changed:
                as_text = not isinstance(stored.get(name), list)
                stored[name] = json.dumps(content.raw[name]) if as_text else content.raw[name]
            revisions.append(content.revision)
    if revisions:
        Revision.objects.bulk_update(revisions, ["content"])


def mark_as_synced(instance: models.Model) -> None:
    """The sync knows what it writes: nobody has to look for what is new in this instance."""
    instance._autogallery_is_synced = True  # type: ignore[attr-defined]


def take_mark(instance: models.Model) -> bool:
    """:return: Whether this save is the sync's own. The mark is for one save."""
    return instance.__dict__.pop("_autogallery_is_synced", False)
