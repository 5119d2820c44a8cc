from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
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
    deliveries_to,
    follows,
    images_in,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    unwritable,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import (
    LONGEST_RETRY,
    Announcement,
    Delivery,
    HolderKey,
    Run,
    Subscription,
)
from wagtail_autogallery.sync.history import LOG_ACTION
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.visits import visit

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
    sync()

    # The lock, the starts, the arrivals; and whether anything is left to be told or owed.
    with django_assert_num_queries(6) as queries:
        report = sync()

    assert sum("SAVEPOINT" in query["sql"] for query in queries) == 2
    assert report.run == 0
    assert not Run.objects.filter(number__gt=0).exists()


def test_an_upload_that_nobody_follows_costs_eight_queries():
    page_with(raw_gallery(collection=CollectionFactory().pk))
    sync()
    ImageFactory()

    with CaptureQueriesContext(connection) as queries:
        sync()

    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 8, "\n".join(asked)


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
    assert entry.data == {
        "runs": [1],
        "images": [str(image.pk)],
        "titles": [image.title],
        "count": 1,
    }
    assert entry.revision == page.latest_revision
    assert entry.message == f"Gallery sync added “{image.title}”"
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
    assert deliveries_to(page) == {}


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


def test_a_locked_page_waits_and_catches_up(let_time_pass):
    page = page_with(raw_gallery(), locked=True)
    image = ImageFactory()

    assert sync().waiting == 1
    assert images_in(page) == []
    assert follows(page)[0].get_state_display() == "Waiting: the page is locked"

    GalleryPage.objects.filter(pk=page.pk).update(locked=False)
    assert sync().holders == 0
    let_time_pass(timedelta(days=1.5))
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


def test_one_failing_holder_does_not_stop_the_others(caplog):
    bad, good = page_with(raw_gallery()), page_with(raw_gallery())
    image = ImageFactory()

    with unwritable(bad), caplog.at_level(logging.ERROR):
        report = sync()

    assert report.failures == 1
    assert images_in(good) == [image.pk]
    assert images_in(bad) == []
    (record,) = [r for r in caplog.records if r.name == "wagtail_autogallery.sync.passes"]
    assert record.getMessage() == f"Gallery sync of testapp.gallerypage {bad.pk} failed in run 1"
    assert "The disk is full" in record.exc_text
    (subscription,) = follows(bad)
    assert subscription.state == Subscription.State.FAILED
    assert subscription.error == "DatabaseError: The disk is full"
    (delivery,) = deliveries_to(bad).values()
    assert delivery.reason == Delivery.Reason.FAILED
    assert delivery.due_at > timezone.now()


def test_a_failing_holder_is_left_as_it_was():
    page = page_with(raw_gallery())
    ImageFactory()

    with unwritable(page):
        sync()

    assert page.revisions.count() == 1
    assert PageLogEntry.objects.filter(page=page, action=LOG_ACTION).count() == 0
    assert not Announcement.objects.exists()


def test_a_failed_holder_is_tried_again_when_its_time_has_come(let_time_pass):
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()

    assert sync().holders == 0
    let_time_pass(timedelta(minutes=1))
    sync()

    assert images_in(page) == [image.pk]
    (subscription,) = follows(page)
    assert (subscription.attempts, subscription.error) == (0, "")


def test_a_holder_that_keeps_failing_is_tried_less_and_less_often_but_is_tried(let_time_pass):
    page = page_with(raw_gallery())
    ImageFactory()
    delays = []
    with unwritable(page):
        for _ in range(15):
            sync()
            (delivery,) = deliveries_to(page).values()
            delays.append(delivery.due_at - timezone.now())
            let_time_pass(delays[-1] + timedelta(seconds=1))

    assert timedelta(seconds=20) < delays[0] < timedelta(seconds=40)
    assert delays[3] > 4 * delays[0]
    assert delays[-1] < LONGEST_RETRY * 1.3
    assert delays[-1] > LONGEST_RETRY * 0.7


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


def test_more_arrivals_than_one_query_takes_are_all_placed(monkeypatch):
    monkeypatch.setattr("wagtail_autogallery.sync.decide.ARRIVALS_PER_SLICE", 2)
    page = page_with(raw_gallery())
    images = [ImageFactory().pk for _ in range(5)]

    sync()

    assert images_in(page) == images


@pytest.mark.django_db(transaction=True)
def test_a_page_that_somebody_has_in_hand_comes_last_and_holds_up_no_other():
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("This database locks as a whole")
    held, other = page_with(raw_gallery()), page_with(raw_gallery())
    image = ImageFactory()
    is_held, may_go_on = threading.Event(), threading.Event()

    def edit():
        with transaction.atomic():
            GalleryPage.objects.select_for_update().get(pk=held.pk)
            is_held.set()
            may_go_on.wait(30)
        connection.close()

    written = []

    def note(instance, **kwargs):
        written.append(instance.pk)
        may_go_on.set()

    editor = threading.Thread(target=edit)
    editor.start()
    is_held.wait(30)
    page_published.connect(note)
    try:
        report = sync()
    finally:
        page_published.disconnect(note)
        editor.join()

    assert written == [other.pk, held.pk]
    assert report.complete
    assert images_in(held) == images_in(other) == [image.pk]


def test_what_another_worker_was_quicker_with_is_not_written_again():
    page = page_with(raw_gallery())
    ImageFactory()
    key = HolderKey.of(page)
    sync()
    page.refresh_from_db()

    with transaction.atomic():
        outcome = visit(key, GalleryPage)

    assert not outcome.written
    assert GalleryPage.objects.get(pk=page.pk).latest_revision_id == page.latest_revision_id


def test_its_log_line_has_fields_that_programs_read(caplog):
    page_with(raw_gallery(), raw_gallery())
    page_with(raw_gallery(), locked=True)
    ImageFactory()

    with caplog.at_level(logging.INFO, "wagtail_autogallery.sync.passes"):
        sync()

    (record,) = caplog.records
    names = ("run", "images", "galleries", "holders", "waiting", "failures", "complete")
    assert [getattr(record, name) for name in names] == [1, 1, 2, 1, 1, 0, True]
    assert record.seconds > 0


def test_the_log_line_of_a_failure_names_the_holder_and_the_run(caplog):
    page = page_with(raw_gallery())
    ImageFactory()

    with unwritable(page):
        sync()

    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert (record.holder, record.run) == (str(HolderKey.of(page)), 1)
    assert record.exc_info
