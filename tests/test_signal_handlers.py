from __future__ import annotations

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import pre_migrate
from wagtail.images import get_image_model
from wagtail.images.models import Image
from wagtail.models import Collection

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainSnippetFactory,
    arrivals_of,
    follows,
    images_in,
    page_with,
    picture_file,
    raw_body,
    raw_gallery,
    stored_images,
)
from tests.roots import root_collection
from tests.testapp.models import DroneImage, PlainSnippet
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def test_an_upload_is_an_arrival():
    image = ImageFactory()

    (arrival,) = arrivals_of(image)
    assert (arrival.kind, arrival.run_id, arrival.before) == ("upload", None, None)


@pytest.mark.skipif(get_image_model() is not Image, reason="The proxy is one of another model")
def test_an_upload_through_a_proxy_of_the_image_model_is_one_as_well():
    page = page_with(raw_gallery())

    image = DroneImage.objects.create(title="From above", file=picture_file())
    sync()
    assert images_in(page) == [image.pk]
    image.collection = CollectionFactory()
    image.save()
    assert [arrival.kind for arrival in arrivals_of(image)] == ["upload", "move"]
    image.delete()
    sync()

    assert stored_images(page) == []


def test_an_upload_that_is_rolled_back_never_arrived():
    with transaction.atomic():
        ImageFactory()
        transaction.set_rollback(True)

    assert not Arrival.objects.exists()


def test_an_upload_costs_three_queries_at_most(
    django_assert_num_queries, django_capture_on_commit_callbacks
):
    collection = root_collection()
    with (
        django_assert_num_queries(6) as queries,
        django_capture_on_commit_callbacks(execute=True),
    ):
        ImageFactory(collection=collection)

    # The other three are the image, and Wagtail's own two tasks.
    ours = [q["sql"] for q in queries if "autogallery" in q["sql"] or "SELECT 1" in q["sql"]]
    assert len(ours) == 3


def test_a_fixture_is_no_upload():
    image = ImageFactory()
    fixture = serializers.serialize("json", [image])
    get_image_model().objects.all().delete()
    Arrival.objects.all().delete()

    for deserialized in serializers.deserialize("json", fixture):
        deserialized.save()

    assert not Arrival.objects.exists()


def test_editing_an_image_is_no_upload():
    image = ImageFactory()
    image.title = "Another title"

    image.save()

    assert len(arrivals_of(image)) == 1


def test_moving_an_image_is_an_arrival_that_knows_where_it_came_from():
    old, new = CollectionFactory(), CollectionFactory()
    image = ImageFactory(collection=old)
    image.collection = new

    image.save()

    assert [arrival.before and arrival.before["ids"][-1] for arrival in arrivals_of(image)] == [
        None,
        old.pk,
    ]


@pytest.mark.parametrize("update_fields", [["collection"], ["collection_id"]])
def test_moving_only_the_collection_is_a_move_too(update_fields):
    image = ImageFactory()
    image.collection = CollectionFactory()

    image.save(update_fields=update_fields)

    assert len(arrivals_of(image)) == 2


def test_saving_other_fields_does_not_look_at_the_collection(django_assert_num_queries):
    image = ImageFactory()

    # The image and Wagtail's two tasks.
    with django_assert_num_queries(3):
        image.save(update_fields=["title"])


def test_an_image_moved_into_a_followed_collection_arrives_there():
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = ImageFactory()
    sync()
    assert images_in(page) == []

    image.collection = coast
    image.save()
    sync()

    assert images_in(page) == [image.pk]


def test_an_image_moved_out_of_a_followed_collection_stays():
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = ImageFactory(collection=coast)
    sync()

    image.collection = Collection.get_first_root_node()
    image.save()
    sync()

    assert images_in(page) == [image.pk]


def test_an_image_that_was_removed_does_not_come_back_by_being_moved_within_the_scope():
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()
    page.refresh_from_db()
    page.body.raw_data[0]["value"]["images"] = []
    page.save_revision().publish()

    image.collection = CollectionFactory()
    image.save()
    sync()

    assert images_in(page) == []


def test_an_image_moved_out_of_a_private_collection_arrives():
    from wagtail.models import CollectionViewRestriction

    private = CollectionFactory()
    CollectionViewRestriction.objects.create(collection=private, restriction_type="login")
    page = page_with(raw_gallery())
    image = ImageFactory(collection=private)
    sync()
    assert images_in(page) == []

    image.collection = Collection.get_first_root_node()
    image.save()
    sync()

    assert images_in(page) == [image.pk]


def test_a_holder_from_a_fixture_is_left_to_the_rebuild_command():
    page = page_with(raw_gallery())
    fixture = serializers.serialize("json", [page])
    page_pk = page.pk
    follows(page)[0].delete()

    for deserialized in serializers.deserialize("json", fixture):
        deserialized.save()

    assert page_pk
    assert follows(page) == []


def test_nothing_is_recorded_while_migrations_run():
    made = {}

    def make_content(app_config, **kwargs):
        if app_config.label == "testapp":
            made["image"], made["page"] = ImageFactory(), page_with(raw_gallery())

    pre_migrate.connect(make_content)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(make_content)

    assert arrivals_of(made["image"]) == []
    assert follows(made["page"]) == []
    assert len(arrivals_of(ImageFactory())) == 1


def test_rows_of_other_models_are_deleted_without_being_loaded(django_assert_num_queries):
    with django_assert_num_queries(1):
        Arrival.objects.all().delete()


def test_an_instance_without_its_galleries_loaded_is_saved_without_loading_them():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))

    PlainSnippet.objects.only("title").get(pk=snippet.pk).save()

    assert len(follows(snippet)) == 1
