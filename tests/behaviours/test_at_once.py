"""
Two at work on the same galleries at once: neither is ended for the other.

One is stopped before each of their statements that locks or writes deliveries, or galleries, until
the other is done or waits for it. If they then waited for each other, the database would end one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import Model
from django.utils import timezone
from wagtail.models import Collection, CollectionViewRestriction

from tests.factories import CollectionFactory, ImageFactory, follows, page_with, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Arrival, Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import never_here, undo
from wagtail_autogallery.sync.withheld import release
from wagtail_autogallery.tasks import try_failed_galleries_now

pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="One writer at a time"),
    pytest.mark.django_db(transaction=True),
]

Reason = Delivery.Reason

OWN_CONNECTION = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT CONNECTION_ID()"}
WAITS_FOR_A_LOCK = {
    "postgresql": "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'",
    "mysql": (
        "SELECT 1 FROM information_schema.innodb_trx"
        " WHERE trx_mysql_thread_id = %s AND trx_state = 'LOCK WAIT'"
    ),
}
#: Who asks more often than each tenth of a second is told by MariaDB what was so before.
SECONDS_BETWEEN_LOOKS = {"postgresql": 0.02, "mysql": 0.15}


class Site:
    """Two pages, to which one run has brought the same, and for which the same waits."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.private = CollectionFactory()
        CollectionViewRestriction.objects.create(
            collection=self.private, restriction_type=CollectionViewRestriction.LOGIN
        )
        self.pages = [page_with(raw_gallery(), raw_gallery()) for _ in range(2)]
        self.images = [ImageFactory() for _ in range(3)]
        self.run = sync().run
        self.waiting = {reason: ImageFactory() for reason in [*Delivery.HELD_UP, Reason.WITHHELD]}
        self.waiting[Reason.PRIVATE] = ImageFactory(collection=self.private)
        Arrival.objects.waiting().update(run_id=self.run)
        Delivery.objects.bulk_create(
            Delivery(
                subscription=gallery,
                image_id=str(image.pk),
                run_id=self.run,
                reason=reason,
                due_at=timezone.now() + timedelta(hours=1),
            )
            for page in self.pages
            for gallery in follows(page)
            for reason, image in self.waiting.items()
        )
        Subscription.objects.update(state=Subscription.State.FULL)
        # In a short table a database looks at all rows, and uses no index.
        Delivery.objects.bulk_create(
            Delivery(
                subscription=gallery,
                image_id=f"gone-{number}",
                run_id=0,
                due_at=None,
                reason="",
                mark=Delivery.Mark.GONE,
            )
            for page in self.pages
            for gallery in follows(page)
            for number in range(200)
        )

    @property
    def all_images(self) -> list[str]:
        return [str(image.pk) for image in [*self.images, *self.waiting.values()]]


def publish(site: Site, page: GalleryPage, **changes: Any) -> None:
    """Without the first image of the first gallery."""
    page = GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    body = json.loads(json.dumps(list(page.body.raw_data)))
    body[0]["value"] |= {"images": body[0]["value"]["images"][1:], **changes}
    page.body = json.dumps(body)
    with transaction.atomic():
        page.save_revision().publish()


def switch_off(site: Site, page: GalleryPage) -> None:
    publish(site, page, auto_sync_media=False)


def visit(site: Site, page: GalleryPage) -> None:
    Errand.objects.create(**HolderKey.of(page)._asdict())
    sync()


def undo_everywhere(site: Site, page: GalleryPage) -> None:
    undo([site.run], site.user)


def undo_in_page(site: Site, page: GalleryPage) -> None:
    undo([site.run], site.user, holder=HolderKey.of(page))


def add(site: Site, page: GalleryPage) -> None:
    add_now(follows(page)[0], site.all_images, site.user)


def keep_out(site: Site, page: GalleryPage) -> None:
    never_here(follows(page)[0], site.all_images, site.user)


def release_withheld(site: Site, page: GalleryPage) -> None:
    release(follows(page)[0], site.user)


@transaction.atomic
def unlock(site: Site, page: GalleryPage) -> None:
    GalleryPage.objects.get(pk=page.pk).save(update_fields=["locked"])


@transaction.atomic
def open_collection(site: Site, page: GalleryPage) -> None:
    site.private.view_restrictions.get().delete()


@transaction.atomic
def move_image(site: Site, page: GalleryPage) -> None:
    image = site.waiting[Reason.PRIVATE]
    image.collection = Collection.get_first_root_node()
    image.save()


def try_failed(site: Site, page: GalleryPage) -> None:
    try_failed_galleries_now()


