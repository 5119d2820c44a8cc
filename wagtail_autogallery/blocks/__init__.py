"""The gallery block, its parts, and its value: what sites import."""

# Registers the form.
from wagtail_autogallery.blocks import adapter as _adapter  # noqa: F401
from wagtail_autogallery.blocks.fields import (
    CollectionBlock,
    GalleryImageBlock,
    HiddenBlock,
    OptionBlock,
)
from wagtail_autogallery.blocks.gallery import (
    ADD_EXISTING,
    PREVIEW_DRAWINGS,
    GalleryBlock,
    GalleryValue,
)
from wagtail_autogallery.blocks.images import GalleryImagesBlock
from wagtail_autogallery.blocks.items import DELIVERED, GalleryItemBlock, GalleryItemValue

__all__ = [
    "ADD_EXISTING",
    "DELIVERED",
    "PREVIEW_DRAWINGS",
    "CollectionBlock",
    "GalleryBlock",
    "GalleryImageBlock",
    "GalleryImagesBlock",
    "GalleryItemBlock",
    "GalleryItemValue",
    "GalleryValue",
    "HiddenBlock",
    "OptionBlock",
]
