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
    editor_choosing,
    images_in,
    key_of,
    page_with,
    raw_block,
    raw_gallery,
    raw_item,
    root_page,
)
from tests.testapp.models import BookPage, GalleryPage
from wagtail_autogallery.drain.draining import drain

if VERSION < (8, 0):
    pytest.skip("Wagtail 8 brings this API", allow_module_level=True)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def api(admin):
    """A client that is allowed everything."""
    return client_of(admin)


def client_of(user):
    """A client with a token, as the API wants it."""
    from wagtail.models import APIToken

    _, token = APIToken.create_token(user=user, name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def read(api, page):
    response = api.get(f"/api/v3/pages/{page.pk}/")
    assert response.status_code == 200, response.content
    return response.json()["body"]


def send(api, page, body):
    return api.patch(
        f"/api/v3/pages/{page.pk}/",
        {"body": body, "meta": {"action": "publish"}},
        content_type="application/json",
    )


def write(api, page, body):
    response = send(api, page, body)
    assert response.status_code == 200, response.content
    # Or it was not written at all.
    page.refresh_from_db()
    assert page.latest_revision.user == get_user_model().objects.get()
    assert page.live_revision == page.latest_revision


def title_of(item):
    return item["value"]["image"]["title"]


def stored_items(page):
    return stored(page)[0]["value"]["images"]


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
    gallery["images"] = [item for item in gallery["images"] if title_of(item) == kept.title]
    del gallery["cursor"]

    write(api, page, body)
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

    assert images_in(page) == [image.pk]


@pytest.mark.parametrize("with_cursor", [True, False])
def test_of_what_was_changed_only_that_is_changed(api, with_cursor):
    page = page_with(raw_gallery())
    ImageFactory()
    ImageFactory()
    drain(limit=100)
    first, second = stored_items(page)
    body = read(api, page)
    body[0]["value"]["images"][0]["value"]["caption"] = "Dawn"
    if not with_cursor:
        del body[0]["value"]["cursor"]

    write(api, page, body)

    assert stored_items(page) == [
        {**first, "value": {**first["value"], "caption": "Dawn"}},
        {**second, "value": {**second["value"], "caption": "", "alt_text": ""}},
    ]


@pytest.mark.parametrize("with_cursor", [True, False])
def test_items_are_put_into_another_order(api, with_cursor):
    page = page_with(raw_gallery(ImageFactory()))
    ImageFactory()
    ImageFactory()
    drain(limit=100)
    before = stored_items(page)
    body = read(api, page)
    body[0]["value"]["images"].reverse()
    if not with_cursor:
        del body[0]["value"]["cursor"]

    write(api, page, body)

    assert stored_items(page) == before[::-1]


@pytest.mark.parametrize("with_cursor", [True, False])
def test_an_item_that_was_removed_stays_removed(api, with_cursor):
    page = page_with(raw_gallery())
    ImageFactory()
    kept = ImageFactory()
    drain(limit=100)
    body = read(api, page)
    del body[0]["value"]["images"][0]
    if not with_cursor:
        del body[0]["value"]["cursor"]

    write(api, page, body)
    later = ImageFactory()
    drain(limit=100)

    assert images_in(page) == [kept.pk, later.pk]


def test_automatic_items_stay_automatic_and_make_room(api):
    page = page_with(raw_gallery(max_images=2))
    ImageFactory()
    second = ImageFactory()
    drain(limit=100)

    write(api, page, read(api, page))
    third = ImageFactory()
    drain(limit=100)

    assert images_in(page) == [second.pk, third.pk]


def added(image):
    """The ways in which a client may say: this image, too."""
    key = key_of(image)
    value = {"image": key, "caption": "Dawn"}
    own_id = "1f0e51b3-9f0d-4f0e-a5b8-2f4a5cfe2b31"
    return [
        value,
        {"image": {"id": key}, "caption": "Dawn"},
        {"type": "item", "value": value},
        {"type": "item", "id": None, "value": value},
        {"type": "item", "id": own_id, "value": value},
        {"type": "item", "id": own_id, "value": {"image": {"id": key}, "caption": "Dawn"}},
    ]


@pytest.mark.parametrize("way", range(6))
def test_an_item_is_added(api, way):
    old, new = ImageFactory(), ImageFactory()
    page = page_with(raw_gallery(old))
    (before,) = stored_items(page)
    body = read(api, page)
    item = added(new)[way]
    body[0]["value"]["images"].append(item)

    write(api, page, body)

    first, second = stored_items(page)
    assert first == before
    assert second["value"] == {
        "image": key_of(new),
        "caption": "Dawn",
        "alt_text": "",
        "delivered": "",
    }
    assert second["id"] == (item.get("id") or str(uuid.UUID(second["id"])))


def test_an_image_that_does_not_exist_is_not_published(api):
    page = page_with(raw_gallery())
    body = read(api, page)
    value = {"image": {"id": 0}, "caption": "Dawn"}
    body[0]["value"]["images"] = [{"type": "item", "id": None, "value": value}]

    response = send(api, page, body)

    assert response.status_code == 422
    assert images_in(page) == []


@pytest.mark.parametrize("item_id", ["no id", 7, None, {}])
def test_an_id_that_is_none_is_not_taken(api, item_id):
    image = ImageFactory()
    page = page_with(raw_gallery(image))
    body = read(api, page)
    body[0]["value"]["images"][0]["id"] = item_id

    write(api, page, body)

    assert images_in(page) == [image.pk]
    assert uuid.UUID(stored_items(page)[0]["id"])


def test_an_item_that_was_doubled_gets_an_id_of_its_own(api):
    page = page_with(raw_gallery(ImageFactory()))
    body = read(api, page)
    body[0]["value"]["images"] *= 2

    write(api, page, copy.deepcopy(body))

    first, second = stored_items(page)
    assert first["id"] == body[0]["value"]["images"][0]["id"] != second["id"]


@pytest.mark.parametrize("child", [7, None, {}, {"type": "tulip", "value": 7}, []])
def test_what_is_no_block_is_refused_or_left_out_as_wagtail_does_it(api, child):
    page = page_with(raw_gallery(ImageFactory()))
    before = stored(page)
    api.raise_request_exception = False

    response = api.patch(
        f"/api/v3/pages/{page.pk}/", {"body": [child]}, content_type="application/json"
    )

    assert response.status_code >= 400
    assert stored(page) == before


def test_a_gallery_in_a_list_block_is_written_back(api):
    image = ImageFactory()
    page = page_with()
    page.body = [raw_block("sections", [{"gallery": raw_gallery(image, follow=False)}])]
    page.save_revision().publish()
    gallery = stored(page)[0]["value"][0]["gallery"]

    write(api, page, read(api, page))

    (section,) = stored(page)[0]["value"]
    assert section["value"]["gallery"] == gallery


def test_a_gallery_in_a_stream_in_a_stream_is_written_back(api):
    gallery = {**raw_gallery(ImageFactory()), "cursor": 3}
    page = page_with()
    page.body = [raw_block("nested", [raw_block("gallery", gallery)])]
    page.save_revision().publish()
    before = stored(page)

    write(api, page, read(api, page))

    assert stored(page) == before


needs_block_schemas = pytest.mark.skipif(
    VERSION < (8, 1), reason="Wagtail 8.1 describes blocks in its schemas"
)


@needs_block_schemas
@pytest.mark.parametrize("direction", ["read", "create", "patch"])
def test_the_schema_says_what_a_gallery_is(api, direction):
    schema = api.get("/api/v3/schema/testapp.GalleryPage/").json()[direction]
    suffix = "" if direction == "read" else "Input"

    def described(name):
        return schema["$defs"][name + suffix]

    item = described("GalleryBlockImagesBlockItem")
    assert item["properties"]["type"]["const"] == "item"
    assert ("id" in item["required"]) == (direction == "read")
    values = set(described("GalleryItemBlock")["properties"])
    assert values == {"image", "caption", "alt_text", "delivered"}
    assert ("renditions" in described("GalleryImage")["properties"]) == (direction == "read")
    gallery = described("GalleryBlock")["properties"]
    assert {"type": "integer"} in gallery["collection"]["anyOf"]
    assert {"type": "string"} in gallery["cursor"]["anyOf"]


@needs_block_schemas
def test_what_is_read_and_what_may_be_written_is_as_the_schemas_say(api):
    from pydantic import ValidationError
    from wagtail.api.v3.schemas.generators.read import block_schema_builder as shown
    from wagtail.api.v3.schemas.generators.write import block_schema_builder as taken

    field = GalleryPage.body.field
    image = ImageFactory()
    body = read(api, page_with(raw_gallery(image)))

    shown.get_stream_field_adapter(field).validate_python(body)
    taken.get_stream_field_adapter(field).validate_python(body)
    body[0]["value"]["images"] = added(image)
    taken.get_stream_field_adapter(field).validate_python(body)
    with pytest.raises(ValidationError):
        shown.get_stream_field_adapter(field).validate_python(body)


@pytest.fixture
def coast():
    return CollectionFactory(name="Coast")


@pytest.fixture
def secret():
    return CollectionFactory(name="Secret wedding")


@pytest.fixture
def editors_api(coast):
    """Of an editor who may choose images of the coast."""
    return client_of(editor_choosing(coast))


def refused(response):
    assert response.status_code == 422, response.content
    return "You may not choose images of" in response.content.decode()


def test_a_collection_that_may_not_be_chosen_is_refused(editors_api, coast, secret):
    page = page_with(raw_gallery(collection=coast.pk))
    body = read(editors_api, page)
    body[0]["value"]["collection"] = secret.pk

    response = send(editors_api, page, body)

    assert refused(response)
    assert "Secret wedding" not in response.content.decode()
    assert stored(page)[0]["value"]["collection"] == coast.pk


def test_following_all_collections_is_refused_to_who_may_not_choose_all(editors_api):
    page = page_with(raw_gallery(follow=False))
    body = read(editors_api, page)
    body[0]["value"]["auto_sync_media"] = True

    assert refused(send(editors_api, page, body))


def test_what_follows_already_is_written_back_doubled_and_reordered(editors_api, coast, secret):
    page = page_with(raw_gallery(collection=secret.pk), raw_gallery(collection=coast.pk))
    body = read(editors_api, page)
    double = {"type": "gallery", "value": body[0]["value"]}

    response = send(editors_api, page, [body[1], body[0], double])

    assert response.status_code == 200, response.content
    collections = [block["value"]["collection"] for block in stored(page)]
    assert collections == [coast.pk, secret.pk, secret.pk]


def test_children_of_a_page_are_no_way_round(editors_api, coast, secret):
    def make(collection):
        gallery = {"images": [], "auto_sync_media": True, "collection": collection.pk}
        return editors_api.post(
            "/api/v3/pages/",
            {
                "title": "Book",
                "chapters": [{"body": [{"type": "gallery", "value": gallery}]}],
                "meta": {"type": "testapp.BookPage", "parent_id": root_page().pk},
            },
            content_type="application/json",
        )

    assert make(secret).status_code == 422
    assert not BookPage.objects.exists()
    assert make(coast).status_code == 201


def test_a_page_can_be_made(api):
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


def test_a_client_may_wish_for_the_images_that_are_already_there(api):
    image = ImageFactory()
    page = page_with(raw_gallery(follow=False))
    body = read(api, page)
    body[0]["value"] |= {"auto_sync_media": True, "add_existing": "yes"}

    write(api, page, body)
    drain(limit=100)

    assert images_in(page) == [image.pk]
    assert stored(page)[0]["value"]["add_existing"] == ""
