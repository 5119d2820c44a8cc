from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save
from django.utils import timezone
from wagtail.admin.models import EditingSession
from wagtail.models import (
    CollectionViewRestriction,
    PageLogEntry,
    Revision,
    Task,
    Workflow,
    WorkflowState,
    WorkflowTask,
)
from wagtail.signals import page_published, published

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
    root_collection,
)
from tests.testapp.models import FullSnippet, GalleryPage
from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.sync.holders import Holder
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


def lock(holder):
    return Holder.lock(HolderKey.of(holder), type(holder))


def somebody_edits(page, user, content_type=None, seen=timezone.now):
    EditingSession.objects.create(
        user=user,
        content_type=content_type or ContentType.objects.get(app_label="wagtailcore", model="page"),
        object_id=str(page.pk),
        last_seen_at=seen(),
    )


def a_workflow():
    workflow = Workflow.objects.create(name="Moderation")
    task = Task.objects.create(name="Look at it")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    return workflow


def test_a_holder_that_is_gone_cannot_be_locked():
    page = page_with(raw_gallery())
    key = HolderKey.of(page)
    page.delete()

    assert Holder.lock(key, GalleryPage) is None
    assert Holder.lock(key, None) is None


def test_a_published_page_that_nobody_works_on_is_at_rest():
    assert lock(page_with(raw_gallery())).is_at_rest()


def test_a_page_made_by_a_script_without_revisions_is_at_rest():
    assert lock(GalleryPageFactory(body=raw_body(raw_gallery()))).is_at_rest()


def test_a_page_is_not_at_rest_while_somebody_edits_it(admin):
    page = page_with(raw_gallery())
    somebody_edits(page, admin)

    assert not lock(page).is_at_rest()


def test_a_snippet_is_not_at_rest_while_somebody_edits_it(admin):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    assert lock(snippet).is_at_rest()
    somebody_edits(snippet, admin, ContentType.objects.get_for_model(FullSnippet))

    assert not lock(snippet).is_at_rest()


def test_an_editing_session_of_yesterday_disturbs_nobody(admin):
    page = page_with(raw_gallery())
    somebody_edits(page, admin, seen=lambda: timezone.now() - timedelta(days=1))

    assert lock(page).is_at_rest()


def test_a_page_with_a_draft_a_schedule_or_a_workflow_is_not_at_rest(admin):
    with_draft, scheduled, in_workflow, leaving = (page_with(raw_gallery()) for _ in range(4))
    with_draft.save_revision()
    scheduled.go_live_at = timezone.now() + timedelta(days=1)
    scheduled.save_revision().publish()
    in_workflow.save_revision()
    a_workflow().start(in_workflow, admin)
    GalleryPage.objects.filter(pk=leaving.pk).update(go_live_at=timezone.now() + timedelta(days=1))

    for page in (with_draft, scheduled, in_workflow, leaving):
        assert not lock(page).is_at_rest(), page


def test_a_workflow_without_newer_content_is_no_rest(admin):
    page = page_with(raw_gallery())
    a_workflow().start(page, admin)

    assert not lock(page).is_at_rest()


def test_a_page_that_was_made_a_draft_by_hand_keeps_its_live_revision_unwritten():
    page = page_with(raw_gallery())
    GalleryPage.objects.filter(pk=page.pk).update(live_revision=None)
    image = ImageFactory()

    sync()

    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.latest_revision) == [key_of(image)]


def test_a_busy_page_is_amended_in_place(admin):
    page = page_with(raw_gallery())
    somebody_edits(page, admin)
    before = (page.latest_revision_id, page.latest_revision.created_at, page.revisions.count())
    last_published_at = page.last_published_at
    image = ImageFactory()

    assert sync().holders == 1

    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.live_revision) == [key_of(image)]
    after = (page.latest_revision_id, page.latest_revision.created_at, page.revisions.count())
    assert after == before
    assert page.last_published_at > last_published_at
    assert PageLogEntry.objects.filter(page=page).first().data["count"] == 1


def test_a_draft_that_follows_too_gets_the_image_and_stays_a_draft():
    page = page_with(raw_gallery())
    page.title = "Not yet public"
    draft = page.save_revision()
    image = ImageFactory()

    sync()

    page.refresh_from_db()
    draft.refresh_from_db()
    assert page.has_unpublished_changes
    assert page.latest_revision == draft
    assert draft.as_object().title == "Not yet public"
    assert images_in_revision(draft) == [key_of(image)]
    assert images_in_revision(page.live_revision) == [key_of(image)]


