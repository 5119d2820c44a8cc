"""Wagtail's read-only API, ``wagtail.api.v2``."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model

from tests.factories import ImageFactory, drawing, image_of_size, page_with, raw_gallery, raw_item
from tests.testapp.models import CreditedGalleryBlock, CreditedItemBlock
from wagtail_autogallery.blocks import GalleryImagesBlock
from wagtail_autogallery.drain.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)


def gallery_of(page, client):
    response = client.get(f"/api/v2/pages/{page.pk}/")
    assert response.status_code == 200, response.content
    return response.json()["body"][0]["value"]


def rendition_in(gallery):
    return gallery["images"][0]["value"]["image"]["renditions"][0]["url"]


def test_an_image_is_told_with_its_title_texts_and_renditions(client):
    image = image_of_size(500, 250)
    image.description = "A lake"
    image.save()
    item = raw_item(image, caption="Dawn", alt_text="")
    page = page_with({**raw_gallery(), "images": [item]})

    gallery = gallery_of(page, client)

    (shown,) = gallery["images"]
    renditions = shown["value"]["image"].pop("renditions")
    assert shown == {
        "type": "item",
        "id": item["id"],
        "value": {
            "image": {"id": item["value"]["image"], "title": image.title, "alt": "A lake"},
            "caption": "Dawn",
            "alt_text": "",
            "delivered": "",
        },
    }
    assert [(one["spec"], one["width"], one["height"]) for one in renditions] == [
        ("fill-400x400|format-webp", 250, 250),
        ("max-2000x2000|format-webp", 500, 250),
    ]
    assert renditions[0]["url"].startswith("/media/images/")
    assert renditions[0]["full_url"] == "http://testserver" + renditions[0]["url"]


def test_the_renditions_are_a_setting_and_made_by_the_job(client, settings):
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["fill-20x20|format-webp|preserve-svg"]
    page = page_with(raw_gallery())
    image = ImageFactory(focal_point_x=5, focal_point_y=5, focal_point_width=2)
    drain(limit=100)
    before = image.renditions.count()

    (shown,) = gallery_of(page, client)["images"]

    assert [(one["spec"], one["width"]) for one in shown["value"]["image"]["renditions"]] == [
        ("fill-20x20|format-webp", 20)
    ]
    assert image.renditions.count() == before == 3


def test_a_focal_point_that_was_moved_makes_another_rendition(client, settings):
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["fill-20x20"]
    image = ImageFactory()
    page = page_with(raw_gallery(image))
    before = rendition_in(gallery_of(page, client))
    image.focal_point_x, image.focal_point_y = 35, 25
    image.focal_point_width = image.focal_point_height = 4
    image.save()

    assert rendition_in(gallery_of(page, client)) != before


def test_of_a_drawing_nothing_but_a_drawing_is_made(client, settings):
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["width-20|format-webp", "format-webp"]
    page = page_with(raw_gallery(ImageFactory(file=drawing())))

    (shown,) = gallery_of(page, client)["images"]

    specs = [one["spec"] for one in shown["value"]["image"]["renditions"]]
    assert specs == ["width-20", "original"]


def test_images_deleted_since_are_skipped(client):
    page = page_with(raw_gallery(ImageFactory(), 0))

    assert len(gallery_of(page, client)["images"]) == 1


def test_the_number_of_queries_is_that_of_one_image(client):
    page = page_with(raw_gallery())
    counts = []
    for _ in range(2):
        for _ in range(5):
            ImageFactory()
        drain(limit=100)
        gallery_of(page, client)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            gallery_of(page, client)
        counts.append(len(queries))

    assert len(gallery_of(page, client)["images"]) == get_image_model().objects.count() == 10
    assert counts[0] == counts[1]


def test_a_project_says_it_in_its_own_way():
    class OwnItemBlock(CreditedItemBlock):
        def get_api_representation(self, value, context=None):
            return {"src": value.full.url, "credit": value["credit"]}

    class OwnGalleryBlock(CreditedGalleryBlock):
        images = GalleryImagesBlock(OwnItemBlock())

    block = OwnGalleryBlock()
    value = block.normalize({"images": [{"image": ImageFactory(), "credit": "Ansel"}]})

    (shown,) = block.get_api_representation(value)["images"]

    assert shown["value"]["credit"] == "Ansel"
    assert shown["value"]["src"].startswith("/media/images/")
