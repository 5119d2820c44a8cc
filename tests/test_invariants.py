"""The invariants of the design, each by its number. A test here fails when one is broken."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import CollectionViewRestriction, PageLogEntry

from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainPageFactory,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
    raw_item,
)
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.history import LOG_ACTION
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def edit(page, change):
    """Let an editor change the first gallery and publish."""
    page = type(page).objects.get(pk=page.pk)
    change(page.body.raw_data[0]["value"])
    page.body = list(page.body.raw_data)
    page.save_revision().publish()
    return page


def test_2_every_upload_in_scope_ends_in_every_followed_gallery_exactly_once():
    coast = CollectionFactory()
    everything = page_with(raw_gallery())
    only_coast = page_with(raw_gallery(collection=coast.pk))
    nothing = page_with(raw_gallery(follow=False))

    inland, beach = ImageFactory(), ImageFactory(collection=coast)
    sync()
    sync()

    assert images_in(everything) == [inland.pk, beach.pk]
    assert images_in(only_coast) == [beach.pk]
    assert images_in(nothing) == []


def test_2_a_sync_that_dies_half_way_is_finished_by_the_next(monkeypatch):
    pages = [page_with(raw_gallery()) for _ in range(3)]
    image = ImageFactory()

    def die(self, *args, save=Subscription.save, **kwargs):
        if self.object_id == str(pages[1].pk):
            raise KeyboardInterrupt
        save(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Subscription, "save", die)
        with pytest.raises(KeyboardInterrupt):
            sync()
    sync()

    assert [images_in(page) for page in pages] == [[image.pk]] * 3


def test_3_what_a_person_removed_stays_removed():
    page = page_with(raw_gallery())
    kept, removed = ImageFactory(), ImageFactory()
    sync()

    edit(page, lambda gallery: gallery["images"].pop())
    later = ImageFactory()
    sync()

    assert images_in(page) == [kept.pk, later.pk]
    assert removed.pk not in images_in(page)


def test_3_what_a_person_added_ordered_and_captioned_is_not_touched():
    chosen = ImageFactory()
    page = page_with(raw_gallery(raw_item(chosen)["value"]["image"]))
    first, second = ImageFactory(), ImageFactory()
    sync()

    def arrange(gallery):
        gallery["images"].reverse()
        gallery["images"][0]["value"]["caption"] = "The second one"

    arranged = edit(page, arrange).body.raw_data[0]["value"]["images"]
    third = ImageFactory()
    sync()

    page.refresh_from_db()
    stored = page.body.raw_data[0]["value"]["images"]
    assert [item["value"]["image"] for item in stored] == [
        str(pk) if not isinstance(pk, int) else pk
        for pk in (second.pk, first.pk, chosen.pk, third.pk)
    ]
    assert stored[:3] == arranged


def test_3_what_a_person_put_into_a_draft_before_the_sync_and_removed_after_it_stays_removed():
    page = page_with(raw_gallery())
    image = ImageFactory()
    page.body.raw_data[0]["value"]["images"].append(raw_item(image))
    draft = page.save_revision()
    sync()

    draft.refresh_from_db()
    page = draft.as_object()
    page.body.raw_data[0]["value"]["images"].pop()
    draft = page.save_revision()
    later = ImageFactory()
    sync()

    draft.refresh_from_db()
    assert images_in_revision(draft) == [key_of(later)]


def test_3_what_a_person_put_in_before_the_sync_and_removed_from_a_stale_form_stays_removed():
    page = page_with(raw_gallery())
    image = ImageFactory()
    edit(page, lambda gallery: gallery["images"].append(raw_item(image)))
    sync()
    form = type(page).objects.get(pk=page.pk)
    later = ImageFactory()
    sync()

    form.body.raw_data[0]["value"]["images"].pop()
    form.save_revision().publish()
    sync()

    assert images_in(page) == [later.pk]


def test_3_to_see_that_nothing_is_to_be_added_changes_nothing_that_anybody_sees():
    page = page_with(raw_gallery())
    edit(page, lambda gallery: gallery["images"].append(raw_item(ImageFactory())))
    page.refresh_from_db()
    before = page.latest_revision_id, page.last_published_at, page.revisions.count()

    assert sync().holders == 0

    page.refresh_from_db()
    assert (page.latest_revision_id, page.last_published_at, page.revisions.count()) == before
    assert page.live_revision.as_object().body.raw_data[0] == page.body.raw_data[0]
    assert not PageLogEntry.objects.filter(page=page, action=LOG_ACTION).exists()


def test_5_a_page_that_was_never_published_is_not_published():
    draft = GalleryPageFactory(body=raw_body(raw_gallery()), live=False)
    draft.save_revision()
    image = ImageFactory()

    sync()

    draft.refresh_from_db()
    assert images_in(draft) == [image.pk]
    assert not draft.live
    assert draft.first_published_at is None


def test_5_a_draft_of_a_live_page_is_not_published():
    page = page_with(raw_gallery(), title="Public")
    page.title = "Secret draft"
    page.save_revision()
    image = ImageFactory()

    sync()

    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert page.title == "Public"
    assert page.has_unpublished_changes
    assert page.get_latest_revision_as_object().title == "Secret draft"


def test_5_an_image_of_a_private_collection_is_added_only_where_that_collection_is_followed():
    private = CollectionFactory()
    inside = CollectionFactory(parent=private)
    CollectionViewRestriction.objects.create(
        collection=private, restriction_type=CollectionViewRestriction.LOGIN
    )
    everything = page_with(raw_gallery())
    members = page_with(raw_gallery(collection=private.pk))
    subset = page_with(raw_gallery(collection=inside.pk))

    own, inherited = ImageFactory(collection=private), ImageFactory(collection=inside)
    sync()

    assert images_in(everything) == []
    assert images_in(members) == [own.pk, inherited.pk]
    assert images_in(subset) == [inherited.pk]


def test_6_the_cost_of_a_run_does_not_grow_with_the_pages_of_the_site():
    page_with(raw_gallery())

    def queries_of_a_run():
        ImageFactory()
        with CaptureQueriesContext(connection) as queries:
            sync()
        return len(queries)

    queries_of_a_run()
    small_site = queries_of_a_run()
    for _ in range(30):
        PlainPageFactory()
        GalleryPageFactory(body=raw_body(raw_gallery(follow=False)))

    assert queries_of_a_run() == small_site


def test_6_a_burst_of_uploads_is_one_write_for_each_holder():
    pages = [page_with(raw_gallery(), raw_gallery()) for _ in range(2)]
    revisions = [page.revisions.count() for page in pages]
    images = [ImageFactory().pk for _ in range(20)]

    report = sync()

    assert [images_in(page) for page in pages] == [images, images]
    assert [page.revisions.count() for page in pages] == [count + 1 for count in revisions]
    assert (report.images, report.holders, report.galleries) == (20, 2, 4)


def test_7_toggled_off_the_images_stay_and_nothing_more_comes():
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync()

    edit(page, lambda gallery: gallery.update(auto_sync_media=False))
    ImageFactory()
    sync()

    assert images_in(page) == [image.pk]
    assert follows(page) == []


def test_7_toggled_on_again_it_follows_from_then_on():
    page = page_with(raw_gallery())
    before = ImageFactory()
    sync()
    edit(page, lambda gallery: gallery.update(auto_sync_media=False))
    ImageFactory()

    edit(page, lambda gallery: gallery.update(auto_sync_media=True))
    after = ImageFactory()
    sync()

    assert images_in(page) == [before.pk, after.pk]


def test_8_cron_alone_does_all_the_work(django_capture_on_commit_callbacks):
    page = page_with(raw_gallery())
    with django_capture_on_commit_callbacks(execute=True):
        image = ImageFactory()

    call_command("autogallery_drain", limit=100, verbosity=0)

    assert images_in(page) == [image.pk]
