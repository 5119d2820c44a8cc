"""What a gallery shows of an image: which renditions, read in bulk, and their markup."""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from html import escape
from os.path import splitext
from typing import Any, NamedTuple, cast

from django.apps import apps
from django.core.files.storage import FileSystemStorage
from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe
from wagtail.images.models import AbstractRendition, Filter, WagtailImageFieldFile
from wagtail.images.utils import to_svg_safe_spec

from wagtail_autogallery.conf import settings

logger = logging.getLogger(__name__)

#: The formats a browser may choose from. The first it supports wins.
MIME_TYPES = {
    "avif": "image/avif",
    "webp": "image/webp",
    "png": "image/png",
    "jpeg": "image/jpeg",
}


KEY_FIELDS = ("image_id", "filter_spec", "focal_point_key")


class Rendition(NamedTuple):
    """A stored rendition, as far as a page needs it."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class Specs:
    """The filter specs of the renditions that are wanted of one image."""

    #: What a browser gets that understands none of the sources, or what has no alternative.
    fallback: tuple[str, ...]
    #: Of each format, best first, the widths a browser may choose from, narrowest first.
    sources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: The big one of the lightbox.
    full: str = ""

    @cached_property
    def all(self) -> tuple[str, ...]:
        """Each once, the one that a page needs first in front."""
        modern = (spec for _, specs in self.sources for spec in specs)
        return tuple(filter(None, dict.fromkeys((*self.fallback, *modern, self.full))))


#: Tells what is wanted of an image.
Wanted = Callable[[Any], Specs]


def on_pages() -> Wanted:
    """What is shown, by ``IMAGE_FORMATS``, ``IMAGE_WIDTHS`` and ``LIGHTBOX_SIZE``."""
    # Read once for all images: most of the time of what follows would go into it.
    formats, widths = tuple(settings.IMAGE_FORMATS), tuple(sorted(settings.IMAGE_WIDTHS))
    lightbox: int = settings.LIGHTBOX_SIZE

    def specs_of(image: Any) -> Specs:
        # Of the widths that the original does not have, one is enough: it gives its own.
        enough = bisect_left(widths, image.width) + 1
        is_small = enough <= len(widths) and max(image.width, image.height) <= lightbox
        suffix = splitext(image.file.name)[1].lower()
        return _specs(suffix, formats, widths[:enough], lightbox, is_small)

    return specs_of


def in_api() -> Wanted:
    """What the APIs tell of, by ``API_RENDITIONS``; without it, the same as on pages."""
    specs: Sequence[str] | None = settings.API_RENDITIONS
    if specs is None:
        return on_pages()
    return lambda image: Specs(tuple(_spec_for(image, spec) for spec in specs))


def anywhere() -> Wanted:
    """What pages and APIs ask for."""
    page, api = on_pages(), in_api()
    return lambda image: Specs((*page(image).all, *api(image).all))


def specs_of(image: Any) -> Specs:
    """What is shown of this image."""
    return on_pages()(image)


@lru_cache
def _specs(
    suffix: str, formats: Sequence[str], widths: Sequence[int], lightbox: int, is_small: bool
) -> Specs:
    if suffix == ".svg":
        # Sharp at any size, and nothing else can be made of it.
        return Specs(("original",), full="original")
    if suffix == ".gif":
        # Another format would stop an animation, so this is left to Wagtail's own conversions.
        sized = tuple(f"width-{width}" for width in widths)
        return Specs(sized, full=sized[-1] if is_small else f"max-{lightbox}x{lightbox}")
    if suffix == ".png":
        # JPEG knows no transparency.
        formats = ["png" if name == "jpeg" else name for name in formats]

    *modern, last = dict.fromkeys(formats)
    sources = tuple(
        (name, tuple(f"width-{width}|format-{name}" for width in widths)) for name in modern
    )
    fallback = tuple(f"width-{width}|format-{last}" for width in widths)
    if sources:
        # The few browsers that need it are spared the rest of the choice, and we its encoding.
        fallback = (fallback[len(fallback) // 2],)
    # The lightbox needs a browser that knows WebP anyway, but not one that knows AVIF.
    big = "webp" if "webp" in formats else last
    size = f"width-{widths[-1]}" if is_small else f"max-{lightbox}x{lightbox}"
    return Specs(fallback, sources, full=f"{size}|format-{big}")


def _spec_for(image: Any, spec: str) -> str:
    """The spec that Wagtail stores: nothing can be made of an SVG but an SVG."""
    if image.is_svg():
        return to_svg_safe_spec(spec) or "original"
    return "|".join(part for part in spec.split("|") if part != "preserve-svg")


class Renditions:
    """
    The renditions of some images, read with one query once the first of them is asked for.

    What does not exist is made there and then, as Wagtail does it. The job sees to it that this is
    not a visitor's time (``missing_renditions.py``).

    :param where: Where they are wanted, :func:`on_pages` or :func:`in_api`.
    """

    def __init__(self, images: Iterable[Any], where: Callable[[], Wanted] = on_pages) -> None:
        self._images = {image.pk: image for image in images if image}
        self._where = where

    @cached_property
    def specs(self) -> dict[Any, Specs]:
        """What is wanted of each image, by its key."""
        wanted = self._where()
        return {key: wanted(image) for key, image in self._images.items()}

    @cached_property
    def _stored(self) -> dict[Any, dict[str, Rendition]]:
        return read(self._images, self.specs)

    def of(self, image: Any) -> dict[str, Rendition]:
        """
        Those of one image, by filter spec.

        One that cannot be made, because the original is broken or lost, is left out.
        """
        stored = self._stored[image.pk]
        wanted = self.specs[image.pk].all
        if to_make := [spec for spec in wanted if spec not in stored]:
            for spec, rendition in make(image, to_make):
                if rendition:
                    stored[spec] = _as_shown(rendition)
        return stored


def read(images: Mapping[Any, Any], specs: Mapping[Any, Specs]) -> dict[Any, dict[str, Rendition]]:
    """The stored renditions of images by the image's key and the filter spec, with one query."""
    stored: dict[Any, dict[str, Rendition]] = {key: {} for key in images}
    for key, spec, focal_point_key, rendition in _with_urls(_wanted_rows(images, specs)):
        if focal_point_key == _focal_point_key(images[key], spec):
            stored[key][spec] = rendition
    return stored


