"""Which gallery another one was copied from."""

from __future__ import annotations

import pytest

from tests.factories import raw_block, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.sync.galleries import galleries_of
from wagtail_autogallery.sync.origins import namesake_of

pytestmark = pytest.mark.django_db

HERE, THERE = HolderKey(1, "1"), HolderKey(1, "2")
ORIGINAL = {"key": "original", "number": 7, "path": "first"}


def gallery(cursor="original:4:9", place="second", **values):
    raw = {"body": [raw_block("gallery", raw_gallery(cursor=cursor, **values), place)]}
    [(_, found)] = galleries_of(GalleryPage, raw)
    return found


def known(holder=THERE, **values):
    """One that goes by the original's name, and is like the gallery above but for some values."""
    key = f"key {Subscription.objects.count()}"
    like = {"key": key, "origin_key": "original", "number": 4, "path": "second", "since": 0}
    return Subscription.objects.create(
        **holder._asdict(), **{**like, "field": "body", "scope": 0, **values}
    )


def test_it_is_the_one_that_is_named():
    known(origin_key="another")
    original = known(**ORIGINAL, origin_key="")

    assert namesake_of(gallery(), HERE, []) == original


@pytest.mark.parametrize("cursor", ["", "nobody:4:9"])
def test_one_that_names_nobody_is_no_copy(cursor):
    known(**ORIGINAL, origin_key="")

    assert namesake_of(gallery(cursor), HERE, []) is None


def test_of_those_that_go_by_the_name_it_is_the_one_that_was_as_it_is():
    known(**ORIGINAL, origin_key="")
    known(is_following=False)
    known(scope=5)
    known(number=5)
    known(path="third")
    like_it = known()
    known(number=3)

    assert namesake_of(gallery(), HERE, []) == like_it


def test_one_that_is_switched_off_was_copied_from_one_that_is_whatever_that_followed():
    known()
    switched_off = known(is_following=False, scope=5)

    assert namesake_of(gallery(follow=False), HERE, []) == switched_off


def test_nothing_was_copied_from_one_that_was_given_less_than_it_has_seen():
    original = known(**ORIGINAL, origin_key="", scope=5)
    known(number=3)

    assert namesake_of(gallery(), HERE, []) == original


def test_of_those_that_are_alike_it_is_the_one_beside_it():
    known(path="third")
    beside = known(HERE, path="fourth")
    known(path="fifth")

    assert namesake_of(gallery(), HERE, []) == beside


def test_where_its_own_holder_has_had_one_of_the_name_it_is_that_as_it_is_in_memory():
    known()
    own = known(HERE, number=9, path="elsewhere", is_following=False)

    found = namesake_of(gallery(), HERE, [own])

    assert found is own


def test_many_copies_cost_one_question(django_assert_num_queries):
    for number in range(20):
        known(number=number)

    with django_assert_num_queries(1):
        assert namesake_of(gallery(), HERE, []).number == 4
