from __future__ import annotations

import logging

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from wagtail.models import PageLogEntry
from wagtail.signals import page_published

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainSnippetFactory,
    RevisedSnippetFactory,
    follows,
    images_in,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Run, Subscription
from wagtail_autogallery.sync import sync

pytestmark = pytest.mark.django_db


def test_it_reports_what_it_did():
    page_with(raw_gallery(), raw_gallery(new_images="first"))
    page_with(raw_gallery(collection=CollectionFactory().pk))
    page_with(raw_gallery(), locked=True)
    ImageFactory()
    ImageFactory()

    report = sync()

    assert report.as_dict() == {
        "run": 1,
        "images": 2,
        "holders": 1,
        "galleries": 2,
        "waiting": 1,
        "failures": 0,
        "complete": True,
    }


def test_without_arrivals_it_opens_no_run_and_writes_nothing(django_assert_num_queries):
    page_with(raw_gallery())

    # Is anything waiting? Which run is the newest? Who is behind it?
    with django_assert_num_queries(3):
        report = sync()

    assert report.run == 0
    assert not Run.objects.filter(number__gt=0).exists()


def test_a_holder_at_rest_gets_one_published_revision_with_a_log_entry_of_its_own():
    page = page_with(raw_gallery())
    before = page.latest_revision
    image = ImageFactory()

    sync()

    page.refresh_from_db()
    assert page.latest_revision_id == page.live_revision_id != before.pk
    assert not page.has_unpublished_changes
    assert page.latest_revision.as_object().body.raw_data[0] == page.body.raw_data[0]
    entry = PageLogEntry.objects.filter(page=page).first()
    assert entry.action == "wagtail_autogallery.sync"
    assert entry.data == {"run": 1, "images": [str(image.pk)], "count": 1}
    assert entry.revision == page.latest_revision
    assert entry.message == "Gallery sync added 1 image"
    assert entry.content_changed


def test_publishing_sends_the_signals_that_caches_and_search_listen_to():
    page = page_with(raw_gallery())
    published = []

    def listen(sender, instance, **kwargs):
        published.append((sender, instance.pk))

    page_published.connect(listen)
    ImageFactory()
    sync()
    page_published.disconnect(listen)

    assert published == [(GalleryPage, page.pk)]


def test_nothing_in_scope_means_nothing_written_and_the_gallery_up_to_date():
    page = page_with(raw_gallery(collection=CollectionFactory().pk))
    ImageFactory()

    sync()

    assert page.revisions.count() == 1
    (subscription,) = follows(page)
    assert subscription.cursor == 1
    assert subscription.written == 0


def test_galleries_at_every_depth_and_in_every_field_are_filled():
    page = GalleryPageFactory(
        body=[
            raw_block("columns", {"left": raw_gallery(), "right": raw_gallery(follow=False)}),
            raw_block(
                "sections", [{"type": "item", "value": {"gallery": raw_gallery()}, "id": "s"}]
            ),
            raw_block("nested", [raw_block("gallery", raw_gallery())]),
            raw_block("credited_gallery", raw_gallery()),
        ],
        sidebar=raw_body(raw_gallery()),
    )
    image = ImageFactory()

    report = sync()

    page.refresh_from_db()
    columns, sections, nested, credited = (block.value for block in page.body)
    assert [item["image"] for item in columns["left"]["images"]] == [image]
    assert len(columns["right"]["images"]) == 0
    assert [item["image"] for item in sections[0]["gallery"]["images"]] == [image]
    assert [item["image"] for item in nested[0].value["images"]] == [image]
    assert [item["credit"] for item in credited["images"]] == ["unknown"]
    assert [item["image"] for item in page.sidebar[0].value["images"]] == [image]
    assert report.galleries == 5


def test_new_images_go_where_the_gallery_says():
    page = page_with(raw_gallery(new_images="first"), raw_gallery(new_images="last"))
    one, two = ImageFactory(), ImageFactory()
    sync()
    three = ImageFactory()
    sync()

    assert images_in(page, 0) == [three.pk, two.pk, one.pk]
    assert images_in(page, 1) == [one.pk, two.pk, three.pk]


def test_with_a_maximum_the_automatic_items_that_arrived_first_make_room():
    chosen = ImageFactory()
    sync()
    page = page_with(raw_gallery(chosen, max_images=3))
    one, two = ImageFactory(), ImageFactory()
    sync()
    page.refresh_from_db()
    page.body.raw_data[0]["value"]["images"].reverse()
    page.save_revision().publish()

    three = ImageFactory()
    sync()

    assert images_in(page) == [two.pk, chosen.pk, three.pk]
    assert one.pk not in images_in(page)


