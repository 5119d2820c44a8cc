"""What the reports have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import HeaderButton

from wagtail_autogallery.queue.backends import is_readable
from wagtail_autogallery.reports.access import may_see_tasks, may_view_reports
from wagtail_autogallery.tasks import sync_media_to_galleries

NAMESPACE = "wagtail_autogallery_admin"
MONITOR = "tasks_monitor"


class GalleryReport(ReportView):
    """One of the reports under *Galleries* in the menu, with links to the others."""

    header_icon = "image"
    #: Its own place among them; see ``urls``.
    name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.may_be_seen_by(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def may_be_seen_by(self, user: Any) -> bool:
        return may_view_reports(user)

    def get_index_url(self) -> str:
        return reverse(f"{NAMESPACE}:{self.name}", kwargs=self.kwargs)

    def get_index_results_url(self) -> str:
        return reverse(f"{NAMESPACE}:{self.name}_results", kwargs=self.kwargs)

    def get_filename(self) -> str:
        return f"autogallery-{self.name.replace('_', '-')}"

    @property
    def header_buttons(self) -> list[HeaderButton]:
        reports = {"galleries": _("Galleries"), "runs": _("Runs"), "waiting": _("Waiting")}
        if may_see_tasks(self.request.user) and is_readable(sync_media_to_galleries.backend):
            reports["failed_tasks"] = _("Failed tasks")
        return [
            HeaderButton(label, url=reverse(f"{NAMESPACE}:{name}"), priority=priority)
            for priority, (name, label) in enumerate(reports.items())
            if name != self.name
        ]


class PostButton(NamedTuple):
    """A button of a row."""

    label: str
    url: str
    #: For those who hear it without its row.
    what: str
    is_destructive: bool = False
    #: Whether its URL is a page that asks first: nothing is posted then.
    asks_first: bool = False


class FormColumn(Column):
    """
    Buttons that each post to a URL of their own, and come back to the report.

    The accessor gives them: what each says, its URL, and what it is for, for those who hear it.
    """

    cell_template_name = "wagtail_autogallery/reports/form_cell.html"

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        request = parent_context["request"]
        return {
            **context,
            "buttons": self.get_value(instance),
            "csrf_token": get_token(request),
            "next": request.get_full_path(),
        }


def url_of_task_monitor(user: Any) -> str | None:
    """Of the dashboard of django-tasks-monitor, where the site has it and the user may see it."""
    if not apps.is_installed(MONITOR) or not user.is_staff:
        return None
    if not user.has_perm(f"{MONITOR}.view_taskrecord"):
        return None
    try:
        return reverse("admin:tasks_monitor_dashboard")
    except NoReverseMatch:
        # The site has no Django admin.
        return None
