"""New images that wait in a draft until somebody has looked at them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry, WorkflowState

from tests.factories import (
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    RevisedSnippetFactory,
    book_with,
    deliveries_to,
    follows,
    images_in,
    images_in_children,
    images_in_children_of_revision,
    images_in_revision,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    raw_item,
    synced_image,
)
from tests.forms import Editor, edit_form, needs_integer_keys, publish, save_draft, submit
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, HolderKey, Run, Subscription
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.answers import Answer
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.explain import explain_in
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import undo
from wagtail_autogallery.sync.withheld import release

pytestmark = [pytest.mark.django_db, needs_integer_keys]

Mark = Delivery.Mark
Reason = Delivery.Reason


def waiting_gallery(*images, **children):
    return raw_gallery(*images, review_new_images=True, **children)


def as_it_is(page):
    return type(page).objects.get(pk=page.pk)


def draft_of(page):
    return as_it_is(page).get_latest_revision_as_object()


def in_draft(page, index=0):
    return images_in_revision(as_it_is(page).latest_revision, index)


def without(page, *images):
    """The form field of a gallery from which these were removed."""
    keys = [image.pk for image in images]
    items = page.body.raw_data[0]["value"]["images"]
    return json.dumps([item for item in items if item["value"]["image"] not in keys])


def delivery_of(page, image):
    return deliveries_to(page)[str(image.pk)]


def answer_of(image, page):
    """Why it is, or is not, in the page's gallery."""
    (explanation,) = explain_in(image, [HolderKey.of(page)])
    return explanation.answer


def sync_when_everybody_has_left():
    """What waits is looked at again some day."""
    Delivery.objects.waiting().update(due_at=timezone.now())
    return sync()


# Offering


def test_a_new_image_comes_into_a_draft_and_what_is_live_stays_as_it_is(admin_client):
    page = page_with(waiting_gallery(), title="Coast")
    live = page.live_revision

    image = synced_image()

    page = as_it_is(page)
    assert page.has_unpublished_changes
    assert images_in(page) == images_in_revision(live) == []
    assert (page.live, page.live_revision) == (True, live)
    assert in_draft(page) == [image.pk]
    assert page.latest_revision != live
    assert page.latest_revision.user_id == live.user_id
    assert page.latest_revision_created_at == page.latest_revision.created_at
    assert page.draft_title == "Coast"
    assert delivery_of(page, image).reason == Reason.WITHHELD
    assert delivery_of(page, image).number is None


def queries_of_offering(images=1):
    """But for those of making the pictures."""
    for _ in range(images):
        ImageFactory()
    with CaptureQueriesContext(connection) as queries:
        sync()
    asked = [query["sql"] for query in queries]
    return len([sql for sql in asked if "SAVEPOINT" not in sql and "rendition" not in sql])


def test_a_draft_that_is_offered_images_costs_the_same_among_many_whatever_their_number():
    few, more = 2, 6
    for _ in range(few):
        page_with(waiting_gallery())
    new_for_few, again_for_few = queries_of_offering(), queries_of_offering()
    for page in GalleryPage.objects.exclude(latest_revision=None):
        page.latest_revision.publish()
    for _ in range(more - few):
        page_with(waiting_gallery())

    new, again, many_images = (queries_of_offering(images) for images in (1, 1, 10))

    features = connection.features
    # MariaDB has to be asked for the row of the base type first.
    needs_one_more = features.has_select_for_update and not features.has_select_for_update_of
    # A new draft is a revision, its page's columns, and an entry in the history.
    assert new - new_for_few <= (17 + needs_one_more) * (more - few)
    assert again - again_for_few <= (10 + needs_one_more) * (more - few)
    assert again <= 25 + (10 + needs_one_more) * more
    # The deliveries are written a few hundred at a time, on SQLite fewer.
    assert many_images <= again + 2


