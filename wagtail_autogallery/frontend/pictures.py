"""The markup of a gallery's pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, cast

from django.apps import apps
from django.utils.safestring import SafeString, mark_safe

from wagtail_autogallery.frontend.renditions import Rendition, Renditions
from wagtail_autogallery.frontend.specs import MIME_TYPES, in_api


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
            or [renditions.stand_in_of(image) or _not_found(image)]
        )
        #: What the lightbox shows.
        self.full = found.get(specs.full) or self.fallback[-1]

    def tag(self, sizes: str = "100vw", **attributes: Any) -> SafeString:
        """The ``<picture>`` element; the attributes are those of the ``<img>`` in it."""
        # For those who take but one: old mail programs, feed readers, search engines.
        one = self.fallback[len(self.fallback) // 2]
        attributes = {
            "src": one.url,
            "width": one.width,
            "height": one.height,
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


def read_together(items: Iterable[Any], layout: str = "") -> None:
    """
    Have the renditions of these items read with one query, when the first is asked for.

    Those of what the sync put in are not made here.

    :param items: Values of gallery items.
    :param layout: That of their gallery; without one, pictures are whole.
    """
    items = list(items)
    images = [item.get("image") for item in items]
    of_the_job = {item["image"].pk for item in items if getattr(item, "is_machine_made", False)}
    renditions = Renditions(images, layout, of_the_job=of_the_job)
    api_renditions = Renditions(images, layout, where=in_api, of_the_job=of_the_job)
    for item in items:
        item.renditions = renditions
        item.api_renditions = api_renditions
