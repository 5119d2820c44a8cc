"""The form of a gallery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.blocks.struct_block import StructBlockAdapter

from wagtail_autogallery.blocks.gallery import GalleryBlock


class GalleryBlockAdapter(StructBlockAdapter):
    """
    Wagtail's own form for a struct, with a line that tells what the gallery is doing, and a
    stylesheet that keeps the cursor out of sight.
    """

    js_constructor = "wagtail_autogallery.GalleryBlock"

    def pack(self, block: GalleryBlock, context: Any) -> tuple[str, list[Any]]:
        constructor, (name, children, meta) = super().pack(block, context)
        about_states = {
            "statesUrl": reverse("wagtail_autogallery_admin:states"),
            "offerUrl": reverse("wagtail_autogallery_admin:offer"),
            "holder": (holder := getattr(context.parent_context, "holder", "")),
            "notYet": gettext("Follows from when it is published."),
            "answersUrl": reverse("wagtail_autogallery_admin:answers"),
            "whyUrl": holder and reverse("wagtail_autogallery_admin:why", args=[holder]),
            "why": gettext("Why is an image missing?"),
        }
        # How it looks is chosen for every gallery, all else for what is added by itself.
        about_options = {"syncOptions": [name for name in block.options() if name != "layout"]}
        return constructor, [name, children, {**meta, **about_states, **about_options}]

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(
            css={"all": [versioned_static("wagtail_autogallery/css/editor.css")]},
            js=[
                versioned_static(f"wagtail_autogallery/js/{name}.js")
                for name in ("why", "gallery-options", "gallery-offer", "gallery-block")
            ],
        )


register(GalleryBlockAdapter(), GalleryBlock)
