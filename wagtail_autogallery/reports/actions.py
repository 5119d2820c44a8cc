"""What the buttons of the reports do. They check, call, say so, and go back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from wagtail_autogallery.drain.after_response import how_to_work
from wagtail_autogallery.queue import wakeup
from wagtail_autogallery.queue.backends import is_readable
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.reports.access import galleries_of, may_see_tasks, may_view_reports
from wagtail_autogallery.reports.base import NAMESPACE
from wagtail_autogallery.reports.failed_tasks import all_queues
from wagtail_autogallery.reports.holders import Holders
from wagtail_autogallery.tasks import (
    enqueue_sync_on_commit,
    is_ours_to_run,
    sync_media_to_galleries,
)


@require_POST
def sync_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Have what holds a gallery up looked at, and what it is owed written, without waiting."""
    if not may_view_reports(request.user):
        raise PermissionDenied
    gallery = get_object_or_404(galleries_of(request.user).filter(is_following=True), pk=pk)
    gallery.try_now()
    enqueue_sync_on_commit()
    title = Holders([gallery], request.user).title_of(gallery)
    if _is_done_after_this():
        message = _("“%(title)s” is synced now. Reload this page in a moment to see it.")
    else:
        message = _("“%(title)s” is synced by the next drain.")
    messages.success(request, message % {"title": title})
    return _back(request, "galleries")


@require_POST
def retry_task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a failed task run again."""
    queue = _queue_for(request.user)
    if not queue.put_back_failed(pk=pk):
        return _tell_that_it_failed_no_more(request)
    wakeup.ask()
    messages.success(request, _("The task is ready to run again."))
    return _back(request, "failed_tasks")


@require_POST
def discard_task(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Forget a failed task."""
    queue = _queue_for(request.user)
    if not queue.discard_failed(pk=pk):
        return _tell_that_it_failed_no_more(request)
    messages.success(request, _("The task was discarded."))
    return _back(request, "failed_tasks")


def _queue_for(user: Any) -> Queue:
    if not may_see_tasks(user):
        raise PermissionDenied
    if not is_readable(sync_media_to_galleries.backend):
        raise Http404
    return all_queues()


def _tell_that_it_failed_no_more(request: HttpRequest) -> HttpResponse:
    messages.warning(request, _("Somebody else has retried or discarded this task already."))
    return _back(request, "failed_tasks")


def _is_done_after_this() -> bool:
    """Whether this process does it once it has answered."""
    return is_ours_to_run() and how_to_work() != "off"


def _back(request: HttpRequest, report: str) -> HttpResponse:
    url: Any = get_valid_next_url_from_request(request)
    return redirect(url or reverse(f"{NAMESPACE}:{report}"))
