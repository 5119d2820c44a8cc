"""Content from before a run comes back: kept to the letter, and given what it never saw at once."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.factories import (
    FullSnippetFactory,
    ImageFactory,
    PlainSnippetFactory,
    RevisedSnippetFactory,
    images_in,
    images_in_revision,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    raw_item,
    synced_image,
)
from tests.forms import Editor, edit_form, list_form, needs_integer_keys, publish, save_draft
from tests.testapp.models import GalleryPage
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def as_loaded(page):
    return GalleryPage.objects.get(pk=page.pk)


@pytest.fixture
def at_once():
    """What is saved within is whole by that alone: no task is enqueued for it."""

    @contextmanager
    def request():
        DBTaskResult.objects.all().delete()
        yield
        path = sync_media_to_galleries.module_path
        assert not DBTaskResult.objects.filter(task_path=path).exists()

    return request


def test_a_form_from_before_a_run_is_published_as_it_is_and_gets_the_images(admin_client, at_once):
    chosen, removed = ImageFactory(), ImageFactory()
    sync()
    page = page_with(raw_gallery(chosen, removed))
    form = as_loaded(page)
    kept, _ = form.body.raw_data[0]["value"]["images"]
    missed = synced_image()

    with at_once():
        publish(
            admin_client,
            form,
            fields={"title": "Late"},
            images=list_form([(kept["id"], chosen.pk, "My caption", "")]),
        )

    page = as_loaded(page)
    assert page.title == "Late"
    assert images_in(page) == [chosen.pk, missed.pk]
    first, _ = page.body.raw_data[0]["value"]["images"]
    assert first == {**kept, "value": {**kept["value"], "caption": "My caption"}}


@pytest.mark.parametrize(
    ("factory", "action"),
    [
        (PlainSnippetFactory, None),
        (RevisedSnippetFactory, None),
        (FullSnippetFactory, "action-publish"),
    ],
)
def test_an_old_form_of_a_snippet_is_saved_as_it_is_and_gets_the_images(
    factory, action, admin_client, at_once
):
    form = factory(body=raw_body(raw_gallery()))
    url = reverse(form.snippet_viewset.get_url_name("edit"), args=[form.pk])
    missed = synced_image()
    assert images_in(form) == [missed.pk]

    with at_once():
        response = admin_client.post(url, edit_form(form, action, fields={"title": "Late"}))
        assert response.status_code == 302

    snippet = type(form).objects.get(pk=form.pk)
    assert snippet.title == "Late"
    assert images_in(snippet) == [missed.pk]


def test_a_draft_autosaved_over_an_amended_one_gets_the_images_before_it_is_published(
    admin_client, at_once
):
    page = page_with(raw_gallery())
    editor = Editor(admin_client, page)
    assert editor.autosave(title="Being wri")["success"]
    missed = synced_image()
    page.refresh_from_db()
    assert images_in_revision(page.latest_revision) == [missed.pk]

    with at_once():
        assert editor.autosave(title="Being written")["success"]

    page = as_loaded(page)
    assert page.title != "Being written"
    assert page.get_latest_revision_as_object().title == "Being written"
    assert images_in_revision(page.latest_revision) == [missed.pk]


def test_a_draft_saved_from_an_old_form_gets_the_images_too(admin_client, at_once):
    page = page_with(raw_gallery())
    form = as_loaded(page)
    missed = synced_image()

    with at_once():
        page = save_draft(admin_client, form, fields={"title": "A late draft"})

    assert page.has_unpublished_changes
    assert images_in_revision(page.latest_revision) == [missed.pk]


def test_a_revision_that_was_scheduled_before_a_run_goes_live_and_gets_the_images(
    admin_client, at_once, let_time_pass
):
    page = page_with(raw_gallery())
    next_week = (timezone.now() + timedelta(days=7)).strftime("%Y-%m-%d %H:%M")
    page = publish(admin_client, page, fields={"title": "Next", "go_live_at": next_week})
    scheduled = page.scheduled_revision
    before_any_run = scheduled.content
    missed = synced_image()
    # As a scheduled revision that a backup brought back, or that a script wrote.
    page.revisions.filter(pk=scheduled.pk).update(content=before_any_run)
    let_time_pass(timedelta(days=8))

    with at_once():
        call_command("publish_scheduled")

    page = as_loaded(page)
    assert page.title == "Next"
    assert images_in(page) == [missed.pk]


def test_an_api_client_that_writes_the_field_without_the_cursor_loses_no_image(at_once):
    page = page_with(raw_gallery())
    known = synced_image()
    gallery = as_loaded(page).body.raw_data[0]
    missed = synced_image()

    with at_once():
        page = as_loaded(page)
        page.body = [{**gallery, "value": {**gallery["value"], "cursor": None}}]
        page.save()

    assert images_in(page) == [known.pk, missed.pk]


def test_a_draft_from_before_two_runs_is_published_after_them(admin_client, at_once):
    page = page_with(raw_gallery())
    removed = synced_image()
    draft = publish(admin_client, as_loaded(page), images=list_form([]))
    missed = [synced_image().pk, synced_image().pk]

    with at_once():
        page = publish(admin_client, draft)

    assert images_in(page) == missed
    assert removed.pk not in images_in(page)


def test_an_old_form_of_a_gallery_with_a_maximum_fills_it_no_further_nor_its_aliases(
    admin_client, at_once
):
    page = page_with(raw_gallery(max_images=2))
    synced_image()
    kept = synced_image()
    alias = as_loaded(page).create_alias(update_slug="alias")
    form = as_loaded(page)
    missed = synced_image()
    assert images_in(page) == [kept.pk, missed.pk]

    with at_once():
        publish(admin_client, form)

    page = as_loaded(page)
    assert images_in(page) == [kept.pk, missed.pk]
    assert images_in_revision(page.live_revision) == [kept.pk, missed.pk]
    assert images_in(alias) == [kept.pk, missed.pk]


def test_a_duplicate_that_a_person_has_filled_is_live_and_in_aliases_as_it_is_in_the_row():
    page = page_with(raw_gallery(max_images=1))
    synced_image()
    alias = as_loaded(page).create_alias(update_slug="alias")
    form = as_loaded(page)
    original = form.body.raw_data[0]
    chosen = ImageFactory()
    duplicate = raw_block("gallery", {**original["value"], "images": [raw_item(chosen.pk)]})
    form.body = [original, duplicate]
    synced_image()

    form.save_revision().publish()

    page = as_loaded(page)
    assert images_in(page, 1) == [chosen.pk]
    assert images_in_revision(page.live_revision, 1) == [chosen.pk]
    assert images_in(alias, 1) == [chosen.pk]


def test_a_deleted_image_in_what_an_old_instance_saves_takes_no_place_from_those_that_are_live():
    deleted = ImageFactory()
    page = page_with(raw_gallery(deleted, max_images=3))
    old = GalleryPage.objects.get(pk=page.pk)
    synced_image()
    deleted.delete()
    arrived = [image.pk for image in (synced_image(), synced_image())]
    shown = images_in(page)
    assert shown[1:] == arrived

    old.save()

    assert [key for key in images_in(page) if key] == shown