def test_a_draft_in_which_the_toggle_is_off_gets_what_goes_live_too():
    page = page_with(raw_gallery())
    page.body.raw_data[0]["value"]["auto_sync_media"] = False
    draft = page.save_revision()
    image = ImageFactory()

    sync()

    draft.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(draft) == [key_of(image)]


def test_a_draft_gets_what_it_lacks_by_its_own_cursor():
    page = page_with(raw_gallery())
    form_loaded_now = GalleryPage.objects.get(pk=page.pk)
    first = ImageFactory()
    sync()
    draft = form_loaded_now.save_revision()
    second = ImageFactory()

    sync()

    draft.refresh_from_db()
    assert images_in(page) == [first.pk, second.pk]
    assert images_in_revision(draft) == [key_of(first), key_of(second)]


def test_the_draft_of_a_copied_page_gets_what_the_copy_has_already():
    page = page_with(raw_gallery())
    form_loaded_now = GalleryPage.objects.get(pk=page.pk)
    private = CollectionFactory()
    image = ImageFactory(collection=private)
    sync()
    CollectionViewRestriction.objects.create(
        collection=private, restriction_type=CollectionViewRestriction.LOGIN
    )
    form_loaded_now.save_revision()
    page.refresh_from_db()
    copy = page.copy(update_attrs={"slug": "copy"})
    image.collection = root_collection()
    image.save()

    sync()

    copy.refresh_from_db()
    assert images_in(copy) == [image.pk]
    assert images_in_revision(copy.latest_revision) == [key_of(image)]


def test_a_workflow_goes_on_and_its_approval_publishes_the_images(admin):
    page = page_with(raw_gallery())
    page.title = "For review"
    page.save_revision()
    state = a_workflow().start(page, admin)
    image = ImageFactory()

    sync()
    state = WorkflowState.objects.get(pk=state.pk)
    assert state.status == "in_progress"
    state.current_task_state.approve(user=admin)

    page.refresh_from_db()
    assert page.title == "For review"
    assert images_in(page) == [image.pk]


def test_amending_what_is_live_tells_everybody_who_listens():
    page = page_with(raw_gallery())
    page.save_revision()
    heard = []
    receivers = {
        name: (signal, lambda sender, instance, name=name, **kwargs: heard.append((name, instance)))
        for name, signal in {
            "post_save": post_save,
            "page_published": page_published,
            "published": published,
        }.items()
    }
    ImageFactory()
    for signal, receiver in receivers.values():
        signal.connect(receiver, sender=GalleryPage)
    sync()
    for signal, receiver in receivers.values():
        signal.disconnect(receiver, sender=GalleryPage)

    assert heard == [("post_save", page), ("page_published", page), ("published", page)]


def test_amending_a_page_updates_its_aliases():
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    page.refresh_from_db()
    page.save_revision()
    image = ImageFactory()

    sync()

    assert images_in(alias) == [image.pk]


def test_a_busy_snippet_is_amended_and_announced_too():
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision().publish()
    snippet.refresh_from_db()
    snippet.save_revision()
    image = ImageFactory()
    heard = []

    def listen(sender, instance, **kwargs):
        heard.append(instance)

    published.connect(listen, sender=FullSnippet)
    sync()
    published.disconnect(listen, sender=FullSnippet)

    assert images_in(snippet) == [image.pk]
    assert heard == [snippet]


def test_nothing_is_announced_of_a_page_that_is_not_live():
    page = GalleryPageFactory(body=raw_body(raw_gallery()), live=False)
    page.save_revision()
    heard = []

    def listen(sender, instance, **kwargs):
        heard.append(instance)

    image = ImageFactory()
    page_published.connect(listen)
    sync()
    page_published.disconnect(listen)

    page.refresh_from_db()
    assert images_in(page) == [image.pk]
    assert images_in_revision(page.latest_revision) == [key_of(image)]
    assert heard == []


def test_a_revision_whose_stream_is_no_json_is_left_as_it_is():
    page = page_with(raw_gallery())
    draft = page.save_revision()
    draft.content["body"] = "once this was plain text"
    draft.save()
    image = ImageFactory()

    assert sync().failures == 0

    draft.refresh_from_db()
    assert draft.content["body"] == "once this was plain text"
    assert images_in(page) == [image.pk]


def test_a_revision_that_stores_its_stream_as_a_list_is_amended_as_a_list():
    page = page_with(raw_gallery())
    draft = page.save_revision()
    draft.content["body"] = raw_body(raw_gallery())
    draft.content["body"][0]["id"] = page.body.raw_data[0]["id"]
    Revision.objects.filter(pk=draft.pk).update(content=draft.content)
    image = ImageFactory()

    sync()

    draft.refresh_from_db()
    (item,) = draft.content["body"][0]["value"]["images"]
    assert item["value"]["image"] == key_of(image)
