"""A small site, and what people do on it: what Wagtail's views do, without the requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.utils import timezone
from wagtail.actions.convert_alias import ConvertAliasPageAction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.admin.models import EditingSession
from wagtail.images import get_image_model
from wagtail.models import (
    Collection,
    CollectionViewRestriction,
    Page,
    Revision,
    Task,
    Workflow,
    WorkflowTask,
)

from tests.factories import (
    GalleryPageFactory,
    ImageFactory,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.machine.model import PARENTS
from tests.roots import root_collection
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.signal_handlers.images import record_arrivals

Body = list[dict[str, Any]]

KINDS_OF_PAGE = [
    "two galleries",
    "never published",
    "at most three",
    "expires",
    "switched off",
    "new images wait",
]


def body_of(page: GalleryPage) -> Body:
    return json.loads(json.dumps(list(page.body.raw_data)))


def body_of_revision(revision: Revision) -> Body:
    return json.loads(revision.content["body"])


@dataclass
class Form:
    """A page's editor that somebody has open."""

    page_id: int
    body: Body
    #: Id and time of the newest revision when it was loaded, as the browser posts them.
    loaded: tuple[int, datetime]
    #: The revision that its autosaves overwrite.
    own: int | None = None
    #: The earlier version that is shown, when this is a revert.
    reverts_to: Revision | None = None


