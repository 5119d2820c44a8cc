"""The collection menu of the gallery form, and how it learns whose form it is in."""

from __future__ import annotations

import json
from copy import copy
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.telepath import JSContext, register
from wagtail.admin.telepath.widgets import SelectAdapter
from wagtail.blocks.base import BlockWidget

from wagtail_autogallery.editor.choosable import ChoosableCollections


class CollectionSelect(forms.Select):
    """
    The collections out of which the user may choose images, indented as a tree.

    They are read when the menu is drawn, so a collection made since the server started is there.
    """

    _choosable: ChoosableCollections | None = None

    @property
    def choosable(self) -> ChoosableCollections:
        """Those of the user of the form; where there is none, nobody's."""
        return self._choosable or ChoosableCollections()

    def drawn_for(self, choosable: ChoosableCollections) -> CollectionSelect:
        widget = copy(self)
        widget._choosable = choosable
        return widget

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        self.choices = [("", self._label_of_all()), *self._collections()]
        return super().optgroups(name, value, attrs)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if value == "" and not self.choosable.has_all:
            # It is what a new gallery has, and so has to be there. A browser sends nothing for it.
            option["attrs"]["disabled"] = True
        return option

    def _label_of_all(self) -> str:
        if self.choosable.has_all:
            return _("All collections")
        return _("All collections (you may not choose this)")

    def _collections(self) -> list[tuple[int, str]]:
        collections = self.choosable.offered
        shallowest = min((collection.depth for collection in collections), default=0)
        return [
            (collection.pk, collection.get_indented_name(shallowest, html=False))
            for collection in collections
        ]


class CollectionSelectAdapter(SelectAdapter):
    """Keeps the value of a collection that is not on the menu, and says why it is not."""

    js_constructor = "wagtail_autogallery.CollectionSelect"

    def pack(self, widget: CollectionSelect, context: Any) -> tuple[str, list[Any]]:
        choosable = getattr(context.parent_context, "choosable", None) or ChoosableCollections()
        return super().pack(widget.drawn_for(choosable), context)

    def js_args(self, widget: CollectionSelect) -> list[Any]:
        return [
            *super().js_args(widget),
            [str(key) for key in widget.choosable.withheld],
            _("Another collection"),
            _("Deleted collection (nothing is added)"),
        ]

    @cached_property
    def media(self) -> forms.Media:
        return super().media + forms.Media(
            js=[versioned_static("wagtail_autogallery/js/collection-select.js")]
        )


register(CollectionSelectAdapter(), CollectionSelect)


class UserContext(JSContext):
    """
    Packs the definitions of blocks for the browser of somebody.

    :param holder: What the form is about, as text; empty where it is not saved yet.
    """

    def __init__(self, choosable: ChoosableCollections, holder: str = "") -> None:
        super().__init__()
        self.choosable = choosable
        self.holder = holder


class UserBlockWidget(BlockWidget):
    """Wagtail's widget of a StreamField, with the blocks' forms as they are for somebody."""

    _choosable: ChoosableCollections | None = None
    _holder = ""
    #: Out of what the value of which name was read.
    _read: tuple[Any, str, Any] = (None, "", None)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """
        Django asks to clean it, and again to see whether it has changed. To read the images of a
        large gallery takes longer than what is done with them.
        """
        if self._read[0] is not data or self._read[1] != name:
            self._read = (data, name, super().value_from_datadict(data, files, name))
        return self._read[2]

    def draw_for(self, choosable: ChoosableCollections, holder: str) -> None:
        self._choosable = choosable
        self._holder = holder
        self.__dict__.pop("_packed", None)

    @property
    def js_context(self) -> JSContext:
        return self._packed[0]

    @property
    def block_json(self) -> str:
        return self._packed[1]

    @cached_property
    def _packed(self) -> tuple[JSContext, str]:
        context = UserContext(self._choosable or ChoosableCollections(), self._holder)
        return context, json.dumps(context.pack(self.block_def))
