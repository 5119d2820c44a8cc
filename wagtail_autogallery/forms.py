"""
The form field of StreamFields that can hold galleries.

Blocks do not know whose form they are in; a field can ask the form. Wagtail's form field cleans
the same values as before, but galleries that would follow what their editor may not choose are
marked, and so refuse to be clean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.panels import InlinePanel
from wagtail.blocks import BaseStreamBlock, BaseStructBlock, Block, ListBlock, StructValue
from wagtail.blocks.base import BlockField
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin

from wagtail_autogallery.blocks import ADD_EXISTING, GalleryBlock
from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.editor.widgets import UserBlockWidget
from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.sync.children import parental_key
from wagtail_autogallery.sync.galleries import galleries_in
from wagtail_autogallery.sync.gallery_fields import can_hold_gallery, gallery_fields
from wagtail_autogallery.sync.wishes import WishText

NO_DRAFTS = gettext_lazy(
    "New images cannot wait here: there are no drafts that they could wait in. Switch this off."
)


def register() -> None:
    """Have Wagtail's forms use this field, those of its API as well as those of its admin."""
    register_form_field_override(StreamField, override=_override)
    InlinePanel.get_form_options = _telling_the_user(InlinePanel.get_form_options)


def _override(field: StreamField) -> dict[str, Any]:
    if not can_hold_gallery(field.stream_block):
        return {}
    return {"form_class": GalleryStreamFormField}