def missing(images: Mapping[Any, Any], wanted: Wanted) -> Iterator[tuple[Any, list[str]]]:
    """The images of which wanted renditions do not exist, and which, with one query."""
    specs = {key: wanted(image) for key, image in images.items()}
    if not specs:
        return
    stored = set(_wanted_rows(images, specs).values_list(*KEY_FIELDS))
    for key, image in images.items():
        lacking = [
            spec
            for spec in specs[key].all
            if (key, spec, _focal_point_key(image, spec)) not in stored
        ]
        if lacking:
            yield image, lacking


def _wanted_rows(images: Mapping[Any, Any], specs: Mapping[Any, Specs]) -> QuerySet[Any]:
    model = next(iter(images.values())).get_rendition_model()
    rows: QuerySet[Any] = model._default_manager.filter(
        image__in=list(images), filter_spec__in={spec for one in specs.values() for spec in one.all}
    )
    return rows


def _with_urls(rows: QuerySet[Any]) -> Iterator[tuple[Any, str, str, Rendition]]:
    file = rows.model._meta.get_field("file")
    if rows.model.url is not AbstractRendition.url or file.attr_class is not WagtailImageFieldFile:
        # The site has its own way to a URL.
        for row in rows:
            yield row.image_id, row.filter_spec, row.focal_point_key, _as_shown(row)
        return
    address_of = _addresses_in(file.storage)
    # Model instances with image fields take several times as long as all the rest.
    for key, spec, focal_point_key, name, width, height in rows.values_list(
        *KEY_FIELDS, "file", "width", "height"
    ):
        yield key, spec, focal_point_key, Rendition(address_of(name), width, height)


def _addresses_in(storage: Any) -> Callable[[str], str]:
    # Only of Django's own folder is it known that an address stays what it is.
    if storage.__class__ is FileSystemStorage:
        return _addresses_in_folder(storage.base_url)
    return cast(Callable[[str], str], storage.url)


@cache
def _addresses_in_folder(base_url: str) -> Callable[[str], str]:
    return lru_cache(maxsize=10_000)(FileSystemStorage(base_url=base_url).url)


