"""``{% load autogallery_tags %}``"""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.blocks import StructValue

from wagtail_autogallery.blocks import GalleryValue
from wagtail_autogallery.frontend.paging import Paging, paging_of

register = template.Library()


@register.simple_tag
def autogallery_picture(item: StructValue, sizes: str = "100vw", **attributes: Any) -> SafeString:
    """
    The ``<picture>`` of a gallery's item::

        {% autogallery_picture item sizes="(min-width: 60rem) 25vw, 50vw" loading="lazy" %}

    Further attributes are those of the ``<img>`` in it. ``alt`` is the item's own unless given.
    """
    picture = item.picture
    return picture.tag(sizes=sizes, **attributes) if picture else SafeString()


@register.simple_tag(takes_context=True)
def autogallery_paging(context: template.Context, gallery: GalleryValue) -> Paging:
    """What the page shows of a gallery at once: ``{% autogallery_paging self as paging %}``."""
    return paging_of(gallery, context.get("request"))


@register.simple_tag(takes_context=True)
def autogallery_assets(context: template.Context) -> SafeString:
    """
    The stylesheet and the script of galleries, once for each request.

    A gallery brings them along. A site's base template may have them in its ``<head>``, where its
    own styles follow.
    """
    request = context.get("request")
    if getattr(request, "_has_autogallery_assets", False):
        return SafeString()
    if request is not None:
        request._has_autogallery_assets = True
    return format_html(
        '<link rel="stylesheet" href="{}">\n<script type="module" src="{}"></script>',
        static("wagtail_autogallery/css/gallery.css"),
        static("wagtail_autogallery/js/gallery.js"),
    )
