"""Run by ``tests/test_grapple.py`` with the settings of this folder."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ImageFactory, raw_block, raw_gallery, root_page
from tests.grapple_site.models import PortfolioPage
from wagtail_autogallery.drain.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

QUERY = """
query ($id: ID) {
  page(id: $id) {
    ... on PortfolioPage {
      body {
        ... on PortfolioGalleryBlock {
          items {
            caption
            image { id title alt renditions { spec url fullUrl width height } }
          }
        }
      }
    }
  }
}
"""


def items_of(page, client):
    response = client.post(
        "/api/graphql/",
        {"query": QUERY, "variables": {"id": page.pk}},
        content_type="application/json",
    )
    content = response.json()
    assert "errors" not in content, content
    return content["data"]["page"]["body"][0]["items"]


def portfolio():
    page = PortfolioPage(title="Portfolio", body=[raw_block("gallery", raw_gallery())])
    root_page().add_child(instance=page)
    page.save_revision().publish()
    return page


def test_images_are_told_with_texts_and_renditions(client):
    page = portfolio()
    image = ImageFactory(description="A lake")
    drain(limit=100)

    (item,) = items_of(page, client)

    renditions = item["image"].pop("renditions")
    assert item == {
        "caption": "",
        "image": {"id": str(image.pk), "title": image.title, "alt": "A lake"},
    }
    assert [one["spec"] for one in renditions] == [
        "fill-400x400|format-webp",
        "max-2000x2000|format-webp",
    ]
    assert renditions[0]["fullUrl"] == "http://testserver" + renditions[0]["url"]
    assert (renditions[1]["width"], renditions[1]["height"]) == (image.width, image.height)


def test_the_number_of_queries_is_that_of_one_image(client):
    page = portfolio()
    counts = []
    for _ in range(2):
        for _ in range(5):
            ImageFactory()
        drain(limit=100)
        items_of(page, client)
        with CaptureQueriesContext(connection) as queries:
            items_of(page, client)
        counts.append(len(queries))

    assert len(items_of(page, client)) == 10
    assert counts[0] == counts[1]
