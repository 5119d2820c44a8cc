"""The public page. Returns its figures, and its ratio with the bound to reach."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from django.test import Client
from django.utils.safestring import SafeString

from benchmarks.measure import bound, in_turns, queries, ratio, summary
from benchmarks.scenarios import Figures
from tests.factories import ImageFactory, PlainPageFactory, page_with, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.blocks import GalleryBlock, GalleryItemValue
from wagtail_autogallery.drain.draining import drain


class HardCodedPicture:
    """What a template would hold that knew all addresses."""

    def __init__(self, item: GalleryItemValue) -> None:
        self.full = item.full
        self.markup = item.picture.tag(sizes="25vw", loading="lazy", decoding="async")

    def tag(self, **attributes: Any) -> SafeString:
        return self.markup


def public_page(images: int, repeat: int) -> Figures:
    """A page that shows all its images, warm."""
    page = page_with(raw_gallery())
    for _ in range(images):
        ImageFactory(file__width=1300, file__height=900, description="Cliffs at low tide")
    drain(limit=10_000)
    empty = PlainPageFactory(body=[])
    empty.save_revision().publish()
    client = Client()
    (gallery,) = GalleryPage.objects.get(pk=page.pk).body
    pictures = {item["image"].pk: HardCodedPicture(item) for item in gallery.value.shown}

    def view() -> None:
        assert client.get(page.get_url()).content.count(b"<picture") == images

    def view_hard_coded() -> None:
        picture = property(lambda item: pictures[item["image"].pk])
        with patch.object(GalleryItemValue, "picture", picture):
            view()

    def view_empty() -> None:
        client.get(empty.get_url())

    # All on one page.
    with patch.object(GalleryBlock._meta_class, "page_size", None, create=True):
        view()
        asked = queries(lambda: GalleryPage.objects.get(pk=page.pk).body.render_as_block())
        times = in_turns(
            {"gallery": view, "hard-coded": view_hard_coded, "empty page": view_empty}, repeat
        )
    return {
        "images": images,
        # The first one loads the page.
        "queries of the gallery": bound(len(asked) - 1, 4),
        **{name: summary(values) for name, values in times.items()},
        "gallery / hard-coded": bound(ratio(times["gallery"], times["hard-coded"]), 1.5),
    }
