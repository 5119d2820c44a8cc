"""A gallery."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import BlockGroup, BooleanBlock, IntegerBlock, StructBlock, StructValue
from wagtail.blocks.struct_block import StructBlockValidationError

from wagtail_autogallery.blocks.fields import CollectionBlock, HiddenBlock, OptionBlock
from wagtail_autogallery.blocks.images import GalleryImagesBlock
from wagtail_autogallery.blocks.items import GalleryItemBlock
from wagtail_autogallery.editor.comparison import VisibleComparison
from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.pictures import read_together

#: Children of a gallery.
TOGGLE, IMAGES = "auto_sync_media", "images"

#: The hidden child of a gallery by which its form asks for the images that are already there.
ADD_EXISTING = "add_existing"

#: In ``preview.svg``.
PREVIEW_DRAWINGS = ("harbor", "dunes", "forest", "mountains", "city", "lighthouse")


class GalleryValue(StructValue):
    """A gallery as templates see it."""

    #: Why its editor may not save it with these children, by their names; see ``forms.py``.
    refusals: Mapping[str, ValidationError] = MappingProxyType({})

    @cached_property
    def shown(self) -> list[StructValue]:
        """The items of which there is a picture, in order."""
        items = [item for item in self.get("images") or [] if item.get("image")]
        read_together(items, layouts.of(self))
        return [item for item in items if item.picture]


class GalleryBlock(StructBlock):
    """
    A gallery that can follow a collection: new images are added to it as they are uploaded.

    Subclass it to add fields to the gallery; to add fields to its items, give it another list::

        class CreditedItemBlock(GalleryItemBlock):
            credit = CharBlock(required=False)

        class CreditedGalleryBlock(GalleryBlock):
            images = GalleryImagesBlock(CreditedItemBlock())
    """

    auto_sync_media = BooleanBlock(
        required=False,
        default=False,
        label=_("Auto-sync new media uploads"),
        help_text=_("New uploaded images are added to this gallery automatically."),
    )
    images = GalleryImagesBlock(GalleryItemBlock(), label=_("Images"))
    collection = CollectionBlock(
        label=_("Collection"),
        help_text=_(
            "Add only images of this collection and the collections inside it. All collections "
            "means every image that anybody uploads anywhere on this site."
        ),
    )
    max_images = IntegerBlock(
        required=False,
        min_value=1,
        label=_("Maximum number of images"),
        help_text=_(
            "Then the oldest automatically added images make room for new ones. "
            "Images chosen by hand always stay."
        ),
    )
    new_images = OptionBlock(
        choices=[("last", _("At the end")), ("first", _("At the start"))],
        default="last",
        label=_("New images are added"),
    )
    review_new_images = BooleanBlock(
        required=False,
        default=False,
        label=_("New images wait for me"),
        help_text=_(
            "They are put into the draft only. Look at them, take out what you do not want, and "
            "publish the page."
        ),
    )
    layout = OptionBlock(choices=layouts.CHOICES, default=layouts.GRID, label=_("Layout"))
    #: Which gallery this is and what it has seen, see ``cursors.py``.
    cursor = HiddenBlock()
    #: Whether it gets the images that are already there, see ``wishes.py``.
    add_existing = HiddenBlock()

    @classmethod
    def options(cls) -> list[str]:
        """What there is to choose of every gallery, beside its toggle and its images."""
        return [
            name
            for name, block in GalleryBlock.base_blocks.items()
            if name not in (TOGGLE, IMAGES) and not isinstance(block, HiddenBlock)
        ]

    def get_form_layout(self) -> BlockGroup:
        """
        The toggle, what a site has added, and the images; the options in Wagtail's settings area.

        A site may lay it out in its ``Meta``. What it leaves out there is in the form all the same:
        a gallery without its cursor would not be known again.
        """
        if self.meta.form_layout is None:
            # A subclass may have taken some out.
            options = [name for name in self.options() if name in self.child_blocks]
            added = [name for name in self.child_blocks if name not in GalleryBlock.base_blocks]
            layout = BlockGroup(children=[TOGGLE, *added, IMAGES], settings=options)
        else:
            layout = super().get_form_layout()
        named = set(layout.get_sorted_block_names())
        left_out = [name for name in self.child_blocks if name not in named]
        return BlockGroup(children=[*layout.children, *left_out], settings=layout.settings)

    def clean(self, value: Any) -> GalleryValue:
        refusals = getattr(value, "refusals", None)
        if not refusals:
            return super().clean(value)
        errors: dict[str, Any] = {}
        try:
            super().clean(value)
        except StructBlockValidationError as error:
            errors = error.block_errors
        raise StructBlockValidationError({**errors, **refusals})

    def get_comparison_class(self) -> type[VisibleComparison]:
        return VisibleComparison

    def get_api_representation(
        self, value: GalleryValue, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        # Only the gallery knows the layout, and by that what its pictures are.
        read_together(value.get("images") or [], layouts.of(value))
        representation: dict[str, Any] = super().get_api_representation(value, context=context)
        return representation

    def get_preview_context(
        self, value: GalleryValue, parent_context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        context = dict(super().get_preview_context(value, parent_context))
        return {**context, "layout": layouts.of(value), "drawings_shown": PREVIEW_DRAWINGS}

    class Meta:
        icon = "image"
        description = _(
            "Pictures to look at and to open. It can add newly uploaded images by itself."
        )
        preview_template = "wagtail_autogallery/block_preview.html"
        # What is in it: by itself, a folded gallery would show its first child, the toggle.
        label_format = "{images}"
        template = "wagtail_autogallery/gallery.html"
        #: So many images are shown at first, the others on demand; ``None`` shows all at once.
        page_size = 24
        value_class = GalleryValue
        form_classname = "struct-block autogallery-block"
