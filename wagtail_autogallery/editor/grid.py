"""
The form of a gallery's images: one field for the list, and fields of their own only for the items
that were opened.

The field holds JSON, ``[{"type": "item", "id": "...", "value": {...}}, ...]``, as list blocks are
stored. An item that was opened has ``"form": n`` in place of its value, which then is in the form
of its block, with the prefix ``<prefix>-n-value``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import BadRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.staticfiles import versioned_static
from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    EmailBlock,
    IntegerBlock,
    StructBlock,
    TextBlock,
    URLBlock,
)
from wagtail.blocks.list_block import ListBlockAdapter, ListValue

from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.editor.thumbnails import thumbnails

#: What their form holds is what is stored of them.
PLAIN_BLOCKS = (CharBlock, TextBlock, EmailBlock, URLBlock, IntegerBlock, BooleanBlock)

#: In the order in which the browser reads them.
SCRIPTS = (
    "grid-state",
    "grid-dom",
    "grid-form",
    "grid-adding",
    "grid-moving",
    "grid-lasso",
    "grid-comments",
    "grid-unseen",
    "grid",
)


@dataclass(frozen=True)
class SentItem:
    """An item as the field holds it."""

    id: str | None
    #: As it is stored; ``None`` where it has a form of its own.
    value: Mapping[str, Any] | None
    #: The number of its form.
    form: int | None = None


def sent_items(text: str) -> list[SentItem]:
    """
    Read the field.

    :raises BadRequest: If it holds anything else. To take it for an empty gallery would lose one.
    """
    try:
        items = json.loads(text)
    except ValueError as error:
        raise BadRequest("The images of a gallery are no JSON") from error
    if not isinstance(items, list):
        raise BadRequest("The images of a gallery are no list")
    return [_sent_item(item) for item in items]


def _sent_item(item: Any) -> SentItem:
    if not isinstance(item, Mapping):
        raise BadRequest("An item of a gallery is no object")
    item_id, value, form = item.get("id"), item.get("value"), item.get("form")
    has_form = isinstance(form, int) and not isinstance(form, bool)
    if item_id is not None and not isinstance(item_id, str):
        raise BadRequest("An item of a gallery has an id that is none")
    if not has_form and not isinstance(value, Mapping):
        raise BadRequest("An item of a gallery has neither a value nor a form")
    return SentItem(item_id or None, None if has_form else value, form if has_form else None)


def form_state(item_block: StructBlock, children: Iterable[ListValue.ListChild]) -> list[Any]:
    """
    What the browser is told of the items: of each its id, what is stored of it, what the form of
    its block needs besides that, and its image.
    """
    children = list(children)
    images = {child.value["image"].pk: child.value["image"] for child in children if _image(child)}
    pictures = thumbnails(images.values())
    urls = AdminURLFinder()
    shown = {
        key: shown_image(image, pictures.get(key), _edit_url(urls, image))
        for key, image in images.items()
    }
    return [
        {
            "id": child.id,
            **item_state(item_block, child.value),
            "image": shown[child.value["image"].pk] if _image(child) else None,
        }
        for child in children
    ]


def _edit_url(urls: AdminURLFinder, image: Any) -> str | None:
    try:
        return cast("str | None", urls.get_edit_url(image))
    except NoReverseMatch:
        # Wagtail's own page takes integer keys only.
        return None


def _image(child: ListValue.ListChild) -> Any:
    return child.value.get("image")


def item_state(item_block: StructBlock, value: Any) -> dict[str, Any]:
    """An item's stored value, and the form state of those children where that is another."""
    stored = as_json(item_block.get_prep_value(value))
    others = {
        name: block.get_form_state(value.get(name))
        for name, block in item_block.child_blocks.items()
        if name != "image"
    }
    # Django's inputs have none for an empty text.
    same = {name: (stored[name],) if stored[name] else ("", None) for name in others}
    state = {name: state for name, state in others.items() if state not in same[name]}
    return {"value": stored, "state": state}


def shown_image(image: Any, pictures: Any, edit_url: str | None) -> dict[str, Any]:
    small, large = pictures or (None, None)
    return {
        "id": as_json(image.pk),
        "title": image.title,
        "alt": getattr(image, "description", "") or "",
        "default_alt_text": image.default_alt_text,
        "edit_url": edit_url,
        "created": image.created_at.isoformat(),
        "small": list(small) if small else None,
        "large": list(large) if large else None,
    }


