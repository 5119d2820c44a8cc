"""The pages and snippets of many galleries at once, and where in them each gallery is, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.blocks import Block, ListBlock
from wagtail.models import Page

from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.sync.gallery_fields import child_fields, gallery_fields, stream_fields


class Holders:
    """
    The holders of some galleries, read with one query for all pages and one for each snippet type.

    :param user: Who may edit them.
    """

    def __init__(self, subscriptions: Iterable[Subscription], user: Any) -> None:
        self._urls = AdminURLFinder(user)
        self._found: dict[HolderKey, Any] = {}
        keys = {subscription.holder_key for subscription in subscriptions}
        models = ContentType.objects.get_for_id
        by_model: dict[Any, list[HolderKey]] = {}
        for key in sorted(keys):
            model = models(key.content_type_id).model_class() if key.model else None
            if model is not None:
                by_model.setdefault(Page if issubclass(model, Page) else model, []).append(key)
        for model, of_model in by_model.items():
            self._read(model, of_model)

    def _read(self, model: Any, keys: list[HolderKey]) -> None:
        large = [field.name for field in stream_fields(model)]
        rows = model._base_manager.filter(pk__in=[key.object_id for key in keys]).defer(*large)
        by_key = {str(row.pk): row for row in rows}
        self._found |= {key: by_key[key.object_id] for key in keys if key.object_id in by_key}

    def title_of(self, subscription: Subscription) -> str:
        """The holder's; its key where it is gone, or where this process does not know it."""
        holder = self._found.get(subscription.holder_key)
        if holder is None:
            return str(subscription.holder_key)
        if isinstance(holder, Page):
            return str(holder.get_admin_display_title())
        return str(holder)

    def edit_url_of(self, subscription: Subscription) -> str | None:
        """Where the gallery is edited: Wagtail's editor goes to the block in its form."""
        holder = self._found.get(subscription.holder_key)
        if holder is None:
            return None
        if isinstance(holder, Page):
            # Who sees it here may edit it.
            url = reverse("wagtailadmin_pages:edit", args=[holder.pk])
        else:
            url = self._urls.get_edit_url(holder)
        if url and "." not in subscription.field:
            return f"{url}#:w:contentpath={subscription.field}.{subscription.path}"
        return url


def place_in_words(subscription: Subscription) -> str:
    """By the labels that editors read: the field, and the blocks around the gallery."""
    model = subscription.holder_key.model
    if model is None:
        return ""
    names, _separator, nth = subscription.place.rpartition("#")
    labels = list(_labels(model, subscription.field, names.split(".") if names else []))
    place = " → ".join(labels)
    if not nth.isdecimal() or int(nth) == 1:
        return place
    return _("%(place)s, gallery %(nth)s") % {"place": place, "nth": nth}


def _labels(model: Any, field_name: str, names: list[str]) -> Iterable[str]:
    field = next((one for one in gallery_fields(model) if one.name == field_name), None)
    for child in child_fields(model):
        if child.name == field_name:
            field = child.field
            yield capfirst(str(child.key.model._meta.verbose_name_plural))
    if field is None:
        # The code has changed since.
        yield field_name
        return
    yield capfirst(str(field.verbose_name))
    block: Block | None = field.stream_block
    for name in names:
        block = _child(block, name)
        yield str(block.label) if block and block.label else name


def _child(block: Block | None, name: str) -> Block | None:
    while isinstance(block, ListBlock):
        block = block.child_block
    children = getattr(block, "child_blocks", {})
    return children.get(name)