def test_the_history_tells_of_the_draft_in_an_entry_of_its_own(admin_client):
    page = page_with(waiting_gallery())

    ImageFactory(title="Coast at dawn")
    run = sync().run
    synced_image(title="Harbour")

    entry = PageLogEntry.objects.get(page=page, action="wagtail_autogallery.offer")
    assert entry.revision == as_it_is(page).latest_revision
    assert entry.data["count"] == 2
    assert run in entry.data["runs"]
    assert not PageLogEntry.objects.filter(page=page, action="wagtail_autogallery.sync").exists()
    history = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk]))
    assert (
        "Gallery sync added “Coast at dawn”, “Harbour” to the draft, to be looked at and published"
        in history.content.decode()
    )


def test_more_images_come_into_the_same_draft():
    page = page_with(waiting_gallery())

    first = synced_image()
    draft = as_it_is(page).latest_revision
    second = synced_image()

    page = as_it_is(page)
    assert page.latest_revision == draft
    assert page.latest_revision_created_at == draft.created_at
    assert in_draft(page) == [first.pk, second.pk]
    assert images_in(page) == []


def test_a_draft_that_somebody_left_gets_them_and_keeps_its_other_changes(admin_client):
    page = page_with(waiting_gallery())
    save_draft(admin_client, page, fields={"title": "A later thought"})
    draft = as_it_is(page).latest_revision

    image = synced_image()

    page = as_it_is(page)
    assert page.latest_revision == draft
    assert draft_of(page).title == "A later thought"
    assert in_draft(page) == [image.pk]
    assert images_in(page) == []


def test_it_is_offered_once_and_an_idle_sync_writes_nothing():
    page = page_with(waiting_gallery())
    synced_image()
    before = as_it_is(page).latest_revision.content

    assert sync_when_everybody_has_left().holders == 0

    assert as_it_is(page).latest_revision.content == before


# Publishing, and taking out


