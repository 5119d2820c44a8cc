"""What somebody works on, waits for or has scheduled is amended in place."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import PageLogEntry, Revision, Task, WorkflowState

from tests.factories import (
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    RevisedSnippetFactory,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.forms import Editor, edit_form, needs_integer_keys, publish, save_draft, submit
from tests.testapp.models import FullSnippet, GalleryPage
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.pictures import make_smallest

pytestmark = [pytest.mark.django_db, needs_integer_keys]

MOST_QUERIES = 15
#: What a sync of one holder asks besides: what is to be decided, what is left to do, what lacks its
#: picture, who is owed something, before and after; and it forgets what was told.
QUERIES_TO_FIND_A_HOLDER = 10


def in_a_week():
    return timezone.now() + timedelta(days=7)


def as_form(moment):
    return moment.strftime("%Y-%m-%d %H:%M")


def with_unpublished_changes(client, page):
    save_draft(client, page)


def never_published(client, page):
    page.unpublish()
    save_draft(client, page)


def waiting_to_go_live(client, page):
    publish(client, page, fields={"go_live_at": as_form(in_a_week())})


def going_live_for_the_first_time(client, page):
    page.unpublish()
    publish(client, page, fields={"go_live_at": as_form(in_a_week())})


def about_to_expire(client, page):
    publish(client, page, fields={"expire_at": as_form(in_a_week())})


def under_review(client, page):
    submit(client, page, "action-submit")


def open_in_an_editor(client, page):
    Editor(client, page)


@pytest.fixture(
    params=[
        with_unpublished_changes,
        never_published,
        waiting_to_go_live,
        going_live_for_the_first_time,
        about_to_expire,
        under_review,
        open_in_an_editor,
    ],
    ids=lambda state: state.__name__.replace("_", " "),
)
def busy_page(request, admin_client, moderated):
    """A page, and the image that came while its form was open, before it was saved."""
    page = page_with(raw_gallery())
    form = GalleryPage.objects.get(pk=page.pk)
    seen_by_the_row_only = ImageFactory()
    sync()
    request.param(admin_client, form)
    return GalleryPage.objects.get(pk=page.pk), seen_by_the_row_only


def as_others_see_it(page):
    page = GalleryPage.objects.get(pk=page.pk)
    return (
        page.revisions.count(),
        page.latest_revision_id,
        page.latest_revision.created_at,
        page.live,
        page.live_revision_id,
        page.has_unpublished_changes,
    )


def test_each_of_its_contents_is_amended_from_where_it_stands_without_a_revision(busy_page):
    page, first = busy_page
    before = as_others_see_it(page)
    second = ImageFactory()

    report = sync()

    assert report.holders == 1
    assert as_others_see_it(page) == before
    page.refresh_from_db()
    expected = [first.pk, second.pk]
    assert images_in(page) == expected
    assert images_in_revision(page.latest_revision) == expected
    assert not page.live or images_in_revision(page.live_revision) == expected
    for scheduled in page.revisions.filter(approved_go_live_at__isnull=False):
        assert images_in_revision(scheduled) == expected
    entry = PageLogEntry.objects.filter(page=page, action="wagtail_autogallery.sync").first()
    assert entry.data["runs"] == [report.run]
    assert str(second.pk) in entry.data["images"]
    assert entry.revision is None


def test_amending_costs_no_more_than_fifteen_queries(busy_page):
    sync()
    ImageFactory()
    decide()
    make_smallest(seconds=60)

    with CaptureQueriesContext(connection) as queries:
        assert sync().holders == 1

    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    features = connection.features
    # MariaDB has to be asked for the row of the base type first.
    needs_one_more = features.has_select_for_update and not features.has_select_for_update_of
    most = QUERIES_TO_FIND_A_HOLDER + MOST_QUERIES + needs_one_more
    assert len(asked) <= most, "\n".join(asked)


def test_a_scheduled_page_goes_live_with_the_images(admin_client, let_time_pass):
    page = page_with(raw_gallery())
    publish(admin_client, page, fields={"title": "Next", "go_live_at": as_form(in_a_week())})
    image = ImageFactory()
    sync()

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page.refresh_from_db()
    assert page.title == "Next"
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.live_revision) == [image.pk]


def test_a_page_scheduled_to_go_live_for_the_first_time_does_so_with_the_images(
    admin_client, let_time_pass
):
    page = GalleryPageFactory(body=raw_body(raw_gallery()), live=False)
    publish(admin_client, page, fields={"go_live_at": as_form(in_a_week())})
    image = ImageFactory()
    sync()
    page.refresh_from_db()
    assert not page.live

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page.refresh_from_db()
    assert page.live
    assert images_in(page) == [image.pk]


def test_a_page_that_expires_does_so_with_the_images_in_it(admin_client, let_time_pass):
    page = page_with(raw_gallery())
    publish(admin_client, page, fields={"expire_at": as_form(in_a_week())})
    image = ImageFactory()
    sync()

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page.refresh_from_db()
    assert page.expired
    assert not page.live
    assert images_in(page) == [image.pk]


def test_a_moderator_who_approves_publishes_the_images(admin_client, moderated, moderate):
    page = page_with(raw_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "For review"})
    image = ImageFactory()
    sync()
    assert page.current_workflow_state.status == WorkflowState.STATUS_IN_PROGRESS

    moderate(page, "approve")

    page = GalleryPage.objects.get(pk=page.pk)
    assert page.title == "For review"
    assert not page.has_unpublished_changes
    assert images_in(page) == [image.pk]
    assert PageLogEntry.objects.filter(page=page, action="wagtail.workflow.approve").exists()


def test_what_is_under_review_gets_the_images_below_a_newer_draft_too(
    admin_client, moderated, moderate
):
    page = page_with(raw_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "For review"})
    reviewed = page.latest_revision
    page = save_draft(
        admin_client, page.get_latest_revision_as_object(), fields={"title": "A later thought"}
    )
    image = ImageFactory()

    sync()
    assert images_in_revision(reviewed) == [image.pk]
    moderate(page, "approve")

    page = GalleryPage.objects.get(pk=page.pk)
    assert page.title == "A later thought"
    assert images_in(page) == [image.pk]


def test_a_page_is_rejected_resubmitted_and_approved_while_images_arrive(
    admin_client, moderated, moderate
):
    page = page_with(raw_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "For review"})
    (state,) = WorkflowState.objects.all()

    under_review = ImageFactory()
    sync()
    moderate(page, "reject")
    rejected = ImageFactory()
    sync()
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_NEEDS_CHANGES
    page = GalleryPage.objects.get(pk=page.pk)
    draft = page.get_latest_revision_as_object()
    page = submit(admin_client, draft, "action-submit", fields={"title": "Better"})
    resubmitted = ImageFactory()
    sync()
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_IN_PROGRESS
    moderate(page, "approve")

    page = GalleryPage.objects.get(pk=page.pk)
    state.refresh_from_db()
    assert state.status == WorkflowState.STATUS_APPROVED
    assert page.title == "Better"
    assert images_in(page) == [under_review.pk, rejected.pk, resubmitted.pk]


def test_a_plain_task_goes_through_its_states_while_images_arrive(
    admin, admin_client, moderated_by
):
    moderated_by(Task.objects.create(name="Look at it"))
    page = page_with(raw_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "For review"})
    images = []

    def image_arrives():
        images.append(ImageFactory().pk)
        sync()
        return WorkflowState.objects.get()

    image_arrives().current_task_state.reject(user=admin)
    image_arrives().resume(user=admin)
    image_arrives().current_task_state.approve(user=admin)

    page = GalleryPage.objects.get(pk=page.pk)
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_APPROVED
    assert page.title == "For review"
    assert images_in(page) == images


def test_a_scheduled_revision_below_a_newer_draft_gets_the_images_too(admin_client, let_time_pass):
    page = page_with(raw_gallery())
    page = publish(admin_client, page, fields={"title": "Next", "go_live_at": as_form(in_a_week())})
    scheduled = page.latest_revision
    page.title = "After that"
    newer = page.save_revision()
    image = ImageFactory()
    sync()

    for revision in (page.live_revision, scheduled, newer):
        assert images_in_revision(revision) == [image.pk]
    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    page = GalleryPage.objects.get(pk=page.pk)
    assert page.title == "Next"
    assert images_in(page) == [image.pk]
    assert page.latest_revision == newer


def test_a_snippet_is_reviewed_and_approved_while_images_arrive(admin, admin_client, moderated):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.title = "For review"
    draft = snippet.save_revision()
    moderated.start(snippet, admin)
    image = ImageFactory()

    sync()
    assert images_in(snippet) == images_in_revision(draft) == [image.pk]
    (state,) = WorkflowState.objects.all()
    assert state.status == WorkflowState.STATUS_IN_PROGRESS
    url_name = snippet.snippet_viewset.get_url_name("workflow_action")
    action = [snippet.pk, "approve", state.current_task_state_id]
    assert admin_client.post(reverse(url_name, args=action)).status_code == 302

    snippet = FullSnippet.objects.get(pk=snippet.pk)
    assert snippet.title == "For review"
    assert images_in(snippet) == [image.pk]


@pytest.mark.parametrize("factory", [FullSnippetFactory, RevisedSnippetFactory])
def test_a_snippet_that_somebody_has_open_is_amended_too(factory, admin_client):
    snippet = factory(body=raw_body(raw_gallery()))
    revision = snippet.save_revision()
    url_name = snippet.snippet_viewset.get_url_name("edit")
    assert admin_client.get(reverse(url_name, args=[snippet.pk])).status_code == 200
    image = ImageFactory()

    assert sync().holders == 1

    assert images_in(snippet) == images_in_revision(revision) == [image.pk]
    assert snippet.revisions.get() == revision


def test_a_scheduled_snippet_goes_live_with_the_images(let_time_pass):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.title, snippet.go_live_at = "Next", in_a_week()
    snippet.save_revision().publish()
    snippet = FullSnippet.objects.get(pk=snippet.pk)
    image = ImageFactory()
    sync()

    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")

    snippet = FullSnippet.objects.get(pk=snippet.pk)
    assert snippet.title == "Next"
    assert images_in(snippet) == [image.pk]


def test_neither_autosave_nor_publishing_meets_a_conflict_while_images_arrive(admin_client):
    page = page_with(raw_gallery())
    editor = Editor(admin_client, page)

    images = [ImageFactory().pk]
    sync()
    assert editor.autosave(title="Being wri")["success"]
    images.append(ImageFactory().pk)
    sync()
    assert editor.autosave(title="Being written")["success"]
    images.append(ImageFactory().pk)
    sync()
    page = editor.publish(title="Written")
    sync()

    assert page.title == "Written"
    assert images_in(page) == images


def test_an_editor_whose_page_somebody_else_saved_is_told_as_ever(admin_client):
    page = page_with(raw_gallery())
    editor = Editor(admin_client, page)
    save_draft(admin_client, page, fields={"title": "Somebody else's"})

    answer = editor.autosave(title="Mine")

    assert answer["error_code"] == "invalid_revision"


def test_the_form_of_an_amended_draft_shows_its_images(admin_client):
    page = page_with(raw_gallery())
    page = save_draft(admin_client, page, fields={"title": "A draft"})
    image = ImageFactory()
    sync()

    form = edit_form(Editor(admin_client, page).page)

    assert form["title"] == "A draft"
    (item,) = json.loads(form["body-0-value-images"])
    assert item["value"]["image"] == key_of(image)


def backup_of(page):
    """
    What sets a page back to how it is now, past Django.

    Call it with ``"row"``, ``"revisions"``, or both in one text.
    """
    row = GalleryPage.objects.get(pk=page.pk).body.get_prep_value()
    revisions = {revision.pk: revision.content for revision in page.revisions.all()}

    def restore(what):
        if "row" in what:
            GalleryPage.objects.filter(pk=page.pk).update(body=row)
        if "revisions" in what:
            for pk, content in revisions.items():
                Revision.objects.filter(pk=pk).update(content=content)

    return restore


@pytest.mark.parametrize("what", ["row", "revisions", "row and revisions"])
def test_contents_that_a_script_sets_back_get_what_they_lack_all_of_them(admin_client, what):
    page = page_with(raw_gallery())
    save_draft(admin_client, page)
    restore = backup_of(page)
    first = ImageFactory()
    sync()
    restore(what)

    second = ImageFactory()
    sync()

    page.refresh_from_db()
    assert images_in(page) == [first.pk, second.pk]
    assert page.revisions.count() == 2
    for revision in page.revisions.all():
        assert images_in_revision(revision) == [first.pk, second.pk]


def test_nor_do_they_get_an_image_that_a_script_deleted_meanwhile(admin_client):
    page = page_with(raw_gallery())
    save_draft(admin_client, page)
    restore = backup_of(page)
    first = ImageFactory()
    sync()
    restore("row and revisions")
    for rows in (first.renditions.all(), type(first)._base_manager.filter(pk=first.pk)):
        rows._raw_delete(rows.db)

    second = ImageFactory()
    sync()

    page.refresh_from_db()
    assert images_in(page) == [second.pk]
    for revision in page.revisions.all():
        assert images_in_revision(revision) == [second.pk]
