"""
People and the sync at work on the same pages, in every order that hypothesis thinks of.

After every step each page holds what :mod:`tests.machine.model` says, and nothing that was live is
lost by it. After every pass of the sync what was decided is in the row once, each content that may
go live has got all it lacked, and nothing else has changed.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from treebeard import mp_tree
from wagtail.admin.models import EditingSession
from wagtail.images import get_image_model
from wagtail.models import Revision, TaskState, WorkflowState

from tests.factories import key_of, raw_item
from tests.machine.model import PARENTS, Content, Gallery, Ledger, Library, image_of, resolve
from tests.machine.people import KINDS_OF_PAGE, Body, Form, Site, body_of, body_of_revision
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import (
    Announcement,
    Arrival,
    Delivery,
    Errand,
    HolderKey,
    Run,
    Start,
    Subscription,
)
from wagtail_autogallery.sync import decide
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.answers import SHOWN, Answer, Explanation
from wagtail_autogallery.sync.backfill import backfill, count
from wagtail_autogallery.sync.explain import explain
from wagtail_autogallery.sync.gallery_facts import facts_of_galleries
from wagtail_autogallery.sync.image_facts import facts_of_images
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import undo
from wagtail_autogallery.sync.withheld import release
from wagtail_autogallery.tasks import OWN

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

#: Set by ``make soak``; then the examples are new ones each time.
EXAMPLES = os.environ.get("MACHINE_EXAMPLES")
FEW, MANY = 5, int(EXAMPLES or 500)
#: Each begins a search of its own, with its share of it: several processes share them.
STARTS = (21, 22, 23, 24, 25)
STEPS = 30
FORMS = 4
PAGES = 3
ALIASES = 1
GALLERIES = 3
STATEMENTS_OF_A_SYNC = 60
#: Decided at once, so that what is decided comes in slices.
ARRIVALS_AT_ONCE = 3

numbers = st.integers(0, 7)
collections = st.sampled_from(list(PARENTS))
# What people do often comes often.
often = ["remove", "remove", "pick", "pick", "caption", "reverse"]
edits = st.sampled_from(
    [*often, "toggle", "collection", "maximum", "review", "duplicate", "delete"]
)
works = st.lists(st.tuples(numbers, edits, numbers), min_size=1, max_size=3)
Work = list[tuple[int, str, int]]
savings = st.sampled_from(
    ["publish", "publish", "draft", "draft", "autosave", "submit", "schedule"]
)


HELD_UP = {Answer.WAITING, Answer.NO_PICTURE, Answer.LOCKED, Answer.FULL, Answer.PRIVATE}
NEVER_TAKEN = {
    Answer.BEFORE,
    Answer.OUTSIDE,
    Answer.PRIVATE,
    Answer.FOLLOWED_ELSE,
    Answer.SWITCHED_OFF,
    Answer.CAME_WITH_COLLECTION,
}
ENDED_OR_ABSENT = {
    Answer.REMOVED,
    Answer.MADE_ROOM,
    Answer.UNDONE,
    Answer.SWITCHED_OFF,
    Answer.DRAFT_ONLY,
    Answer.NO_GALLERY,
}


class Killed(BaseException):
    """The process dies here."""


@contextmanager
def in_slices_of(arrivals: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decide, "ARRIVALS_PER_SLICE", arrivals)
        yield


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


@contextmanager
def not_committed(pk: int) -> Iterator[None]:
    """Let nobody see that a page follows, as long as the transaction that made it goes on."""
    subscriptions = list(Subscription.objects.filter(object_id=str(pk)))
    starts = list(Start.objects.filter(subscription_id__in=[row.pk for row in subscriptions]))
    for rows in (subscriptions, starts):
        for row in rows:
            type(row).objects.filter(pk=row.pk)._raw_delete(connection.alias)
    yield
    Subscription.objects.bulk_create(subscriptions)
    Start.objects.bulk_create(starts)


@dataclass
class Holder:
    """What is known of a page."""

    pk: int
    row: Content = field(default_factory=list)
    revisions: dict[int, Content] = field(default_factory=dict)
    #: What was live, and unknown to the person whose content has just become the row.
    has_to_stay: list[tuple[str, set[Any]]] = field(default_factory=list)
    #: What the last pass should have put into a draft of its own.
    new_draft: Content | None = None
    #: The ledgers it had before its row was written last.
    known_before: list[Ledger] = field(default_factory=list)


def copied(content: Content) -> Content:
    return deepcopy(content)


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

    def is_in_somebodys_hands(self, pk: int) -> bool:
        """Whether somebody has it open, or is to judge it."""
        is_reviewed = any(
            state["object_id"] == str(pk) and state["status"] == "in_progress"
            for state in self.workflows
        )
        return is_reviewed or str(pk) in self.edited

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

    def of_revision(self, pk: int, was_busy: bool) -> tuple[Any, ...]:
        """What no pass of the sync changes in a revision."""
        revision = self.revisions[pk]
        content = {k: v for k, v in revision.content.items() if k != "body"}
        if not was_busy:
            # What follows up at rest, or is added to then, has the columns of the row.
            content = {name: content[name] for name in ("title", "slug", "go_live_at", "sidebar")}
        body = without_images(body_of_revision(revision))
        return revision.created_at, revision.approved_go_live_at, content, body


#: Tables that are in no :class:`State`.
ELSEWHERE = ("wagtail_autogallery_", "django_tasks_", "wagtailimages_", "referenceindex")


class GalleryMachine(RuleBasedStateMachine):
    def __init__(self, site: Site) -> None:
        super().__init__()
        self.example = ExitStack()
        self.example.enter_context(transaction.atomic())
        self.example.enter_context(connection.execute_wrapper(self.notice_writing))
        self.site = site
        self.site.saved = 0
        self.library = Library()
        self.forms: list[tuple[Form, Content]] = []
        self.holders: list[Holder] = []
        self.ledgers: list[Ledger] = []
        #: Aliases with the page that each follows.
        self.aliases: dict[int, int] = {}
        self.names = 0
        #: How things stood when they were looked at last.
        self.state = State()
        self.is_stale = False
        #: Whether anything was written since everything had an answer.
        self.is_unanswered = True

    def notice_writing(self, execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            self.is_unanswered = True
            self.is_stale |= not any(table in sql.split("WHERE")[0] for table in ELSEWHERE)
        return execute(sql, *args)

    def look(self) -> State:
        """How things stand. It is read again only after something was written."""
        if self.is_stale:
            self.is_stale = False
            self.state = State()
        return self.state

    @initialize(
        kinds=st.lists(st.sampled_from(KINDS_OF_PAGE), min_size=1, max_size=2, unique=True),
        images=st.lists(collections, max_size=3),
    )
    def make_images_and_pages(self, kinds: list[str], images: list[str]) -> None:
        for collection in images:
            self.upload(collection)
        for kind in kinds:
            self.make_page(kind)

    def make_page(self, kind: str) -> Holder:
        page = GalleryPage.objects.get(pk=self.site.make_page(kind).pk)
        holder = Holder(page.pk)
        self.holders.append(holder)
        content = [Gallery(block["id"], block["value"], self.new_name()) for block in body_of(page)]
        self.write_row(holder, content)
        holder.revisions = {r.pk: copied(holder.row) for r in page.revisions.all()}
        return holder

    def new_name(self) -> str:
        self.names += 1
        return f"gallery {self.names}"

    def ledgers_of(self, pk: int) -> list[Ledger]:
        return [ledger for ledger in self.ledgers if ledger.holder == pk]

    def known(self, holder: Holder, content: Content) -> list[tuple[Gallery, Ledger]]:
        ledgers = resolve(content, self.ledgers_of(holder.pk))
        return [(g, ledger) for g, ledger in zip(content, ledgers, strict=True) if ledger]

    def replay(self, holder: Holder, content: Content) -> None:
        for gallery, ledger in self.known(holder, content):
            gallery.replay(ledger, self.library, is_row=False)

    def followed(self, gallery: Gallery) -> str:
        names = {collection.pk: name for name, collection in self.site.collections.items()}
        return names.get(gallery.raw["collection"], "root")

    def write_row(self, holder: Holder, content: Content) -> None:
        """A content becomes the row of a page."""
        holder.has_to_stay = self.what_has_to_stay(holder, content)
        holder.row = content
        now = len(self.library.events)
        ledgers = holder.known_before = self.ledgers_of(holder.pk)
        found = resolve(content, ledgers)
        pairs = zip(content, found, strict=True)
        for gallery, ledger in sorted(pairs, key=lambda pair: not pair[0].follows):
            followed = self.followed(gallery)
            if ledger is None:
                known = len(self.ledgers)
                self.adopt_or_begin(holder, gallery, beside=found)
                found = [*found, *self.ledgers[known:]]
                continue
            ledger.place = gallery.place
            ledger.reviews = reviews(gallery)
            if not gallery.follows:
                ledger.stop()
            elif not ledger.follows or ledger.followed != followed:
                ledger.start(followed, now)
        # Its duplicates have what waited for it.
        for ledger in ledgers:
            ledger.is_in_row = ledger in found
            if ledger not in found:
                ledger.stop()
        is_live = GalleryPage.objects.get(pk=holder.pk).live
        for gallery, ledger in self.known(holder, content):
            ledger.reviews = reviews(gallery)
            gallery.become_row(ledger, self.library, is_live)

    def publish(self, holder: Holder, pk: int) -> None:
        """A revision becomes the row, and is what that makes of it."""
        self.write_row(holder, copied(holder.revisions[pk]))
        holder.revisions[pk] = copied(holder.row)

    def adopt_or_begin(self, holder: Holder, gallery: Gallery, beside: list[Ledger | None]) -> None:
        followed = self.followed(gallery)
        origin = self.named(holder, gallery)
        if origin and origin.holder != holder.pk and gallery.seen == 0 and origin.given:
            # It was copied before the other one followed anything.
            if gallery.follows:
                since = len(self.library.events)
                ledger = Ledger(self.new_name(), holder.pk, gallery.place, followed, since)
                ledger.origin = gallery.name
                self.ledgers.append(ledger)
        elif origin:
            ledger = origin.adopted_by(self.new_name(), holder.pk, gallery.place)
            ledger.origin = gallery.name
            if not gallery.follows and origin in beside:
                # It never followed, and what came there since never was here.
                ledger.forget_after(gallery.seen)
            if not gallery.follows or origin.followed != followed:
                ledger.waiting.clear()
                ledger.never.clear()
                ledger.taken = {*ledger.given, *ledger.offers}
            undecided = origin.undecided_from
            undecided = self.library.decided if undecided is None else undecided
            ledger.start(followed, max(origin.since, undecided))
            ledger.follows = gallery.follows
            self.ledgers.append(ledger)
        elif gallery.follows:
            since = len(self.library.events)
            ledger = Ledger(gallery.name, holder.pk, gallery.place, followed, since)
            self.ledgers.append(ledger)

    def named(self, holder: Holder, gallery: Gallery) -> Ledger | None:
        """
        Of those that go by a name one of this page; or that which was where this one is now, with
        as much seen, and following the same.
        """
        own = self.ledgers_of(holder.pk)
        named = [one for one in self.ledgers if gallery.name in (one.name, one.origin)]
        follows = self.followed(gallery) if gallery.follows else None

        def likeness(ledger: Ledger) -> tuple[bool, ...]:
            return (
                ledger in holder.known_before,
                len(ledger.given) >= gallery.seen,
                (ledger.followed if ledger.follows else None) == follows,
                len(ledger.given) == gallery.seen,
                ledger.place == gallery.place,
                ledger in own,
                ledger.name == gallery.name,
            )

        return max(reversed(named), key=likeness, default=None)

    def what_has_to_stay(self, holder: Holder, content: Content) -> list[tuple[str, set[Any]]]:
        """What is live, and the person whose content goes live now could not know."""
        page = self.state.pages.get(holder.pk)
        if not (page and page.live):
            return []
        before = {ledger.name: gallery for gallery, ledger in self.known(holder, holder.row)}
        return [
            (
                gallery.place,
                {
                    image
                    for image in ledger.given[gallery.known :]
                    if before[ledger.name].holds(image)
                    and image in self.library.where
                    and image not in ledger.undone | gallery.offers_of(ledger)
                },
            )
            for gallery, ledger in self.known(holder, content)
            if ledger.name in before
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
        del self.library.where[image]
        self.drain()

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

    @precondition(lambda self: self.library.restricted)
    @rule(number=numbers)
    def lift(self, number: int) -> None:
        restricted = sorted(self.library.restricted)
        collection = restricted[number % len(restricted)]
        self.site.lift(collection)
        self.library.lift(collection)

    @precondition(lambda self: hasattr(mp_tree, "path_updated"))
    @rule(collection=st.sampled_from(["coast", "beach", "inland"]), into=collections)
    def move_collection(self, collection: str, into: str) -> None:
        is_inside = collection in self.library.chain(into)
        if not is_inside and self.library.parents[collection] != into:
            self.site.move_collection(collection, into)
            self.library.move_collection(collection, into)

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
        self.hold_open(self.site.open(holder.pk), content)

    def hold_open(self, form: Form, shown: Content) -> None:
        content = [
            Gallery(
                block["id"],
                block["value"],
                known.name,
                known.seen,
                known.seen,
                list(known.offered),
            )
            for block, known in zip(form.body, shown, strict=True)
        ]
        self.forms.append((form, content))
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

    @rule(page=numbers, work=works, how=savings, drained=st.booleans())
    def edit_and_save(self, page: int, work: Work, how: str, drained: bool) -> None:
        self.open_form(page)
        self.work_on(work)
        self.save_form(-1, how)
        if drained:
            self.drain()

    def work_on(self, work: Work) -> None:
        for gallery, edit, at in work:
            self.edit_form(-1, gallery, edit, at)

    @rule(page=numbers, collection=collections, work=works, how=savings)
    def save_stale_form(self, page: int, collection: str, work: Work, how: str) -> None:
        self.open_form(page)
        self.upload(collection, drained=True)
        self.work_on(work)
        self.save_form(-1, how)

    @rule(page=numbers, collection=collections, work=works, last=works, how=savings)
    def publish_in_the_wrong_order(
        self, page: int, collection: str, work: Work, last: Work, how: str
    ) -> None:
        """Two people have it open, one from before the last image came; that one is the last."""
        self.open_form(page)
        self.work_on(last)
        form = self.forms[-1]
        self.upload(collection, drained=True)
        self.edit_and_save(page, work, "publish", drained=False)
        self.forms.remove(form)
        self.save(form, how)

    @rule(
        page=numbers,
        there=works,
        back=works,
        between=st.tuples(collections, collections),
        how=savings,
    )
    def work_on_a_draft_for_long(
        self, page: int, there: Work, back: Work, between: tuple[str, str], how: str
    ) -> None:
        """Something is changed and changed back, and images come in between."""
        for work, collection in zip((there, back), between, strict=True):
            self.edit_and_save(page, work, "draft", drained=False)
            self.upload(collection, drained=True)
        self.open_form(page)
        self.save_form(-1, how)

    @rule(page=numbers, version=numbers, how=st.sampled_from(["publish", "draft", "open"]))
    def revert(self, page: int, version: int, how: str) -> None:
        holder = self.holder(page)
        pk = sorted(holder.revisions)[-1 - version % len(holder.revisions)]
        form = self.site.open_version(holder.pk, Revision.objects.get(pk=pk))
        self.hold_open(form, holder.revisions[pk])
        if how != "open":
            self.save_form(-1, how)

    def edit(self, opened: tuple[Form, Content], number: int, edit: str, at: int) -> None:
        form, content = opened
        number %= len(content)
        gallery = content[number]
        raw, items = gallery.raw, gallery.items
        if edit == "toggle":
            raw["auto_sync_media"] = not raw["auto_sync_media"]
        elif edit == "collection":
            name = list(PARENTS)[at % len(PARENTS)]
            raw["collection"] = None if name == "root" else self.site.collections[name].pk
        elif edit == "maximum":
            raw["max_images"] = [None, 1, 2, 3][at % 4]
        elif edit == "review":
            raw["review_new_images"] = not raw.get("review_new_images", False)
        elif edit == "duplicate":
            if len(content) < GALLERIES:
                copy = deepcopy(gallery)
                copy.place = str(uuid.uuid4())
                for item in copy.items:
                    item["id"] = str(uuid.uuid4())
                form.body.insert(
                    number + 1, {"type": "gallery", "value": copy.raw, "id": copy.place}
                )
                content.insert(number + 1, copy)
        elif edit == "delete":
            if len(content) > 1:
                del form.body[number], content[number]
        elif edit == "reverse":
            items.reverse()
        elif edit == "pick":
            if (image := self.image(at)) and not gallery.holds(image):
                items.insert(at, raw_item(image))
        elif items:
            at %= len(items)
            if edit == "remove":
                del items[at]
            else:
                items[at] = caption(items[at])

    def save(self, opened: tuple[Form, Content], how: str) -> None:
        form, content = opened
        holder = next(holder for holder in self.holders if holder.pk == form.page_id)
        for block, gallery in zip(form.body, content, strict=True):
            # Wagtail's form has no image for what does not exist, and the block drops it.
            gallery.drop(self.library)
            assert block["value"] is gallery.raw
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
            for gallery, ledger in self.known(holder, saved):
                gallery.settle(ledger)
        if was_live:
            self.replay(holder, saved)
        else:
            self.write_row(holder, saved)
        holder.revisions[revision.pk] = copied(saved)
        if how in ("publish", "schedule"):
            self.site.publish(revision, form)
            if how == "publish" or not was_live:
                self.publish(holder, revision.pk)
        elif how == "submit":
            self.site.submit(holder.pk)
        self.check_whole(holder, revision.pk)

    def check_whole(self, holder: Holder, pk: int) -> None:
        """What was just saved is whole there and then."""
        self.every_content_is_what_people_and_the_sync_made_of_it()
        for gallery, ledger in self.known(holder, holder.revisions[pk]):
            assert not gallery.lacks(ledger, self.library), f"revision {pk} lacks something"

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
            self.publish(holder, newest.pk)

    @precondition(lambda self: self.state.scheduled())
    @rule(which=numbers)
    def let_go_live(self, which: int) -> None:
        scheduled = sorted(self.state.scheduled(), key=lambda revision: revision.pk)
        revision = scheduled[which % len(scheduled)]
        holder = next(holder for holder in self.holders if revision.pk in holder.revisions)
        self.site.let_go_live(revision)
        self.publish(holder, revision.pk)

    @rule(page=numbers, sure=numbers)
    def unpublish(self, page: int, sure: int) -> None:
        shown = self.state.pages[self.holder(page).pk]
        if sure == 0 and shown.live and not shown.locked and not shown.approved_schedule:
            self.site.unpublish(shown.pk)

    @rule(page=numbers, sure=numbers)
    def switch_lock(self, page: int, sure: int) -> None:
        if sure < 2 or self.state.pages[self.holder(page).pk].locked:
            self.site.switch_lock(self.holder(page).pk)

    @rule(page=numbers)
    def switch_presence(self, page: int) -> None:
        self.site.switch_presence(self.holder(page).pk)

    @rule(page=numbers)
    def copy(self, page: int) -> None:
        if len(self.holders) >= PAGES:
            return
        source = self.holder(page)
        shown = self.state.pages[source.pk]
        copied_too = [source.revisions[pk] for pk in sorted(source.revisions)]
        # And one of what its editor shows.
        copied_too.append(
            source.revisions[shown.latest_revision_id]
            if shown.has_unpublished_changes
            else source.row
        )
        copy = GalleryPage.objects.get(pk=self.site.copy(source.pk).pk)
        holder = Holder(copy.pk)
        self.holders.append(holder)
        self.write_row(holder, copied(source.row))
        made = sorted(revision.pk for revision in copy.revisions.all())
        holder.revisions = {
            pk: copied(content) for pk, content in zip(made, copied_too, strict=True)
        }

    @rule(kind=st.sampled_from(KINDS_OF_PAGE), collection=collections)
    def make_page_in_a_long_transaction(self, kind: str, collection: str) -> None:
        """An image is uploaded, and decided for, before anybody else can see the page."""
        if len(self.holders) < PAGES:
            holder = self.make_page(kind)
            with not_committed(holder.pk):
                self.holders.remove(holder)
                self.upload(collection, drained=True)
            self.holders.append(holder)

    @rule(
        page=numbers,
        collection=collections,
        what=st.sampled_from(["copy", "duplicate", "toggle", "toggle", "collection"]),
        gallery=numbers,
        at=numbers,
    )
    def change_a_page_to_which_something_is_owed(
        self, page: int, collection: str, what: str, gallery: int, at: int
    ) -> None:
        """Who locks a page may go on editing it. What waits is passed on to copies only."""
        holder = self.holder(page)
        if self.look().pages[holder.pk].locked:
            return
        self.site.switch_lock(holder.pk)
        self.upload(collection, drained=True)
        if what == "copy":
            self.copy(page)
        else:
            for turn in range(1 if what == "duplicate" else 2):
                self.edit_and_save(page, [(gallery, what, at + turn)], "publish", drained=False)
        for pk in {holder.pk, self.holders[-1].pk}:
            if self.look().pages[pk].locked:
                self.site.switch_lock(pk)
        self.drain()

    @rule(page=numbers)
    def make_alias(self, page: int) -> None:
        source = self.holder(page)
        if len(self.aliases) < ALIASES and self.state.pages[source.pk].live:
            self.aliases[self.site.make_alias(source.pk).pk] = source.pk

    @precondition(lambda self: self.aliases)
    @rule(which=numbers)
    def convert(self, which: int) -> None:
        pk = list(self.aliases)[which % len(self.aliases)]
        source = next(holder for holder in self.holders if holder.pk == self.aliases[pk])
        if self.is_like_its_source(pk) and len(self.holders) <= PAGES:
            del self.aliases[pk]
            page = self.site.convert(pk)
            holder = Holder(pk)
            self.holders.append(holder)
            self.write_row(holder, copied(source.row))
            holder.revisions = {r.pk: copied(holder.row) for r in page.revisions.all()}

    def is_like_its_source(self, pk: int) -> bool:
        source = next(holder for holder in self.holders if holder.pk == self.aliases[pk])
        return self.are_like(source.row, body_of(self.state.pages[pk]))

    @rule(page=numbers, collection=collections)
    def set_a_page_back_between_two_uploads(self, page: int, collection: str) -> None:
        """Its content is restored from a backup, and the ledger is not."""
        holder = self.holder(page)
        key = HolderKey.of(GalleryPage.objects.get(pk=holder.pk))
        body = body_of(GalleryPage.objects.get(pk=holder.pk))
        revisions = {r.pk: r.content for r in Revision.objects.filter(object_id=str(holder.pk))}
        known = copied(holder.row), deepcopy(holder.revisions)
        self.upload(collection, drained=True)
        GalleryPage.objects.filter(pk=holder.pk).update(body=body)
        for pk, content in revisions.items():
            Revision.objects.filter(pk=pk).update(content=content)
        holder.row, revisions = known
        holder.revisions |= revisions
        Errand.objects.create(**key._asdict(), due_at=timezone.now())
        self.upload(collection, drained=True)

    # Who asks for it

    @rule(page=numbers, gallery=numbers, sure=numbers)
    def undo_in_a_gallery(self, page: int, gallery: int, sure: int) -> None:
        """All runs at once: what is taken back is the same."""
        holder = self.holder(page)
        if sure < 2 and not self.look().pages[holder.pk].locked:
            found = self.known(holder, holder.row)
            for _, ledger in found[gallery % len(found) :][:1] if found else ():
                self.take_back([ledger], self.subscription_of(ledger))

    @rule(sure=numbers)
    def undo_everywhere(self, sure: int) -> None:
        if sure == 0 and not any(page.locked for page in self.look().pages.values()):
            self.take_back(self.ledgers)

    def take_back(self, ledgers: list[Ledger], subscription: Subscription | None = None) -> None:
        runs = Run.objects.values_list("number", flat=True)
        undo(list(runs), self.site.user, subscription)
        for ledger in ledgers:
            ledger.undo()
        self.drain()

    @rule(page=numbers, gallery=numbers)
    def backfill(self, page: int, gallery: int) -> None:
        holder = self.holder(page)
        found = [one for one in self.known(holder, holder.row) if one[1].follows]
        for row, ledger in found[gallery % len(found) :][:1] if found else ():
            subscription = self.subscription_of(ledger)
            assert count(subscription) == backfill(subscription, self.site.user)
            ledger.backfill(self.library, row)

    @precondition(lambda self: self.library.where)
    @rule(page=numbers, gallery=numbers, number=numbers)
    def add_now(self, page: int, gallery: int, number: int) -> None:
        """With nothing else on its way: that would come in an order of its own."""
        self.drain()
        holder, image = self.holder(page), self.image(number)
        found = [one for one in self.known(holder, holder.row) if one[1].follows]
        for row, ledger in found[gallery % len(found) :][:1] if found else ():
            if ledger.waiting:
                continue
            added = add_now(self.subscription_of(ledger), [str(image)], self.site.user)
            is_open = self.library.is_open_to(image, ledger.followed)
            assert added == ([str(image)] if is_open and not row.holds(image) else [])
            if added:
                ledger.add_again(image)

    @rule(page=numbers, gallery=numbers)
    def release(self, page: int, gallery: int) -> None:
        """What waits for somebody to look at it comes, in the order in which it was decided."""
        self.drain()
        holder = self.holder(page)
        if self.look().pages[holder.pk].locked:
            return
        found = [one for one in self.known(holder, holder.row) if one[1].withheld]
        for row, ledger in found[gallery % len(found) :][:1] if found else ():
            subscription = self.subscription_of(ledger)
            withheld = {
                str(image): image
                for image in ledger.withheld
                if ledger.follows
                and image in self.library.where
                # What is private, or has no room, waits for more than to be looked at.
                and (image not in ledger.waiting or self.can_come(image, row, ledger))
            }
            rows = Delivery.objects.of_subscriptions([subscription]).order_by("pk")
            images = [withheld[i] for i in rows.values_list("image_id", flat=True) if i in withheld]
            assert release(subscription, self.site.user) == len(images)
            ledger.release(images)
            self.drain()

    def can_come(self, image: Any, row: Gallery, ledger: Ledger) -> bool:
        return row.has_room() and self.library.is_open_to(image, ledger.followed)

    def subscription_of(self, ledger: Ledger) -> Subscription:
        return Subscription.objects.get(object_id=str(ledger.holder), path=ledger.place)

    # The sync

    @rule()
    def drain(self) -> None:
        before = self.let_time_pass()
        assert sync().failures == 0
        self.check_pass(before)

    @rule()
    def drain_through_the_queue(self) -> None:
        before = self.let_time_pass()
        report = drain(only=OWN)
        assert (report.failed, report.remaining) == (0, 0), report
        self.check_pass(before)

    @rule(statement=st.integers(1, STATEMENTS_OF_A_SYNC), collection=collections)
    def upload_and_drain_that_is_killed(self, statement: int, collection: str) -> None:
        self.upload(collection)
        before = self.let_time_pass()
        try:
            # Of several slices some would be decided, and the model knows all or none.
            with in_slices_of(1000), killed_before_statement(statement):
                assert sync().failures == 0
        except Killed:
            self.check_pass(before, is_killed=True)
        else:
            self.check_pass(before)

    def let_time_pass(self) -> State:
        """What is held back is looked at again some day."""
        some_day = timezone.now() - timedelta(days=1)
        Delivery.objects.waiting().update(due_at=some_day)
        Errand.objects.update(due_at=some_day)
        Announcement.objects.update(taken_at=some_day)
        return self.look()

    def check_pass(self, before: State, is_killed: bool = False) -> None:
        after = self.look()
        assert after.workflows == before.workflows
        assert after.tasks == before.tasks
        for pk in before.revisions:
            was_busy = before.is_busy(int(before.revisions[pk].object_id))
            assert after.of_revision(pk, was_busy) == before.of_revision(pk, was_busy)
        for holder in self.holders:
            rows = body_of(before.pages[holder.pk]), body_of(after.pages[holder.pk])
            undone = self.undone_in(holder)
            for was, is_now in zip(*rows, strict=True):
                had = set(images_of(was)) - undone.get(was["id"], set())
                self.check_what_was_live(holder, had, is_now["value"])
        if not (is_killed and Arrival.objects.waiting().exists()):
            for ledger in self.ledgers:
                self.decide_for(ledger)
            self.library.decided = len(self.library.events)
        for holder in self.holders:
            holder.new_draft = None
            if not after.pages[holder.pk].locked:
                self.check_visit(holder, before, after, is_killed)
                for pk in after.may_go_live(holder.pk):
                    for gallery, ledger in self.known(holder, holder.revisions.get(pk, [])):
                        gallery.give_back(ledger, is_row=False)
            self.check_what_is_made(holder, before, after)
        self.every_content_is_what_people_and_the_sync_made_of_it()
        if is_killed:
            return
        assert not Announcement.objects.exists()
        for holder in self.holders:
            for pk in after.may_go_live(holder.pk):
                for gallery, ledger in self.known(holder, holder.revisions[pk]):
                    where = f"Revision {pk} of page {holder.pk}"
                    assert not gallery.lacks(ledger, self.library), (
                        f"{where} lacks something:\n{gallery}\n{ledger}\n{self.library}"
                    )

    def undone_in(self, holder: Holder) -> dict[str, set[Any]]:
        return {g.place: ledger.undone for g, ledger in self.known(holder, holder.row)}

    def decide_for(self, ledger: Ledger) -> None:
        first = self.library.decided if ledger.undecided_from is None else ledger.undecided_from
        ledger.undecided_from = None
        if any(holder.pk == ledger.holder for holder in self.holders):
            ledger.decide(self.library, range(first, len(self.library.events)))
        else:
            # Nobody sees it yet.
            ledger.undecided_from = first

    def check_visit(self, holder: Holder, before: State, after: State, is_killed: bool) -> None:
        """Compute what a visit makes of a row, if there was one."""
        if is_killed:
            waiting = Delivery.objects.of(HolderKey.of(after.pages[holder.pk])).waiting()
            due = waiting.filter(subscription__is_following=True).count()
            if due == sum(len(ledger.waiting) for ledger in self.ledgers_of(holder.pk)):
                return
        stored = {block["id"]: block["value"] for block in body_of(after.pages[holder.pk])}
        is_live = before.pages[holder.pk].live
        to_offer: dict[str, list[Any]] = {}
        for gallery, ledger in self.known(holder, holder.row):
            had = len(ledger.given)
            has_room = gallery.has_room()
            for image in list(ledger.waiting):
                if image not in self.library.where:
                    ledger.waiting.remove(image)
                elif has_room and self.library.is_open_to(image, ledger.followed):
                    if ledger.has_to_offer(image) and not (is_live and gallery.holds(image)):
                        ledger.to_review.add(image)
                        to_offer.setdefault(ledger.name, []).append(image)
                        continue
                    ledger.give(image)
            gallery.drop(self.library)
            gallery.replay(ledger, self.library, is_row=True)
            shown = Gallery(gallery.place, stored[gallery.place], "")
            for image, _, delivered in shown.shown(self.library):
                is_new = delivered and image not in ledger.given[:had]
                # What was taken over from another page, people have seen.
                if is_new and image in ledger.given:
                    assert self.library.is_open_to(image, self.followed(gallery)), "it is private"

        if to_offer and not before.is_in_somebodys_hands(holder.pk):
            self.offer(holder, before, to_offer)

    def offer(self, holder: Holder, before: State, to_offer: dict[str, list[Any]]) -> None:
        """Compute what a draft gets that somebody has to look at first."""
        page = before.pages[holder.pk]
        latest = before.revisions[page.latest_revision_id]
        is_mere_draft = latest.pk != page.live_revision_id and not latest.approved_go_live_at
        has_draft = page.has_unpublished_changes or latest.pk != page.live_revision_id
        if is_mere_draft:
            draft = holder.revisions[latest.pk]
        else:
            draft = copied(holder.revisions[latest.pk] if has_draft else holder.row)
        self.replay(holder, draft)
        offered = False
        for gallery, ledger in self.known(holder, draft):
            if images := to_offer.get(ledger.name):
                gallery.drop(self.library)
                gallery.be_offered(ledger, images)
                ledger.waiting = [image for image in ledger.waiting if image not in images]
                offered = True
        if offered and not is_mere_draft:
            holder.new_draft = draft

    def check_what_is_made(self, holder: Holder, before: State, after: State) -> None:
        pk = holder.pk
        made = after.revisions_of(pk).keys() - before.revisions_of(pk).keys()
        newest = after.pages[pk].latest_revision_id
        expected = before.of_page(pk)
        if holder.new_draft:
            assert newest in made
            made -= {newest}
            holder.revisions[newest] = holder.new_draft
            title = after.revisions[newest].content["title"]
            expected |= {"has_unpublished_changes": True, "draft_title": title}
            newest = after.pages[pk].live_revision_id
            if before.is_busy(pk):
                newest = before.pages[pk].latest_revision_id
        assert after.of_page(pk) == expected
        if before.is_busy(pk) or before.pages[pk].locked or not made:
            assert not made
            assert newest == before.pages[pk].latest_revision_id
            assert after.pages[pk].live_revision_id == before.pages[pk].live_revision_id
        else:
            assert made == {newest} == {after.pages[pk].live_revision_id}
        if not before.is_busy(pk):
            is_amended = self.are_like(holder.row, body_of_revision(after.revisions[newest]))
            if made or (is_amended and self.was_written(holder, newest, after)):
                holder.revisions[newest] = copied(holder.row)

    def was_written(self, holder: Holder, pk: int, state: State) -> bool:
        stored = body_of_revision(state.revisions[pk])
        return any(
            block["value"].get("cursor") != gallery.raw.get("cursor")
            for block, gallery in zip(stored, holder.revisions[pk], strict=True)
        )

    # What always holds

    def are_like(self, content: Content, body: Body) -> bool:
        return [gallery.place for gallery in content] == [block["id"] for block in body] and all(
            gallery.is_like(block["value"], self.library)
            for gallery, block in zip(content, body, strict=True)
        )

    @invariant()
    def every_content_is_what_people_and_the_sync_made_of_it(self) -> None:
        state = self.look()
        for holder in self.holders:
            page = state.pages[holder.pk]
            body = body_of(page)
            self.check_what_has_to_stay(holder, body)
            self.check_content(holder, holder.row, body, f"row of page {page.pk}")
            revisions = state.revisions_of(holder.pk)
            assert revisions.keys() == holder.revisions.keys()
            for pk, content in holder.revisions.items():
                body = body_of_revision(revisions[pk])
                if self.was_written(holder, pk, state):
                    self.replay(holder, content)
                self.check_content(holder, content, body, f"revision {pk} of page {page.pk}")
        for pk, source in self.aliases.items():
            if state.pages[pk].live and state.pages[source].live:
                assert self.is_like_its_source(pk), f"alias {pk}"

    @invariant()
    def every_image_has_an_answer_in_every_gallery(self) -> None:
        if self.is_unanswered:
            self.is_unanswered = False
            self.ask_for_every_image()

    def ask_for_every_image(self) -> None:
        images = get_image_model().objects.select_related("collection")
        pages = [*(holder.pk for holder in self.holders), *self.aliases]
        keys = [HolderKey.of(self.look().pages[pk]) for pk in pages]
        in_library = images.filter(pk__in=self.library.where)
        for image, gallery in product(facts_of_images(in_library), facts_of_galleries(keys)):
            self.check_answer(key_of(image.image), explain(image, gallery))

    def check_answer(self, image: Any, explanation: Explanation) -> None:
        gallery, answer = explanation.gallery, explanation.answer
        body = body_of(self.look().pages[gallery.holder.pk])
        stored = {block["id"]: block["value"] for block in body}.get(gallery.path)
        items = [item for item in stored["images"] if image_of(item) == image] if stored else []
        about = f"{explanation} of image {image}\n{self.ledgers}\n{self.library}"
        assert explanation.is_in_row == bool(items), about
        if gallery.holder.pk in self.aliases:
            assert answer == Answer.ALIAS
            return
        assert (answer in SHOWN) == bool(items), about
        holder = next(one for one in self.holders if one.pk == gallery.holder.pk)
        in_row = {g.place: ledger for g, ledger in self.known(holder, holder.row)}
        ledger = in_row.get(gallery.path)
        if ledger is None:
            # It never followed, is in a draft, or was deleted.
            assert items or answer in ENDED_OR_ABSENT, about
        elif items:
            came = {*ledger.given, *ledger.offers}
            is_the_syncs = items[0]["value"]["delivered"] == str(image) and image in came
            assert (answer == Answer.ADDED) == is_the_syncs, about
        else:
            assert answer in self.possible_answers(ledger, image), about

    def possible_answers(self, ledger: Ledger, image: Any) -> set[Answer]:
        """Why the row lacks it."""
        if image in ledger.waiting:
            return HELD_UP | {Answer.WITHHELD}
        if image in ledger.removed:
            return {Answer.REMOVED}
        if image in ledger.made_room:
            return {Answer.MADE_ROOM}
        if image in ledger.undone | ledger.never:
            return {Answer.UNDONE}
        if image in ledger.offers and image not in ledger.given:
            return {Answer.WITHHELD}
        if image in ledger.taken or not ledger.follows:
            # It waited when the gallery was switched off.
            return {Answer.SWITCHED_OFF, Answer.DRAFT_ONLY}
        first = self.library.decided if ledger.undecided_from is None else ledger.undecided_from
        to_come = range(first, len(self.library.events))
        if any(image in self.library.brings(n, ledger.followed, ledger.since) for n in to_come):
            return {Answer.WAITING, Answer.DRAFT_ONLY}
        return NEVER_TAKEN | {Answer.DRAFT_ONLY}

    def check_content(self, holder: Holder, content: Content, body: Body, where: str) -> None:
        if not self.are_like(content, body):
            ours = [(g.name, g.seen, g.shown(self.library), g.settings()) for g in content]
            theirs = [
                (b["value"].get("cursor"), Gallery(b["id"], b["value"], "").shown(self.library))
                for b in body
            ]
            raise AssertionError(
                f"{where}:\n{ours}\nshould be what is stored:\n{theirs}\n"
                f"{self.ledgers_of(holder.pk)}\n{self.library}"
            )
        for gallery, block in zip(content, body, strict=True):
            images = images_of(block)
            assert len(set(images)) == len(images), f"{where}: an image is there twice"
            gallery.raw = block["value"]

    def check_what_has_to_stay(self, holder: Holder, body: Body) -> None:
        stored = {block["id"]: Gallery(block["id"], block["value"], "") for block in body}
        for place, images in holder.has_to_stay:
            self.check_what_was_live(holder, images, stored[place].raw)
        holder.has_to_stay = []

    def check_what_was_live(self, holder: Holder, images: set[Any], raw: dict[str, Any]) -> None:
        """Only images that were deleted may be gone, or made room where there is no more."""
        lost = images - {image_of(item) for item in raw["images"]}
        lost &= self.library.where.keys()
        maximum = raw["max_images"]
        if lost and (maximum is None or len(raw["images"]) < maximum):
            raise AssertionError(f"{lost} was live in page {holder.pk} and is lost")

    def may_not_be_offered(self, holder: Holder, ledger: Ledger, image: Any) -> bool:
        """Whether it waits for somebody to leave, or for a draft that has its gallery."""
        if not ledger.has_to_offer(image):
            return False
        newest = GalleryPage.objects.get(pk=holder.pk).latest_revision_id
        in_draft = [known for _, known in self.known(holder, holder.revisions[newest])]
        return self.look().is_in_somebodys_hands(holder.pk) or ledger not in in_draft

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self.come_to_rest()
        finally:
            transaction.set_rollback(True)
            self.example.close()

    def come_to_rest(self) -> None:
        """With nothing left that holds it up, the sync does all there is, and then nothing more."""
        self.ask_for_every_image()
        for page in GalleryPage.objects.filter(locked=True):
            self.site.switch_lock(page.pk)
        self.drain()
        assert sync().holders == 0
        for holder in self.holders:
            for gallery, ledger in self.known(holder, holder.row):
                open_to_all = [
                    image
                    for image in ledger.waiting
                    if image in self.library.where
                    and self.library.is_open_to(image, ledger.followed)
                    and not self.may_not_be_offered(holder, ledger, image)
                ]
                assert not (open_to_all and gallery.has_room()), "it never comes"
        self.ask_for_every_image()


def reviews(gallery: Gallery) -> bool:
    return bool(gallery.raw.get("review_new_images"))


def images_of(block: dict[str, Any]) -> list[Any]:
    return [image_of(item) for item in block["value"]["images"]]


def caption(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "value": {**item["value"], "caption": "Seen by a person"}}


@pytest.mark.parametrize(
    ("examples", "start"),
    [
        (FEW, 0),
        *(pytest.param(MANY // len(STARTS), start, marks=pytest.mark.thorough) for start in STARTS),
    ],
)
def test_in_whatever_order_things_happen_nothing_is_lost_and_nothing_comes_back(
    examples: int, start: int
) -> None:
    site = Site.build()

    def machine() -> GalleryMachine:
        return GalleryMachine(site)

    with in_slices_of(ARRIVALS_AT_ONCE):
        run_state_machine_as_test(
            machine if EXAMPLES else seed(start)(machine),
            settings=settings(
                max_examples=examples,
                stateful_step_count=STEPS,
                database=None,
                print_blob=True,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )
