from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.actions.revert_to_page_revision import RevertToPageRevisionAction

from tests.factories import (
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    RevisedSnippetFactory,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
    synced_image,
)
from tests.forms import edit_form
from tests.testapp.models import GalleryPage
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def revert(page, revision):
    page = GalleryPage.objects.get(pk=page.pk)
    return RevertToPageRevisionAction(page, revision).execute()


def test_after_a_revert_the_gallery_shows_what_that_version_showed_and_takes_what_comes_then():
    page = page_with(raw_gallery())
    shown_then = synced_image()
    page.refresh_from_db()
    version = page.latest_revision
    synced_image()

    revert(page, version).publish()
    sync()

    assert images_in(page) == [shown_then.pk]
    comes_later = synced_image()
    assert images_in(page) == [shown_then.pk, comes_later.pk]


def test_what_nobody_had_seen_when_somebody_reverted_still_comes():
    page = page_with(raw_gallery())
    version = page.latest_revision
    waits = ImageFactory()

    revert(page, version).publish()
    sync()

    assert images_in(page) == [waits.pk]


def test_a_draft_of_an_earlier_version_takes_only_what_arrives_after_it_was_made():
    page = page_with(raw_gallery())
    version = page.latest_revision
    before = synced_image()

    draft = revert(page, version)
    sync()
    assert images_in_revision(draft) == []
    after = synced_image()

    assert images_in_revision(draft) == [key_of(after)]
    assert images_in(page) == [before.pk, after.pk]
    draft.refresh_from_db()
    draft.publish()
    sync()
    assert images_in(page) == [after.pk]


def test_what_arrived_while_an_earlier_version_was_a_draft_comes_after_publishing():
    page = page_with(raw_gallery())
    version = page.latest_revision
    synced_image()
    draft = revert(page, version)
    after = ImageFactory()

    draft.publish()
    sync()

    assert images_in(page) == [after.pk]


def test_reverting_in_the_editor_is_a_revert(admin_client):
    page = page_with(raw_gallery())
    version = page.latest_revision
    synced_image()
    url = reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, version.pk])

    response = admin_client.post(url, edit_form(version.as_object(), "action-publish"))

    assert response.status_code == 302, response.context["form"].errors
    sync()
    assert images_in(page) == []
    after = synced_image()
    assert images_in(page) == [after.pk]


def test_reverting_a_page_that_was_never_published_changes_its_row_too():
    page = page_with(raw_gallery())
    page.unpublish()
    version = page.latest_revision
    synced_image()

    old = version.as_object()
    old.save()
    old.save_revision(previous_revision=version, log_action=True)
    sync()

    assert images_in(page) == []
    after = synced_image()
    assert images_in(page) == [after.pk]


def test_a_revert_settles_nothing_for_a_scheduled_version_of_a_page_that_is_not_live_yet():
    page = GalleryPageFactory(body=raw_body(raw_gallery()), live=False)
    version = page.save_revision()
    page.go_live_at = timezone.now() + timedelta(days=1)
    scheduled = page.save_revision()
    scheduled.publish()
    image = synced_image()

    old = version.as_object()
    old.save()
    draft = old.save_revision(previous_revision=version, log_action=True)
    sync()

    assert images_in(page) == images_in_revision(draft) == []
    assert images_in_revision(scheduled) == [key_of(image)]


@pytest.mark.parametrize("factory", [FullSnippetFactory, RevisedSnippetFactory])
def test_reverting_a_snippet_in_its_editor_is_a_choice_of_content_too(factory, admin_client):
    snippet = factory(body=raw_body(raw_gallery()))
    version = snippet.save_revision()
    synced_image()

    url_name = snippet.snippet_viewset.get_url_name("revisions_revert")
    response = admin_client.post(
        reverse(url_name, args=[snippet.pk, version.pk]),
        edit_form(version.as_object(), "action-publish"),
    )
    assert response.status_code == 302
    sync()

    assert images_in(snippet) == []
    after = synced_image()
    assert images_in(snippet) == [after.pk]


def test_publishing_an_old_version_without_reverting_to_it_is_stale_content():
    page = page_with(raw_gallery())
    old = page.latest_revision
    image = synced_image()

    old.publish()
    sync()

    assert images_in(page) == [image.pk]


def test_reverting_to_a_version_that_did_not_follow_follows_nothing():
    page = page_with(raw_gallery(follow=False))
    version = page.latest_revision
    page.body.raw_data[0]["value"]["auto_sync_media"] = True
    page.save_revision().publish()

    revert(page, version).publish()
    synced_image()

    assert follows(page) == []
    assert images_in(page) == []


def test_other_entries_of_the_log_are_none_of_our_business():
    page = page_with(raw_gallery())
    image = synced_image()
    page.refresh_from_db()
    page.go_live_at = timezone.now()

    page.save_revision(log_action=True).publish()
    sync()

    assert images_in(page) == [image.pk]
