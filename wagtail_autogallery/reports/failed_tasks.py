"""The report *Failed tasks*: those of all queues of the backend, to be run again or forgotten."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.widgets.button import HeaderButton

from wagtail_autogallery.queue.backends import is_readable
from wagtail_autogallery.queue.queues import Queue, last_line
from wagtail_autogallery.reports.access import may_see_tasks
from wagtail_autogallery.reports.base import (
    NAMESPACE,
    FormColumn,
    GalleryReport,
    PostButton,
    url_of_task_monitor,
)
from wagtail_autogallery.tasks import sync_media_to_galleries


class FailedTaskFilterSet(WagtailFilterSet):
    queue_name = CharFilter(label=gettext_lazy("Queue"))
    finished_at = DateFromToRangeFilter(label=gettext_lazy("Failed"), widget=DateRangePickerWidget)


class FailedTasksView(GalleryReport):
    name = "failed_tasks"
    page_title = gettext_lazy("Failed tasks")
    filterset_class = FailedTaskFilterSet
    is_searchable = True
    search_fields = ["task_path", "exception_class_path"]
    default_ordering = "-finished_at"
    columns = [
        Column("task_path", label=gettext_lazy("Task"), sort_key="task_path"),
        Column("message", label=gettext_lazy("Error")),
        Column("queue_name", label=gettext_lazy("Queue"), sort_key="queue_name"),
        DateColumn("finished_at", label=gettext_lazy("Failed"), sort_key="finished_at"),
        FormColumn("actions", label=gettext_lazy("Actions"), accessor="post_buttons"),
    ]
    list_export = ["task_path", "message", "queue_name", "finished_at"]
    export_headings = {
        "task_path": gettext_lazy("Task"),
        "message": gettext_lazy("Error"),
        "queue_name": gettext_lazy("Queue"),
        "finished_at": gettext_lazy("Failed"),
    }

    def may_be_seen_by(self, user: Any) -> bool:
        return may_see_tasks(user)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_readable(sync_media_to_galleries.backend):
            raise Http404(_("The queue cannot be looked into."))
        return super().get(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet[Any]:
        return all_queues().failed()

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "queryset": self.get_base_queryset()}

    @property
    def header_buttons(self) -> list[HeaderButton]:
        buttons = super().header_buttons
        if url := url_of_task_monitor(self.request.user):
            buttons.append(HeaderButton(_("All tasks"), url=url, priority=len(buttons)))
        return buttons

    def decorate_paginated_queryset(self, tasks: Any) -> Any:
        for task in tasks:
            task.message = last_line(task.traceback)
            task.post_buttons = [
                PostButton(_("Retry"), _url("retry_task", task), task.task_path),
                PostButton(_("Discard"), _url("discard_task", task), task.task_path, True),
            ]
        return tasks


def all_queues() -> Queue:
    return Queue(sync_media_to_galleries.backend)


def _url(name: str, task: Any) -> str:
    return reverse(f"{NAMESPACE}:{name}", args=[task.pk])