@dataclass
class Site:
    """What is there before the first example. Every example is rolled back to it."""

    collections: dict[str, Collection]
    workflow: Workflow
    user: Any
    file: str
    saved: int = field(default=0)

    @classmethod
    def build(cls) -> Site:
        collections = {"root": root_collection()}
        for name, parent in PARENTS.items():
            if parent:
                # Read again each time, because treebeard counts children in memory.
                outer = Collection.objects.get(pk=collections[parent].pk)
                collections[name] = outer.add_child(name=name)
        workflow = Workflow.objects.create(name="Moderation")
        task = Task.objects.create(name="Look at it")
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
        picture = ImageFactory()
        picture.delete()
        Arrival.objects.all().delete()
        return cls(
            collections=collections,
            workflow=workflow,
            user=get_user_model().objects.create_superuser("admin", "admin@example.com", "x"),
            file=picture.file.name,
        )

    # Images

    def upload(self, collection: str) -> Any:
        values = {"title": "Picture", "file": self.file, "width": 40, "height": 30}
        image = get_image_model().objects.create(**values, collection=self.collections[collection])
        return key_of(image)

    def move(self, image: Any, collection: str) -> None:
        moved = get_image_model().objects.get(pk=image)
        moved.collection = self.collections[collection]
        moved.save()

    def move_in_bulk(self, image: Any, collection: str) -> None:
        """What Wagtail's bulk action and our hook behind it do."""
        images = get_image_model().objects.filter(pk=image)
        (origin,) = images.values_list("collection_id", flat=True)
        images.update(collection=self.collections[collection])
        if origin != self.collections[collection].pk:
            record_arrivals([(image, origin)])

    def delete(self, image: Any) -> None:
        get_image_model().objects.get(pk=image).delete()

    def restrict(self, collection: str) -> None:
        CollectionViewRestriction.objects.create(
            collection=self.collections[collection],
            restriction_type=CollectionViewRestriction.LOGIN,
        )

    def lift(self, collection: str) -> None:
        CollectionViewRestriction.objects.get(collection=self.collections[collection]).delete()

    def move_collection(self, collection: str, target: str) -> None:
        # Read again each time, because treebeard works with the path in memory.
        moved, into = (
            Collection.objects.get(pk=self.collections[name].pk) for name in (collection, target)
        )
        moved.move(into, pos="sorted-child")

    # Pages

    def make_page(self, kind: str) -> GalleryPage:
        coast = self.collections["coast"].pk
        if kind == "two galleries":
            return page_with(raw_gallery(), raw_gallery(collection=coast, new_images="first"))
        if kind == "new images wait":
            return page_with(raw_gallery(review_new_images=True), raw_gallery())
        if kind == "at most three":
            return page_with(raw_gallery(max_images=3))
        if kind == "switched off":
            return page_with(raw_gallery(follow=False))
        if kind == "expires":
            return page_with(raw_gallery(), expire_at=timezone.now() + timedelta(days=365))
        page = GalleryPageFactory(body=raw_body(raw_gallery(collection=coast)), live=False)
        page.save_revision()
        return page

    def open(self, page_id: int) -> Form:
        page = GalleryPage.objects.get(pk=page_id)
        shown = page.get_latest_revision_as_object()
        return Form(page_id, body_of(shown), self._newest(page))

    def open_version(self, page_id: int, version: Revision) -> Form:
        page = GalleryPage.objects.get(pk=page_id)
        return Form(page_id, body_of_revision(version), self._newest(page), reverts_to=version)

    def _newest(self, page: GalleryPage) -> tuple[int, datetime]:
        return page.latest_revision_id, page.latest_revision.created_at

    def save(
        self, form: Form, *, autosave: bool = False, go_live_at: datetime | None = None
    ) -> Revision | None:
        """
        Save a draft.

        :return: Its revision; ``None`` when Wagtail refuses an autosave over somebody's version.
        """
        page = GalleryPage.objects.get(pk=form.page_id)
        newest = self._newest(page)
        overwritten = None
        if autosave:
            if form.own != newest[0] if form.own else form.loaded != newest:
                return None
            overwritten = page.revisions.get(pk=form.own) if form.own else None
        page = page.get_latest_revision_as_object()
        self.saved += 1
        page.title = f"Version {self.saved}"
        page.go_live_at = go_live_at
        page.body = json.dumps(form.body)
        if not page.live:
            page.save()
        revision = page.save_revision(
            user=self.user,
            log_action=True,
            previous_revision=form.reverts_to,
            overwrite_revision=overwritten,
            clean=False,
        )
        form.own = revision.pk if autosave else None
        return revision

    def publish(self, revision: Revision, form: Form) -> None:
        """Publish or schedule what was just saved."""
        PublishPageRevisionAction(
            revision, user=self.user, previous_revision=form.reverts_to
        ).execute(skip_permission_checks=True)

    def let_go_live(self, revision: Revision) -> None:
        """Let the time of a scheduled revision come."""
        past = timezone.now() - timedelta(minutes=1)
        content = {**revision.content, "go_live_at": past.isoformat()}
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=past, content=content)
        call_command("publish_scheduled")

    def submit(self, page_id: int) -> None:
        page = GalleryPage.objects.get(pk=page_id)
        state = page.current_workflow_state
        if state and state.status == state.STATUS_NEEDS_CHANGES:
            state.resume(self.user)
        else:
            if state:
                state.cancel(user=self.user)
            self.workflow.start(page, self.user)

    def unpublish(self, page_id: int) -> None:
        GalleryPage.objects.get(pk=page_id).unpublish(user=self.user)

    def copy(self, page_id: int) -> GalleryPage:
        page = GalleryPage.objects.get(pk=page_id)
        self.saved += 1
        return page.copy(update_attrs={"slug": f"copy-{self.saved}"}, user=self.user)

    def make_alias(self, page_id: int) -> GalleryPage:
        page = GalleryPage.objects.get(pk=page_id)
        self.saved += 1
        return page.create_alias(update_slug=f"alias-{self.saved}", user=self.user)

    def convert(self, alias_id: int) -> GalleryPage:
        alias = GalleryPage.objects.get(pk=alias_id)
        return ConvertAliasPageAction(alias, user=self.user).execute(skip_permission_checks=True)

    def switch_lock(self, page_id: int) -> None:
        page = GalleryPage.objects.get(pk=page_id)
        page.locked = not page.locked
        page.locked_by = self.user if page.locked else None
        page.locked_at = timezone.now() if page.locked else None
        page.save(update_fields=["locked", "locked_by", "locked_at"])

    def switch_presence(self, page_id: int) -> None:
        """Somebody opens the page's editor in a browser, or closes it."""
        here = EditingSession.objects.filter(object_id=str(page_id))
        if not here.delete()[0]:
            EditingSession.objects.create(
                user=self.user,
                content_type=ContentType.objects.get_for_model(Page),
                object_id=str(page_id),
                last_seen_at=timezone.now(),
            )
