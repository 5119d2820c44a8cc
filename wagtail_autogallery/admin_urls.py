"""What the forms in Wagtail's admin ask for; registered in ``wagtail_hooks.py``."""

from __future__ import annotations

from django.urls import URLPattern, path

from wagtail_autogallery.reports import actions, views
from wagtail_autogallery.reports.base import GalleryReport
from wagtail_autogallery.reports.failed_tasks import FailedTasksView
from wagtail_autogallery.reports.galleries import GalleriesView
from wagtail_autogallery.reports.run import RunView
from wagtail_autogallery.reports.runs import RunsView
from wagtail_autogallery.reports.waiting import WaitingView

app_name = "wagtail_autogallery_admin"


def report(path_: str, view: type[GalleryReport]) -> list[URLPattern]:
    """A report, and its table alone, which Wagtail's filters ask for."""
    return [
        path(path_, view.as_view(), name=view.name),
        path(f"{path_}results/", view.as_view(results_only=True), name=f"{view.name}_results"),
    ]


urlpatterns = [
    path("states/", views.states, name="states"),
    *report("reports/galleries/", GalleriesView),
    *report("reports/runs/", RunsView),
    *report("reports/runs/<int:number>/", RunView),
    *report("reports/waiting/", WaitingView),
    *report("reports/failed-tasks/", FailedTasksView),
    path("reports/failed-tasks/<uuid:pk>/retry/", actions.retry_task, name="retry_task"),
    path("reports/failed-tasks/<uuid:pk>/discard/", actions.discard_task, name="discard_task"),
    path("reports/galleries/<int:pk>/sync-now/", actions.sync_now, name="sync_now"),
]
