"""What people do in Wagtail's admin, with the requests their browsers send."""

from __future__ import annotations

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image as PillowImage
from wagtail.blocks import StreamValue
from wagtail.images import get_image_model

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainPageFactory,
    arrivals_of,
    follows,
    images_in,
    key_of,
    page_with,
    raw_gallery,
    stored_images,
)
from tests.forms import edit_form, list_form, needs_integer_keys, publish
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.sync.passes import sync

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def picture(name="beach.png"):
    file = io.BytesIO()
    PillowImage.new("RGB", (40, 30), "teal").save(file, "PNG")
    return SimpleUploadedFile(name, file.getvalue(), "image/png")


def test_an_image_uploaded_in_the_add_view_arrives(admin_client):
    page = page_with(raw_gallery())

    response = admin_client.post(
        reverse("wagtailimages:add"),
        {
            "title": "Beach",
            "file": picture(),
            "collection": 1,
            "description": "",
            "focal_point_x": "",
        },
    )
    sync()

    assert response.status_code == 302
    assert images_in(page) == [get_image_model().objects.get(title="Beach").pk]


def test_an_image_uploaded_in_bulk_arrives(admin_client):
    page = page_with(raw_gallery())

    response = admin_client.post(
        reverse("wagtailimages:add_multiple"),
        {"title": "beach.png", "files[]": picture(), "collection": 1},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    sync()

    assert json.loads(response.content)["success"]
    assert images_in(page) == [get_image_model().objects.get().pk]


def test_an_image_uploaded_in_the_chooser_arrives(admin_client):
    page = page_with(raw_gallery())

    response = admin_client.post(
        reverse("wagtailimages_chooser:create"),
        {
            "image-chooser-upload-title": "Beach",
            "image-chooser-upload-file": picture(),
            "image-chooser-upload-collection": 1,
            "image-chooser-upload-description": "",
            "image-chooser-upload-tags": "",
        },
    )
    sync()

    assert response.status_code == 200
    assert images_in(page) == [get_image_model().objects.get().pk]


def test_editing_an_image_into_another_collection_is_a_move(admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = ImageFactory()

    admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]),
        {"title": image.title, "collection": coast.pk, "description": "", "tags": ""},
    )
    sync()

    assert images_in(page) == [image.pk]