def test_a_gallery_full_of_hand_picked_images_says_so_and_catches_up_when_there_is_room():
    chosen = ImageFactory()
    page = page_with(raw_gallery(chosen, max_images=1))
    waiting = ImageFactory()
    sync()
    assert images_in(page) == [chosen.pk]
    assert follows(page)[0].state == Subscription.State.FULL

    page.refresh_from_db()
    page.body.raw_data[0]["value"]["max_images"] = 2
    page.save_revision().publish()
    sync()

    assert images_in(page) == [chosen.pk, waiting.pk]
    assert follows(page)[0].state == Subscription.State.FOLLOWING


def test_a_locked_page_waits_and_catches_up():
    page = page_with(raw_gallery(), locked=True)
    image = ImageFactory()

    assert sync().waiting == 1
    assert images_in(page) == []
    assert follows(page)[0].get_state_display() == "Waiting: the page is locked"

    GalleryPage.objects.filter(pk=page.pk).update(locked=False)
    sync()

    assert images_in(page) == [image.pk]


@pytest.mark.parametrize(
    "factory", [FullSnippetFactory, RevisedSnippetFactory, PlainSnippetFactory]
)
def test_snippets_of_every_kind_are_holders(factory):
    snippet = factory(body=raw_body(raw_gallery()))
    image = ImageFactory()

    report = sync()

    assert images_in(snippet) == [image.pk]
    assert report.holders == 1
    assert sync().holders == 0


def test_an_alias_follows_its_source_and_is_not_followed_itself():
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    image = ImageFactory()

    report = sync()

    assert follows(alias) == []
    assert images_in(page) == images_in(alias) == [image.pk]
    assert report.holders == 1


def test_one_failing_holder_does_not_stop_the_others(caplog, monkeypatch):
    bad, good = page_with(raw_gallery()), page_with(raw_gallery())
    image = ImageFactory()

    def refuse(self, *args, save=GalleryPage.save, **kwargs):
        if self.pk == bad.pk:
            raise RuntimeError("The disk is full")
        return save(self, *args, **kwargs)

    monkeypatch.setattr(GalleryPage, "save", refuse)
    with caplog.at_level(logging.ERROR):
        report = sync()

    assert report.failures == 1
    assert images_in(good) == [image.pk]
    assert images_in(bad) == []
    (record,) = [r for r in caplog.records if r.name == "wagtail_autogallery.sync"]
    assert record.getMessage() == f"Gallery sync of testapp.gallerypage {bad.pk} failed in run 1"
    assert "The disk is full" in record.exc_text
    (subscription,) = follows(bad)
    assert subscription.state == Subscription.State.FAILED
    assert subscription.error == "RuntimeError: The disk is full"
    assert subscription.retry_at > timezone.now()


def test_a_failed_holder_is_tried_again_when_its_time_has_come(monkeypatch):
    page = page_with(raw_gallery())
    image = ImageFactory()
    with monkeypatch.context() as patch:
        patch.setattr(GalleryPage, "save", lambda *args, **kwargs: 1 / 0)
        sync()

    assert sync().holders == 0
    Subscription.objects.update(retry_at=timezone.now())
    sync()

    assert images_in(page) == [image.pk]
    (subscription,) = follows(page)
    assert (subscription.attempts, subscription.error, subscription.retry_at) == (0, "", None)


def test_a_page_that_fails_its_own_validation_is_amended_instead(monkeypatch):
    page = page_with(raw_gallery())
    image = ImageFactory()

    def refuse(self):
        raise ValidationError({"title": "A title must rhyme."})

    monkeypatch.setattr(GalleryPage, "clean", refuse)
    report = sync()

    assert (report.holders, report.failures) == (1, 0)
    assert images_in(page) == [image.pk]
    assert page.revisions.count() == 1


def test_subscriptions_of_a_holder_that_is_gone_are_forgotten():
    page = page_with(raw_gallery())
    ImageFactory()
    GalleryPage.objects.filter(pk=page.pk)._raw_delete("default")

    assert sync().failures == 0
    assert not Subscription.objects.exists()


def test_a_gallery_removed_behind_djangos_back_is_forgotten():
    page = page_with(raw_gallery())
    GalleryPage.objects.filter(pk=page.pk).update(body=[])
    ImageFactory()

    sync()

    assert follows(page) == []


def test_more_holders_than_one_page_of_them_are_all_served(monkeypatch):
    monkeypatch.setattr("wagtail_autogallery.models.HOLDERS_PER_PAGE", 2)
    pages = [page_with(raw_gallery()) for _ in range(5)]
    image = ImageFactory()

    assert sync().holders == 5
    assert all(images_in(page) == [image.pk] for page in pages)


def test_more_arrivals_than_one_query_takes_are_all_placed(monkeypatch):
    monkeypatch.setattr("wagtail_autogallery.scope.IMAGES_PER_QUERY", 2)
    page = page_with(raw_gallery())
    images = [ImageFactory().pk for _ in range(5)]

    sync()

    assert images_in(page) == images
