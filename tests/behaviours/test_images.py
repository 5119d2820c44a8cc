"""What becomes of images after they arrived."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image as PillowImage

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    arrivals_of,
    images_in,
    images_in_revision,
    page_with,
    raw_gallery,
    stored_images,
    synced_image,
)
from tests.forms import needs_integer_keys, save_draft
from tests.testapp.models import GalleryPage
from wagtail_autogallery.sync.passes import sync

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def delete(client, image):
    response = client.post(reverse("wagtailimages:delete", args=[image.pk]))
    assert response.status_code == 302


def history_of(client, page):
    return client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()


def test_a_deleted_image_leaves_a_page_at_rest_with_a_revision_that_says_so(
    admin_client, let_time_pass
):
    page = page_with(raw_gallery(ImageFactory()))
    gone, stays = synced_image(), synced_image()
    page.refresh_from_db()
    page.save_revision().publish()
    revisions = page.revisions.count()
    let_time_pass(timedelta(hours=2))

    delete(admin_client, gone)
    sync()

    page = GalleryPage.objects.get(pk=page.pk)
    assert stays.pk in stored_images(page)
    assert gone.pk not in stored_images(page)
    assert page.revisions.count() == revisions + 1
    assert images_in_revision(page.live_revision) == stored_images(page)
    assert "Gallery sync took out 1 deleted image" in history_of(admin_client, page)


def test_a_deleted_image_leaves_the_row_the_live_revision_and_the_draft(admin_client):
    page = page_with(raw_gallery())
    gone, stays = synced_image(), synced_image()
    page = save_draft(admin_client, GalleryPage.objects.get(pk=page.pk))
    revisions = page.revisions.count()
    assert images_in_revision(page.latest_revision) == [gone.pk, stays.pk]

    delete(admin_client, gone)
    sync()

    page = GalleryPage.objects.get(pk=page.pk)
    for images in (
        stored_images(page),
        images_in_revision(page.live_revision),
        images_in_revision(page.latest_revision),
    ):
        assert images == [stays.pk]
    assert page.revisions.count() == revisions
    assert "Gallery sync took out 1 deleted image" in history_of(admin_client, page)


def test_a_page_is_served_and_edited_before_the_run_that_takes_a_deleted_image_out(
    client, admin_client
):
    page = page_with(raw_gallery())
    gone, stays = synced_image(description="Gone"), synced_image(description="Stays")
    delete(admin_client, gone)
    assert stored_images(page) == [gone.pk, stays.pk]

    html = client.get(page.url).content.decode()
    editor = admin_client.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))

    assert 'alt="Stays"' in html
    assert html.count("<picture>") == 1
    assert "Gone" not in html
    assert editor.status_code == 200


def test_an_image_whose_file_is_replaced_stays_where_it_is(admin_client):
    page = page_with(raw_gallery())
    image = synced_image()
    revisions = page.revisions.count()
    file = io.BytesIO()
    PillowImage.new("RGB", (90, 60), "coral").save(file, "PNG")

    admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]),
        {
            "title": image.title,
            "file": SimpleUploadedFile("other.png", file.getvalue(), "image/png"),
            "collection": image.collection_id,
            "description": "",
            "tags": "",
        },
    )

    image.refresh_from_db()
    assert image.width == 90
    assert len(arrivals_of(image)) == 1
    assert sync().holders == 0
    assert images_in(page) == [image.pk]
    assert page.revisions.count() == revisions


def test_an_image_that_is_moved_out_in_the_admin_stays_in_the_draft_too(admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = synced_image(collection=coast)
    page = save_draft(admin_client, GalleryPage.objects.get(pk=page.pk))

    admin_client.post(
        reverse("wagtailimages:edit", args=[image.pk]),
        {
            "title": image.title,
            "collection": CollectionFactory().pk,
            "description": "",
            "tags": "",
        },
    )
    assert len(arrivals_of(image)) == 2
    sync()

    assert images_in(page) == [image.pk]
    assert images_in_revision(page.latest_revision) == [image.pk]
