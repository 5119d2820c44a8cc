"""The collection menu of the gallery form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import register
from wagtail.admin.telepath.widgets import SelectAdapter
from wagtail.models import Collection


class CollectionSelect(forms.Select):
    """
    All collections, indented as a tree.

    They are read when the menu is drawn, so a collection made since the server started is there.
    """

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        self.choices = [("", _("All collections")), *self._collections()]
        return super().optgroups(name, value, attrs)

    def _collections(self) -> list[tuple[int, str]]:
        collections = Collection.objects.order_by("path")
        shallowest = min((collection.depth for collection in collections), default=0)
        return [
            (collection.pk, collection.get_indented_name(shallowest, html=False))
            for collection in collections
        ]


class CollectionSelectAdapter(SelectAdapter):
    """Keeps the value of a collection that is not on the menu any more, and says so."""

    js_constructor = "wagtail_autogallery.CollectionSelect"

    def js_args(self, widget: CollectionSelect) -> list[Any]:
        return [*super().js_args(widget), _("Deleted collection (nothing is added)")]

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(
            js=[versioned_static("wagtail_autogallery/js/collection-select.js")]
        )


register(CollectionSelectAdapter(), CollectionSelect)
