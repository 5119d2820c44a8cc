"""
What Wagtail's API for reading and writing has to know of galleries.

The items of a gallery are shown, and taken, in the form in which list blocks are stored:
``{"type": "item", "id": ..., "value": {...}}``. Wagtail 8.0 does not know this form, and 8.1 only
where it has an id; either drops what it does not know in silence. There is no hook in the function
that reads what was sent, and other apps build the schemas before this one is ready: so that
function is wrapped.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Literal

from django.db import models
from typing_extensions import NotRequired, TypedDict
from wagtail import VERSION
from wagtail.api.v3 import form_data
from wagtail.blocks import BaseStructBlock, Block

from wagtail_autogallery.blocks import (
    CollectionBlock,
    GalleryBlock,
    GalleryImageBlock,
    GalleryImagesBlock,
    GalleryItemBlock,
    HiddenBlock,
)


def register() -> None:
    if VERSION >= (8, 1):
        form_data.to_prep_block_value = _with_complete_items(form_data.to_prep_block_value)
        _register_block_schemas()
    else:
        form_data.flatten_block_value = _with_ids_of_items(form_data.flatten_block_value)


def _with_complete_items(to_prep_block_value: Callable[..., Any]) -> Callable[..., Any]:
    """Wagtail 8.1 makes of what was sent what would be stored."""

    @wraps(to_prep_block_value)
    def wrapper(block: Block, value: Any, prefix: str, data: Any) -> Any:
        if isinstance(block, GalleryImagesBlock):
            value = [
                {**item, "id": _id_of(item)} if _is_in_block_form(item) else item
                for item in value or []
            ]
        return to_prep_block_value(block, value, prefix, data)

    return wrapper


def _with_ids_of_items(flatten_block_value: Callable[..., Any]) -> Callable[..., Any]:
    """Wagtail 8.0 makes a form of what was sent, and leaves the ids of list items out of it."""

    @wraps(flatten_block_value)
    def wrapper(block: Block, value: Any, prefix: str, data: Any) -> None:
        ids: list[str | None] = []
        if isinstance(block, GalleryImagesBlock):
            items = value or []
            ids = [_id_of(item) if _is_in_block_form(item) else None for item in items]
            value = [item["value"] if _is_in_block_form(item) else item for item in items]
        flatten_block_value(block, value, prefix, data)
        for index, item_id in enumerate(ids):
            if item_id:
                data[f"{prefix}-{index}-id"] = item_id

    return wrapper


def _is_in_block_form(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "item" and "value" in item


def _id_of(item: Mapping[str, Any]) -> str | None:
    """:return: ``None`` where it is none, and the item is given one when it is stored."""
    item_id = item.get("id")
    try:
        return item_id if isinstance(item_id, str) and uuid.UUID(item_id) else None
    except ValueError:
        return None


class RenditionSchema(TypedDict):
    spec: str
    url: str
    full_url: str
    width: int
    height: int


def _register_block_schemas() -> None:
    from wagtail.api.v3.schemas.generators.read import block_schema_builder as shown
    from wagtail.api.v3.schemas.generators.write import block_schema_builder as taken

    for builder in (shown, taken):
        builder.register_block_schema(GalleryImagesBlock, _images_schema)
        for struct_block in (GalleryBlock, GalleryItemBlock):
            builder.register_block_schema(struct_block, builder.block_schemas[BaseStructBlock])
        builder.register_block_schema(GalleryImageBlock, _image_schema)
        builder.register_block_schema(CollectionBlock, lambda *_: int | None)
        builder.register_block_schema(HiddenBlock, lambda *_: str | None)


def _images_schema(builder: Any, block: GalleryImagesBlock, name: str) -> Any:
    value = builder.get_type(block.child_block, f"{name}Item")
    item_id = NotRequired[str | None] if builder.for_input else str
    item = builder.get_typed_dict(
        f"{name}BlockItem", {"type": Literal["item"], "id": item_id, "value": value}
    )
    return list[item | value] if builder.for_input else list[item]  # type: ignore[valid-type]


def _image_schema(builder: Any, block: GalleryImageBlock, name: str) -> Any:
    key = int if isinstance(block.model_class._meta.pk, models.IntegerField) else str
    if builder.for_input:
        return key | builder.get_typed_dict("GalleryImage", {"id": key}) | None
    return builder.get_typed_dict(
        "GalleryImage",
        {"id": key, "title": str, "alt": str, "renditions": list[RenditionSchema]},
    )