def test_publishing_the_draft_takes_them(admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()

    page = publish(admin_client, draft_of(page))

    assert images_in(page) == [image.pk]
    assert not page.has_unpublished_changes
    delivery = delivery_of(page, image)
    assert (delivery.number, delivery.reason, delivery.mark) == (1, "", "")
    assert delivery.placed_at
    assert sync().images == 0
    assert images_in(page) == [image.pk]
    assert not as_it_is(page).has_unpublished_changes


def test_what_is_removed_before_publishing_stays_out_and_it_is_known_who_did_it(
    admin, admin_client
):
    page = page_with(waiting_gallery())
    wanted, unwanted = ImageFactory(), ImageFactory()
    sync()
    draft = draft_of(page)

    page = publish(admin_client, draft, images=without(draft, unwanted))

    assert images_in(page) == [wanted.pk]
    delivery = delivery_of(page, unwanted)
    assert (delivery.mark, delivery.marked_by) == (Mark.REMOVED, str(admin.pk))
    assert delivery.marked_at == page.live_revision.created_at
    assert release(follows(page)[0], admin) == 0
    sync_when_everybody_has_left()
    assert images_in(page) == in_draft(page) == [wanted.pk]


def test_all_of_them_may_be_removed(admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()

    page = publish(admin_client, draft_of(page), images="[]")

    assert images_in(page) == []
    assert delivery_of(page, image).mark == Mark.REMOVED


def test_what_was_removed_in_a_saved_draft_is_not_put_back_by_what_comes_next(admin_client):
    page = page_with(waiting_gallery())
    unwanted = synced_image()
    save_draft(admin_client, draft_of(page), images="[]")

    second = synced_image()

    assert in_draft(page) == [second.pk]
    page = publish(admin_client, draft_of(page))
    assert images_in(page) == [second.pk]
    assert delivery_of(page, unwanted).mark == Mark.REMOVED


def test_what_a_person_wrote_beside_a_new_image_is_published_with_it(admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()
    draft = draft_of(page)
    (item,) = draft.body.raw_data[0]["value"]["images"]
    item["value"]["caption"] = "The harbour"

    page = publish(admin_client, draft)

    assert page.body[0].value["images"][0]["caption"] == "The harbour"
    assert images_in(page) == [image.pk]


def test_an_image_that_a_person_has_put_in_by_hand_need_not_wait(admin_client):
    page = page_with(waiting_gallery())
    image = ImageFactory()
    publish(admin_client, page, images=json.dumps([raw_item(image)]))

    sync()

    page = as_it_is(page)
    assert images_in(page) == [image.pk]
    assert not page.has_unpublished_changes
    assert delivery_of(page, image).number == 1


def test_the_oldest_make_room_when_the_draft_is_published(admin_client):
    page = page_with(waiting_gallery(max_images=2))
    images = [ImageFactory().pk for _ in range(3)]
    sync()
    assert in_draft(page) == images

    page = publish(admin_client, draft_of(page))

    assert images_in(page) == images[1:]
    assert deliveries_to(page)[str(images[0])].mark == Mark.MADE_ROOM


def test_a_gallery_full_of_images_chosen_by_hand_is_offered_nothing():
    page = page_with(waiting_gallery(ImageFactory(), max_images=1))

    image = synced_image()

    assert not as_it_is(page).has_unpublished_changes
    assert delivery_of(page, image).reason == Reason.NO_ROOM


# Discarding


def discard(client, page, revision):
    """Go back to an earlier version, and publish it."""
    earlier = revision.as_object()
    data = edit_form(earlier, "action-publish", fields={"revision": revision.pk})
    response = client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    assert response.status_code == 302
    return as_it_is(page)


def test_a_discarded_draft_leaves_them_withheld_and_not_removed(admin, admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()

    page = discard(admin_client, page, page.live_revision)

    assert images_in(page) == in_draft(page) == []
    delivery = delivery_of(page, image)
    assert (delivery.reason, delivery.mark) == (Reason.WITHHELD, "")
    sync_when_everybody_has_left()
    assert images_in(page) == in_draft(page) == []


def test_after_a_discarded_draft_the_next_one_has_only_what_came_since(admin_client):
    page = page_with(waiting_gallery())
    discarded = synced_image()
    page = discard(admin_client, page, page.live_revision)

    since = synced_image()

    assert in_draft(page) == [since.pk]
    page = publish(admin_client, draft_of(page))
    assert images_in(page) == [since.pk]
    assert delivery_of(page, discarded).mark == ""
    assert delivery_of(page, discarded).reason == Reason.WITHHELD


def test_a_discarded_draft_that_comes_back_is_published_with_its_images(admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()
    draft = as_it_is(page).latest_revision
    page = discard(admin_client, page, page.live_revision)

    page = discard(admin_client, page, draft)

    assert images_in(page) == [image.pk]
    assert delivery_of(page, image).number == 1


def test_a_form_that_was_opened_before_leaves_them_withheld_when_it_is_published(admin_client):
    page = page_with(waiting_gallery())
    form = as_it_is(page)
    image = synced_image()

    page = publish(admin_client, form, fields={"title": "Opened before"})

    assert page.title == "Opened before"
    assert images_in(page) == []
    assert delivery_of(page, image).reason == Reason.WITHHELD
    assert delivery_of(page, image).mark == ""


# Releasing


def test_what_is_withheld_can_be_released(admin, admin_client):
    page = page_with(waiting_gallery())
    images = [ImageFactory().pk for _ in range(3)]
    sync()
    page = discard(admin_client, page, page.live_revision)

    assert release(follows(page)[0], admin) == 3
    report = sync()

    assert report.images == 3
    assert images_in(page) == in_draft(page) == images
    assert not as_it_is(page).has_unpublished_changes
    run = Run.objects.get(kind=Run.Kind.RELEASE)
    assert run.user == str(admin.pk)
    assert {delivery.run_id for delivery in deliveries_to(page).values()} == {run.pk}


def test_what_is_released_while_a_draft_has_it_is_in_both_once(admin):
    page = page_with(waiting_gallery())
    image = synced_image()

    release(follows(page)[0], admin)
    sync()

    assert images_in(page) == in_draft(page) == [image.pk]


def test_what_was_removed_from_a_draft_and_is_released_leaves_with_that_draft(admin, admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()
    save_draft(admin_client, draft_of(page), images="[]")
    release(follows(page)[0], admin)
    sync()
    assert (images_in(page), in_draft(page)) == ([image.pk], [])

    page = publish(admin_client, draft_of(page))

    assert images_in(page) == []
    assert delivery_of(page, image).mark == Mark.REMOVED


def test_switching_the_option_off_releases_nothing_by_itself(admin, admin_client):
    page = page_with(waiting_gallery())
    withheld = synced_image()
    page = publish(admin_client, as_it_is(page), review_new_images=None)

    since = synced_image()

    assert images_in(page) == [since.pk]
    assert release(follows(page)[0], admin) == 1
    sync()
    assert images_in(page) == [since.pk, withheld.pk]


def test_what_was_decided_to_wait_waits_although_the_option_is_off_by_now(admin_client):
    page = page_with(waiting_gallery())
    image = ImageFactory()
    decide()
    page = publish(admin_client, page, review_new_images=None)

    sync()

    assert images_in(page) == []
    assert in_draft(page) == [image.pk]


def test_what_waits_when_the_option_is_switched_on_is_looked_at_first(admin_client):
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    page = publish(admin_client, page, review_new_images="on")

    sync()

    assert images_in(page) == []
    assert in_draft(page) == [image.pk]


def test_a_gallery_that_is_switched_off_is_released_nothing(admin, admin_client):
    page = page_with(waiting_gallery())
    synced_image()
    (gallery,) = follows(page)
    page = publish(admin_client, as_it_is(page), auto_sync_media=None)

    assert release(gallery, admin) == 0


def test_an_undone_run_leaves_the_draft(admin, admin_client):
    page = page_with(waiting_gallery())
    undone = synced_image()
    kept = synced_image()

    undo([delivery_of(page, undone).run_id], admin)
    sync()

    assert in_draft(page) == [kept.pk]
    assert delivery_of(page, undone).mark == Mark.UNDONE
    page = publish(admin_client, draft_of(page))
    assert images_in(page) == [kept.pk]


def test_what_a_person_adds_now_does_not_wait(admin):
    page = page_with(raw_gallery(follow=False))
    image = ImageFactory()
    publish_with_option(page)
    (gallery,) = follows(page)

    add_now(gallery, [str(image.pk)], admin)
    sync()

    assert images_in(page) == [image.pk]
    assert not as_it_is(page).has_unpublished_changes


def publish_with_option(page):
    page.body = raw_body(waiting_gallery())
    page.save_revision().publish()


# Others at work


def test_while_somebody_has_the_page_open_they_wait(admin_client, let_time_pass):
    page = page_with(waiting_gallery())
    editor = Editor(admin_client, page)
    image = synced_image()
    assert not as_it_is(page).has_unpublished_changes
    assert editor.autosave(title="Being written")["success"]
    synced = sync()
    assert synced.holders == 0

    let_time_pass(timedelta(hours=2))
    sync()

    assert in_draft(page) == [image.pk]
    assert draft_of(page).title == "Being written"
    assert images_in(page) == []


def test_what_is_under_review_is_judged_as_it_was_submitted(admin_client, moderated, moderate):
    page = page_with(waiting_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "For review"})
    image = synced_image()
    assert in_draft(page) == []

    moderate(page, "approve")
    sync()

    page = as_it_is(page)
    assert (page.title, images_in(page)) == ("For review", [])
    assert in_draft(page) == [image.pk]
    assert page.has_unpublished_changes


def test_new_images_go_through_the_workflow(admin_client, moderated, moderate):
    page = page_with(waiting_gallery())
    image = synced_image()
    page = submit(admin_client, draft_of(page), "action-submit")
    assert images_in(page) == []

    moderate(page, "approve")

    assert images_in(page) == [image.pk]
    assert delivery_of(page, image).number == 1


def test_a_rejected_draft_leaves_them_withheld_and_gets_those_that_came_meanwhile(
    admin_client, moderated, moderate
):
    page = page_with(waiting_gallery())
    first = synced_image()
    page = submit(admin_client, draft_of(page), "action-submit")
    second = synced_image()
    (state,) = WorkflowState.objects.all()

    moderate(page, "reject")
    sync()

    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES
    assert images_in(page) == []
    assert in_draft(page) == [first.pk, second.pk]
    assert delivery_of(page, first).mark == ""
    page = submit(admin_client, draft_of(page), "action-submit")
    moderate(page, "approve")
    assert images_in(page) == [first.pk, second.pk]


def in_a_week():
    return (timezone.now() + timedelta(days=7)).strftime("%Y-%m-%d %H:%M")


def test_a_schedule_is_kept_as_it_is_and_the_images_wait_in_a_draft_above_it(
    admin_client, let_time_pass
):
    page = page_with(waiting_gallery())
    page = publish(admin_client, page, fields={"title": "Next", "go_live_at": in_a_week()})
    scheduled = page.latest_revision
    image = synced_image()
    assert images_in_revision(scheduled) == []
    assert in_draft(page) == [image.pk]
    assert draft_of(page).title == "Next"

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page = as_it_is(page)
    assert (page.title, images_in(page)) == ("Next", [])
    assert page.live_revision == scheduled
    assert page.has_unpublished_changes
    assert in_draft(page) == [image.pk]


def test_a_schedule_gets_what_was_published_below_it(admin_client):
    page = page_with(waiting_gallery())
    save_draft(admin_client, page)
    image = synced_image()
    draft = as_it_is(page).latest_revision
    page = as_it_is(page)
    page.title, page.go_live_at = "Next", timezone.now() + timedelta(days=7)
    scheduled = page.save_revision(approved_go_live_at=page.go_live_at)
    draft.publish()
    assert images_in(page) == [image.pk]

    sync()

    assert images_in_revision(scheduled) == [image.pk]


def test_a_locked_page_is_left_alone(admin):
    page = page_with(waiting_gallery())
    page.locked = True
    page.save()

    synced_image()

    assert not as_it_is(page).has_unpublished_changes


# Kinds of pages


def test_beside_a_gallery_whose_images_wait_another_one_takes_them_at_once(admin_client):
    page = page_with(waiting_gallery(), raw_gallery())

    image = synced_image()

    page = as_it_is(page)
    assert (images_in(page), images_in(page, 1)) == ([], [image.pk])
    assert images_in_revision(page.live_revision, 1) == [image.pk]
    assert (in_draft(page), in_draft(page, 1)) == ([image.pk], [image.pk])
    assert page.latest_revision != page.live_revision
    second = synced_image()
    assert images_in(page, 1) == in_draft(page, 1) == [image.pk, second.pk]
    page = publish(admin_client, draft_of(page))
    assert images_in(page) == images_in(page, 1) == [image.pk, second.pk]


@pytest.mark.parametrize("follows", [True, False])
def test_a_draft_with_the_original_of_a_duplicate_is_offered_nothing_of_what_comes_there(follows):
    page = page_with(waiting_gallery())
    before = json.loads(json.dumps(list(page.body.raw_data)))
    duplicate = raw_block("gallery", before[0]["value"])
    for body in ([*before, duplicate], [duplicate]):
        page.body = body
        page.save_revision().publish()
    before[0]["value"]["auto_sync_media"] = follows
    page.body = before
    page.save_revision()

    image = synced_image()

    assert in_draft(page) == []
    assert Delivery.objects.get().reason == Reason.WITHHELD
    page.body = [duplicate]
    page.save_revision()
    sync_when_everybody_has_left()
    assert in_draft(page) == [image.pk]


def test_aliases_get_them_with_what_is_published(admin_client):
    page = page_with(waiting_gallery())
    alias = page.create_alias(parent=page.get_parent(), update_slug="alias")
    image = synced_image()
    assert images_in(alias) == []

    publish(admin_client, draft_of(page))

    assert images_in(alias) == [image.pk]


def test_a_copy_has_what_waits_in_its_draft_too(admin_client):
    page = page_with(waiting_gallery())
    image = synced_image()

    copy = as_it_is(page).copy(update_attrs={"slug": "copy", "title": "Copy"})

    assert images_in(copy) == []
    assert in_draft(copy) == [image.pk]
    copy = publish(admin_client, draft_of(copy))
    assert images_in(copy) == [image.pk]
    assert delivery_of(copy, image).number == 1
    assert delivery_of(page, image).reason == Reason.WITHHELD


def test_a_copy_keeps_its_draft_when_more_comes(admin_client):
    page = page_with(waiting_gallery())
    save_draft(admin_client, page, fields={"title": "A later thought"})
    copy = as_it_is(page).copy(update_attrs={"slug": "copy"}, keep_live=True)

    image = synced_image()

    assert draft_of(copy).title == "A later thought"
    assert in_draft(copy) == [image.pk]
    assert images_in(copy) == []


def test_a_page_that_was_never_published_has_them_in_its_draft(admin_client):
    page = GalleryPageFactory(body=raw_body(waiting_gallery()), live=False)
    page.save_revision()
    wanted, unwanted = ImageFactory(), ImageFactory()
    sync()
    assert not as_it_is(page).live
    assert in_draft(page) == [wanted.pk, unwanted.pk]
    draft = draft_of(page)
    save_draft(admin_client, draft, images=without(draft, unwanted))
    assert delivery_of(page, wanted).number is None
    assert delivery_of(page, unwanted).mark == ""
    assert answer_of(wanted, page) == Answer.ADDED
    assert answer_of(unwanted, page) == Answer.WITHHELD

    page = publish(admin_client, draft_of(page))

    assert images_in(page) == [wanted.pk]
    assert delivery_of(page, unwanted).mark == Mark.REMOVED


def test_a_page_that_goes_live_by_a_schedule_does_so_without_what_nobody_looked_at(
    admin_client, let_time_pass
):
    page = GalleryPageFactory(body=raw_body(waiting_gallery()), live=False)
    publish(admin_client, page, fields={"go_live_at": in_a_week()})
    image = synced_image()

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page = as_it_is(page)
    assert page.live
    assert images_in(page) == []
    assert in_draft(page) == [image.pk]


def test_a_live_page_without_a_revision_gets_a_draft():
    page = GalleryPageFactory(body=raw_body(waiting_gallery()), title="By a script")
    assert page.latest_revision is None

    image = synced_image()

    page = as_it_is(page)
    assert page.has_unpublished_changes
    assert draft_of(page).title == "By a script"
    assert in_draft(page) == [image.pk]
    assert images_in(page) == []


def test_what_a_script_changed_in_the_row_is_in_the_draft():
    page = page_with(waiting_gallery(), title="Before")
    GalleryPage.objects.filter(pk=page.pk).update(title="After")

    synced_image()

    assert draft_of(page).title == "After"


def test_a_gallery_in_a_child_object_has_them_in_the_draft_of_its_page():
    book = book_with(waiting_gallery())

    image = synced_image()

    book = as_it_is(book)
    assert images_in_children(book) == [[]]
    assert images_in_children_of_revision(book.latest_revision) == [[image.pk]]
    book.latest_revision.publish()
    assert images_in_children(book) == [[image.pk]]
    (delivery,) = deliveries_to(book).values()
    assert delivery.number == 1


def test_a_snippet_with_drafts_has_them_in_its_draft():
    snippet = FullSnippetFactory(body=raw_body(waiting_gallery()))
    snippet.save_revision().publish()

    image = synced_image()

    snippet = as_it_is(snippet)
    assert snippet.has_unpublished_changes
    assert (images_in(snippet), in_draft(snippet)) == ([], [image.pk])
    snippet.latest_revision.publish()
    assert images_in(snippet) == [image.pk]


def test_a_snippet_without_drafts_gets_its_images_as_ever():
    snippet = RevisedSnippetFactory(body=raw_body(waiting_gallery()))

    image = synced_image()

    assert images_in(snippet) == [image.pk]
    assert not Subscription.objects.get().review_new_images


# Images


def test_a_deleted_image_leaves_the_draft():
    page = page_with(waiting_gallery())
    image, other = ImageFactory(), ImageFactory()
    sync()

    image.delete()
    sync()

    assert in_draft(page) == [other.pk]
    assert deliveries_to(page)[str(delivery_key(page, other))].mark == ""
    gone = [one for one in deliveries_to(page).values() if one.mark == Mark.GONE]
    assert len(gone) == 1


def delivery_key(page, image):
    return delivery_of(page, image).image_id


def test_new_images_come_first_in_the_draft_where_the_gallery_wants_that():
    page = page_with(waiting_gallery(new_images="first"))

    first = synced_image()
    second = synced_image()

    assert in_draft(page) == [second.pk, first.pk]
