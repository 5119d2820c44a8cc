"""Which renditions are wanted of an image, by the settings and the layout it is shown in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from os.path import splitext
from typing import Any

from wagtail.images.utils import to_svg_safe_spec

from wagtail_autogallery.conf import settings
from wagtail_autogallery.frontend import credit, layouts

#: The formats a browser may choose from. The first it supports wins.
MIME_TYPES = {
    "avif": "image/avif",
    "webp": "image/webp",
    "png": "image/png",
    "jpeg": "image/jpeg",
}


@dataclass(frozen=True)
class Specs:
    """The filter specs of the renditions that are wanted of one image."""

    #: What a browser gets that understands none of the sources, or what has no alternative.
    fallback: tuple[str, ...]
    #: Of each format, best first, the widths a browser may choose from, narrowest first.
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: The big one of the lightbox.
    full: str = ""

    @property
    def smallest(self) -> str:
        """What a page can do with for the moment."""
        return self.fallback[0]

    @cached_property
    def all(self) -> tuple[str, ...]:
        """Each once, the one that a page needs first in front."""
        modern = (spec for _, specs in self.sources for spec in specs)
        return tuple(filter(None, dict.fromkeys((*self.fallback, *modern, self.full))))


#: Tells what is wanted of an image in a layout.
Wanted = Callable[[Any, str], Specs]


def on_pages() -> Wanted:
    """What is shown, by ``IMAGE_FORMATS``, ``IMAGE_WIDTHS`` and ``LIGHTBOX_SIZE``."""
    # Read once for all images: most of the time of what follows would go into it.
    formats, widths = tuple(settings.IMAGE_FORMATS), tuple(sorted(settings.IMAGE_WIDTHS))
    lightbox: int = settings.LIGHTBOX_SIZE

    def specs_of(image: Any, layout: str) -> Specs:
        suffix = splitext(image.file.name)[1].lower()
        is_tile = layout == layouts.GRID
        # Of the widths that the original does not have, one is enough: it gives its own.
        widest = min(image.width, image.height) if is_tile else image.width
        enough = bisect_left(widths, widest) + 1
        # Then the widest is as good as what the lightbox would have of its own.
        is_small = (
            not is_tile and enough <= len(widths) and max(image.width, image.height) <= lightbox
        )
        return _specs(suffix, formats, widths[:enough], lightbox, is_tile, is_small)

    return specs_of


def in_api() -> Wanted:
    """What the APIs tell of, by ``API_RENDITIONS``; without it, the same as on pages."""
    specs: Sequence[str] | None = settings.API_RENDITIONS
    if specs is None:
        return on_pages()
    return lambda image, layout: Specs(tuple(_spec_for(image, spec) for spec in specs))


def anywhere() -> Wanted:
    """What pages and APIs ask for."""
    page, api = on_pages(), in_api()
    return lambda image, layout: Specs((*page(image, layout).all, *api(image, layout).all))


def digest() -> str:
    """Differs when the settings differ by which pages and APIs ask for renditions."""
    wanted = (
        settings.IMAGE_FORMATS,
        settings.IMAGE_WIDTHS,
        settings.LIGHTBOX_SIZE,
        settings.API_RENDITIONS,
    )
    return blake2b(repr(wanted).encode(), digest_size=16).hexdigest()


def specs_of(image: Any, layout: str = "") -> Specs:
    """What is shown of this image."""
    return on_pages()(image, layout)


def as_asked_for(spec: str) -> str:
    """A spec as a site would write it."""
    return spec.removesuffix(f"|{credit.NAME}")


@lru_cache
def _specs(
    suffix: str,
    formats: Sequence[str],
    widths: Sequence[int],
    lightbox: int,
    is_tile: bool,
    is_small: bool,
) -> Specs:
    if suffix == ".svg":
        # Sharp at any size, and nothing else can be made of it.
        return Specs(("original",), full="original")
    sized = [f"fill-{width}x{width}" if is_tile else f"width-{width}" for width in widths]
    full = sized[-1] if is_small else f"max-{lightbox}x{lightbox}"
    if suffix == ".gif":
        # Another format would stop an animation, so this is left to Wagtail's own conversions.
        return Specs(tuple(map(_private, sized)), full=_private(full))
    if suffix == ".png":
        # JPEG knows no transparency.
        formats = ["png" if name == "jpeg" else name for name in formats]

    def in_format(name: str, sizes: Sequence[str]) -> tuple[str, ...]:
        return tuple(_private(f"{size}|format-{name}") for size in sizes)

    *modern, last = dict.fromkeys(formats)
    fallback = in_format(last, sized)
    if modern:
        # The few browsers that need it are spared the rest of the choice, and we its encoding.
        fallback = (fallback[len(fallback) // 2],)
    # The lightbox offers no choice, and not every browser that opens it knows AVIF.
    (big,) = in_format("webp" if "webp" in formats else last, [full])
    return Specs(fallback, tuple((name, in_format(name, sized)) for name in modern), full=big)


def _spec_for(image: Any, spec: str) -> str:
    """The spec that Wagtail stores: nothing can be made of an SVG but an SVG."""
    if image.is_svg():
        return to_svg_safe_spec(spec) or "original"
    return _private("|".join(part for part in spec.split("|") if part != "preserve-svg"))


def _private(spec: str) -> str:
    return f"{spec}|{credit.NAME}"
