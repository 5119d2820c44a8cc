"""What the toggle says in a draft, and what it says in what is live."""

from __future__ import annotations

import json

import pytest

from tests.factories import (
    PlainSnippetFactory,
    deliveries_to,
    follows,
    images_in,
    images_in_revision,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    synced_image,
)
from tests.forms import needs_integer_keys, publish, save_draft
from tests.testapp.models import GalleryPage, PlainSnippet

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def test_switched_on_in_a_draft_it_counts_from_publishing_on(admin_client):
    page = page_with(raw_gallery(follow=False))
    page = save_draft(admin_client, page, auto_sync_media="on")
    while_a_draft = synced_image()
    assert follows(page) == []
    assert images_in(page) == images_in_revision(page.latest_revision) == []

    page = publish(admin_client, page.get_latest_revision_as_object())
    after = synced_image()

    assert images_in(page) == [after.pk]
    assert while_a_draft.pk not in images_in(page)


def test_switched_off_in_a_draft_what_is_live_goes_on_until_publishing(admin_client):
    page = page_with(raw_gallery())
    page = save_draft(admin_client, page, auto_sync_media=None)
    while_a_draft = synced_image()
    assert images_in(page) == [while_a_draft.pk]
    assert images_in_revision(page.latest_revision) == [while_a_draft.pk]

    page = publish(admin_client, page.get_latest_revision_as_object())
    synced_image()

    assert follows(page) == []
    assert images_in(page) == [while_a_draft.pk]


@pytest.mark.parametrize("saved_by", ["a person", "a script"])
def test_switched_off_in_a_form_from_before_a_run_what_is_live_stays_live(saved_by, admin_client):
    page = page_with(raw_gallery())
    form = GalleryPage.objects.get(pk=page.pk)
    went_live_meanwhile = synced_image()

    if saved_by == "a person":
        publish(admin_client, form, auto_sync_media=None)
    else:
        form.body.raw_data[0]["value"]["auto_sync_media"] = False
        form.save()

    assert images_in(page) == [went_live_meanwhile.pk]
    synced_image()
    assert images_in(page) == [went_live_meanwhile.pk]


def test_switched_off_in_a_snippets_form_from_before_a_run_what_is_shown_stays():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    form = PlainSnippet.objects.get(pk=snippet.pk)
    came_meanwhile = synced_image()

    form.body.raw_data[0]["value"]["auto_sync_media"] = False
    form.save()

    assert images_in(snippet) == [came_meanwhile.pk]


def test_what_was_decided_and_not_written_when_it_was_switched_off_never_comes(admin_client):
    page = page_with(raw_gallery(), locked=True)
    synced_image()
    GalleryPage.objects.filter(pk=page.pk).update(locked=False)

    page = publish(admin_client, GalleryPage.objects.get(pk=page.pk), auto_sync_media=None)
    page = publish(admin_client, page, auto_sync_media="on")
    after = synced_image()

    assert images_in(page) == [after.pk]


def test_a_draft_that_follows_published_over_a_page_that_ceased_to_follows_from_then_on(
    admin_client,
):
    page = page_with(raw_gallery())
    form = GalleryPage.objects.get(pk=page.pk)
    before = synced_image()
    page = publish(admin_client, GalleryPage.objects.get(pk=page.pk), auto_sync_media=None)
    synced_image()
    assert images_in(page) == [before.pk]

    page = publish(admin_client, form)
    after = synced_image()

    assert images_in(page) == [before.pk, after.pk]


def duplicate(page, *, keep_original=True, count=1, **children):
    """What a form becomes in which the gallery was duplicated. :return: The page, not saved yet."""
    body = json.loads(json.dumps(list(page.body.raw_data)))
    value = {**body[0]["value"], **children}
    copies = [raw_block("gallery", json.loads(json.dumps(value))) for _ in range(count)]
    page.body = [*(body if keep_original else []), *copies]
    return page


@pytest.mark.parametrize("has_seen", [0, 1])
@pytest.mark.parametrize("other_change", [True, False])
def test_a_duplicate_that_is_switched_off_before_it_is_live_gets_nothing_that_came_meanwhile(
    has_seen, other_change
):
    page = page_with(raw_gallery())
    seen = [synced_image().pk for _ in range(has_seen)]
    form = duplicate(GalleryPage.objects.get(pk=page.pk), auto_sync_media=False)
    came_meanwhile = synced_image()
    if not other_change:
        # Nothing else in the form is new to the row.
        form.body[0] = GalleryPage.objects.get(pk=page.pk).body[0]

    form.save_revision().publish()

    assert images_in(page, 0) == [*seen, came_meanwhile.pk]
    assert images_in(page, 1) == seen
    synced_image()
    assert images_in(page, 1) == seen


def test_such_a_duplicate_follows_from_when_it_is_switched_on():
    page = page_with(raw_gallery())
    form = duplicate(GalleryPage.objects.get(pk=page.pk), auto_sync_media=False)
    before = synced_image()
    form.save_revision().publish()

    page = GalleryPage.objects.get(pk=page.pk)
    page.body.raw_data[1]["value"]["auto_sync_media"] = True
    page.save_revision().publish()
    after = synced_image()

    assert images_in(page, 0) == [before.pk, after.pk]
    assert images_in(page, 1) == [after.pk]


def test_duplicates_that_are_switched_off_stand_for_an_original_that_is_deleted_with_it():
    page = page_with(raw_gallery())
    form = duplicate(
        GalleryPage.objects.get(pk=page.pk), keep_original=False, count=2, auto_sync_media=False
    )
    was_live = synced_image()

    form.save_revision().publish()
    synced_image()

    assert images_in(page, 0) == images_in(page, 1) == [was_live.pk]
    assert str(was_live.pk) in deliveries_to(page)
