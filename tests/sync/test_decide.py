"""Which galleries take what arrived."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainSnippetFactory,
    deliveries_to,
    raw_body,
    raw_gallery,
    root_collection,
)
from wagtail_autogallery.models import Arrival, Delivery, Errand, Run, Start, Subscription
from wagtail_autogallery.sync import candidates
from wagtail_autogallery.sync import decide as module
from wagtail_autogallery.sync.decide import decide

pytestmark = pytest.mark.django_db


def following(collection=None):
    """A holder with a gallery that follows, and for which nothing is left to be decided."""
    holder = PlainSnippetFactory(
        body=raw_body(raw_gallery(collection=collection and collection.pk))
    )
    decide()
    return holder


def taken_by(holder):
    """Keys as text, in the order in which they were decided."""
    return [
        delivery.image_id
        for delivery in sorted(deliveries_to(holder).values(), key=lambda delivery: delivery.pk)
    ]


def keys(*images):
    return [str(image.pk) for image in images]


def move(image, collection):
    image.collection = collection
    image.save()


def restrict(collection):
    return CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.LOGIN
    )


def test_an_upload_is_taken_by_whatever_follows_its_collection_one_around_it_or_all():
    coast, inland = CollectionFactory(), CollectionFactory()
    beach = CollectionFactory(parent=coast)
    everything, of_coast, of_beach, of_inland = (
        following(),
        following(coast),
        following(beach),
        following(inland),
    )
    image = ImageFactory(collection=beach)

    decision = decide()

    assert (decision.run, decision.deliveries, decision.complete) == (1, 3, True)
    for holder in (everything, of_coast, of_beach):
        assert taken_by(holder) == keys(image)
    assert taken_by(of_inland) == []


def test_a_delivery_says_what_brought_it_and_that_it_is_due_and_has_no_number():
    holder = following()
    image = ImageFactory()
    decide()

    (delivery,) = deliveries_to(holder).values()
    assert delivery.arrival_id == Arrival.objects.get(image_id=str(image.pk)).pk
    assert (delivery.run_id, delivery.number, delivery.numbers) == (1, None, [])
    assert Delivery.objects.due().get() == delivery


def test_it_is_decided_once_whatever_happens_afterwards():
    coast = CollectionFactory()
    holder = following(coast)
    image = ImageFactory(collection=coast)
    decide()
    move(image, root_collection())
    move(image, coast)

    decide()

    assert taken_by(holder) == keys(image)
    assert not Arrival.objects.waiting().exists()


def test_without_galleries_arrivals_are_taken_note_of_and_no_run_is_opened():
    ImageFactory()

    assert decide().run == 0
    assert not Arrival.objects.waiting().exists()
    assert Run.objects.newest() == 0


def test_a_gallery_takes_nothing_that_was_there_before_it_followed():
    ImageFactory()
    holder = following()
    assert taken_by(holder) == []
    after = ImageFactory()

    decide()

    assert taken_by(holder) == keys(after)


def test_a_move_into_scope_counts_and_one_within_it_does_not():
    coast = CollectionFactory()
    beach = CollectionFactory(parent=coast)
    image = ImageFactory()
    everything, of_coast, of_beach = following(), following(coast), following(beach)

    move(image, coast)
    move(image, beach)
    decide()

    assert taken_by(everything) == []
    assert taken_by(of_coast) == taken_by(of_beach) == keys(image)


def test_a_move_out_of_a_private_collection_is_one_into_scope_for_those_outside():
    family = CollectionFactory()
    restrict(family)
    image = ImageFactory(collection=family)
    outside, inside = following(), following(family)

    move(image, root_collection())
    decide()

    assert taken_by(outside) == keys(image)
    assert taken_by(inside) == []


def test_what_the_collection_was_before_is_remembered_though_it_is_opened_or_deleted_since():
    family = CollectionFactory()
    restriction = restrict(family)
    outside = following()
    image = ImageFactory(collection=family)
    move(image, root_collection())
    restriction.delete()
    Collection.objects.get(pk=family.pk).delete()

    decide()

    assert taken_by(outside) == keys(image)


def test_an_image_that_is_gone_by_then_is_taken_by_nobody():
    holder = following()
    ImageFactory().delete()

    decide()

    assert taken_by(holder) == []


def test_a_deletion_makes_an_errand_to_each_holder_that_showed_the_image():
    image = ImageFactory()
    holders = [PlainSnippetFactory(body=raw_body(raw_gallery())) for _ in range(2)]
    ImageFactory()
    decide()
    Delivery.objects.create(
        subscription=Subscription.objects.first(),
        image_id=str(image.pk),
        run_id=1,
        number=1,
        numbers=[1],
        due_at=None,
    )

    image.delete()
    decide()

    assert [errand.object_id for errand in Errand.objects.all()] == [str(holders[0].pk)]


# Galleries that begin to follow while a run decides


def test_a_gallery_that_a_run_could_not_see_gets_what_arrived_since_it_follows():
    holder = PlainSnippetFactory(body=raw_body(raw_gallery()))
    image = ImageFactory()
    # A run decided before the transaction was committed in which the gallery was saved.
    Arrival.objects.update(run_id=7)

    decide()

    assert taken_by(holder) == keys(image)
    assert not Start.objects.exists()


def test_what_arrived_in_the_meantime_is_decided_for_it_in_slices(monkeypatch):
    monkeypatch.setattr(module, "ARRIVALS_PER_SLICE", 2)
    holder = PlainSnippetFactory(body=raw_body(raw_gallery()))
    images = [ImageFactory() for _ in range(5)]
    Arrival.objects.filter(pk__lte=Arrival.objects.all()[2].pk).update(run_id=7)

    while not decide().complete:
        pass

    assert taken_by(holder) == keys(*images)
    assert not Start.objects.exists()


def test_what_came_with_a_large_collection_is_decided_for_it_from_the_beginning(monkeypatch):
    monkeypatch.setattr(candidates, "IMAGES_PER_SLICE", 2)
    coast, inland = CollectionFactory(), CollectionFactory()
    first, second = (
        PlainSnippetFactory(body=raw_body(raw_gallery(collection=coast.pk))) for _ in range(2)
    )
    hidden = list(Start.objects.all())
    Start.objects.all().delete()
    images = [ImageFactory(collection=inland) for _ in range(5)]
    decide()
    move_into(inland, coast)
    # A run is in the middle of it when the transaction is committed in which these were saved.
    decide()
    Delivery.objects.all().delete()
    Start.objects.bulk_create(hidden)
    last = ImageFactory(collection=coast)

    while not decide().complete:
        pass

    for holder in (first, second):
        assert taken_by(holder) == keys(*images, last)
    assert not Start.objects.exists()


def test_what_is_committed_late_is_decided_for_one_that_is_further_already(monkeypatch):
    monkeypatch.setattr(module, "ARRIVALS_PER_SLICE", 2)
    holder = PlainSnippetFactory(body=raw_body(raw_gallery()))
    images = [ImageFactory() for _ in range(5)]
    late, *others = Arrival.objects.order_by("pk")
    late.delete()
    decide()

    late.save(force_insert=True)
    while not decide().complete:
        pass

    assert sorted(taken_by(holder)) == sorted(keys(*images))
    assert len(others) == 4


def test_a_changed_scope_is_a_new_start(django_assert_num_queries):
    coast, inland = CollectionFactory(), CollectionFactory()
    holder = following(coast)
    before = ImageFactory(collection=inland)
    decide()
    holder.body.raw_data[0]["value"]["collection"] = inland.pk
    holder.save()
    after = ImageFactory(collection=inland)

    decide()

    assert taken_by(holder) == keys(after)
    assert before.pk


# Whole collections


def test_lifting_a_restriction_brings_what_was_uploaded_since_a_gallery_follows():
    family = CollectionFactory()
    children = CollectionFactory(parent=family)
    restriction = restrict(family)
    ImageFactory(collection=family)
    outside, inside = following(), following(family)
    images = [ImageFactory(collection=family), ImageFactory(collection=children)]
    decide()
    assert taken_by(outside) == []

    restriction.delete()
    decide()

    assert taken_by(outside) == taken_by(inside) == keys(*images)


def test_a_collection_that_stays_private_within_stays_so():
    family = CollectionFactory()
    children = CollectionFactory(parent=family)
    outer = restrict(family)
    restrict(children)
    outside = following()
    image, _ = ImageFactory(collection=family), ImageFactory(collection=children)
    decide()

    outer.delete()
    decide()

    assert taken_by(outside) == keys(image)


def test_a_collection_with_very_many_images_is_opened_in_slices(monkeypatch):
    monkeypatch.setattr(candidates, "IMAGES_PER_SLICE", 2)
    family = CollectionFactory()
    restriction = restrict(family)
    holder = following()
    images = [ImageFactory(collection=family) for _ in range(5)]
    decide()
    restriction.delete()

    slices = 1
    while not decide().complete:
        slices += 1

    assert slices == 3
    assert sorted(taken_by(holder)) == sorted(keys(*images))


def test_a_collection_that_is_moved_brings_its_images_into_the_scope_around_it():
    coast, albums = CollectionFactory(), CollectionFactory()
    album = CollectionFactory(parent=albums)
    everything, of_coast, of_album = following(), following(coast), following(album)
    image = ImageFactory(collection=album)
    decide()
    assert taken_by(of_coast) == []

    Collection.objects.get(pk=album.pk).move(Collection.objects.get(pk=coast.pk), "sorted-child")
    decide()

    assert taken_by(of_coast) == keys(image)
    assert taken_by(everything) == taken_by(of_album) == keys(image)


# What leaves a collection before it is decided what that brings


@pytest.fixture
def tree():
    coast, inland = CollectionFactory(name="coast"), CollectionFactory(name="inland")
    beach = CollectionFactory(name="beach", parent=inland)
    return coast, inland, beach


def move_into(collection, target):
    fresh = Collection.objects.get(pk=collection.pk)
    fresh.move(Collection.objects.get(pk=target.pk), "sorted-child")


def test_an_image_that_leaves_a_collection_which_was_moved_comes_with_it(tree):
    coast, inland, beach = tree
    of_coast = following(coast)
    image = ImageFactory(collection=beach)
    decide()

    move_into(inland, coast)
    move(image, coast)
    decide()

    assert taken_by(of_coast) == keys(image)


def test_a_collection_that_leaves_one_which_was_moved_comes_with_it(tree):
    coast, inland, beach = tree
    of_coast = following(coast)
    image = ImageFactory(collection=beach)
    decide()

    move_into(inland, coast)
    move_into(beach, coast)
    decide()

    assert taken_by(of_coast) == keys(image)


def test_an_image_that_leaves_what_has_left_a_collection_which_was_opened_comes_with_it(tree):
    coast, inland, beach = tree
    restriction = restrict(inland)
    everything = following()
    image, elsewhere = ImageFactory(collection=beach), ImageFactory(collection=coast)
    decide()

    restriction.delete()
    move_into(beach, root_collection())
    move(image, coast)
    move(elsewhere, root_collection())
    decide()

    assert taken_by(everything) == keys(elsewhere, image)


def test_what_left_a_collection_comes_though_that_is_deleted_since(tree):
    coast, inland, beach = tree
    of_coast = following(coast)
    images = [ImageFactory(collection=beach), ImageFactory(collection=inland)]
    decide()

    move_into(inland, coast)
    for image in images:
        move(image, coast)
    Collection.objects.get(pk=beach.pk).delete()
    Collection.objects.get(pk=inland.pk).delete()
    decide()

    assert taken_by(of_coast) == keys(*images)


def test_what_left_a_private_collection_that_was_opened_stays_out_where_it_is_private_again(tree):
    coast, inland, beach = tree
    restrict(coast)
    restriction = restrict(inland)
    everything = following()
    image = ImageFactory(collection=beach)
    decide()

    restriction.delete()
    move(image, coast)
    decide()

    assert taken_by(everything) == []


def test_what_comes_into_a_collection_after_that_was_moved_comes_by_its_own_move(tree):
    coast, inland, beach = tree
    of_coast = following(coast)
    image = ImageFactory()
    decide()

    move_into(inland, coast)
    move(image, beach)
    decide()

    (delivery,) = deliveries_to(of_coast).values()
    assert delivery.image_id == str(image.pk)
    assert Arrival.objects.get(pk=delivery.arrival_id).kind == Arrival.Kind.MOVE


def test_what_is_uploaded_into_a_collection_after_that_was_opened_comes_in_its_turn(tree):
    coast, inland, _ = tree
    restriction = restrict(coast)
    everything = following()
    there_before = ImageFactory(collection=coast)
    decide()

    restriction.delete()
    elsewhere, into_it = ImageFactory(collection=inland), ImageFactory(collection=coast)
    decide()

    assert taken_by(everything) == keys(there_before, elsewhere, into_it)


def test_what_was_in_scope_when_a_gallery_began_to_follow_does_not_come_by_leaving(tree):
    coast, inland, beach = tree
    image = ImageFactory(collection=beach)
    decide()

    move_into(inland, coast)
    holder = PlainSnippetFactory(body=raw_body(raw_gallery(collection=coast.pk)))
    move(image, coast)
    decide()

    assert taken_by(holder) == []


def test_what_was_uploaded_before_a_gallery_follows_does_not_come_by_leaving(tree):
    coast, inland, beach = tree
    image = ImageFactory(collection=beach)
    of_coast = following(coast)

    move_into(inland, coast)
    move(image, coast)
    decide()

    assert taken_by(of_coast) == []


def test_what_left_a_collection_with_very_many_images_comes_with_the_last_slice(tree, monkeypatch):
    monkeypatch.setattr(candidates, "IMAGES_PER_SLICE", 2)
    coast, inland, beach = tree
    of_coast = following(coast)
    images = [ImageFactory(collection=beach) for _ in range(8)]
    decide()

    move_into(inland, coast)
    for image in images[:3]:
        move(image, coast)
    decide()
    move(images[3], coast)
    move(images[7], coast)
    while not decide().complete:
        pass

    assert sorted(taken_by(of_coast)) == sorted(keys(*images))


def test_a_collection_that_leaves_while_the_images_are_looked_for_comes_with_it(tree):
    coast, inland, beach = tree
    of_coast = following(coast)
    image = ImageFactory(collection=beach)
    decide()
    move_into(inland, coast)
    is_left = []

    def leave_first(execute, sql, *rest):
        if "LIKE" in sql and get_image_model()._meta.db_table in sql and not is_left:
            is_left.append(True)
            move_into(beach, coast)
        return execute(sql, *rest)

    with connection.execute_wrapper(leave_first):
        decide()

    assert is_left
    assert taken_by(of_coast) == keys(image)


# What it costs


def queries_of_decide():
    with CaptureQueriesContext(connection) as queries:
        decide()
    return [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]


def test_it_costs_the_same_among_many_galleries_that_follow_something_else():
    coast = CollectionFactory()
    following(coast)
    ImageFactory(collection=coast)
    among_one = len(queries_of_decide())
    for _ in range(20):
        following(CollectionFactory())
    ImageFactory(collection=coast)

    assert len(queries_of_decide()) == among_one <= 10


def test_an_upload_that_nobody_follows_costs_less():
    following(CollectionFactory())
    ImageFactory()

    assert len(queries_of_decide()) <= 7


def test_many_uploads_for_many_galleries_are_a_few_inserts():
    for _ in range(10):
        following()
    for _ in range(30):
        ImageFactory()

    asked = queries_of_decide()

    inserts = [sql for sql in asked if sql.startswith("INSERT") and "delivery" in sql]
    assert Delivery.objects.count() == 300
    assert len(asked) - len(inserts) <= 10
    most = 300 // 150 if connection.vendor != "sqlite" else 4
    assert len(inserts) <= most
