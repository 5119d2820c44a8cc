"""
People and the sync at work on the same pages, in every order that hypothesis thinks of.

After every step each page holds what :mod:`tests.machine.model` says. After every pass of the sync
each content that follows has got all it lacked, and nothing else has changed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from wagtail.admin.models import EditingSession
from wagtail.models import Revision, TaskState, WorkflowState

from tests.factories import raw_item
from tests.machine.model import PARENTS, Gallery, Library, image_of
from tests.machine.people import KINDS_OF_PAGE, Body, Form, Site, body_of, body_of_revision
from tests.testapp.models import GalleryPage
from wagtail_autogallery.queue import drain
from wagtail_autogallery.sync import sync
from wagtail_autogallery.tasks import OWN

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

#: Set by ``make soak``; then the examples are new ones each time.
EXAMPLES = os.environ.get("MACHINE_EXAMPLES")
FEW, MANY = 25, int(EXAMPLES or 500)
STEPS = 30
FORMS = 4
PAGES = 3
STATEMENTS_OF_A_SYNC = 60

numbers = st.integers(0, 7)
collections = st.sampled_from(list(PARENTS))
# What people do often comes often.
edits = st.sampled_from(["remove", "remove", "pick", "pick", "reverse", "caption", "toggle"])
savings = st.sampled_from(
    ["publish", "publish", "draft", "draft", "autosave", "submit", "schedule"]
)

Content = list[Gallery]


class Killed(BaseException):
    """The process dies here."""


@contextmanager
def killed_before_statement(number: int) -> Iterator[None]:
    """
    Let the process die before it sends its n-th statement to the database.

    Within the transaction of an example those of the sync are savepoints, and are rolled back like
    transactions. What commits or rolls back is let through, or it could not be.
    """
    sent = 0

    def count(execute: Any, sql: str, *args: Any) -> Any:
        nonlocal sent
        if "SAVEPOINT" not in sql:
            sent += 1
            if sent == number:
                raise Killed
        return execute(sql, *args)

    with connection.execute_wrapper(count):
        yield


@dataclass
class Holder:
    """What is known of a page."""

    pk: int
    row: Content
    revisions: dict[int, Content] = field(default_factory=dict)
    #: For each gallery, how many events there were when the row began to follow.
    started: list[int] = field(default_factory=list)

    def write_row(self, content: Content, library: Library) -> None:
        for i, gallery in enumerate(content):
            if gallery.follows and not self.row[i].follows:
                self.started[i] = len(library.events)
        self.row = copied(content)


def copied(content: Content) -> Content:
    return [gallery.copy() for gallery in content]


def items_of(content: Content) -> list[list[dict[str, Any]]]:
    return [gallery.items for gallery in content]


def images_of(body: Body) -> list[list[dict[str, Any]]]:
    return [block["value"]["images"] for block in body]


def without_images(body: Body) -> Body:
    """What the sync must not touch."""
    ours = {"images", "cursor"}
    return [
        {**block, "value": {k: v for k, v in block["value"].items() if k not in ours}}
        for block in body
    ]


class State:
    """All of the site that the sync may or may not change."""

    def __init__(self) -> None:
        self.pages = {page.pk: page for page in GalleryPage.objects.all()}
        self.revisions = {revision.pk: revision for revision in Revision.objects.all()}
        self.workflows = list(WorkflowState.objects.order_by("pk").values())
        self.tasks = list(TaskState.objects.order_by("pk").values()) if self.workflows else []
        self.edited = set(EditingSession.objects.values_list("object_id", flat=True))

    def revisions_of(self, pk: int) -> dict[int, Revision]:
        return {r.pk: r for r in self.revisions.values() if r.object_id == str(pk)}

    def scheduled(self) -> list[Revision]:
        return [r for r in self.revisions.values() if r.approved_go_live_at]

    def under_review(self) -> set[int]:
        """Ids of revisions."""
        return {
            task["revision_id"]
            for state in self.workflows
            for task in self.tasks
            if state["status"] == "in_progress" and state["current_task_state_id"] == task["id"]
        }

    def in_workflow(self, pk: int) -> bool:
        return any(
            state["object_id"] == str(pk) and state["status"] in ("in_progress", "needs_changes")
            for state in self.workflows
        )

    def is_busy(self, pk: int) -> bool:
        page = self.pages[pk]
        return (
            not page.live
            or page.has_unpublished_changes
            or page.latest_revision_id != page.live_revision_id
            or page.expire_at is not None
            or str(pk) in self.edited
            or self.in_workflow(pk)
            or any(r.approved_go_live_at for r in self.revisions_of(pk).values())
        )

    def may_go_live(self, pk: int) -> set[int]:
        """The revisions that are live or may become so as they are."""
        page = self.pages[pk]
        ids = {page.latest_revision_id} | self.under_review()
        if page.live:
            # Wagtail may leave an unpublished page with one.
            ids.add(page.live_revision_id)
        return {
            r.pk for r in self.revisions_of(pk).values() if r.pk in ids or r.approved_go_live_at
        }

    def of_page(self, pk: int) -> dict[str, Any]:
        """What no pass of the sync changes in a page."""
        page = self.pages[pk]
        names = (
            "live title draft_title slug has_unpublished_changes go_live_at expire_at expired "
            "locked first_published_at"
        )
        return {
            **{name: getattr(page, name) for name in names.split()},
            "body": without_images(body_of(page)),
        }

    def of_revision(self, pk: int) -> tuple[Any, ...]:
        """What no pass of the sync changes in a revision."""
        revision = self.revisions[pk]
        content = {k: v for k, v in revision.content.items() if k != "body"}
        body = without_images(body_of_revision(revision))
        return revision.created_at, revision.approved_go_live_at, content, body


class GalleryMachine(RuleBasedStateMachine):
    def __init__(self, site: Site) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.site = site
        self.site.saved = 0
        self.library = Library()
        self.forms: list[tuple[Form, Content]] = []
        self.holders: list[Holder] = []
        #: How things stood after the last step.
        self.state = State()

    @initialize(kinds=st.lists(st.sampled_from(KINDS_OF_PAGE), min_size=1, max_size=2, unique=True))
    def make_pages(self, kinds: list[str]) -> None:
        for kind in kinds:
            self.hold(self.site.make_page(kind))

    def hold(self, page: GalleryPage) -> None:
        """Know a page that was just made, and follows from now on."""
        page = GalleryPage.objects.get(pk=page.pk)
        row = self.content_of(body_of(page))
        revisions = {r.pk: self.content_of(body_of_revision(r)) for r in page.revisions.all()}
        started = [len(self.library.events)] * len(row)
        self.holders.append(Holder(page.pk, row, revisions, started))

    def content_of(self, body: Body) -> Content:
        names = {collection.pk: name for name, collection in self.site.collections.items()}
        return [
            Gallery(
                followed=names.get(block["value"]["collection"], "root"),
                maximum=block["value"]["max_images"],
                newest_first=block["value"]["new_images"] == "first",
                follows=block["value"]["auto_sync_media"],
                items=block["value"]["images"],
            )
            for block in body
        ]

    def holder(self, number: int) -> Holder:
        return self.holders[number % len(self.holders)]

    def image(self, number: int) -> Any:
        images = list(self.library.where)
        return images[-1 - number % len(images)] if images else None

    # Images

    @rule(collection=collections, drained=st.booleans())
    def upload(self, collection: str, drained: bool = False) -> None:
        self.library.upload(self.site.upload(collection), collection)
        if drained:
            self.drain()

    @rule(collection=collections, count=st.integers(2, 4))
    def upload_in_bulk(self, collection: str, count: int) -> None:
        for _ in range(count):
            self.upload(collection)

    @precondition(lambda self: self.library.where)
    @rule(number=numbers)
    def delete_image(self, number: int) -> None:
        image = self.image(number)
        self.site.delete(image)
        self.library.delete(image)

    @precondition(lambda self: self.library.where)
    @rule(number=numbers, collection=collections, in_bulk=st.booleans())
    def move_image(self, number: int, collection: str, in_bulk: bool) -> None:
        image = self.image(number)
        (self.site.move_in_bulk if in_bulk else self.site.move)(image, collection)
        self.library.move(image, collection)

    @rule(collection=st.sampled_from(["coast", "beach", "inland"]))
    def restrict(self, collection: str) -> None:
        if collection not in self.library.restricted:
            self.site.restrict(collection)
            self.library.restricted.add(collection)

    # Editors

    @rule(page=numbers)
    def open_form(self, page: int) -> None:
        holder = self.holder(page)
        shown = GalleryPage.objects.get(pk=holder.pk)
        content = (
            holder.revisions[shown.latest_revision_id]
            if shown.has_unpublished_changes
            else holder.row
        )
        self.forms.append((self.site.open(holder.pk), copied(content)))
        del self.forms[:-FORMS]

    @precondition(lambda self: self.forms)
    @rule(form=numbers, gallery=numbers, edit=edits, at=numbers)
    def edit_form(self, form: int, gallery: int, edit: str, at: int) -> None:
        self.edit(self.forms[form % len(self.forms)], gallery, edit, at)

    @precondition(lambda self: self.forms)
    @rule(form=numbers, how=savings)
    def save_form(self, form: int, how: str) -> None:
        opened = self.forms[form % len(self.forms)]
        if how != "autosave" or opened[0].reverts_to:
            self.forms.remove(opened)
        self.save(opened, how)

    @rule(page=numbers, gallery=numbers, edit=edits, at=numbers, how=savings, drained=st.booleans())
    def edit_and_save(
        self, page: int, gallery: int, edit: str, at: int, how: str, drained: bool
    ) -> None:
        self.open_form(page)
        self.edit_form(-1, gallery, edit, at)
        self.save_form(-1, how)
        if drained:
            self.drain()

    @rule(page=numbers, collection=collections, edit=edits, at=numbers, how=savings)
    def save_stale_form(self, page: int, collection: str, edit: str, at: int, how: str) -> None:
        self.open_form(page)
        self.upload(collection, drained=True)
        self.edit_form(-1, 0, edit, at)
        self.save_form(-1, how)

    @rule(page=numbers, version=numbers, how=st.sampled_from(["publish", "draft", "open"]))
    def revert(self, page: int, version: int, how: str) -> None:
        holder = self.holder(page)
        pk = sorted(holder.revisions)[-1 - version % len(holder.revisions)]
        form = self.site.open_version(holder.pk, Revision.objects.get(pk=pk))
        self.forms.append((form, copied(holder.revisions[pk])))
        if how == "open":
            del self.forms[:-FORMS]
        else:
            self.save_form(-1, how)

    def edit(self, opened: tuple[Form, Content], number: int, edit: str, at: int) -> None:
        form, content = opened
        number %= len(content)
        raw, gallery = form.body[number]["value"], content[number]
        if edit == "toggle":
            raw["auto_sync_media"] = not raw["auto_sync_media"]
            gallery.toggle(self.library)
        elif edit == "reverse":
            raw["images"].reverse()
        elif edit == "pick":
            if (image := self.image(at)) and not gallery.holds(image):
                raw["images"].insert(at, raw_item(image))
        elif raw["images"]:
            at %= len(raw["images"])
            if edit == "remove":
                del raw["images"][at]
                gallery.remove(at, self.library)
            else:
                raw["images"][at] = caption(raw["images"][at])
        gallery.items = list(raw["images"])

    def save(self, opened: tuple[Form, Content], how: str) -> None:
        form, content = opened
        holder = next(holder for holder in self.holders if holder.pk == form.page_id)
        for block, gallery in zip(form.body, content, strict=True):
            # Wagtail's form has no image for what does not exist, and the block drops it.
            alive = [i for i in gallery.items if image_of(i) in self.library.where]
            block["value"]["images"], gallery.items = alive, list(alive)
        was_live = self.state.pages[holder.pk].live
        revision = self.site.save(
            form,
            autosave=how == "autosave" and not form.reverts_to,
            go_live_at=timezone.now() + timedelta(days=1) if how == "schedule" else None,
        )
        if revision is None:
            return
        saved = copied(content)
        if form.reverts_to:
            # Whatever arrived before is settled by what the version shows.
            for gallery in saved:
                if gallery.follows:
                    gallery.settle(self.library)
        holder.revisions[revision.pk] = saved
        if not was_live:
            holder.write_row(saved, self.library)
        if how in ("publish", "schedule"):
            self.site.publish(revision, form)
            if how == "publish" or not was_live:
                holder.write_row(saved, self.library)
        elif how == "submit":
            self.site.submit(holder.pk)

    # What happens to pages

    @precondition(lambda self: self.state.under_review())
    @rule(which=numbers, verdict=st.sampled_from(["approve", "reject"]))
    def judge(self, which: int, verdict: str) -> None:
        revisions = sorted(self.state.under_review())
        pk = revisions[which % len(revisions)]
        holder = next(holder for holder in self.holders if pk in holder.revisions)
        page = GalleryPage.objects.get(pk=holder.pk)
        getattr(page.current_workflow_task_state, verdict)(user=self.site.user)
        # Wagtail publishes the newest revision, whichever was reviewed, unless it has a date.
        newest = page.latest_revision
        if verdict == "approve" and not newest.content["go_live_at"]:
            holder.write_row(holder.revisions[newest.pk], self.library)

    @precondition(lambda self: self.state.scheduled())
    @rule(which=numbers)
    def let_go_live(self, which: int) -> None:
        scheduled = sorted(self.state.scheduled(), key=lambda revision: revision.pk)
        revision = scheduled[which % len(scheduled)]
        holder = next(holder for holder in self.holders if revision.pk in holder.revisions)
        self.site.let_go_live(revision)
        holder.write_row(holder.revisions[revision.pk], self.library)

    @rule(page=numbers)
    def unpublish(self, page: int) -> None:
        shown = self.state.pages[self.holder(page).pk]
        if shown.live and not shown.locked and not shown.approved_schedule:
            self.site.unpublish(shown.pk)

    @rule(page=numbers)
    def switch_lock(self, page: int) -> None:
        self.site.switch_lock(self.holder(page).pk)

    @rule(page=numbers)
    def switch_presence(self, page: int) -> None:
        self.site.switch_presence(self.holder(page).pk)

    @rule(page=numbers)
    def copy(self, page: int) -> None:
        if len(self.holders) < PAGES:
            self.hold(self.site.copy(self.holder(page).pk))

    # The sync

    @rule()
    def drain(self) -> None:
        before = State()
        assert sync().failures == 0
        self.check_pass(before, complete=True)

    @rule()
    def drain_through_the_queue(self) -> None:
        before = self.state
        report = drain(only=OWN)
        assert (report.failed, report.remaining) == (0, 0), report
        self.check_pass(before, complete=True)

    @rule(statement=st.integers(1, STATEMENTS_OF_A_SYNC), collection=collections)
    def upload_and_drain_that_is_killed(self, statement: int, collection: str) -> None:
        self.upload(collection)
        before = State()
        try:
            with killed_before_statement(statement):
                assert sync().failures == 0
        except Killed:
            self.check_pass(before, complete=False)
        else:
            self.check_pass(before, complete=True)

    def check_pass(self, before: State, complete: bool) -> None:
        self.state = after = State()
        assert after.workflows == before.workflows
        assert after.tasks == before.tasks
        for pk in before.revisions:
            assert after.of_revision(pk) == before.of_revision(pk)
        for holder in self.holders:
            self.check_holder(holder, before, after, complete)

    def check_holder(self, holder: Holder, before: State, after: State, complete: bool) -> None:
        pk = holder.pk
        assert after.of_page(pk) == before.of_page(pk)
        made = after.revisions_of(pk).keys() - before.revisions_of(pk).keys()
        newest = after.pages[pk].latest_revision_id
        if before.is_busy(pk) or before.pages[pk].locked or not made:
            assert not made
            assert newest == before.pages[pk].latest_revision_id
            assert after.pages[pk].live_revision_id == before.pages[pk].live_revision_id
        else:
            assert made == {newest} == {after.pages[pk].live_revision_id}
            holder.revisions[newest] = copied(holder.row)

        contents = {None: holder.row, **holder.revisions}
        bodies = {r.pk: body_of_revision(r) for r in after.revisions_of(pk).values()}
        bodies[None] = body_of(after.pages[pk])
        changed = {n for n in contents if items_of(contents[n]) != images_of(bodies[n])}
        served = set()
        if not before.pages[pk].locked and (complete or made or changed):
            # All or nothing: a holder is written in one transaction.
            served = {None, *after.may_go_live(pk)}
            # A page that is not live may name a live revision nevertheless. That is no matter.
            served |= changed & {after.pages[pk].live_revision_id}
        for number, content in contents.items():
            for i, gallery in enumerate(content):
                items = images_of(bodies[number])[i]
                try:
                    if number in served and gallery.follows and holder.row[i].follows:
                        gallery.pass_over(items, self.library, holder.started[i])
                    else:
                        assert items == gallery.items, "it was changed"
                except AssertionError as error:
                    where = f"Gallery {i} in revision {number} of page {pk}"
                    raise AssertionError(
                        f"{where}: {error}\n{gallery}\n{items}\n{self.library}"
                    ) from error

    # What always holds

    @invariant()
    def every_content_is_what_people_and_the_sync_made_of_it(self) -> None:
        self.state = state = State()
        for holder in self.holders:
            page = state.pages[holder.pk]
            assert images_of(body_of(page)) == items_of(holder.row), f"row of page {page.pk}"
            revisions = state.revisions_of(holder.pk)
            assert revisions.keys() == holder.revisions.keys()
            for pk, content in holder.revisions.items():
                body = body_of_revision(revisions[pk])
                assert images_of(body) == items_of(content), f"revision {pk} of page {page.pk}"

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.come_to_rest()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def come_to_rest(self) -> None:
        """With nothing left that holds it up, the sync does all there is, and then nothing more."""
        for page in GalleryPage.objects.filter(locked=True):
            self.site.switch_lock(page.pk)
        self.drain()
        assert sync().holders == 0


def caption(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "value": {**item["value"], "caption": "Seen by a person"}}


@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.thorough)])
def test_in_whatever_order_things_happen_nothing_is_lost_and_nothing_comes_back(
    examples: int,
) -> None:
    site = Site.build()
    run_state_machine_as_test(
        lambda: GalleryMachine(site),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            derandomize=EXAMPLES is None,
            database=None,
            print_blob=True,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
