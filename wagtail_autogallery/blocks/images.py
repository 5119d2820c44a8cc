"""The list of a gallery's images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wagtail.admin.telepath import register
from wagtail.blocks import ListBlock
from wagtail.blocks.list_block import ListValue

from wagtail_autogallery.blocks.items import DELIVERED, GalleryItemBlock
from wagtail_autogallery.editor.comparison import GalleryImagesComparison
from wagtail_autogallery.editor.grid import GalleryImagesAdapter, form_state, sent_items
from wagtail_autogallery.frontend.pictures import read_together


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


def _is_empty(item: Mapping[str, Any]) -> bool:
    return not any(value for name, value in item.items() if name != DELIVERED)


register(GalleryImagesAdapter(), GalleryImagesBlock)

#: As in ``fields.py``.
DECONSTRUCT_ALIASES = {GalleryImagesBlock: "wagtail_autogallery.blocks.GalleryImagesBlock"}
