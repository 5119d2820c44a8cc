"""Who may change what galleries show: whoever edits and publishes the page or snippet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth import get_permission_codename
from wagtail.models import DraftStateMixin, Page

from wagtail_autogallery.models import HolderKey

HOLDERS_PER_QUERY = 500


def may_edit(user: Any, holder: Any) -> bool:
    if isinstance(holder, Page):
        return bool(holder.permissions_for_user(user).can_edit())
    return has(user, "change", holder)


def may_change_live(user: Any, holder: Any) -> bool:
    """Whether somebody may edit a holder, and publish it where visitors see what it shows."""
    if not may_edit(user, holder):
        return False
    if not isinstance(holder, DraftStateMixin) or not holder.live:
        return True
    if isinstance(holder, Page):
        return bool(holder.permissions_for_user(user).can_publish())
    return has(user, "publish", holder)


def may_change_all(user: Any, keys: Iterable[HolderKey]) -> bool:
    """Whether :func:`may_change_live` is so of all these holders that exist."""
    if user.is_active and user.is_superuser:
        return True
    return all(may_change_live(user, holder) for holder in holders_of(keys))


def holders_of(keys: Iterable[HolderKey]) -> Iterator[Any]:
    """Those that exist; pages as :class:`Page`, without what their type adds."""
    by_model: dict[Any, list[str]] = defaultdict(list)
    for key in keys:
        # Of a page its tree tells what somebody may do, whatever its type is.
        model = key.model
        by_model[Page if model and issubclass(model, Page) else model].append(key.object_id)
    for model, ids in by_model.items():
        if model is None:
            continue
        for start in range(0, len(ids), HOLDERS_PER_QUERY):
            yield from model._base_manager.filter(pk__in=ids[start : start + HOLDERS_PER_QUERY])


def has(user: Any, action: str, holder: Any) -> bool:
    """Whether somebody may do this with all objects of a model, or of that of an object."""
    options = holder._meta
    return bool(user.has_perm(f"{options.app_label}.{get_permission_codename(action, options)}"))
