"""What the page editor asks about the galleries in it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from wagtail_autogallery import tables
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.reports.permissions import may_edit
from wagtail_autogallery.reports.states import holder_at, lines_of, release_of, undo_of
from wagtail_autogallery.reports.unseen import items_to_show, told_images
from wagtail_autogallery.sync import backfill, streams
from wagtail_autogallery.sync.galleries import Gallery, galleries_of
from wagtail_autogallery.sync.places import ALL

#: A form with more galleries than this asks for the first of them.
MOST_GALLERIES = 50


@require_safe
def states(request: HttpRequest) -> JsonResponse:
    """
    What is told of galleries of the page or snippet ``?holder=``, by the cursors that its form has
    of them: ``&cursor=``, once for each. Its ``state``, and the images that are ``unseen``, since
    they came after the form was opened, and ``waiting`` in the draft.

    One that is not known, or that the user may not edit, is left out: nobody can tell which.
    """
    cursors = request.GET.getlist("cursor")[:MOST_GALLERIES]
    by_name = _by_name(request)
    told = {
        cursor: {
            "state": _with_links(by_name[name], request.user),
            **told_images(by_name, cursor, request.user),
        }
        for cursor in cursors
        if (name := cursor.partition(":")[0]) in by_name
    }
    return JsonResponse({cursor: each for cursor, each in told.items() if any(each.values())})


def _with_links(subscription: Subscription, user: Any) -> list[Any]:
    lines = lines_of(subscription, user)
    links = [undo_of(subscription, user), release_of(subscription, user)] if lines else []
    return [*lines, *(link for link in links if link)]


@require_safe
def offer(request: HttpRequest) -> JsonResponse:
    """
    How many images there are for a gallery that is to follow ``?collection=``, in the words of its
    form; empty where there are none, or none that the user may choose.

    ``&holder=`` and ``&gallery=`` say which it is, if that is known, ``&room=`` how many it takes.
    """
    if not tables.are_there():
        return JsonResponse({"offer": ""})
    collection, room = (_number(request.GET.get(name, "")) for name in ("collection", "room"))
    scope = ALL if collection is None else collection
    name = request.GET.get("gallery", "")
    gallery = _gallery_in_row(request, name)
    # Where they may not edit it, they are told nothing of what came to it before.
    subscription = _by_name(request).get(name) if gallery else None
    count = backfill.count_in(scope, request.user, gallery, subscription)
    count = count if room is None else min(count, room)
    message = ngettext(
        "Also add the image that is already there",
        "Also add the %(count)d images that are already there",
        count,
    )
    return JsonResponse({"offer": message % {"count": count} if count else ""})


def _gallery_in_row(request: HttpRequest, name: str) -> Gallery | None:
    """A gallery of ``?holder=``, if the user may edit that. It need not have followed anything."""
    key = HolderKey.from_text(request.GET.get("holder", ""))
    holder = holder_at(key) if key else None
    if holder is None or not may_edit(request.user, holder):
        return None
    galleries = galleries_of(type(holder), streams.raw_data(holder))
    return next((one for _, one in galleries if one.cursor and one.cursor.key == name), None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


@require_safe
def unseen_items(request: HttpRequest) -> JsonResponse:
    """
    What came to one gallery, ``?cursor=``, since a form of ``?holder=`` was opened, as the form
    takes it: items, and the cursor of what has them. Nothing, where there is none.
    """
    text = request.GET.get("cursor", "")
    return JsonResponse(items_to_show(_by_name(request), text, request.user))


def _by_name(request: HttpRequest) -> dict[str, Subscription]:
    """The galleries of the page or snippet ``?holder=``, by the keys that content names them by."""
    holder = HolderKey.from_text(request.GET.get("holder", ""))
    if holder is None or not tables.are_there():
        return {}
    # A copied page's content may still name what it was copied from.
    rows = list(Subscription.objects.of(holder))
    return {row.origin_key: row for row in rows} | {row.key: row for row in rows}
