"""Rare sequences in which something else changes between a draft and its publication."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from wagtail.models import CollectionViewRestriction, PageLogEntry

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    deliveries_to,
    follows,
    images_in,
    images_in_revision,
    page_with,
    raw_block,
    raw_gallery,
    synced_image,
)
from tests.forms import list_form, needs_integer_keys, publish, save_draft
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def as_loaded(page):
    return GalleryPage.objects.get(pk=page.pk)


def draft_of(page):
    return as_loaded(page).get_latest_revision_as_object()


def keys(*images):
    return [image.pk for image in images]


# Collections


def test_a_collection_changed_in_a_draft_and_back_loses_nothing_that_went_live(admin_client):
    one, other = CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=one.pk))
    live = [synced_image(collection=one)]
    save_draft(admin_client, as_loaded(page), collection=other.pk)
    live.append(synced_image(collection=one))
    not_of_ours = synced_image(collection=other)
    save_draft(admin_client, draft_of(page), collection=one.pk)
    live.append(synced_image(collection=one))

    publish(admin_client, draft_of(page))
    live.append(synced_image(collection=one))

    assert images_in(page) == keys(*live)
    assert not_of_ours.pk not in images_in(page)


def test_a_collection_changed_in_a_draft_counts_from_publication_and_brings_nothing_older(
    admin_client,
):
    one, other = CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=one.pk))
    older = [synced_image(collection=other)]
    save_draft(admin_client, as_loaded(page), collection=other.pk)
    older.append(synced_image(collection=other))
    of_one = synced_image(collection=one)

    publish(admin_client, draft_of(page))
    after = synced_image(collection=other)

    assert images_in(page) == keys(of_one, after)
    assert not {image.pk for image in older} & set(images_in(page))


@pytest.mark.parametrize("what", ["is moved away", "becomes private"])
def test_an_image_that_is_live_stays_so_whatever_becomes_of_its_collection(what, admin_client):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk if what == "is moved away" else None))
    old_form = as_loaded(page)
    image = synced_image(collection=coast)

    if what == "is moved away":
        image.collection = CollectionFactory()
        image.save()
    else:
        CollectionViewRestriction.objects.create(
            collection=coast, restriction_type=CollectionViewRestriction.LOGIN
        )
    publish(admin_client, old_form)
    sync()

    assert images_in(page) == keys(image)


def test_a_restriction_that_is_lifted_again_leaves_old_drafts_as_they_would_have_been(
    admin_client,
):
    coast = CollectionFactory()
    page = page_with(raw_gallery())
    old_form = as_loaded(page)
    image = synced_image(collection=coast)
    restriction = CollectionViewRestriction.objects.create(
        collection=coast, restriction_type=CollectionViewRestriction.LOGIN
    )
    save_draft(admin_client, old_form)
    restriction.delete()
    sync()

    publish(admin_client, draft_of(page))

    assert images_in(page) == keys(image)


# A maximum


def test_a_maximum_lowered_in_a_draft_and_raised_again_throws_nothing_out(admin_client):
    page = page_with(raw_gallery())
    live = [synced_image(), synced_image()]
    save_draft(admin_client, as_loaded(page), max_images=1)
    live += [synced_image(), synced_image()]
    save_draft(admin_client, draft_of(page), max_images="")

    publish(admin_client, draft_of(page))
    sync()

    assert images_in(page) == keys(*live)


# Duplicates and copies


def test_a_gallery_duplicated_in_a_draft_whose_original_is_deleted_there_goes_on(admin_client):
    page = page_with(raw_gallery())
    first = synced_image()
    draft = as_loaded(page)
    body = json.loads(json.dumps(list(draft.body.raw_data)))
    draft.body = [raw_block("gallery", body[0]["value"])]
    draft.save_revision()
    while_a_draft = synced_image()
    assert images_in_revision(as_loaded(page).latest_revision) == keys(first, while_a_draft)

    publish(admin_client, draft_of(page))
    after = synced_image()

    assert images_in(page) == keys(first, while_a_draft, after)


def test_a_locked_page_that_is_copied_while_uploads_wait_for_it_passes_them_on():
    page = page_with(raw_gallery(), locked=True)
    waits = synced_image()
    assert images_in(page) == []

    copy = as_loaded(page).copy(update_attrs={"slug": "copy"})
    after = synced_image()
    # Wagtail copies the lock as well.
    copy.locked = False
    copy.save(update_fields=["locked"])
    sync()

    assert images_in(copy) == keys(waits, after)


def test_the_copy_of_a_page_that_has_received_nothing_yet_receives_the_same():
    page = page_with(raw_gallery())
    copy = as_loaded(page).copy(update_attrs={"slug": "copy"})

    image = synced_image()

    assert images_in(page) == images_in(copy) == keys(image)
    assert follows(page)[0].key != follows(copy)[0].key


def test_a_converted_alias_gets_what_waited_for_its_source(admin_client):
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    waits = ImageFactory()
    admin_client.post(reverse("wagtailadmin_pages:convert_alias", args=[alias.pk]))

    after = synced_image()

    assert images_in(page) == images_in(alias) == keys(waits, after)


# Forms


def test_of_two_forms_the_one_that_was_opened_earlier_brings_back_nothing_that_it_never_saw(
    admin_client,
):
    page = page_with(raw_gallery())
    earlier = as_loaded(page)
    kept, removed = synced_image(), synced_image()
    later = as_loaded(page)
    items = later.body.raw_data[0]["value"]["images"]
    publish(admin_client, later, images=list_form([(items[0]["id"], kept.pk, "", str(kept.pk))]))

    publish(admin_client, earlier)
    sync()

    assert images_in(page) == keys(kept)
    mark = deliveries_to(page)[str(removed.pk)]
    assert mark.mark == Delivery.Mark.REMOVED
    assert mark.marked_by
    assert mark.marked_at


def test_of_two_forms_the_one_that_still_shows_an_image_shows_it_when_it_is_published(
    admin_client,
):
    page = page_with(raw_gallery())
    image = synced_image()
    other = as_loaded(page)
    publish(admin_client, as_loaded(page), images=list_form([]))

    publish(admin_client, other)

    assert images_in(page) == keys(image)
    assert deliveries_to(page)[str(image.pk)].mark == ""


def test_an_older_draft_with_the_toggle_on_follows_from_then_on_and_replays_the_rest(
    admin_client,
):
    page = page_with(raw_gallery())
    draft = as_loaded(page)
    live = synced_image()
    publish(admin_client, as_loaded(page), auto_sync_media=None)
    while_off = synced_image()

    publish(admin_client, draft)
    after = synced_image()

    assert images_in(page) == keys(live, after)
    assert while_off.pk not in images_in(page)


def test_who_removes_an_image_in_a_draft_removes_it_when_that_is_published(admin_client):
    page = page_with(raw_gallery())
    synced_image()
    save_draft(admin_client, as_loaded(page), images=list_form([]))
    assert not Delivery.objects.exclude(mark="").exists()
    later = synced_image()

    publish(admin_client, draft_of(page))
    sync()

    assert images_in(page) == keys(later)


def test_ten_autosaves_of_an_open_form_are_no_ten_entries_in_the_history(admin_client):
    page = page_with(raw_gallery())
    draft = page.save_revision()
    synced_image()
    entries = PageLogEntry.objects.filter(page=page).count()

    for _ in range(10):
        draft = draft.as_object().save_revision(overwrite_revision=draft)
        sync()

    assert PageLogEntry.objects.filter(page=page).count() == entries


# Databases


def test_numbers_that_are_given_out_again_after_a_backup_was_restored_are_not_believed():
    page = page_with(raw_gallery())
    kept = synced_image()
    before = list(Delivery.objects.values())
    lost_with_the_backup = synced_image()
    content = list(as_loaded(page).body.raw_data)
    Delivery.objects.exclude(pk__in=[row["id"] for row in before]).delete()
    Subscription.objects.update(number=1)
    restored = as_loaded(page)
    restored.body.raw_data[0]["value"]["images"].pop()
    restored.body.raw_data[0]["value"]["cursor"] = f"{follows(page)[0].key}:1:{kept.pk}"
    restored.save()
    again = synced_image()

    page = as_loaded(page)
    page.body = content
    page.save()

    assert images_in(page) == keys(kept, lost_with_the_backup, again)


def test_a_process_that_does_not_know_the_model_leaves_its_galleries_alone():
    page = page_with(raw_gallery())
    Subscription.objects.update(content_type_id=4711)
    ImageFactory()
    decide()

    report = sync()

    assert (report.failures, report.holders) == (0, 0)
    assert Subscription.objects.following().exists()
    assert Delivery.objects.waiting().exists()
    assert not Delivery.objects.due().exists()
    assert images_in(page) == []


# What waits


def test_full_galleries_hold_up_nobody_and_cost_nothing_until_there_is_room():
    full = [page_with(raw_gallery(ImageFactory(), max_images=1)) for _ in range(4)]
    behind = page_with(raw_gallery())

    image = synced_image()

    assert images_in(behind) == keys(image)
    assert not Delivery.objects.due().exists()
    of_image = Delivery.objects.filter(image_id=str(image.pk))
    assert of_image.waiting().count() == len(full)
    page = as_loaded(full[0])
    page.body.raw_data[0]["value"]["max_images"] = 2
    page.save_revision().publish()
    sync()
    assert image.pk in images_in(page)
    assert of_image.waiting().count() == len(full) - 1
