"""Load, lock and write one holder."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.log_actions import log
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Revision,
    RevisionMixin,
    WorkflowMixin,
)
from wagtail.signals import page_published, published

from wagtail_autogallery import streams
from wagtail_autogallery.models import HolderKey

logger = logging.getLogger(__name__)

LOG_ACTION = "wagtail_autogallery.sync"


@dataclass
class Content:
    """One version of a holder's galleries: raw stream data by field name."""

    raw: dict[str, Any]
    changed: set[str] = field(default_factory=set)
    #: The revision it is stored in; ``None`` for the holder's own row.
    revision: Revision | None = None


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
        instance = holders.select_for_update().first()
        return cls(instance, Content(streams.raw_data(instance))) if instance else None

    @property
    def is_locked(self) -> bool:
        """
        Whether somebody has locked it against changes.

        Wagtail's other locks, of a workflow step or a schedule, keep people from editing what
        others review; amending keeps what they review as it is, and is right there.
        """
        return isinstance(self.instance, LockableMixin) and self.instance.locked

    @property
    def is_live(self) -> bool:
        return not isinstance(self.instance, DraftStateMixin) or self.instance.live

    @property
    def has_draft(self) -> bool:
        """Whether there is content newer than what is live."""
        return (
            isinstance(self.instance, DraftStateMixin)
            and self.instance.latest_revision_id != self.instance.live_revision_id
        )

    def is_at_rest(self) -> bool:
        """
        Whether a new revision can be published without touching anybody's work.

        It can not while there is a draft, a workflow in progress, a schedule, or somebody editing,
        nor when the blocks of today do not describe the stored data.
        """
        instance = self.instance
        if not isinstance(instance, RevisionMixin) or not all(
            streams.is_known(self.fields[name], raw) for name, raw in self.row.raw.items()
        ):
            return False
        if isinstance(instance, DraftStateMixin) and (
            not instance.live
            or instance.has_unpublished_changes
            or self.has_draft
            or (instance.go_live_at and instance.go_live_at > timezone.now())
            or instance.revisions.filter(approved_go_live_at__isnull=False).exists()
        ):
            return False
        if isinstance(instance, WorkflowMixin) and instance.current_workflow_state:
            return False
        return (
            not EditingSession.objects.available()
            .filter(
                content_type__in={instance.get_base_content_type(), instance.get_content_type()},
                object_id=str(instance.pk),
            )
            .exists()
        )

    def drafts(self) -> list[Content]:
        """The content of the live revision and of the latest one, where they exist."""
        if not isinstance(self.instance, RevisionMixin):
            return []
        ids = {self.instance.latest_revision_id, getattr(self.instance, "live_revision_id", None)}
        return [
            Content(
                {name: _loads(revision.content.get(name)) for name in self.fields},
                revision=revision,
            )
            for revision in Revision.objects.filter(pk__in=ids - {None}).select_for_update()
        ]

    def publish(self, data: dict[str, Any]) -> bool:
        """
        Write the row's content as a new revision and publish it.

        :param data: What the log entry tells.
        :return: ``False``, with nothing written, when the holder does not pass its own validation
            (a field was made required since it was last edited): its editors are to mend that.
        """
        try:
            with transaction.atomic():
                self._publish(data)
        except ValidationError as error:
            logger.warning("%s cannot be published: %s", self.instance, error)
            self.instance.refresh_from_db()
            return False
        return True

    def _publish(self, data: dict[str, Any]) -> None:
        instance: Any = self.instance
        for name, raw in self.row.raw.items():
            setattr(instance, name, raw)
        if isinstance(instance, DraftStateMixin):
            revision = instance.save_revision(clean=False)
            revision.publish(log_action=False)
        else:
            instance.save(update_fields=sorted(self.row.changed))
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
        for draft in drafts:
            if draft.changed and draft.revision:
                self._write_draft(draft, draft.revision)
        if self.row.changed:
            self._write_row()
        log(self.instance, LOG_ACTION, content_changed=True, data=data)

    def _write_draft(self, draft: Content, revision: Revision) -> None:
        content = revision.content
        for name in draft.changed:
            stored_as_text = not isinstance(content.get(name), list)
            content[name] = json.dumps(draft.raw[name]) if stored_as_text else draft.raw[name]
        Revision.objects.filter(pk=revision.pk).update(content=content)

    def _write_row(self) -> None:
        values = {name: self.row.raw[name] for name in self.row.changed}
        if self.is_live and isinstance(self.instance, DraftStateMixin):
            values["last_published_at"] = timezone.now()
        model = type(self.instance)
        model._base_manager.filter(pk=self.instance.pk).update(**values)
        instance = model._base_manager.get(pk=self.instance.pk)
        # Search, the reference index and the site's own receivers learn of it as of any save.
        post_save.send(
            sender=model,
            instance=instance,
            created=False,
            raw=False,
            using=instance._state.db,
            update_fields=frozenset(values),
        )
        if self.is_live and isinstance(instance, DraftStateMixin):
            self._announce(instance)

    def _announce(self, instance: Any) -> None:
        """Tell what Wagtail tells when something is published."""
        revision = instance.live_revision
        is_page = hasattr(instance, "update_aliases")
        if is_page:
            page_published.send(sender=type(instance), instance=instance, revision=revision)
        published.send(sender=type(instance), instance=instance, revision=revision)
        if is_page:
            instance.update_aliases(revision=revision, _content=instance.serializable_data())


def _loads(value: Any) -> Any:
    """Raw stream data as a revision stores it: JSON text within its JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None
