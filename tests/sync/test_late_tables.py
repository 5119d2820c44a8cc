"""The code is there, and its tables are not: nobody's save fails, and nothing is lost for good."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry, PageLogEntry

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainSnippetFactory,
    break_file_of,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.forms import needs_integer_keys
from tests.samples import sample
from wagtail_autogallery import tables
from wagtail_autogallery.drain import after_response
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.drain.status import get_status
from wagtail_autogallery.models import Arrival, Run, Subscription
from wagtail_autogallery.queue import wakeup
from wagtail_autogallery.tables import MissingTables

pytestmark = pytest.mark.django_db(transaction=True)


def migrate(name=None):
    call_command("migrate", "wagtail_autogallery", *filter(None, [name]), verbosity=0)


@pytest.fixture
def without_tables():
    migrate("zero")
    yield
    migrate()


@pytest.fixture
def with_a_column_missing():
    with connection.schema_editor() as editor:
        editor.remove_field(Subscription, Subscription._meta.get_field("digest"))
    tables.look_again()
    yield
    with connection.schema_editor() as editor:
        editor.add_field(Subscription, Subscription._meta.get_field("digest"))
    tables.look_again()


def save_and_delete_everything():
    """What people do all day to what this app listens to."""
    image = ImageFactory()
    image.collection = CollectionFactory()
    image.save()
    page = page_with(raw_gallery(image))
    revision = page.latest_revision
    page.title = "Another title"
    page.save_revision(log_action=True).publish()
    page.locked = True
    page.save(update_fields=["locked"])
    page.locked = False
    page.save(update_fields=["locked"])
    page.save_revision(log_action="wagtail.revert", previous_revision=revision)
    page.copy(update_attrs={"slug": "a-copy"}).delete()
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision().publish()
    snippet.delete()
    page.delete()
    image.delete()


def test_visitors_see_galleries_meanwhile_also_where_a_picture_cannot_be_made(without_tables):
    whole, broken = ImageFactory(), ImageFactory()
    break_file_of(broken)
    page = page_with(raw_gallery(whole, broken))

    response = Client().get(page.get_url())

    assert response.status_code == 200
    assert whole.renditions.first().url in response.content.decode()


@pytest.mark.parametrize("state", ["without_tables", "with_a_column_missing"])
@pytest.mark.parametrize("in_transaction", sample([False, True], True))
def test_everything_can_be_saved_and_deleted_and_it_is_logged_once(
    state, in_transaction, request, caplog
):
    request.getfixturevalue(state)

    with caplog.at_level(logging.ERROR):
        if in_transaction:
            with transaction.atomic():
                save_and_delete_everything()
        else:
            save_and_delete_everything()

    (record,) = caplog.records
    assert "wagtail_autogallery_subscription" in record.getMessage()
    assert "manage.py migrate" in record.getMessage()


@needs_integer_keys
def test_images_can_be_uploaded_and_moved_in_the_admin(without_tables, admin_client):
    image, place = ImageFactory(), CollectionFactory()
    model = f"{image._meta.app_label}/{image._meta.model_name}"

    response = admin_client.post(
        f"/admin/bulk/{model}/add_to_collection/?id={image.pk}",
        {"collection": place.pk},
    )

    assert response.status_code == 302
    image.refresh_from_db()
    assert image.collection == place


def test_a_drain_says_what_to_do_and_the_status_too(without_tables):
    with pytest.raises(MissingTables, match=r"manage\.py migrate"):
        drain()

    (problem,) = get_status().problems
    assert (problem.code, problem.mend) == ("tables_missing", "python manage.py migrate")


def test_after_the_response_nothing_is_tried(without_tables, settings, caplog):
    settings.WAGTAIL_AUTOGALLERY_QUIET_PERIOD = 0
    ImageFactory()
    wakeup.ask()
    caplog.clear()

    after_response._work()

    assert not caplog.records
    assert not wakeup.was_asked()


def test_images_and_galleries_of_that_time_are_brought_together_after_it(without_tables):
    before = ImageFactory()
    page = page_with(raw_gallery())
    images = [ImageFactory(), ImageFactory()]

    migrate()
    after = ImageFactory()
    drain(limit=100)

    assert before.pk not in images_in(page)
    assert images_in(page) == [*(image.pk for image in images), after.pk]


def test_each_gallery_takes_what_came_after_it(without_tables):
    first = page_with(raw_gallery())
    image = ImageFactory()
    second = page_with(raw_gallery())
    another = ImageFactory()

    migrate()
    drain(limit=100)

    assert images_in(first) == [image.pk, another.pk]
    assert images_in(second) == [another.pk]


def test_a_gallery_follows_from_when_it_was_switched_on_and_not_from_its_last_save(without_tables):
    page = page_with(raw_gallery(follow=False))
    ImageFactory()
    page.body = raw_body(raw_gallery())
    page.save_revision().publish()
    image = ImageFactory()
    page.title = "Another title"
    page.save_revision().publish()

    migrate()
    drain(limit=100)

    assert images_in(page) == [image.pk]
    assert follows(page)[0].followed_at < image.created_at


def test_a_gallery_in_a_draft_only_follows_nothing(without_tables):
    page = page_with(raw_gallery(follow=False))
    page.body = raw_body(raw_gallery())
    page.save_revision()
    ImageFactory()

    migrate()

    assert not Subscription.objects.exists()
    assert not Arrival.objects.exists()


def test_a_gallery_whose_save_left_no_trace_follows_from_now_on(without_tables):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    ImageFactory()

    migrate()
    image = ImageFactory()
    drain(limit=100)

    assert images_in(snippet) == [image.pk]


def test_a_new_site_is_not_flooded_with_what_it_had_before(without_tables):
    page = page_with(raw_gallery())
    ImageFactory()
    year = timezone.now() - timedelta(days=365)
    PageLogEntry.objects.update(timestamp=year)
    ModelLogEntry.objects.update(timestamp=year)
    get_image_model().objects.update(created_at=year + timedelta(days=1))

    migrate()
    drain(limit=100)

    assert images_in(page) == []
    assert not Arrival.objects.exists()


def test_after_a_night_without_a_column_the_galleries_of_before_have_its_images():
    page = page_with(raw_gallery())
    ImageFactory()
    drain(limit=100)
    night = timezone.now() - timedelta(hours=12)
    Run.objects.update(opened_at=night, decided_at=night)
    known = images_in(page)

    with connection.schema_editor() as editor:
        editor.remove_field(Subscription, Subscription._meta.get_field("digest"))
    tables.look_again()
    images = [ImageFactory(), ImageFactory()]
    get_image_model().objects.filter(pk=images[0].pk).update(
        created_at=timezone.now() - timedelta(hours=9)
    )
    with connection.schema_editor() as editor:
        editor.add_field(Subscription, Subscription._meta.get_field("digest"))
    drain(limit=100)

    assert images_in(page) == [*known, *(image.pk for image in images)]


def test_a_page_of_a_type_whose_own_table_is_late_is_left_for_its_migration(without_tables):
    GalleryPageFactory(body=raw_body(raw_gallery()))
    with connection.schema_editor() as editor:
        editor.remove_field(
            PlainSnippetFactory._meta.model, PlainSnippetFactory._meta.model._meta.get_field("body")
        )

    try:
        migrate()
    finally:
        with connection.schema_editor() as editor:
            editor.add_field(
                PlainSnippetFactory._meta.model,
                PlainSnippetFactory._meta.model._meta.get_field("body"),
            )

    assert Subscription.objects.count() == 1
