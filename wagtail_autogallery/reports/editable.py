"""The holders in whose galleries an image is, or might be, as far as somebody may edit them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from wagtail.models import GroupApprovalTask, Page, ReferenceIndex, Task, WorkflowState

from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.reports.access import page_permission_policy, sees_all
from wagtail_autogallery.reports.permissions import has
from wagtail_autogallery.sync.subscriptions import holder_models

#: What of these Wagtail answers for all pages alike.
SAME_FOR_ALL_PAGES = (Task.user_can_access_editor, GroupApprovalTask.user_can_access_editor)


class EditableHolders:
    """
    Those with galleries that follow, or followed once, or that show the image, to page through.

    Pages by their titles, then snippets. The database says who may edit what: only what is asked
    for is loaded, in as many queries however many there are.
    """

    def __init__(self, image: Any, user: Any) -> None:
        references = ReferenceIndex.get_references_to(image).order_by()
        self._rows = [_pages(references, user), *_snippets(references, user)]

    def count(self) -> int:
        return sum(self._counts)

    @cached_property
    def _counts(self) -> list[int]:
        return [rows.count() for rows in self._rows]

    def __getitem__(self, wanted: slice) -> list[HolderKey]:
        keys: list[HolderKey] = []
        start, stop = wanted.start, wanted.stop
        for rows, count in zip(self._rows, self._counts, strict=True):
            found = rows[max(start, 0) : max(stop, 0)]
            keys += [HolderKey(content_type, str(key)) for content_type, key in found]
            start, stop = start - count, stop - count
        return keys


def _pages(references: QuerySet[Any], user: Any) -> QuerySet[Any]:
    models = [model for model in holder_models() if issubclass(model, Page)]
    types = [ContentType.objects.get_for_model(model).pk for model in models]
    keys = Q(key__in=Subscription.objects.filter(content_type_id__in=types).values("object_id"))
    keys |= Q(key__in=references.filter(content_type__in=types).values("object_id"))
    pages = Page._base_manager.annotate(key=Cast("pk", CharField(max_length=255)))
    # The root of the tree is no page.
    pages = pages.filter(keys, content_type__in=types, depth__gt=1)
    if not sees_all(user):
        editable = page_permission_policy().instances_user_has_permission_for(user, "change")
        may_edit = Q(pk__in=editable.values("pk"))
        pages = pages.filter(may_edit | Q(pk__in=list(_to_judge(pages, user))))
    return pages.order_by("title", "pk").values_list("content_type", "pk")


def _to_judge(pages: QuerySet[Any], user: Any) -> Iterator[Any]:
    """The primary keys of those that somebody may edit because they are to judge them."""
    if not getattr(settings, "WAGTAIL_WORKFLOW_ENABLED", True):
        return
    states = WorkflowState.objects.filter(
        status=WorkflowState.STATUS_IN_PROGRESS,
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=pages.order_by().values("key"),
    ).order_by()
    by_task: dict[Any, list[str]] = defaultdict(list)
    for task, key in states.values_list("current_task_state__task", "object_id"):
        by_task[task].append(key)
    for task in Task.objects.filter(pk__in=by_task):
        specific = task.specific
        is_same = type(specific).user_can_access_editor in SAME_FOR_ALL_PAGES
        answers: dict[Any, bool] = {}
        for page in Page._base_manager.filter(pk__in=by_task[task.pk]):
            about = None if is_same else page.pk
            if about not in answers:
                answers[about] = specific.user_can_access_editor(page, user)
            if answers[about]:
                yield page.pk


def _snippets(references: QuerySet[Any], user: Any) -> Iterator[QuerySet[Any]]:
    for model in holder_models():
        if not issubclass(model, Page) and has(user, "change", model):
            content_type = ContentType.objects.get_for_model(model).pk
            # By a list and no subquery: databases write a UUID as text in ways of their own.
            keys = {
                key
                for rows in (Subscription.objects.order_by(), references)
                for key in rows.filter(content_type_id=content_type).values_list(
                    "object_id", flat=True
                )
            }
            rows = model._base_manager.filter(pk__in=keys).order_by("pk")
            yield rows.annotate(type=Value(content_type)).values_list("type", "pk")
