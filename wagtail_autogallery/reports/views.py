"""What the page editor asks about the galleries in it."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from wagtail_autogallery import tables
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.reports.states import lines_of

#: A form with more galleries than this asks for the first of them.
MOST_GALLERIES = 50


@require_safe
def states(request: HttpRequest) -> JsonResponse:
    """
    The states of galleries, by the keys that ``?gallery=`` names, once for each.

    One that is not known, or that the user may not edit, is left out: nobody can tell which.
    """
    keys = request.GET.getlist("gallery")[:MOST_GALLERIES]
    if not tables.are_there():
        return JsonResponse({})
    subscriptions = Subscription.objects.filter(key__in=keys)
    lines = {row.key: lines_of(row, request.user) for row in subscriptions}
    return JsonResponse({key: told for key, told in lines.items() if told})
