"""How the history in Wagtail's admin shows what the sync did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.generic.history import ActionColumn
from wagtail.log_actions import LogFormatter

from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.reports.permissions import may_change_live
from wagtail_autogallery.reports.taking_back import undo_url
from wagtail_autogallery.sync.history import LOG_ACTION, UNDO_ACTION
from wagtail_autogallery.sync.taking_back import undoable


class GallerySyncFormatter(LogFormatter):  # type: ignore[misc]
    """Names the first images that a sync added, and counts the others."""

    label = _("Gallery sync")

    def format_message(self, log_entry: Any) -> str:
        added = log_entry.data.get("count", 0)
        removed = len(log_entry.data.get("removed", []))
        messages = []
        if added or not removed:
            messages.append(_what_was_added(added, log_entry.data.get("titles", [])))
        if removed:
            message = ngettext(
                "Gallery sync took out %(count)d deleted image",
                "Gallery sync took out %(count)d deleted images",
                removed,
            )
            messages.append(message % {"count": removed})
        return ". ".join(messages)


def _what_was_added(count: int, titles: Sequence[str]) -> str:
    """:param titles: Those of the first images; none where nothing could be named."""
    if not titles:
        message = ngettext(
            "Gallery sync added %(count)d image", "Gallery sync added %(count)d images", count
        )
        return message % {"count": count}
    named = ", ".join(gettext("“%(title)s”") % {"title": title} for title in titles)
    if count <= len(titles):
        return gettext("Gallery sync added %(titles)s") % {"titles": named}
    message = ngettext(
        "Gallery sync added %(titles)s and %(count)d more",
        "Gallery sync added %(titles)s and %(count)d more",
        count - len(titles),
    )
    return message % {"titles": named, "count": count - len(titles)}


class OfferFormatter(LogFormatter):  # type: ignore[misc]
    """Names the first images that wait in a draft for somebody to look at them."""

    label = _("New images wait in the draft")

    def format_message(self, log_entry: Any) -> str:
        added = _what_was_added(log_entry.data["count"], log_entry.data["titles"])
        return gettext("%(what_was_added)s to the draft, to be looked at and published") % {
            "what_was_added": added
        }


class TakenBackFormatter(LogFormatter):  # type: ignore[misc]
    """Names the first images that somebody took back, and counts the others."""

    label = _("Gallery sync undone")

    def format_message(self, log_entry: Any) -> str:
        count, titles = log_entry.data["count"], log_entry.data["titles"]
        named = ", ".join(gettext("“%(title)s”") % {"title": title} for title in titles)
        if not titles:
            message = ngettext(
                "Took back %(count)d image that the gallery sync had added",
                "Took back %(count)d images that the gallery sync had added",
                count,
            )
        elif count <= len(titles):
            message = gettext("Took back %(titles)s, which the gallery sync had added")
        else:
            message = ngettext(
                "Took back %(titles)s and %(count)d more, which the gallery sync had added",
                "Took back %(titles)s and %(count)d more, which the gallery sync had added",
                count - len(titles),
            )
        return message % {"titles": named, "count": count - len(titles) if titles else count}


def register() -> None:
    """
    Have the history say which revision of the sync is the live one, and offer to undo what it did.

    Wagtail looks for it among the entries of its own publishing only, and would call it the current
    draft. There is no hook for either.
    """
    ActionColumn.get_status = _telling_what_is_live(ActionColumn.get_status)
    ActionColumn.get_actions = _with_undo(ActionColumn.get_actions)


def _telling_what_is_live(get_status: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(get_status)
    def wrapper(self: Any, instance: Any, parent_context: Any) -> Any:
        live = getattr(self.object, "live_revision_id", None)
        is_ours = instance.action in (LOG_ACTION, UNDO_ACTION)
        if is_ours and instance.revision_id and instance.revision_id == live:
            return gettext("Live version")
        return get_status(self, instance, parent_context)

    return wrapper


def _with_undo(get_actions: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(get_actions)
    def wrapper(self: Any, instance: Any, parent_context: Any) -> Any:
        actions = get_actions(self, instance, parent_context)
        runs = instance.data.get("runs") if instance.action == LOG_ACTION else None
        request = parent_context.get("request")
        if not runs or request is None or not may_change_live(request.user, self.object):
            return actions
        holder = HolderKey.of(self.object)
        if not undoable(runs, holder=holder).exists():
            return actions
        url = undo_url(runs, holder=holder)
        back = urlencode({"next": request.get_full_path()})
        return [*actions, {"url": f"{url}&{back}", "label": gettext("Undo")}]

    return wrapper