def _telling_the_user(get_form_options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """
    Wagtail tells a form whose it is, and the forms of comments within it, but not those of the
    children in an ``InlinePanel``. There is no hook to ask it to.
    """

    @wraps(get_form_options)
    def with_user(panel: InlinePanel) -> Any:
        options = get_form_options(panel)
        children = options["formsets"][panel.relation_name]
        grandchildren = (children.get("formsets") or {}).values()
        if gallery_fields(panel.db_field.related_model) or any(
            "inherit_kwargs" in formset for formset in grandchildren
        ):
            children.setdefault("inherit_kwargs", ["for_user"])
        return options

    return with_user


class GalleryStreamFormField(BlockField):
    """Wagtail's form field of a StreamField; every form has a copy of its own."""

    def __init__(self, block: Block, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UserBlockWidget(block))
        super().__init__(block=block, **kwargs)

    def get_bound_field(self, form: Any, field_name: str) -> BoundField:
        bound = super().get_bound_field(form, field_name)
        self.form, self.form_field_name = form, field_name
        self.opened = Stored(self.block, bound.initial)
        self.choosable = _choosable_of(form)
        if isinstance(self.widget, UserBlockWidget):
            self.widget.draw_for(self.choosable, _holder_of(form.instance))
        return bound

    @cached_property
    def in_database(self) -> Stored:
        """
        What the row has. Where there is a draft, that is what is public: whoever switches a
        gallery off there may switch it on again.
        """
        instance = self.form.instance
        rows = type(instance)._base_manager.filter(pk=instance.pk)
        with read_where_written():
            return Stored(self.block, rows.values_list(self.form_field_name, flat=True).first())

    def clean(self, value: Any) -> Any:
        galleries = list(gallery_values(self.block, value))
        said = [gallery.get(ADD_EXISTING) for gallery in galleries]
        for gallery in galleries:
            follows = bool(gallery["auto_sync_media"])
            gallery[ADD_EXISTING] = self._wish(gallery) if follows else ""
            gallery.refusals = dict(self._refusals(gallery))
        try:
            return super().clean(value)
        except ValidationError as error:
            refusals = [refusal for gallery in galleries for refusal in gallery.refusals.values()]
            if refusals:
                # The admin shows errors where they are in the stream. The API says no more than
                # the message of the whole, which is "Validation error in StreamBlock".
                error.message, error.code = refusals[0].message, refusals[0].code
            raise
        finally:
            # A form that is refused is drawn from the same value, as it was sent.
            for gallery, wish in zip(galleries, said, strict=True):
                gallery[ADD_EXISTING] = wish

    def _wish(self, gallery: StructValue) -> str:
        """
        Whether a gallery asks for the images that are already there: where its editor may choose
        them, or somebody else asked who might.

        A wish is of this page or snippet only, and is the same one until it is heard.
        """
        said = str(gallery.get(ADD_EXISTING) or "")
        own, collection = _holder_of(self.form.instance), gallery["collection"]
        wish = WishText.parse(said)
        if not said or (wish and wish.holder not in ("", own)):
            return ""
        if (said, collection) in self.opened.wishes:
            return said
        if not self.choosable.may_follow(collection):
            return ""
        new = WishText.new(own, str(self.choosable.user.pk))
        return str(new._replace(token=wish.token) if wish else new)

    def _refusals(self, gallery: StructValue) -> Iterator[tuple[str, ValidationError]]:
        collection, follows = gallery["collection"], bool(gallery["auto_sync_media"])
        if not self._accepts(collection, follows):
            yield "collection", ValidationError(_message(collection), code="not_choosable")
        if follows and gallery["review_new_images"] and not self._has_drafts:
            yield "review_new_images", ValidationError(NO_DRAFTS, code="no_drafts")

    @property
    def _has_drafts(self) -> bool:
        """Whether there is a draft in which new images could wait."""
        model: Any = type(self.form.instance)
        key = parental_key(model)
        return issubclass(key.related_model if key else model, DraftStateMixin)

    def _accepts(self, collection: int | None, follows: bool) -> bool:
        # A new gallery names all collections, and follows nothing.
        is_new = collection is None and not follows
        return (
            is_new
            or self.opened.has(collection, follows)
            or self.choosable.may_follow(collection)
            or self.in_database.has(collection, follows)
        )


def _choosable_of(form: Any) -> ChoosableCollections:
    """The same for all fields of a form, which all ask the same of the database."""
    if not hasattr(form, "_autogallery_choosable"):
        form._autogallery_choosable = ChoosableCollections(getattr(form, "for_user", None))
    return form._autogallery_choosable


def _holder_of(instance: Any) -> str:
    """The page or snippet that a form is about, or its part is of; empty if it is not saved yet."""
    key = parental_key(type(instance))
    holder = getattr(instance, key.name, None) if key else instance
    return "" if holder is None or holder.pk is None else HolderKey.of(holder).as_text()


class Stored:
    """What the galleries of a stream name and follow. Reading it loads no images."""

    def __init__(self, block: Block, value: Any) -> None:
        galleries = list(galleries_in(block, list(value.raw_data) if value else []))
        self.named = {gallery.collection_id for gallery in galleries}
        self.followed = {gallery.collection_id for gallery in galleries if gallery.is_followed}
        self.wishes = {(gallery.wish, gallery.collection_id) for gallery in galleries}

    def has(self, collection: int | None, follows: bool) -> bool:
        return collection in (self.followed if follows else self.named)


def _message(collection: int | None) -> str:
    if collection is None:
        return _(
            "You may not choose images of all collections. Choose one of the collections on the "
            "menu, or switch automatic adding off."
        )
    return _(
        "You may not choose images of this collection. Choose another one, or leave the gallery "
        "as it was."
    )


def gallery_values(block: Block, value: Any) -> Iterator[StructValue]:
    """The galleries in a block's value, where ``galleries.py`` finds them in what is stored."""
    if isinstance(block, GalleryBlock):
        yield value
    if not can_hold_gallery(block):
        return
    if isinstance(block, BaseStreamBlock):
        for child in value:
            yield from gallery_values(child.block, child.value)
    elif isinstance(block, BaseStructBlock):
        for name, child_block in block.child_blocks.items():
            yield from gallery_values(child_block, value[name])
    elif isinstance(block, ListBlock):
        for child in value.bound_blocks:
            yield from gallery_values(block.child_block, child.value)