def test_add_to_collection_moves_the_images_that_were_not_there_already(admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    outside, also_outside, inside = ImageFactory(), ImageFactory(), ImageFactory(collection=coast)
    Arrival.objects.all().delete()

    url = reverse("wagtail_bulk_action", args=image_action("add_to_collection"))
    query = "&".join(f"id={image.pk}" for image in (outside, also_outside, inside))
    response = admin_client.post(f"{url}?{query}", {"collection": coast.pk})
    sync()

    assert response.status_code == 302
    assert arrivals_of(inside) == []
    assert [arrival.before["ids"] for arrival in arrivals_of(outside)] == [[outside.collection_id]]
    assert set(images_in(page)) == {outside.pk, also_outside.pk}


def test_images_deleted_in_bulk_are_taken_out_by_the_next_run(admin_client):
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()

    url = reverse("wagtail_bulk_action", args=image_action("delete"))
    admin_client.post(f"{url}?id={image.pk}")

    assert not get_image_model().objects.exists()
    assert stored_images(page) == [image.pk]
    sync()
    assert stored_images(page) == []


def image_action(name):
    options = get_image_model()._meta
    return (options.app_label, options.model_name, name)


def test_the_toggle_is_flipped_in_the_page_editor(admin_client):
    page = page_with(raw_gallery(follow=False))
    before = ImageFactory()

    page = publish(admin_client, page, auto_sync_media="on")
    after = ImageFactory()
    sync()

    assert images_in(page) == [after.pk]
    assert before.pk not in images_in(page)

    page = publish(admin_client, GalleryPage.objects.get(pk=page.pk), auto_sync_media=None)

    assert follows(page) == []
    assert images_in(page) == [after.pk]


def test_the_form_keeps_the_cursor_and_the_ids_of_items(admin_client):
    page = page_with(raw_gallery())
    ImageFactory()
    sync()
    page.refresh_from_db()
    before = page.body.raw_data[0]

    after = publish(admin_client, page).body.raw_data[0]

    assert after["value"]["cursor"] == before["value"]["cursor"] != ""
    assert [item["id"] for item in after["value"]["images"]] == [
        item["id"] for item in before["value"]["images"]
    ]


def test_a_form_whose_cursor_was_damaged_is_saved_all_the_same(admin_client):
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()
    page.refresh_from_db()

    page = publish(admin_client, page, cursor="not a number")
    sync()

    assert images_in(page) == [image.pk]


def test_a_gallery_whose_collection_was_deleted_keeps_following_nothing(admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    coast_pk = coast.pk
    coast.delete()

    page = publish(admin_client, page)
    ImageFactory()
    sync()

    assert page.body.raw_data[0]["value"]["collection"] == coast_pk
    assert images_in(page) == []


def test_an_item_whose_image_was_deleted_does_not_block_the_editor(admin_client):
    gone, stays = ImageFactory(), ImageFactory()
    page = page_with(raw_gallery(gone, stays))
    items = page.body.raw_data[0]["value"]["images"]
    gone.delete()

    page = publish(
        admin_client,
        page,
        images=list_form([(items[0]["id"], "", "", ""), (items[1]["id"], stays.pk, "Stays", "")]),
    )

    assert images_in(page) == [stays.pk]


def test_an_item_without_an_image_but_with_a_caption_asks_for_the_image(admin_client):
    page = page_with(raw_gallery())

    response = admin_client.post(
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        edit_form(page, "action-publish", images=list_form([("a", "", "A caption", "")])),
    )

    assert response.status_code == 200
    assert "body" in response.context["form"].errors


def test_the_edit_view_shows_the_form(admin_client):
    collection = CollectionFactory(name="Coast")
    page = page_with(raw_gallery(ImageFactory()))

    response = admin_client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    html = response.content.decode()

    assert "Auto-sync new media uploads" in html
    assert "New uploaded images are added to this gallery automatically." in html
    assert collection.name in html
    assert "wagtail_autogallery/css/editor.css" in html
    assert "wagtail_autogallery/js/collection-select.js" in html


def test_two_revisions_are_compared_without_the_cursor(admin_client):
    page = page_with(raw_gallery())
    first = page.latest_revision
    ImageFactory(title="Newly arrived")
    sync()
    page.refresh_from_db()

    response = admin_client.get(
        reverse(
            "wagtailadmin_pages:revisions_compare",
            args=[page.pk, first.pk, page.latest_revision.pk],
        )
    )
    html = response.content.decode()

    assert response.status_code == 200
    assert "Newly arrived" in html
    assert "Maximum number of images" in html
    assert "Cursor" not in html
    assert "Delivered" not in html
    assert "All collections" in html
    assert "At the end" in html


def test_what_an_editor_changed_in_a_gallery_is_compared_in_words(admin_client):
    coast = CollectionFactory(name="Coast")
    page = page_with(raw_gallery())
    first = page.latest_revision
    page = publish(admin_client, page, collection=coast.pk, new_images="first", layout="strip")

    html = admin_client.get(
        reverse(
            "wagtailadmin_pages:revisions_compare",
            args=[page.pk, first.pk, page.latest_revision.pk],
        )
    ).content.decode()

    for before, after in (
        ("All collections", "Coast"),
        ("end", "start"),
        ("Grid", "Strip"),
    ):
        assert f'<span class="deletion">{before}</span>' in html
        assert f'<span class="addition">{after}</span>' in html


def test_the_page_history_says_what_the_sync_did(admin_client):
    page = page_with(raw_gallery())
    ImageFactory(title="Coast at dawn")
    ImageFactory(title="<Coast> at noon")
    sync()

    response = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk]))

    told = "Gallery sync added “Coast at dawn”, “&lt;Coast&gt; at noon”"
    assert told in response.content.decode()


def test_a_page_is_previewed_and_served(client):
    page = page_with(raw_gallery(ImageFactory(title="Shown", description="A beach")))

    html = client.get(page.url).content.decode()

    assert '<figure class="autogallery__figure">' in html
    assert 'alt="A beach"' in html


def test_stream_values_built_in_python_are_holders_too():
    page = page_with(raw_gallery())
    image, coast = ImageFactory(), CollectionFactory()
    page.body = StreamValue(
        GalleryPage.body.field.stream_block,
        [("gallery", {"images": [{"image": image}], "collection": coast, "auto_sync_media": True})],
    )
    page.save()

    stored = GalleryPage.objects.get(pk=page.pk).body.raw_data[0]["value"]
    assert stored["collection"] == coast.pk
    assert len(follows(page)) == 1
    assert [item["value"]["image"] for item in stored["images"]] == [key_of(image)]


def queries_to_open(client, page):
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    # What Django remembers of a model is asked the first time.
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


@pytest.mark.parametrize("follow", [True, False])
def test_opening_a_page_with_a_gallery_takes_five_queries_more_at_most(admin_client, follow):
    plain = PlainPageFactory()
    plain.save_revision().publish()
    page = page_with(raw_gallery(*(ImageFactory() for _ in range(12)), follow=follow))

    assert queries_to_open(admin_client, page) <= queries_to_open(admin_client, plain) + 5