def make(
    image: Any, specs: Iterable[str]
) -> Generator[tuple[str, AbstractRendition | None], None, None]:
    """
    Get these renditions of an image from Wagtail, which makes those that do not exist.

    One after the other, because a web process has other things to do, from a file that is opened
    once, because it may be far away. One that fails is logged, and is ``None``.
    """
    try:
        file = image.file.open("rb")
    except Exception:
        logger.exception("Could not open the file of image %s", image.pk)
        yield from ((spec, None) for spec in specs)
        return
    with file:
        for spec in specs:
            try:
                rendition = image.get_rendition(filter_of(spec))
            except Exception:
                logger.exception("Could not make rendition %s of image %s", spec, image.pk)
                yield spec, None
            else:
                yield spec, rendition


def _as_shown(rendition: AbstractRendition) -> Rendition:
    return Rendition(rendition.url, rendition.width, rendition.height)


@cache
def filter_of(spec: str) -> Filter:
    """Parsing a spec takes longer than all the rest that is done with it."""
    return Filter(spec)


def _focal_point_key(image: Any, spec: str) -> str:
    return filter_of(spec).get_cache_key(image) if _depends_on_focal_point(spec) else ""


@cache
def _depends_on_focal_point(spec: str) -> bool:
    return any(getattr(operation, "vary_fields", ()) for operation in filter_of(spec).operations)


class Picture:
    """
    One image of a gallery, to be put into a page: ``{% autogallery_picture %}`` or ``tag()``.

    Renders as what Wagtail's ``{% picture %}`` makes, as far as it is valid HTML.
    """

    def __init__(self, image: Any, alt: str, renditions: Renditions) -> None:
        found = renditions.of(image)
        specs = renditions.specs[image.pk]
        self.alt = alt
        #: What a browser may choose from, by MIME type, best first.
        self.sources = {
            MIME_TYPES[name]: chosen
            for name, candidates in specs.sources
            if (chosen := _of_different_width(found, candidates))
        }
        #: What the ``<img>`` itself offers.
        self.fallback = (
            _of_different_width(found, specs.fallback)
            or [rendition for chosen in self.sources.values() for rendition in chosen][:1]
            or [_not_found(image)]
        )
        #: What the lightbox shows.
        self.full = found.get(specs.full) or self.fallback[-1]

    def tag(self, sizes: str = "100vw", **attributes: Any) -> SafeString:
        """The ``<picture>`` element; the attributes are those of the ``<img>`` in it."""
        first = self.fallback[0]
        attributes = {
            "src": first.url,
            "width": first.width,
            "height": first.height,
            "alt": self.alt,
            **cast(Any, apps.get_app_config("wagtailimages")).default_attrs,
            **attributes,
        }
        if len(self.fallback) > 1:
            attributes |= {"srcset": _srcset(self.fallback), "sizes": sizes}
        sources = (
            f"<source{_as_html(type=mime_type, srcset=_srcset(renditions), sizes=sizes)}>"
            for mime_type, renditions in self.sources.items()
        )
        return mark_safe(  # noqa: S308 - all attributes are escaped
            f"<picture>{''.join(sources)}<img{_as_html(**attributes)}></picture>"
        )

    def __html__(self) -> SafeString:
        return self.tag()

    __str__ = __html__


def _of_different_width(found: Mapping[str, Rendition], specs: Iterable[str]) -> list[Rendition]:
    """
    Only one of each width: an original that is turned by its EXIF data is less wide than it says.
    """
    by_width: dict[int, Rendition] = {}
    for spec in specs:
        if spec in found:
            by_width.setdefault(found[spec].width, found[spec])
    return list(by_width.values())


def _srcset(renditions: Iterable[Rendition]) -> str:
    return ", ".join(f"{rendition.url} {rendition.width}w" for rendition in renditions)


def _as_html(**attributes: Any) -> str:
    """As Django's ``flatatt``, which is too slow for hundreds of images."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )


def _not_found(image: Any) -> Rendition:
    """What Wagtail shows for a lost original, in the size of the original."""
    rendition = image.get_rendition_model()(image=image, width=0, height=0)
    rendition.file.name = "not-found"
    return Rendition(rendition.url, image.width, image.height)
