"""Pages and pictures of a crash test's site, and whether all of them are as they should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from wagtail.images import get_image_model

from tests.factories import (
    ImageFactory,
    PlainSnippetFactory,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import (
    Announcement,
    Arrival,
    Delivery,
    Errand,
    Lease,
    Start,
    Subscription,
)


class Content:
    """
    Galleries of every kind of holder, each of which follows all uploads.

    From all of them the first picture is absent: from a page because a person removed it, from the
    others because it was there before them.
    """

    def __init__(self) -> None:
        self.removed = ImageFactory()
        self.at_rest = page_with(raw_gallery(self.removed))
        self.with_draft = page_with(raw_gallery())
        self.snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
        drain(limit=1_000)
        draft = self.with_draft
        draft.title = "Not yet"
        draft.save_revision()
        page = GalleryPage.objects.get(pk=self.at_rest.pk)
        del page.body[0].value["images"][0]
        page.save_revision().publish()
        drain(limit=1_000)

    def upload(self) -> Any:
        return ImageFactory()

    def faults(self) -> Iterator[str]:
        """What is not as it should be once all drains are done, in words; nothing when all is."""
        expected = sorted(
            get_image_model().objects.exclude(pk=self.removed.pk).values_list("pk", flat=True)
        )
        for holder in (self.at_rest, self.with_draft, self.snippet):
            yield from _differences(str(holder), images_in(holder), expected)
        yield from pages_written_half()
        for page in GalleryPage.objects.all():
            yield from self._faults_of_revisions(page, expected)
        if Arrival.objects.waiting().exists():
            yield "An arrival belongs to no run"
        if Start.objects.exists():
            yield "Nothing was decided for a gallery that follows"
        if Delivery.objects.waiting().exists():
            yield "A gallery is owed something"
        if Errand.objects.exists() or Announcement.objects.exists():
            yield "A holder is to be visited, or told of"
        yield from (f"{row}: {row.error}" for row in Subscription.objects.exclude(error=""))
        if Lease.objects.exists():
            yield "A lease was left behind"

    def _faults_of_revisions(self, page: GalleryPage, expected: list[Any]) -> Iterator[str]:
        draft = page.get_latest_revision_as_object()
        images = [item["image"].pk for item in draft.body[0].value["images"]]
        yield from _differences(f"The latest revision of {page}", images, expected)
        if page.pk == self.with_draft.pk and (page.title, draft.title) == ("Not yet", "Not yet"):
            yield "The draft was published"
        if page.pk == self.with_draft.pk and draft.title != "Not yet":
            yield "The draft was lost"
        ids = [item.id for item in page.body[0].value["images"].bound_blocks]
        if len(ids) != len(set(ids)):
            yield f"{page} has two items of one id"


def pages_written_half() -> Iterator[str]:
    """Pages whose row and live revision were not written together: none, at any moment."""
    rows = GalleryPage.objects.exclude(live_revision=None).annotate(
        stored=Cast("body", TextField())
    )
    for pk, stored, revision in rows.values_list("pk", "stored", "live_revision__content"):
        if json.loads(stored) != json.loads(revision["body"]):
            yield f"Page {pk} differs from its live revision"


def _differences(name: str, images: list[Any], expected: list[Any]) -> Iterator[str]:
    twice = [image for image, times in Counter(images).items() if times > 1]
    if twice:
        yield f"{name} has more than once: {twice}"
    if missing := set(expected) - set(images):
        yield f"{name} lacks {sorted(missing)}"
    if strange := set(images) - set(expected):
        yield f"{name} should not have {sorted(strange)}"
