"""Wagtail 8's API for reading and writing, ``wagtail.api.v3``."""

from __future__ import annotations

import copy
import uuid

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from wagtail import VERSION

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    images_in,
    key_of,
    page_with,
    raw_gallery,
    raw_item,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.queue import drain

if VERSION < (8, 0):
    pytest.skip("Wagtail 8 brings this API", allow_module_level=True)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(admin):
    """A client that is allowed everything, by a token as the API wants it."""
    from wagtail.models import APIToken

    _, token = APIToken.create_token(user=admin, name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def read(api, page):
    response = api.get(f"/api/v3/pages/{page.pk}/")
    assert response.status_code == 200, response.content
    return response.json()["body"]


def write(api, page, body):
    response = api.patch(
        f"/api/v3/pages/{page.pk}/",
        {"body": body, "meta": {"action": "publish"}},
        content_type="application/json",
    )
    assert response.status_code == 200, response.content
    # Or it was not written at all.
    page.refresh_from_db()
    assert page.latest_revision.user == get_user_model().objects.get()
    assert page.live_revision == page.latest_revision


def stored(page):
    return GalleryPage.objects.get(pk=page.pk).body.get_prep_value()


def test_what_is_read_can_be_written_back_unchanged(api):
    chosen = ImageFactory()
    collection = CollectionFactory()
    page = page_with(
        {
            **raw_gallery(collection=collection.pk, max_images=9, new_images="first"),
            "images": [raw_item(chosen, caption="Dawn", alt_text="A lake")],
        }
    )
    ImageFactory(collection=collection)
    drain(limit=100)
    before = stored(page)
    assert len(images_in(page)) == 2

    write(api, page, read(api, page))

    assert stored(page) == before


def test_columns_and_fields_of_a_subclass_are_written_back_too(api):
    from tests.factories import raw_block

    image = ImageFactory()
    credited = {
        **raw_gallery(heading="Coast", follow=False),
        "images": [raw_item(image, credit="Ansel")],
        "cursor": None,
    }
    columns = {
        "left": {**raw_gallery(image), "cursor": 3},
        "right": {**raw_gallery(follow=False), "cursor": None},
    }
    page = page_with()
    page.body = [raw_block("credited_gallery", credited), raw_block("columns", columns)]
    page.save_revision().publish()
    before = stored(page)

    write(api, page, read(api, page))

    assert stored(page) == before


def test_a_gallery_goes_on_after_it_was_written(api):
    page = page_with(raw_gallery())
    first = ImageFactory()
    drain(limit=100)

    write(api, page, read(api, page))
    second = ImageFactory()
    drain(limit=100)

    assert images_in(page) == [first.pk, second.pk]


def test_a_client_that_does_not_know_of_the_cursor_loses_nothing_and_brings_nothing_back(api):
    page = page_with(raw_gallery())
    removed, kept = ImageFactory(), ImageFactory()
    drain(limit=100)
    body = read(api, page)
    gallery = body[0]["value"]
    gallery["images"] = [one for one in gallery["images"] if one["image"]["title"] == kept.title]
    del gallery["cursor"]

    write(api, page, body)
    assert stored(page)[0]["value"]["cursor"] is None
    later = ImageFactory()
    drain(limit=100)

    assert images_in(page) == [kept.pk, later.pk]
    assert removed


def test_an_upload_between_reading_and_writing_is_not_lost(api):
    page = page_with(raw_gallery())
    body = read(api, page)
    image = ImageFactory()
    drain(limit=100)

    write(api, page, body)
    assert images_in(page) == []
    drain(limit=100)

    assert images_in(page) == [image.pk]


def test_an_image_is_chosen_by_its_key_alone(api):
    image = ImageFactory()
    page = page_with(raw_gallery())
    body = read(api, page)
    body[0]["value"]["images"] = [{"image": key_of(image), "caption": "Dawn"}]

    write(api, page, body)

    assert images_in(page) == [image.pk]


def test_an_image_that_does_not_exist_is_not_published(api):
    page = page_with(raw_gallery())
    body = read(api, page)
    body[0]["value"]["images"] = [{"image": {"id": 0}, "caption": "Dawn"}]

    response = api.patch(
        f"/api/v3/pages/{page.pk}/",
        {"body": body, "meta": {"action": "publish"}},
        content_type="application/json",
    )

    assert response.status_code == 422
    assert images_in(page) == []


@pytest.mark.parametrize("item_id", ["no id", 7, None, {}])
def test_an_id_that_is_none_is_not_taken(api, item_id):
    image = ImageFactory()
    page = page_with(raw_gallery(image))
    body = read(api, page)
    body[0]["value"]["images"][0]["image"]["item_id"] = item_id

    write(api, page, body)

    assert uuid.UUID(stored(page)[0]["value"]["images"][0]["id"])


def test_an_item_that_was_doubled_gets_an_id_of_its_own(api):
    page = page_with(raw_gallery(ImageFactory()))
    body = read(api, page)
    body[0]["value"]["images"] *= 2

    write(api, page, copy.deepcopy(body))

    first, second = stored(page)[0]["value"]["images"]
    assert first["id"] == body[0]["value"]["images"][0]["image"]["item_id"] != second["id"]


def test_a_page_can_be_made(api):
    from tests.factories import root_page

    image = ImageFactory()
    gallery = {"images": [{"image": key_of(image)}], "auto_sync_media": True, "new_images": "last"}

    response = api.post(
        "/api/v3/pages/",
        {
            "title": "Portfolio",
            "body": [{"type": "gallery", "value": gallery}],
            "meta": {
                "type": "testapp.GalleryPage",
                "parent_id": root_page().pk,
                "action": "publish",
            },
        },
        content_type="application/json",
    )

    assert response.status_code == 201, response.content
    page = GalleryPage.objects.get(title="Portfolio")
    arrived = ImageFactory()
    drain(limit=100)
    assert images_in(page) == [image.pk, arrived.pk]
