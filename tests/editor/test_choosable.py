from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from tests.factories import CollectionFactory, editor_choosing
from tests.roots import root_collection
from wagtail_autogallery.editor.choosable import ChoosableCollections

pytestmark = pytest.mark.django_db


def names(collections):
    return [collection.name for collection in collections]


@pytest.fixture
def coast():
    """Two collections, each with one inside."""
    CollectionFactory(name="Cellar", parent=CollectionFactory(name="House"))
    coast = CollectionFactory(name="Coast")
    CollectionFactory(name="Cliffs", parent=coast)
    return coast


def test_an_editor_may_choose_a_collection_and_those_inside_it(coast):
    choosable = ChoosableCollections(editor_choosing(coast))

    assert names(choosable.offered) == ["Coast", "Cliffs"]
    assert not choosable.has_all
    assert choosable.may_follow(coast.pk)
    assert not choosable.may_follow(None)
    assert not choosable.may_follow(root_collection().pk)
    assert not choosable.may_follow(0)
    assert coast.pk not in choosable.withheld
    assert root_collection().pk in choosable.withheld


def test_who_may_choose_at_the_root_may_choose_all(coast):
    choosable = ChoosableCollections(editor_choosing(root_collection()))

    assert names(choosable.offered) == ["Root", "Coast", "Cliffs", "House", "Cellar"]
    assert choosable.has_all
    assert choosable.may_follow(None)
    assert choosable.withheld == []


def test_who_may_choose_everything_but_the_root_may_not_choose_all(coast):
    tops = root_collection().get_children()

    choosable = ChoosableCollections(editor_choosing(*tops))

    assert names(choosable.offered) == ["Coast", "Cliffs", "House", "Cellar"]
    assert not choosable.may_follow(None)


def test_a_superuser_may_choose_all(coast, admin):
    assert ChoosableCollections(admin).may_follow(None)
    assert ChoosableCollections(admin).may_follow(coast.pk)


def test_adding_and_changing_images_is_not_choosing_them(coast):
    editor = editor_choosing(coast, actions=("add", "change"))

    assert ChoosableCollections(editor).offered == []


@pytest.mark.parametrize("nobody", [None, AnonymousUser()])
def test_who_is_not_known_may_choose_nothing(coast, nobody):
    choosable = ChoosableCollections(nobody)

    assert choosable.offered == []
    assert not choosable.may_follow(None)


def test_the_number_of_queries_does_not_grow_with_the_collections(
    coast, django_assert_max_num_queries
):
    editor = editor_choosing(*(CollectionFactory() for _ in range(3)))

    with django_assert_max_num_queries(3):
        choosable = ChoosableCollections(editor)
        assert len(choosable.offered) == 3
        assert not choosable.may_follow(None)
        assert not choosable.may_follow(coast.pk)
        assert len(choosable.withheld) == 5
