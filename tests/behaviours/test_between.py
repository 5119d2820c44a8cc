"""Something happens between two steps of somebody else."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.images import get_image_model
from wagtail.models import CollectionViewRestriction, PageLogEntry

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    deliveries_to,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_gallery,
    raw_item,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival, Delivery, Run, Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def synced_image(**fields):
    image = ImageFactory(**fields)
    sync()
    return image


def as_loaded(page):
    return GalleryPage.objects.get(pk=page.pk)


def restrict(collection):
    return CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.LOGIN
    )


def unlock(page):
    page = as_loaded(page)
    page.locked = False
    page.save(update_fields=["locked"])


# Between a revision and its publication


def test_what_a_worker_writes_between_an_editors_revision_and_its_publication_stays():
    page = page_with(raw_gallery())
    seen = synced_image()
    editors = as_loaded(page)
    editors.title = "Edited"
    revision = editors.save_revision()
    meanwhile = synced_image()

    # As the request of the editor holds it in memory.
    revision.publish()

    page = as_loaded(page)
    assert page.title == "Edited"
    assert images_in(page) == [seen.pk, meanwhile.pk]
    assert images_in_revision(page.live_revision) == [key_of(seen), key_of(meanwhile)]


def test_saving_a_form_that_shows_an_image_tells_the_history_nothing_of_its_coming():
    page = page_with(raw_gallery())
    synced_image()
    page = as_loaded(page)
    told = PageLogEntry.objects.filter(page=page, action="wagtail_autogallery.sync").count()

    page.save_revision()
    sync()
    as_loaded(page).save_revision(overwrite_revision=as_loaded(page).latest_revision)
    sync()

    entries = PageLogEntry.objects.filter(page=page, action="wagtail_autogallery.sync")
    assert entries.count() == told == 1


def test_an_image_that_was_removed_and_brought_back_is_live_again_for_older_forms_too():
    page = page_with(raw_gallery())
    before = as_loaded(page)
    image = synced_image()
    keeps, removes = as_loaded(page), as_loaded(page)
    removes.body.raw_data[0]["value"]["images"].clear()
    removes.save_revision().publish()
    assert images_in(page) == []

    keeps.save_revision().publish()
    assert images_in(page) == [image.pk]
    before.save_revision().publish()

    assert images_in(page) == [image.pk]


# Between a decision and its write


def test_what_became_private_while_its_page_was_locked_is_not_placed_when_it_is_unlocked():
    family = CollectionFactory()
    page = page_with(raw_gallery(), locked=True)
    private, public = ImageFactory(collection=family), ImageFactory()
    sync()
    restriction = restrict(family)

    unlock(page)
    sync()
    assert images_in(page) == [public.pk]

    restriction.delete()
    sync()
    assert images_in(page) == [public.pk, private.pk]


@pytest.mark.parametrize("how", ["moved itself", "its collection is moved"])
def test_what_was_held_back_as_private_comes_as_soon_as_it_is_where_all_may_see_it(how):
    family = CollectionFactory()
    children = CollectionFactory(parent=family)
    page = page_with(raw_gallery())
    image = ImageFactory(collection=children)
    decide()
    restrict(family)
    sync()
    assert images_in(page) == []

    if how == "moved itself":
        image.collection = CollectionFactory()
        image.save()
    else:
        pytest.importorskip("treebeard", minversion="5.3")
        children.refresh_from_db()
        children.move(family.get_parent(), pos="sorted-child")
    sync()

    assert images_in(page) == [image.pk]


def test_a_collection_that_is_emptied_and_deleted_takes_nothing_out():
    coast, elsewhere = CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    old_form = as_loaded(page)
    image = synced_image(collection=coast)
    undecided = ImageFactory(collection=coast)
    for each in (image, undecided):
        each.collection = elsewhere
        each.save()
    coast.delete()

    sync()
    old_form.save_revision().publish()
    sync()

    assert images_in(page) == [image.pk]
    assert follows(page)[0].state == Subscription.State.COLLECTION_DELETED


def test_a_private_collection_with_a_thousand_old_images_is_opened_and_brings_none_of_them():
    family = CollectionFactory()
    restriction = restrict(family)
    model = get_image_model()
    values = {"title": "Old", "file": "old.png", "width": 40, "height": 30, "collection": family}
    model.objects.bulk_create([model(**values) for _ in range(1000)], batch_size=100)
    sync()
    page = page_with(raw_gallery())
    new = synced_image(collection=family)
    assert images_in(page) == []

    restriction.delete()
    report = sync()

    assert report.complete
    assert images_in(page) == [new.pk]


# Between the databases of two installations


def test_content_of_a_staging_copy_of_the_database_loses_nothing_in_production():
    page = page_with(raw_gallery())
    in_both = synced_image()
    copied = as_loaded(page)
    in_production = synced_image()
    # On staging the same gallery, of the same name, took another image as its second.
    only_there = ImageFactory(collection=CollectionFactory())
    (gallery,) = json.loads(json.dumps(list(copied.body.raw_data)))
    gallery["value"]["images"].append(raw_item(only_there, delivered=str(key_of(only_there))))
    gallery["value"]["cursor"] = f"{follows(page)[0].key}:2:{key_of(only_there)}"

    copied.body = [gallery]
    copied.save_revision().publish()

    assert set(images_in(page)) == {in_both.pk, only_there.pk, in_production.pk}


def test_a_client_without_a_cursor_that_adds_an_image_by_hand_has_seen_no_more_by_that():
    page = page_with(raw_gallery())
    seen = synced_image()
    clients = as_loaded(page)
    missed, added = synced_image(), synced_image()
    (gallery,) = json.loads(json.dumps(list(clients.body.raw_data)))
    gallery["value"]["images"].append(raw_item(added))
    del gallery["value"]["cursor"]

    clients.body = [gallery]
    clients.save_revision().publish()

    assert images_in(page) == [seen.pk, added.pk, missed.pk]
    assert not Delivery.objects.exclude(mark="").exists()


# Among many galleries


def test_following_neither_takes_nor_waits_for_the_lock_of_deciding():
    page = page_with(raw_gallery(follow=False))
    synced_image()
    page = as_loaded(page)
    page.body.raw_data[0]["value"]["auto_sync_media"] = True

    with CaptureQueriesContext(connection) as queries:
        page.save()

    assert len(follows(page)) == 1
    table = Run._meta.db_table
    of_runs = [query["sql"] for query in queries if table in query["sql"]]
    assert all(sql.startswith("SELECT") and "FOR UPDATE" not in sql for sql in of_runs)


@pytest.mark.parametrize("reason", ["full", "locked"])
def test_an_idle_drain_costs_nothing_for_galleries_that_cannot_take_what_waits(
    reason, django_assert_max_num_queries
):
    for _ in range(4):
        if reason == "full":
            page_with(raw_gallery(ImageFactory(), max_images=1))
        else:
            page_with(raw_gallery(), locked=True)
    for _ in range(3):
        ImageFactory()
    drain(limit=100)
    assert Delivery.objects.waiting().count() >= 12
    assert not Arrival.objects.waiting().exists()

    with django_assert_max_num_queries(4):
        report = drain()

    assert (report.ran, report.remaining) == (0, 0)


def test_uploads_that_come_faster_than_a_pass_starve_no_gallery():
    full = [page_with(raw_gallery(ImageFactory(), max_images=1)) for _ in range(4)]
    pages = [page_with(raw_gallery()) for _ in range(5)]
    first = ImageFactory()

    older = 3
    for _ in range(older + len(full) + len(pages)):
        # Time for one picture and one holder.
        with budget.limited_to(0.0):
            assert sync().holders <= 1
        ImageFactory()

    assert all(first.pk in images_in(page) for page in pages)
    assert deliveries_to(full[0])[str(first.pk)].reason == Delivery.Reason.NO_ROOM
