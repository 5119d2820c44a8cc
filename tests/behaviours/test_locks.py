"""A locked holder is left alone in full, says so, and catches up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from wagtail.models import WorkflowState

from tests.factories import (
    FullSnippetFactory,
    ImageFactory,
    follows,
    images_in,
    images_in_revision,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.forms import needs_integer_keys, publish, save_draft, submit
from tests.testapp.models import ClosedTask, GalleryPage
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def sync_waits_in_the_queue():
    path = sync_media_to_galleries.module_path
    return DBTaskResult.objects.ready().filter(task_path=path).exists()


def assert_it_waits(holder):
    (subscription,) = follows(holder)
    assert subscription.state == Subscription.State.LOCKED
    assert subscription.get_state_display() == "Waiting: the page is locked"
    assert images_in(holder) == []


def press(client, holder, button):
    if isinstance(holder, GalleryPage):
        url_name = f"wagtailadmin_pages:{button}"
    else:
        url_name = holder.snippet_viewset.get_url_name(button)
    assert client.post(reverse(url_name, args=[holder.pk])).status_code == 302


@pytest.mark.parametrize("kind", ["page", "snippet"])
def test_unlocking_in_the_admin_starts_what_the_lock_held_up(
    kind, admin_client, django_capture_on_commit_callbacks
):
    if kind == "page":
        holder = page_with(raw_gallery())
    else:
        holder = FullSnippetFactory(body=raw_body(raw_gallery()))
    press(admin_client, holder, "lock")
    image = ImageFactory()

    assert sync().waiting == 1
    assert_it_waits(holder)
    assert not sync_waits_in_the_queue()
    with django_capture_on_commit_callbacks(execute=True):
        press(admin_client, holder, "unlock")

    assert sync_waits_in_the_queue()
    call_command("autogallery_drain", limit=100, verbosity=0)
    assert images_in(holder) == [image.pk]
    assert follows(holder)[0].state == Subscription.State.FOLLOWING


def test_the_draft_of_a_locked_page_is_left_alone_as_well(admin_client):
    page = page_with(raw_gallery())
    page = save_draft(admin_client, page, fields={"title": "A draft"})
    press(admin_client, page, "lock")
    image = ImageFactory()

    sync()
    assert_it_waits(page)
    assert images_in_revision(page.latest_revision) == []

    press(admin_client, page, "unlock")
    sync()

    assert images_in(page) == [image.pk]
    assert images_in_revision(page.latest_revision) == [image.pk]


def test_a_lock_that_is_taken_off_behind_djangos_back_is_seen_within_a_day(
    admin_client, let_time_pass
):
    page = page_with(raw_gallery())
    press(admin_client, page, "lock")
    image = ImageFactory()
    sync()
    assert_it_waits(page)

    GalleryPage.objects.filter(pk=page.pk).update(locked=False)
    let_time_pass(timedelta(days=1.5))
    call_command("autogallery_drain", limit=100, verbosity=0)

    assert images_in(page) == [image.pk]


def test_a_schedule_that_fires_on_a_locked_page_is_caught_up_with_after_the_unlock(
    admin_client, let_time_pass
):
    page = page_with(raw_gallery())
    next_week = (timezone.now() + timedelta(days=7)).strftime("%Y-%m-%d %H:%M")
    page = publish(admin_client, page, fields={"title": "Next", "go_live_at": next_week})
    # Not the admin: it locks no page that is scheduled.
    GalleryPage.objects.filter(pk=page.pk).update(locked=True)
    image = ImageFactory()
    sync()
    let_time_pass(timedelta(days=8))
    call_command("publish_scheduled")
    sync()
    assert_it_waits(page)

    press(admin_client, page, "unlock")
    sync()

    page.refresh_from_db()
    assert page.title == "Next"
    assert images_in(page) == [image.pk]


def test_a_workflow_step_in_which_nobody_edits_is_a_lock(
    admin, admin_client, moderated_by, let_time_pass
):
    moderated_by(ClosedTask.objects.create(name="Sealed"))
    page = page_with(raw_gallery())
    page = submit(admin_client, page, "action-submit", fields={"title": "Sealed"})
    image = ImageFactory()

    sync()
    assert_it_waits(page)
    assert images_in_revision(page.latest_revision) == []

    WorkflowState.objects.get().current_task_state.approve(user=admin)
    let_time_pass(timedelta(minutes=1))
    call_command("autogallery_drain", limit=100, verbosity=0)

    page.refresh_from_db()
    assert page.title == "Sealed"
    assert images_in(page) == [image.pk]
    assert follows(page)[0].state == Subscription.State.FOLLOWING
