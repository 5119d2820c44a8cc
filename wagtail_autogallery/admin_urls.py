"""What the forms and the reports in Wagtail's admin ask for; registered in ``wagtail_hooks.py``."""

from __future__ import annotations

from django.urls import URLPattern, path

from wagtail_autogallery.reports import actions, releasing, taking_back, views, why
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
    path("offer/", views.offer, name="offer"),
    path("undo/", taking_back.UndoView.as_view(), name="undo"),
    path("backfill/<int:pk>/", taking_back.BackfillView.as_view(), name="backfill"),
    path("release/", releasing.ReleaseView.as_view(), name="release"),
    path("unseen/items/", views.unseen_items, name="unseen_items"),
    path("why/", why.answers, name="answers"),
    path("why/<str:holder>/", why.HolderView.as_view(), name="why"),
    path("images/<str:image_id>/", why.ImageView.as_view(), name="image"),
    path("images/<str:image_id>/add-now/<int:gallery>/", why.add, name="add_now"),
    path("images/<str:image_id>/never-here/<int:gallery>/", why.keep_out, name="never_here"),
    *report("reports/galleries/", GalleriesView),
    *report("reports/runs/", RunsView),
    *report("reports/runs/<int:number>/", RunView),
    *report("reports/waiting/", WaitingView),
    *report("reports/failed-tasks/", FailedTasksView),
    path("reports/failed-tasks/<uuid:pk>/retry/", actions.retry_task, name="retry_task"),
    path("reports/failed-tasks/<uuid:pk>/discard/", actions.discard_task, name="discard_task"),
    path("reports/galleries/<int:pk>/sync-now/", actions.sync_now, name="sync_now"),
]
