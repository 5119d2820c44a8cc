"""How many images there are for a gallery that is switched on, in the words of its form."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    editor_choosing,
    follows,
    page_with,
    raw_gallery,
    synced_image,
)
from wagtail_autogallery.models import HolderKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def coast():
    return CollectionFactory(name="Coast")


@pytest.fixture
def client(coast):
    """Of somebody who may choose images of the coast."""
    client = Client()
    client.force_login(editor_choosing(coast))
    return client


def offer(client, **asked):
    response = client.get(reverse("wagtail_autogallery_admin:offer"), asked)
    assert response.status_code == 200
    return response.json()["offer"]


def test_it_says_how_many_there_are(admin_client, coast):
    assert offer(admin_client, collection="") == ""

    ImageFactory(collection=coast)
    assert offer(admin_client, collection="") == "Also add the image that is already there"
    assert offer(admin_client, collection=coast.pk) == "Also add the image that is already there"

    ImageFactory()
    assert offer(admin_client) == "Also add the 2 images that are already there"


def test_no_more_than_there_is_room_for(admin_client):
    for _ in range(3):
        ImageFactory()

    assert offer(admin_client, room=2) == "Also add the 2 images that are already there"
    assert offer(admin_client, room=0) == ""
    assert offer(admin_client, room="a lot") == "Also add the 3 images that are already there"


def test_what_came_to_the_gallery_before_does_not_count(admin_client, coast):
    page = page_with(raw_gallery(ImageFactory()))
    synced_image()
    (subscription,) = follows(page)
    gallery = {"holder": HolderKey.of(page).as_text(), "gallery": subscription.key}

    assert offer(admin_client, **gallery) == ""
    ImageFactory(collection=coast)
    assert offer(admin_client, **gallery, collection=coast.pk).startswith("Also add the image")


def test_nobody_is_told_of_a_collection_they_may_not_choose(client, coast):
    ImageFactory(collection=coast)
    secret = ImageFactory(collection=CollectionFactory()).collection

    assert offer(client, collection=coast.pk) == "Also add the image that is already there"
    assert offer(client, collection=secret.pk) == offer(client) == ""


def test_who_is_not_in_the_admin_is_told_nothing(coast):
    ImageFactory(collection=coast)

    response = Client().get(reverse("wagtail_autogallery_admin:offer"), {"collection": coast.pk})

    assert response.status_code == 302
