from __future__ import annotations

import pytest
from wagtail.models import CollectionViewRestriction

from tests.factories import CollectionFactory, ImageFactory, key_of
from tests.roots import root_collection
from wagtail_autogallery.sync.places import ALL, Place, place_of_collection, places_of_images

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    """Root, family, children; and the keys of them."""
    family = CollectionFactory()
    children = CollectionFactory(parent=family)
    return root_collection().pk, family.pk, children.pk


def restrict(pk):
    CollectionViewRestriction.objects.create(
        collection_id=pk, restriction_type=CollectionViewRestriction.LOGIN
    )


def test_an_open_place_is_in_the_scope_of_all_and_of_each_collection_around_it(tree):
    place = place_of_collection(tree[2])

    assert place == Place(tree)
    assert place.scopes() == {ALL, *tree}


def test_out_of_a_private_one_only_what_follows_a_collection_inside_takes_images(tree):
    root, family, children = tree
    restrict(family)

    assert place_of_collection(children).scopes() == {family, children}
    restrict(children)
    assert place_of_collection(children).scopes() == {children}
    assert place_of_collection(root).scopes() == {ALL, root}


def test_a_place_survives_being_stored(tree):
    restrict(tree[1])
    place = place_of_collection(tree[2])

    assert Place.from_json(place.as_json()) == place
    assert Place.from_json(None) is None


def test_a_collection_that_does_not_exist_is_nowhere():
    assert place_of_collection(4711) is None


def test_images_are_found_by_their_keys_as_text_and_those_that_are_no_keys_are_not(
    tree, django_assert_num_queries
):
    here, there = ImageFactory(), ImageFactory(collection_id=tree[2])
    deleted = ImageFactory()
    gone = str(deleted.pk)
    deleted.delete()

    with django_assert_num_queries(2):
        places = places_of_images([str(here.pk), str(there.pk), gone, "no key", "9" * 40])

    assert places == {
        str(here.pk): (key_of(here), Place(tree[:1])),
        str(there.pk): (key_of(there), Place(tree)),
    }
