"""No image of a private collection is shown where that collection is not followed."""

from __future__ import annotations

import pytest
from django.urls import reverse
from wagtail.models import CollectionViewRestriction, PageViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_gallery,
)
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def restrict(client, collection):
    """As an editor does it in the admin."""
    url = reverse("wagtailadmin_collections:set_privacy", args=[collection.pk])
    response = client.post(url, {"restriction_type": CollectionViewRestriction.LOGIN})
    assert response.json()["step"] == "set_privacy_done"


def test_a_restriction_that_is_set_between_upload_and_sync_counts(admin_client):
    family = CollectionFactory()
    page = page_with(raw_gallery())
    draft = page.save_revision()
    ImageFactory(collection=family)
    public = ImageFactory()

    restrict(admin_client, family)
    sync()

    assert images_in(page) == [public.pk]
    assert images_in_revision(draft) == [key_of(public)]


def test_a_restriction_that_is_set_between_decision_and_write_counts_until_it_is_lifted(
    admin_client,
):
    family = CollectionFactory()
    page = page_with(raw_gallery())
    image = ImageFactory(collection=family)
    decide()

    restrict(admin_client, family)
    sync()

    assert images_in(page) == []
    (subscription,) = follows(page)
    assert subscription.get_state_display() == "Left out images of a private collection"
    family.view_restrictions.get().delete()
    sync()
    assert images_in(page) == [image.pk]
    assert follows(page)[0].state == Subscription.State.FOLLOWING


def test_what_was_uploaded_into_a_private_collection_comes_when_it_is_opened(admin_client):
    family = CollectionFactory()
    restrict(admin_client, family)
    before = ImageFactory(collection=family)
    page = page_with(raw_gallery())
    children = CollectionFactory(parent=family)
    images = [ImageFactory(collection=family), ImageFactory(collection=children)]
    sync()
    assert images_in(page) == []

    family.view_restrictions.get().delete()
    sync()

    assert images_in(page) == [image.pk for image in images]
    assert before.pk not in images_in(page)


def test_a_restriction_on_a_parent_collection_counts_below_what_is_followed(admin_client):
    everything = CollectionFactory()
    family = CollectionFactory(parent=everything)
    children = CollectionFactory(parent=family)
    outside = page_with(raw_gallery(collection=everything.pk))
    inside = page_with(raw_gallery(collection=children.pk))
    image = ImageFactory(collection=children)

    restrict(admin_client, family)
    sync()

    assert images_in(outside) == []
    assert images_in(inside) == [image.pk]
    assert follows(inside)[0].state == Subscription.State.FOLLOWING


def test_an_image_that_became_private_by_being_moved_is_left_out(admin_client):
    family = CollectionFactory()
    restrict(admin_client, family)
    page = page_with(raw_gallery())
    image = ImageFactory()

    image.collection = family
    image.save()
    sync()

    assert images_in(page) == []


def test_a_restriction_within_the_followed_one_counts_as_well(admin_client):
    members = CollectionFactory()
    board = CollectionFactory(parent=members)
    restrict(admin_client, members)
    CollectionViewRestriction.objects.create(
        collection=board, restriction_type=CollectionViewRestriction.GROUPS
    )
    page = page_with(raw_gallery(collection=members.pk))
    for_members, _ = ImageFactory(collection=members), ImageFactory(collection=board)

    sync()

    assert images_in(page) == [for_members.pk]


def test_a_page_that_is_private_itself_is_no_exception(admin_client):
    family = CollectionFactory()
    restrict(admin_client, family)
    page = page_with(raw_gallery())
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    ImageFactory(collection=family)
    public = ImageFactory()

    sync()

    assert images_in(page) == [public.pk]


@pytest.mark.parametrize("how", ["its collection is restricted", "it is moved"])
def test_a_gallery_goes_on_showing_what_became_private_and_says_so_until_it_is_public_again(
    how, admin_client
):
    coast, family = CollectionFactory(), CollectionFactory()
    page, other = page_with(raw_gallery()), page_with(raw_gallery(collection=coast.pk))
    image = ImageFactory(collection=coast)
    sync()
    revisions = page.revisions.count()

    if how == "it is moved":
        restrict(admin_client, family)
        image.collection = family
        image.save()
    else:
        restrict(admin_client, coast)
    assert sync().holders == 0

    assert images_in(page) == images_in(other) == [image.pk]
    (subscription,) = follows(page)
    assert (
        subscription.get_state_display()
        == "Still shows images that are in a private collection by now"
    )
    # Who follows the private collection itself shows its images as it should.
    is_told = how == "it is moved"
    assert (follows(other)[0].state == Subscription.State.SHOWS_PRIVATE) == is_told

    if how == "it is moved":
        image.collection = coast
        image.save()
    else:
        coast.view_restrictions.get().delete()
    sync()
    assert {row.state for row in [*follows(page), *follows(other)]} == {"following"}
    assert page.revisions.count() == revisions


def test_what_a_person_chose_of_a_private_collection_is_none_of_the_syncs_business(admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(ImageFactory(collection=coast)))
    restrict(admin_client, coast)

    ImageFactory()
    sync()

    assert follows(page)[0].state == Subscription.State.FOLLOWING
