"""
What Wagtail's API for reading and writing has to know of galleries.

The items of a gallery are shown, and taken, in the form in which list blocks are stored:
``{"type": "item", "id": ..., "value": {...}}``. Wagtail 8.0 does not know this form, and 8.1 only
where it is complete.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Literal

from django.db import models
from pydantic import AfterValidator
from typing_extensions import NotRequired, TypedDict
from wagtail import VERSION
from wagtail.api.v3.schemas.generators import create_generator, patch_generator
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock
from wagtail.fields import StreamField

from wagtail_autogallery.blocks import (
    CollectionBlock,
    CursorBlock,
    GalleryImageBlock,
    GalleryImagesBlock,
    GalleryItemBlock,
)


def register() -> None:
    for generator in (create_generator, patch_generator):
        generator.register_field_schema(
            StreamField, partial(_field_schema, generator.field_schemas[StreamField])
        )
    if VERSION >= (8, 1):
        _register_block_schemas()


def _field_schema(wrapped: Callable[..., Any], generator: Any, field: StreamField) -> Any:
    annotation, default = wrapped(generator, field)
    prepare = AfterValidator(partial(prepared, field.stream_block))
    return Annotated[annotation, prepare], default


def prepared(block: Block, value: Any) -> Any:
    """
    What a client sent for this block, with the items of galleries as this Wagtail takes them.

    What is not as it should be is left to Wagtail, which says so.
    """
    if isinstance(block, BaseStreamBlock) and isinstance(value, list):
        return [_prepared_child(block, child) for child in value]
    if isinstance(block, BaseStructBlock) and isinstance(value, Mapping):
        return {
            name: prepared(block.child_blocks[name], child) if name in block.child_blocks else child
            for name, child in value.items()
        }
    if isinstance(block, GalleryImagesBlock) and isinstance(value, list):
        return [_prepared_item(item) for item in value]
    if isinstance(block, ListBlock) and isinstance(value, list):
        return [_prepared_list_child(block, child) for child in value]
    return value


def _prepared_child(block: BaseStreamBlock, child: Any) -> Any:
    if not isinstance(child, Mapping) or child.get("type") not in block.child_blocks:
        return child
    known = block.child_blocks[child["type"]]
    return {**child, "value": prepared(known, child.get("value"))}


def _prepared_list_child(block: ListBlock, child: Any) -> Any:
    if _is_in_block_form(child):
        return {**child, "value": prepared(block.child_block, child["value"])}
    return prepared(block.child_block, child)


def _prepared_item(item: Any) -> Any:
    if not _is_in_block_form(item):
        return item
    item_id = item.get("id") if _is_uuid(item.get("id")) else None
    if VERSION >= (8, 1):
        return {**item, "id": item_id}
    return _with_id_at_the_image(item["value"], item_id)


def _with_id_at_the_image(value: Any, item_id: str | None) -> Any:
    """
    Wagtail 8.0 makes a form of what it is sent and leaves the ids of list items out of it. The
    image takes it along, see :meth:`GalleryImagesBlock.value_from_datadict`.
    """
    if not isinstance(value, Mapping):
        value = {"image": value}
    image = value.get("image")
    key = image.get("id") if isinstance(image, Mapping) else image
    return {**value, "image": {"id": key, "item_id": item_id}}


def _is_in_block_form(item: Any) -> bool:
    return isinstance(item, Mapping) and item.get("type") == "item" and "value" in item


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(uuid.UUID(value))
    except ValueError:
        return False


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
        builder.register_block_schema(GalleryItemBlock, builder.block_schemas[BaseStructBlock])
        builder.register_block_schema(GalleryImageBlock, _image_schema)
        builder.register_block_schema(CollectionBlock, lambda *_: int | None)
        builder.register_block_schema(CursorBlock, lambda *_: int | None)


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
