"""Upload a picture and see who syncs it, on a site as it is configured."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.files.images import ImageFile
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished
from PIL import Image as PillowImage
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from wagtail_autogallery.drain.after_response import how_to_work
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival, Subscription
from wagtail_autogallery.queue import questions
from wagtail_autogallery.queue.leases import WORKER_PREFIX, process_prefix
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.tasks import OWN, sync_media_to_galleries

NAME = "Gallery self-test"
GLANCE_SECONDS = 0.05


@dataclass(frozen=True)
class Result:
    #: ``"thread"``, ``"worker"``, ``"drain"``, or ``"nobody"`` when the wait was over first.
    layer: str
    seconds: float


@read_where_written()
def self_test(wait: float) -> Result:
    """
    Upload a picture as a request does, wait for the sync, and remove everything again.

    The picture is in a collection of its own that only logged-in users may see, so no gallery
    shows it.

    :param wait: Seconds to wait for the thread or a worker before draining by hand.
    """
    states = list(Subscription.objects.values_list("pk", "state"))
    try:
        with _picture() as image:
            started = time.monotonic()
            # What a server's handler sends when a response is out.
            request_finished.send(sender=WSGIHandler)
            layer = _wait_for_sync(image, wait, started)
            return Result(layer, time.monotonic() - started)
    finally:
        for pk, state in states:
            private = Subscription.objects.filter(pk=pk, state=Subscription.State.PRIVATE)
            private.exclude(state=state).update(state=state)


@contextmanager
def _picture() -> Iterator[Any]:
    collection = Collection.get_first_root_node().add_child(name=NAME)
    file = io.BytesIO()
    PillowImage.new("RGB", (8, 8), "teal").save(file, "PNG")
    upload = ImageFile(file, name="gallery-self-test.png")
    collection_id = collection.pk
    image = get_image_model()(title=NAME, collection=collection, file=upload)
    try:
        CollectionViewRestriction.objects.create(
            collection=collection, restriction_type=CollectionViewRestriction.LOGIN
        )
        image.save()
        yield image
    finally:
        if not image._state.adding:
            key = str(image.pk)
            # Wagtail's own tasks for the image would fail without it.
            questions.forget_tasks_about(image)
            image.delete()
            # Deleting it was noted too.
            Arrival.objects.of_images([key]).delete()
            # Wagtail leaves it to a task, which may never come.
            image.file.storage.delete(image.file.name)
        collection.delete()
        # Its restriction was deleted with it, which was noted as well.
        Arrival.objects.filter(collection_id=collection_id).delete()


def _wait_for_sync(image: Any, wait: float, started: float) -> str:
    while time.monotonic() - started < wait:
        if _is_synced(image):
            return _who_synced()
        time.sleep(GLANCE_SECONDS)
    drain(limit=1, only=OWN)
    return "drain" if _is_synced(image) else "nobody"


def _is_synced(image: Any) -> bool:
    return Arrival.objects.of_images([str(image.pk)]).exclude(run_id=None).exists()


def _who_synced() -> str:
    worker = questions.last_worker_of(sync_media_to_galleries)
    if worker is None:
        return how_to_work()
    if worker.startswith(process_prefix()):
        return "thread"
    return "drain" if worker.startswith(WORKER_PREFIX) else "worker"
