"""The gallery block, its parts, and its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.blocks import (
    BlockGroup,
    BooleanBlock,
    CharBlock,
    ChoiceBlock,
    FieldBlock,
    IntegerBlock,
    ListBlock,
    StructBlock,
    StructValue,
)
from wagtail.blocks.list_block import ListValue
from wagtail.blocks.struct_block import StructBlockAdapter, StructBlockValidationError
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Collection

from wagtail_autogallery.editor.comparison import GalleryImagesComparison, VisibleComparison
from wagtail_autogallery.editor.grid import GalleryImagesAdapter, form_state, sent_items
from wagtail_autogallery.editor.widgets import CollectionSelect
from wagtail_autogallery.frontend import layouts
from wagtail_autogallery.frontend.pictures import Picture, read_together
from wagtail_autogallery.frontend.renditions import Rendition, Renditions
from wagtail_autogallery.frontend.specs import as_asked_for

#: The hidden child of an item that only the sync writes: the key, as text, of the image it put in.
DELIVERED = "delivered"

#: Children of a gallery.
TOGGLE, IMAGES = "auto_sync_media", "images"

#: The hidden child of a gallery by which its form asks for the images that are already there.
ADD_EXISTING = "add_existing"

#: In ``preview.svg``.
PREVIEW_DRAWINGS = ("harbor", "dunes", "forest", "mountains", "city", "lighthouse")


class CollectionBlock(FieldBlock):
    """
    Chooses the collection a gallery follows.

    Its value is the collection's primary key, or ``None`` for all collections. The key of a
    collection that was deleted since is kept: a gallery that followed it must not silently start
    to follow everything.
    """

    def __init__(self, required: bool = False, help_text: Any = None, **kwargs: Any) -> None:
        self.field = forms.IntegerField(
            required=required, help_text=help_text, widget=CollectionSelect
        )
        super().__init__(**kwargs)

    def value_from_form(self, value: Any) -> int | None:
        return self.normalize(value)

    def to_python(self, value: Any) -> int | None:
        return self.normalize(value)

    def get_prep_value(self, value: Any) -> int | None:
        return self.normalize(value)

    def normalize(self, value: Any) -> int | None:
        if isinstance(value, Collection):
            value = value.pk
        return _int_or_none(value)

    def render_basic(self, value: Any, context: Any = None) -> str:
        """In words, for whoever compares two versions."""
        if value is None:
            return gettext("All collections")
        name = Collection.objects.filter(pk=value).values_list("name", flat=True).first()
        return escape(name) if name else gettext("A collection that was deleted")

    class Meta:
        icon = "folder-open-inverse"


class HiddenBlock(FieldBlock):
    """Text that the sync writes. It travels through forms and APIs unseen, and unquestioned."""

    #: Nothing to be compared either.
    is_hidden = True

    def __init__(self, **kwargs: Any) -> None:
        self.field = forms.CharField(required=False, widget=forms.HiddenInput)
        super().__init__(**kwargs)

    def value_from_form(self, value: Any) -> str:
        return self.clean(value)

    def clean(self, value: Any) -> str:
        # Whatever a client made of it, it is no reason to refuse an editor's work.
        return value if isinstance(value, str) else ""

    class Meta:
        default = ""


class OptionBlock(ChoiceBlock):
    """A choice that may be left out, by an API client or an older form, and then is the default."""

    def clean(self, value: Any) -> Any:
        return super().clean(value or self.get_default())

    def render_basic(self, value: Any, context: Any = None) -> str:
        """In words, for whoever compares two versions."""
        return escape(dict(self.field.choices).get(value, value))


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


class GalleryImageBlock(ImageChooserBlock):
    """Wagtail's chooser, for image models with any kind of primary key."""

    def bulk_to_python(self, values: Iterable[Any]) -> list[Any]:
        # Wagtail looks stored keys up as they are, and would not find a UUID by its text.
        return super().bulk_to_python([self._key(value) for value in values])

    def _key(self, value: Any) -> Any:
        try:
            return self.model_class._meta.pk.to_python(value)
        except ValidationError:
            return None

    def clean(self, value: Any) -> Any:
        # It was just read, with all others of the gallery. Wagtail would read each once more.
        if isinstance(value, self.model_class):
            self.field.run_validators(value)
            return value
        return super().clean(value)

    def to_python(self, value: Any) -> Any:
        """Accepts what the APIs say of an image, too, so that it can be written back."""
        if isinstance(value, Mapping):
            value = value.get("id")
        return super().to_python(self._key(value))


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


