"""``{% load autogallery_tags %}``"""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString
from wagtail.blocks import StructValue

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
