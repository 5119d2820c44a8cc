from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import CollectionFactory, ImageFactory, page_with, raw_gallery
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.sync.image_facts import facts_of_images
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def as_told(facts):
    return (
        facts.key,
        facts.place,
        [arrival.pk for arrival in facts.arrivals],
        facts.deliveries.keys(),
        facts.former_places.count,
    )


@pytest.fixture
def images():
    """One that came and went with collections that moved, one that moved itself, and another."""
    followed, elsewhere = CollectionFactory(), CollectionFactory()
    inside = CollectionFactory(parent=elsewhere)
    page_with(raw_gallery(collection=followed.pk))
    page_with(raw_gallery())
    carried, moved = ImageFactory(collection=inside), ImageFactory(collection=elsewhere)
    inside.move(followed, "sorted-child")
    moved.collection = followed
    moved.save()
    carried.collection = elsewhere
    carried.save()
    sync()
    return [carried, moved, ImageFactory()]


def test_of_many_images_each_is_known_what_is_known_of_it_alone(images):
    together = [as_told(facts) for facts in facts_of_images(images)]

    assert together == [as_told(*facts_of_images([image])) for image in images]
    of_collections = Arrival.objects.filter(kind=Arrival.Kind.COLLECTION).count()
    assert [count for *_, count in together] == [of_collections + 1, 1, 0]


def test_many_images_cost_no_more_queries_than_one(images):
    with CaptureQueriesContext(connection) as for_one:
        facts_of_images(images[:1])
    with CaptureQueriesContext(connection) as for_many:
        facts_of_images(images)

    assert len(for_many) <= len(for_one)
