"""Load and lock one holder, and see what state it is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.db import models, router
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
from wagtail_autogallery.sync.kept import Given, Kept


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
def _locking(model: type[models.Model], *, skip_locked: bool) -> Kept:
    """What is loaded and locked of a holder of a model."""

    def rows(using: str) -> models.QuerySet[Any]:
        key = model._meta.pk
        rows = streams.with_raw_data(model._base_manager.filter(pk=Given("pk", key)))
        if hasattr(model, "update_aliases"):
            aliases = model._base_manager.filter(alias_of=OuterRef("pk"))
            rows = rows.annotate(autogallery_has_aliases=Exists(aliases))
        object_id = Given("object_id", models.CharField())
        own_type = Given("own_type", models.IntegerField())
        # What most holders have none of is asked along, and looked at only where it is there.
        if issubclass(model, WorkflowMixin):
            states = WorkflowState.objects.active().filter(
                content_type_id=own_type, object_id=object_id
            )
            rows = rows.annotate(autogallery_in_workflow=Exists(states))
        if issubclass(model, RevisionMixin):
            base_type = Given("base_type", models.IntegerField())
            # As EditingSession.objects.available() has it.
            sessions = EditingSession.objects.filter(
                Q(content_type_id=own_type) | Q(content_type_id=base_type),
                object_id=object_id,
                last_seen_at__gte=Given("seen_since", models.DateTimeField()),
            )
            rows = rows.annotate(autogallery_is_edited=Exists(sessions))
        return locks.locking(rows, using, skip_locked=skip_locked)

    return Kept(rows)


@cache
def _revisions(model: type[models.Model], *, with_own_entries: bool) -> Kept:
    """
    Of a holder of a model, those that are live or may be published as they are; locked at once.

    :param with_own_entries: Whether with what :func:`history.is_open` looks at.
    """

    def rows(using: str) -> models.QuerySet[Any]:
        key = models.BigIntegerField()
        revisions: models.QuerySet[Revision]
        revisions = history.with_own_entries(model) if with_own_entries else Revision.objects.all()
        revisions = revisions.filter(
            Q(pk=Given("latest", key))
            | Q(pk=Given("live", key))
            | Q(pk=Given("reviewed", key))
            | Q(approved_go_live_at__isnull=False),
            base_content_type_id=Given("base_type", models.IntegerField()),
            object_id=Given("object_id", models.CharField()),
        )
        return revisions.select_for_update(nowait=locks.can_refuse_to_wait(using))

    return Kept(rows)


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
        using = router.db_for_write(model)
        if not locks.lock_base(model, using, skip_locked=skip_locked, pk=key.object_id):
            return None
        own_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
        # Asked of an instance, as pages have it.
        is_revised = issubclass(model, RevisionMixin)
        base_type = model().get_base_content_type() if is_revised else own_type  # type: ignore[attr-defined]
        found = _locking(model, skip_locked=skip_locked).ask(
            using,
            pk=key.object_id,
            object_id=key.object_id,
            own_type=own_type.pk,
            base_type=base_type.pk,
            seen_since=timezone.now() - EditingSession.AVAILABLE_TIMEOUT,
        )
        instance = next(iter(found), None)
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
        model: type[models.Model] = type(instance)
        may_be_open = not self.has_draft and history.may_be_open(instance)
        revisions = _revisions(model, with_own_entries=may_be_open).ask(
            instance._state.db,
            latest=instance.latest_revision_id,
            live=getattr(instance, "live_revision_id", None),
            reviewed=self.task_state and self.task_state.revision_id,
            base_type=instance.get_base_content_type().pk,
            object_id=str(instance.pk),
        )
        return [
            Content(streams.raw_data_of_revision(model, revision.content), revision=revision)
            for revision in revisions
        ]
