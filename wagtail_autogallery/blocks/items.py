"""One image of a gallery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import CharBlock, StructBlock, StructValue
from wagtail.blocks.struct_block import StructBlockValidationError

from wagtail_autogallery.blocks.fields import GalleryImageBlock, HiddenBlock
from wagtail_autogallery.editor.comparison import VisibleComparison
from wagtail_autogallery.frontend.pictures import Picture, read_together
from wagtail_autogallery.frontend.renditions import Rendition, Renditions
from wagtail_autogallery.frontend.specs import as_asked_for

#: The hidden child of an item that only the sync writes: the key, as text, of the image it put in.
DELIVERED = "delivered"


class GalleryItemValue(StructValue):
    """An image of a gallery as templates see it."""

    #: Shared by the items that are shown together, so that they are read together.
    renditions: Renditions | None = None
    api_renditions: Renditions | None = None

    @property
    def alt(self) -> str:
        """The item's own alternative text, else the image's description; never its title."""
        image = self.get("image")
        return self.get("alt_text") or (image.description if image else "")

    @property
    def is_machine_made(self) -> bool:
        """Whether its image is the one that the sync put in."""
        image = self.get("image")
        return bool(image) and self.get(DELIVERED) == str(image.pk)

    @cached_property
    def picture(self) -> Picture | None:
        """
        The image as ``{% autogallery_picture %}`` shows it; ``None`` where there is none, or where
        the job has made no picture of it yet.
        """
        image = self.get("image")
        if not image:
            return None
        if self.renditions is None:
            read_together([self])
        renditions = cast(Renditions, self.renditions)
        return Picture(image, self.alt, renditions) if renditions.shows(image) else None

    @property
    def full(self) -> Rendition | None:
        """The big rendition of the lightbox: ``url``, ``width``, ``height``."""
        return self.picture.full if self.picture else None

    def as_api_image(self) -> dict[str, Any]:
        """The image as the APIs represent it, with the renditions of ``API_RENDITIONS``."""
        image = self["image"]
        if self.api_renditions is None:
            read_together([self])
        renditions = cast(Renditions, self.api_renditions)
        return {
            "id": image.pk,
            "title": image.title,
            "alt": self.alt,
            "renditions": [
                {
                    "spec": as_asked_for(spec),
                    "full_url": _full_url(rendition.url),
                    **rendition._asdict(),
                }
                for spec in renditions.specs[image.pk].all
                if (rendition := renditions.of(image).get(spec))
            ],
        }


class GalleryItemBlock(StructBlock):
    """One image of a gallery. Subclass it to add fields."""

    image = GalleryImageBlock(label=_("Image"))
    caption = CharBlock(required=False, default="", label=_("Caption"))
    alt_text = CharBlock(
        required=False,
        default="",
        label=_("Alternative text"),
        help_text=_("What the picture shows. Leave empty to use the image's own description."),
    )
    #: The image that the sync put in here; empty in what a person chose.
    delivered = HiddenBlock()

    def get_comparison_class(self) -> type[VisibleComparison]:
        return VisibleComparison

    def to_python(self, value: Any) -> StructValue:
        return super().to_python(_item_from_older_block(value))

    def bulk_to_python(self, values: Sequence[Any]) -> list[StructValue]:
        return super().bulk_to_python([_item_from_older_block(value) for value in values])

    def clean(self, value: Any) -> Any:
        """
        What the sync put in lacks what a site requires of its own fields until a person writes it.

        That is no reason to refuse somebody's work on the page around.
        """
        try:
            return super().clean(value)
        except StructBlockValidationError as error:
            is_to_be_mended = error.non_block_errors or any(
                name == "image" or value.get(name) for name in error.block_errors
            )
            if is_to_be_mended or not value.get(DELIVERED):
                raise
            return value

    def get_api_representation(
        self, value: GalleryItemValue, context: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The item as Wagtail's APIs show it. What they show can be written back."""
        representation: dict[str, Any] = super().get_api_representation(value, context=context)
        return {**representation, "image": value.as_api_image()}

    class Meta:
        icon = "image"
        label = _("Image")
        value_class = GalleryItemValue


def _item_from_older_block(value: Any) -> Any:
    """
    Accept what ``ListBlock(ImageChooserBlock())`` stored before it became a gallery: bare keys.
    """
    return value if isinstance(value, Mapping) else {"image": value}


def _full_url(url: str) -> str:
    """With the site's address in front, as Wagtail's renditions have it."""
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return base + url if url.startswith("/") else url
