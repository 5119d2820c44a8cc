"""Load and lock one holder, and see what state it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from wagtail.admin.models import EditingSession
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Revision,
    RevisionMixin,
    WorkflowMixin,
    WorkflowState,
)

from wagtail_autogallery.models import Announcement, HolderKey
from wagtail_autogallery.sync import history, locks, streams


class _Anybody(AnonymousUser):
    """Somebody with every right, to ask whether a lock leaves anyone the right to edit."""

    is_superuser = True  # type: ignore[assignment]


@dataclass
class Content:
    """
    One version of a holder's galleries: raw stream data by field name.

    Of a field of its child objects it is a list, see :class:`.children.ChildStream`.
    """

    raw: dict[str, Any]
    changed: set[str] = field(default_factory=set)
    #: The revision it is stored in; ``None`` for the holder's own row.
    revision: Revision | None = None
    #: Fields in which only cursors have moved.
    noted: set[str] = field(default_factory=set)


@cache
def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    """What is loaded of every holder of a model. Kept, because putting it together takes time."""
    rows = streams.with_raw_data(model._base_manager.all())
    if hasattr(model, "update_aliases"):
        aliases = model._base_manager.filter(alias_of=OuterRef("pk"))
        rows = rows.annotate(autogallery_has_aliases=Exists(aliases))
    return rows


class Holder:
    """A holder whose row is locked until the end of the transaction."""

    def __init__(self, instance: models.Model, row: Content) -> None:
        self.instance = instance
        self.row = row
        #: What is to be told after the commit, each with the instance it is about.
        self.to_announce: list[tuple[Announcement, Any]] = []
        #: What became of its galleries in the row, as ``gallery_synced`` tells it.
        self.changes: list[dict[str, Any]] = []

    @classmethod
    def lock(
        cls, key: HolderKey, model: type[models.Model] | None, *, skip_locked: bool = False
    ) -> Holder | None:
        """
        Load a holder and lock its row. Call it inside a transaction.

        :param skip_locked: Wait for nobody, where the database can do that.
        :return: ``None`` when there is no such holder any more, or somebody else has locked it.
        """
        if model is None:
            return None
        holders = _rows(model).filter(pk=key.object_id)
        own_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
        here = {"content_type": own_type, "object_id": key.object_id}
        # What most holders have none of is asked along, and looked at only where it is there.
        if issubclass(model, WorkflowMixin):
            states = WorkflowState.objects.active().filter(**here)
            holders = holders.annotate(autogallery_in_workflow=Exists(states))
        if issubclass(model, RevisionMixin):
            # Asked of an instance, as pages have it.
            base_type = model().get_base_content_type()  # type: ignore[attr-defined]
            sessions = EditingSession.objects.available().filter(
                content_type__in={own_type, base_type}, object_id=key.object_id
            )
            holders = holders.annotate(autogallery_is_edited=Exists(sessions))
        rows = locks.lock_as_a_save_does(holders, skip_locked=skip_locked, pk=key.object_id)
        instance = rows.first()
        return cls(instance, Content(streams.raw_data(instance, locked=True))) if instance else None

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
    def is_alias(self) -> bool:
        """Whether it follows its source, and is written with it only."""
        return getattr(self.instance, "alias_of_id", None) is not None

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
        return any(
            content.revision and content.revision.approved_go_live_at for content in self.drafts()
        )

    @property
    def is_edited(self) -> bool:
        """Whether somebody has it open in an editor."""
        return getattr(self.instance, "autogallery_is_edited", False)

    @property
    def has_aliases(self) -> bool:
        return getattr(self.instance, "autogallery_has_aliases", False)

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
        Whether a new revision buries nobody's work.

        It would while there is a draft, a workflow in progress, a schedule (for going live or for
        expiring), or somebody editing.
        """
        instance = self.instance
        if not isinstance(instance, RevisionMixin):
            return False
        if isinstance(instance, DraftStateMixin) and (
            not instance.live
            or self.has_draft
            or (instance.go_live_at and instance.go_live_at > timezone.now())
            or instance.expire_at
            or self.is_scheduled
        ):
            return False
        return not (self.is_in_workflow or self.is_edited)

    @property
    def is_in_somebodys_hands(self) -> bool:
        """Whether somebody has its newest content open, or is to judge it."""
        return self.is_edited or self.task_state is not None

    @property
    def latest(self) -> Content | None:
        """What its editor shows; ``None`` where it has no revision, and that is its row."""
        newest = getattr(self.instance, "latest_revision_id", None)
        found = (one for one in self.drafts() if one.revision and one.revision.pk == newest)
        return next(found, None)

    def is_mere_draft(self, content: Content) -> bool:
        """Whether nothing makes the content of a revision public unless somebody publishes it."""
        revision: Any = content.revision
        live: Any = getattr(self.instance, "live_revision_id", None)
        return revision.pk != live and revision.approved_go_live_at is None

    def drafts(self) -> list[Content]:
        """
        The content of every revision that is live or may be published as it is.

        That is the live one, the latest one, one that is scheduled, and one that is under review.
        """
        return self._drafts

    @cached_property
    def _drafts(self) -> list[Content]:
        instance = self.instance
        if not isinstance(instance, RevisionMixin):
            return []
        ids = {instance.latest_revision_id, getattr(instance, "live_revision_id", None)}
        if self.task_state:
            ids.add(self.task_state.revision_id)
        model: type[models.Model] = type(instance)
        revisions: Any = Revision.objects.all()
        if not self.has_draft and history.may_be_open(instance):
            revisions = history.with_own_entries(model)
        revisions = revisions.for_instance(instance).filter(
            Q(pk__in=ids - {None}) | Q(approved_go_live_at__isnull=False)
        )
        return [
            Content(
                streams.raw_data_of_revision(model, revision.content),
                revision=revision,
            )
            for revision in locks.lock_at_once(revisions)
        ]