class GalleryImagesBlock(ListBlock):
    """
    The list of a gallery's images. Give it a :class:`GalleryItemBlock` of your own to add fields.
    """

    def __init__(
        self, child_block: Any = GalleryItemBlock, search_index: bool = True, **kwargs: Any
    ) -> None:
        kwargs.setdefault("default", [])
        super().__init__(child_block, search_index=search_index, **kwargs)

    # Tells ListBlock that the first argument is still the child block, for compact migrations.
    __init__.has_child_block_arg = True  # type: ignore[attr-defined]

    def get_comparison_class(self) -> type[GalleryImagesComparison]:
        return GalleryImagesComparison

    def get_form_state(self, value: Any) -> list[Any]:
        return form_state(self.child_block, self.normalize(value).bound_blocks)

    def value_from_datadict(self, data: Any, files: Any, prefix: str) -> ListValue:
        """
        Read the grid's field, see ``editor/grid.py``, or the fields of Wagtail's list block, which
        older forms and clients send.
        """
        if prefix not in data:
            return super().value_from_datadict(data, files, prefix)
        items = sent_items(data[prefix])
        stored = self.child_block.bulk_to_python(
            [item.value for item in items if item.value is not None]
        )
        values = iter(stored)
        children = []
        for item in items:
            if item.form is None:
                value = next(values)
            else:
                value = self.child_block.value_from_datadict(
                    data, files, f"{prefix}-{item.form}-value"
                )
            children.append(ListValue.ListChild(self.child_block, value, id=item.id))
        return ListValue(self, bound_blocks=children)

    def value_omitted_from_data(self, data: Any, files: Any, prefix: str) -> bool:
        return prefix not in data and super().value_omitted_from_data(data, files, prefix)

    def clean(self, value: Any) -> ListValue:
        """
        Drop items without anything in them: what remains of an image deleted meanwhile. An item
        that was doubled gets an id of its own.
        """
        kept = []
        taken: set[str] = set()
        for child in self.normalize(value).bound_blocks:
            if not _is_empty(child.value):
                item_id = None if child.id in taken else child.id
                kept.append(ListValue.ListChild(self.child_block, child.value, id=item_id))
                taken.add(child.id)
        return super().clean(ListValue(self, bound_blocks=kept))

    def get_api_representation(self, value: ListValue, context: Any = None) -> list[Any]:
        """Each item whose image exists as it is stored, with its id, so that it can come back."""
        shown = [child for child in value.bound_blocks if child.value.get("image")]
        if not all(child.value.api_renditions for child in shown):
            read_together(child.value for child in shown)
        return [
            {
                "type": "item",
                "id": child.id,
                "value": self.child_block.get_api_representation(child.value, context=context),
            }
            for child in shown
        ]

    class Meta:
        icon = "image"


register(GalleryImagesAdapter(), GalleryImagesBlock)


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


def _int_or_none(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _item_from_older_block(value: Any) -> Any:
    """
    Accept what ``ListBlock(ImageChooserBlock())`` stored before it became a gallery: bare keys.
    """
    return value if isinstance(value, Mapping) else {"image": value}


def _full_url(url: str) -> str:
    """With the site's address in front, as Wagtail's renditions have it."""
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    return base + url if url.startswith("/") else url


def _is_empty(item: Mapping[str, Any]) -> bool:
    return not any(value for name, value in item.items() if name != DELIVERED)
