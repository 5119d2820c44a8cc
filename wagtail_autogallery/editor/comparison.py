"""
How two versions of a gallery are compared in Wagtail's admin: by what an editor sees of them.

Wagtail would make a picture of each image in the view, and show all texts of all images.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from wagtail.admin.compare import (
    BlockComparison,
    StructBlockComparison,
    get_comparison_class_for_block,
)
from wagtail.blocks import StructBlock

from wagtail_autogallery.editor.thumbnails import thumbnails
from wagtail_autogallery.frontend.renditions import Rendition

HEIGHT = 100
LONGEST_TITLE = 40


class VisibleComparison(StructBlockComparison):
    """Compares two revisions of a struct by what editors see of it: all that is not hidden."""

    def __init__(self, block: StructBlock, *args: Any) -> None:
        super().__init__(_with_children(block, _visible_children(block)), *args)


class GalleryImagesComparison(BlockComparison):
    """
    Compares two lists of images: which came, went, were moved, or have other texts.

    What is as it was is counted, and folded.
    """

    def htmlvalue(self, val: Any) -> SafeString:
        images = [_image_of(item) for item in val.bound_blocks]
        show = _Pictures(images)
        return format_html_join("", "{}", ((show(image),) for image in images))

    def htmldiff(self) -> SafeString:
        before, after = list(self.val_a.bound_blocks), list(self.val_b.bound_blocks)
        show = _Pictures(_image_of(item) for item in (*before, *after))
        pairs = _pairs(before, after)
        stay = _longest_increasing([old for old, _ in pairs])
        gone = _without(before, {old for old, _ in pairs})
        new = _without(after, {new for _, new in pairs})
        moved, changed, same = [], [], []
        for old, position in pairs:
            item = after[position]
            if old not in stay:
                moved.append((show(_image_of(item)), _how_far(old, position)))
            if before[old].value != item.value:
                changed.append(self._compared(before[old].value, item.value, show))
            elif old in stay:
                same.append(show(_image_of(item)))
        return format_html_join(
            "",
            "{}",
            (
                (section,)
                for section in (
                    _section(_added, [show(_image_of(item), "addition") for item in new]),
                    _section(_removed, [show(_image_of(item), "deletion") for item in gone]),
                    _section(_moved, [format_html("<div>{} {}</div>", *each) for each in moved]),
                    _section(_changed, changed),
                    _folded(_unchanged, same),
                )
            ),
        )

    def _compared(self, before: Any, after: Any, show: _Pictures) -> SafeString:
        """One item of which something else than its place is another."""
        old, new = before.get("image"), after.get("image")
        pictures = [show(new)] if old == new else [show(old, "deletion"), show(new, "addition")]
        fields = []
        for name, block in _visible_children(self.block.child_block).items():
            if name != "image" and before.get(name) != after.get(name):
                comparison = get_comparison_class_for_block(block)(
                    block, True, True, before.get(name), after.get(name)
                )
                fields.append((block.label, comparison.htmldiff()))
        return format_html(
            "<div>{}<dl>{}</dl></div>",
            format_html_join("", "{}", ((picture,) for picture in pictures)),
            format_html_join("", "<dt>{}</dt><dd>{}</dd>", fields),
        )


class _Pictures:
    """Shows images by pictures that are there, all read with one query, and by their titles."""

    def __init__(self, images: Iterable[Any]) -> None:
        self.thumbnails = thumbnails({image.pk: image for image in images if image}.values())

    def __call__(self, image: Any, what_became_of_it: str = "") -> SafeString:
        """
        :param what_became_of_it: A class name of Wagtail's: ``addition`` or ``deletion``.
        """
        if image is None:
            return format_html(
                '<div class="preview-image {}">{}</div>',
                what_became_of_it,
                gettext("An image that was deleted"),
            )
        found = self.thumbnails.get(image.pk)
        return format_html(
            '<div class="preview-image {}" title="{}">{}{}</div>',
            what_became_of_it,
            image.title,
            _thumbnail(found[0]) if found else "",
            Truncator(image.title).chars(LONGEST_TITLE),
        )


def _thumbnail(rendition: Rendition) -> SafeString:
    height = min(HEIGHT, rendition.height)
    return format_html(
        '<img src="{}" alt="" width="{}" height="{}" loading="lazy">',
        rendition.url,
        round(rendition.width * height / rendition.height),
        height,
    )


def _added(count: int) -> str:
    return ngettext("%(count)d image added", "%(count)d images added", count)


def _removed(count: int) -> str:
    return ngettext("%(count)d image removed", "%(count)d images removed", count)


def _moved(count: int) -> str:
    return ngettext("%(count)d image moved", "%(count)d images moved", count)


def _changed(count: int) -> str:
    return ngettext("%(count)d image changed", "%(count)d images changed", count)


def _unchanged(count: int) -> str:
    return ngettext("%(count)d image as before", "%(count)d images as before", count)


def _how_far(before: int, after: int) -> str:
    return gettext("from place %(before)d to %(after)d") % {
        "before": before + 1,
        "after": after + 1,
    }


def _section(words: Callable[[int], str], shown: Sequence[SafeString]) -> SafeString:
    if not shown:
        return SafeString()
    return format_html(
        "<p>{}</p>{}",
        words(len(shown)) % {"count": len(shown)},
        format_html_join("", "{}", ((each,) for each in shown)),
    )


def _folded(words: Callable[[int], str], shown: Sequence[SafeString]) -> SafeString:
    if not shown:
        return SafeString()
    return format_html(
        "<details><summary>{}</summary>{}</details>",
        words(len(shown)) % {"count": len(shown)},
        format_html_join("", "{}", ((each,) for each in shown)),
    )


def _visible_children(block: StructBlock) -> dict[str, Any]:
    return {
        name: child
        for name, child in block.child_blocks.items()
        if not getattr(child, "is_hidden", False)
    }


def _with_children(block: StructBlock, children: dict[str, Any]) -> StructBlock:
    block = copy(block)
    block.child_blocks = children
    return block


def _image_of(item: Any) -> Any:
    return item.value.get("image")


def _without(items: Sequence[Any], positions: set[int]) -> list[Any]:
    return [item for position, item in enumerate(items) if position not in positions]


def _pairs(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int, int]]:
    """
    The places, before and after, of the items that are in both, in their order of today.

    The same is what has the same id; or else the same image, since APIs and older content may have
    given it another.
    """
    by_id = {item.id: position for position, item in enumerate(before)}
    found = {position: by_id[item.id] for position, item in enumerate(after) if item.id in by_id}
    by_image: dict[Any, list[int]] = defaultdict(list)
    taken = set(found.values())
    for position, item in enumerate(before):
        if position not in taken and (image := _image_of(item)):
            by_image[image.pk].append(position)
    for position, item in enumerate(after):
        image = _image_of(item)
        if position not in found and image and by_image[image.pk]:
            found[position] = by_image[image.pk].pop(0)
    return [(found[position], position) for position in sorted(found)]


def _longest_increasing(places: Sequence[int]) -> set[int]:
    """The most that have stayed in the same order: all others were moved."""
    ends: list[int] = []
    indices: list[int] = []
    previous: list[int] = []
    for index, place in enumerate(places):
        length = bisect_left(ends, place)
        previous.append(indices[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        indices[length : length + 1] = [index]
    return {places[index] for index in _backwards(previous, indices[-1] if indices else -1)}


def _backwards(previous: Sequence[int], index: int) -> Iterator[int]:
    while index >= 0:
        yield index
        index = previous[index]
