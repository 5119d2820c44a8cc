"""The children of a gallery and of its items that Wagtail has no block for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import escape
from django.utils.translation import gettext
from wagtail.blocks import ChoiceBlock, FieldBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Collection

from wagtail_autogallery.editor.widgets import CollectionSelect


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


def _int_or_none(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


#: Migrations of sites name them by where sites import them from. So do those of Wagtail its own.
DECONSTRUCT_ALIASES = {
    block: f"wagtail_autogallery.blocks.{block.__name__}"
    for block in (CollectionBlock, HiddenBlock, GalleryImageBlock)
}