@transaction.atomic
def try_now(site: Site, page: GalleryPage) -> None:
    follows(page)[0].try_now()


class Somebody(threading.Thread):
    """Does one thing, and stops before a statement of it."""

    def __init__(
        self, do: Callable[[], Any], stop_before: int = 0, rows: type[Model] = Delivery
    ) -> None:
        """
        :param stop_before: Which statement that locks or writes some rows; 0 for none.
        :param rows: Their model.
        """
        super().__init__(daemon=True)
        self._do = do
        self._table = rows._meta.db_table
        self._left = stop_before
        self._may_go_on = threading.Event()
        self.error: BaseException | None = None
        #: By the database, for somebody else; be it that it was tried again.
        self.was_ended = False
        self.has_begun = threading.Event()
        #: Set when it has stopped, or ended without.
        self.is_still = threading.Event()
        self.has_ended = threading.Event()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(OWN_CONNECTION[connection.vendor])
                (self._connection,) = cursor.fetchone()
            self.has_begun.set()
            with connection.execute_wrapper(self._watch):
                self._do()
        except BaseException as error:
            self.error = error
        finally:
            connections.close_all()
            self.has_ended.set()
            self.is_still.set()

    def _watch(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        writes = sql.startswith(("INSERT", "UPDATE", "DELETE")) or "FOR UPDATE" in sql
        if writes and self._table in sql:
            self._left -= 1
            if self._left == 0:
                self.is_still.set()
                assert self._may_go_on.wait(60)
        try:
            return execute(sql, params, many, context)
        except OperationalError as error:
            if "deadlock" in str(error).lower():
                self.was_ended = True
            raise

    def go_on(self) -> None:
        self._may_go_on.set()

    @property
    def waits_for_a_lock(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITS_FOR_A_LOCK[connection.vendor], [self._connection])
            return cursor.fetchone() is not None


def meet(one: Somebody, other: Somebody) -> bool:
    """:return: Whether the one has stopped, so that they could meet."""
    one.start()
    assert one.is_still.wait(60)
    if one.has_ended.is_set():
        return False
    other.start()
    assert other.has_begun.wait(60)
    while not other.has_ended.wait(SECONDS_BETWEEN_LOOKS[connection.vendor]):
        if other.waits_for_a_lock:
            break
    one.go_on()
    one.join(60)
    other.join(60)
    return True


def let_meet_at_each_statement(
    come_together: Callable[[], Iterable[Callable[[], Any]]], rows: type[Model] = Delivery
) -> int:
    """
    :param come_together: Makes a site, and gives what the one and the other do in it.
    :param rows: What the one locks or writes.
    :return: How often they have met.
    """
    met = 0
    while True:
        do, do_other = come_together()
        one, other = Somebody(do, stop_before=met + 1, rows=rows), Somebody(do_other)
        have_met = meet(one, other)
        assert (one.error, other.error) == (None, None), f"before statement {met + 1}"
        assert (one.was_ended, other.was_ended) == (False, False), f"before statement {met + 1}"
        if not have_met:
            return met
        met += 1


OTHERS = [
    publish,
    switch_off,
    visit,
    undo_everywhere,
    undo_in_page,
    add,
    keep_out,
    release_withheld,
    unlock,
    open_collection,
    move_image,
    try_failed,
    try_now,
]


@pytest.mark.parametrize("pages", ["same", "another"])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        *((publish, other) for other in OTHERS),
        *((other, publish) for other in OTHERS[1:]),
        (undo_everywhere, visit),
        (visit, undo_everywhere),
    ],
)
def test_neither_is_ended_for_the_other(first, second, pages, admin_user):
    def come_together():
        site = Site(admin_user)
        here, there = site.pages[0], site.pages[pages == "another"]
        return lambda: first(site, here), lambda: second(site, there)

    met = let_meet_at_each_statement(come_together)

    assert met or first not in (publish, undo_everywhere)


@pytest.mark.parametrize("who_stops", ["editor", "administrator"])
def test_who_leaves_a_collection_is_not_ended_for_its_deletion(who_stops, admin_user):
    def come_together():
        site = Site(admin_user)
        coast = CollectionFactory()
        # So many that a database uses its index to find those of the collection.
        for _ in range(10):
            page_with(raw_gallery(), raw_gallery())
        page = site.pages[0]
        publish(site, page, collection=coast.pk)
        both = [lambda: publish(site, page, collection=None), coast.delete]
        return both if who_stops == "editor" else reversed(both)

    assert let_meet_at_each_statement(come_together, Subscription)
