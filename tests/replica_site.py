"""
The test site with a replica that is as the database was at one moment, and never hears more.

In a process of its own. Each function tells what was read of the replica by this app, which has to
be nothing, and what came of the uploads.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections
from wagtail.models import CollectionViewRestriction, Page

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    follows,
    images_in,
    images_in_revision,
    page_with,
    raw_gallery,
)
from tests.servers.backends import ReplicaRouter
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival
from wagtail_autogallery.queue.leases import WORKER_PREFIX
from wagtail_autogallery.tasks import OWN

APP = str(Path(__file__).resolve().parents[1] / "wagtail_autogallery")


def freeze() -> None:
    """From now on the replica is told nothing."""
    connections["default"].ensure_connection()
    connections["replica"].ensure_connection()
    connections["default"].connection.backup(connections["replica"].connection)


@contextmanager
def reading_replica() -> Iterator[list[str]]:
    """:return: Gets each query of the replica that this app has caused."""
    ours: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        stack = traceback.extract_stack()
        if any(frame.filename.startswith(APP) for frame in stack):
            ours.append("\n".join([sql, *traceback.format_list(stack[-25:])]))
        return execute(sql, *args)

    with connections["replica"].execute_wrapper(note):
        ReplicaRouter.is_on = True
        try:
            yield ours
        finally:
            ReplicaRouter.is_on = False


def drain_all() -> dict[str, Any]:
    """Our own tasks: Wagtail's read the replica, and find nothing there."""
    return drain(limit=100, only=OWN).as_dict()


def uploaded_and_drained() -> dict[str, Any]:
    """Nothing at all is in the replica."""
    freeze()
    page = page_with(raw_gallery())
    image = ImageFactory.build(collection=CollectionFactory())
    with reading_replica() as read:
        image.save()
        report = drain_all()
        idle = drain_all()
    return {
        "read": read,
        "report": report,
        "idle": idle,
        "row": images_in(page),
        "live": images_in_revision(GalleryPage.objects.get(pk=page.pk).live_revision),
        "uploaded": [image.pk],
        "renditions": image.renditions.count(),
    }


def published_from_an_old_form() -> dict[str, Any]:
    """The replica knows the page, and not what it received since."""
    page = page_with(raw_gallery())
    old = GalleryPage.objects.get(pk=page.pk)
    draft = old.save_revision()
    freeze()
    image = ImageFactory()
    drain_all()
    with reading_replica() as read:
        draft.publish()
        published = read[:]
        old.title = "Older"
        old.save()
    return {
        "read": published + read,
        "row": images_in(page),
        "live": images_in_revision(GalleryPage.objects.get(pk=page.pk).live_revision),
        "uploaded": [image.pk],
    }


def busy_and_locked() -> dict[str, Any]:
    """What a page waits for is asked of where it is written: a draft, and a lock."""
    page, other = page_with(raw_gallery()), page_with(raw_gallery())
    freeze()
    page.title = "Draft"
    draft = page.save_revision()
    GalleryPage.objects.filter(pk=other.pk).update(locked=True)
    image = ImageFactory.build(collection=CollectionFactory())
    with reading_replica() as read:
        image.save()
        drain_all()
    return {
        "read": read,
        "row": images_in(page),
        "title": Page.objects.get(pk=page.pk).title,
        "draft": images_in_revision(draft),
        "locked": images_in(other),
        "uploaded": [image.pk],
    }


def restricted_and_moved() -> dict[str, Any]:
    """Which images are public is asked of where it is written too."""
    followed, private, elsewhere = CollectionFactory(), CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=None))
    one_collection = page_with(raw_gallery(collection=followed.pk))
    image = ImageFactory(collection=elsewhere)
    drain_all()
    freeze()
    restriction = CollectionViewRestriction.objects.create(
        collection=private, restriction_type=CollectionViewRestriction.LOGIN
    )
    secret = ImageFactory.build(collection=private)
    with reading_replica() as read:
        secret.save()
        image.collection = followed
        image.save()
        drain_all()
    before = [images_in(page), images_in(one_collection)]
    with reading_replica() as more:
        restriction.delete()
        drain_all()
    return {
        "read": read + more,
        "before": before,
        "after": [images_in(page), images_in(one_collection)],
        "image": image.pk,
        "secret": secret.pk,
    }


def copied_and_rebuilt() -> dict[str, Any]:
    page = page_with(raw_gallery())
    freeze()
    first = ImageFactory()
    drain_all()
    page.refresh_from_db()
    copy = page.copy(update_attrs={"slug": "copy"}, to=page.get_parent())
    second = ImageFactory.build(collection=CollectionFactory())
    with reading_replica() as read:
        call_command("autogallery_rebuild", verbosity=0)
        second.save()
        drain_all()
    return {
        "read": read,
        "rows": [images_in(page), images_in(copy)],
        "following": [len(follows(page)), len(follows(copy))],
        "uploaded": [first.pk, second.pk],
    }


def rescued() -> dict[str, Any]:
    """A drain that was killed is told from one that lives by leases that the replica lacks."""
    from django_tasks_db.models import DBTaskResult

    freeze()
    page_with(raw_gallery())
    ImageFactory()
    DBTaskResult.objects.filter(task_path__startswith=OWN[0]).update(
        status="RUNNING", started_at="2026-01-01T00:00Z", worker_ids=[f"{WORKER_PREFIX}killed"]
    )
    with reading_replica() as read:
        report = drain_all()
    return {"read": read, "report": report, "waiting": Arrival.objects.waiting().count()}