def as_json(value: Any) -> Any:
    """What a StreamField would store, as it is read again."""
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


class GalleryImagesAdapter(ListBlockAdapter):
    """Draws the images of a gallery as a grid, for the user of the form."""

    js_constructor = "wagtail_autogallery.GalleryImages"

    def pack(self, block: Any, context: Any) -> tuple[str, list[Any]]:
        choosable = getattr(context.parent_context, "choosable", None) or ChoosableCollections()
        context.add_media(self.get_media(block))
        name, item_block, _default, meta = self.js_args(block)
        item_default = item_block.get_default()
        return self.js_constructor, [
            name,
            item_block,
            {**item_state(item_block, item_default), "image": None},
            {
                **meta,
                **self._grid_meta(item_block, choosable),
                "holder": getattr(context.parent_context, "holder", ""),
            },
        ]

    def _grid_meta(self, item_block: StructBlock, choosable: ChoosableCollections) -> Any:
        image_block = item_block.child_blocks["image"]
        return {
            "isPlain": is_plain(item_block),
            "chooserUrl": image_block.widget.get_chooser_modal_url(),
            "chosenUrl": reverse("wagtailimages_chooser:chosen_multiple"),
            "uploadUrl": reverse("wagtailimages:add_multiple"),
            "unseenItemsUrl": reverse("wagtail_autogallery_admin:unseen_items"),
            "uploadCollections": choosable.to_upload_to,
            "strings": strings(),
        }

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(
            js=[versioned_static(f"wagtail_autogallery/js/{name}.js") for name in SCRIPTS],
            css={"all": [versioned_static("wagtail_autogallery/css/grid.css")]},
        )


def is_plain(item_block: StructBlock) -> bool:
    """Whether what is written in the form of an item can be told without that form."""
    return all(
        type(child) in PLAIN_BLOCKS or name in ("image", "delivered")
        for name, child in item_block.child_blocks.items()
    )


def strings() -> dict[str, str]:
    """What the grid says, in the language of whoever edits."""
    return {
        "images": _("Images"),
        "empty": _("There are no images in this gallery yet. Drop files here, or choose images."),
        "choose": _("Choose images"),
        "upload": _("Upload images"),
        "sort": _("Sort"),
        "by_name": _("By name"),
        "oldest_first": _("By upload date, oldest first"),
        "newest_first": _("By upload date, newest first"),
        "reversed": _("Reverse the order"),
        "undo": _("Undo"),
        "undone": _("Undone"),
        "move": _("Move"),
        "where": _("Choose the image whose place they take."),
        "remove": _("Remove"),
        "one": _("1 image"),
        "many": _("%(count)s images"),
        "selected": _("%(count)s selected"),
        "without_alt": _("%(count)s without alternative text"),
        "no_alt": _("no alternative text"),
        "automatic": _("added automatically"),
        "new": _("New"),
        "waiting": _("new, waits for you"),
        "deleted": _("Deleted image"),
        "no_picture": _("no picture yet"),
        "has_error": _("has an error"),
        "commented": _("commented"),
        "moved": _("Moved to place %(place)s of %(count)s"),
        "removed": _("%(count)s removed"),
        "added": _("%(count)s added"),
        "sorted": _("Sorted"),
        "one_unseen": _("1 image arrived since you opened this page. It is kept."),
        "unseen": _("%(count)s images arrived since you opened this page. They are kept."),
        "show_unseen": _("Show them"),
        "edit": _("Edit the image (new tab)"),
        "close": _("Close"),
        "previous": _("Previous image"),
        "next": _("Next image"),
        "place": _("Image %(place)s of %(count)s"),
        "uploading": _("Uploading %(done)s of %(count)s"),
        "upload_failed": _("%(name)s could not be uploaded."),
        "upload_needs_more": _(
            "%(name)s needs more details than a file. Upload it in Wagtail's Images."
        ),
        "keys": _(
            "Arrow keys move the focus, space selects, Ctrl and an arrow key move the image, "
            "Delete removes it, Enter opens it."
        ),
    }
