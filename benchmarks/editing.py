"""What is measured of the work beside editors: amending their pages, and their own saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from benchmarks.measure import bound, in_turns, queries, ratio, seconds, summary
from benchmarks.scenarios import Figures, start_over, upload_with_its_picture
from tests.factories import ImageFactory, page_with, raw_gallery
from tests.forms import edit_form
from tests.testapp.models import GalleryPage
from wagtail_autogallery import signal_handlers
from wagtail_autogallery.sync.passes import sync

OF_TRANSACTIONS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def amend(pages: int, images: int, repeat: int) -> Figures:
    """
    One image into pages with a draft, against Wagtail's own publishing of these pages.

    Queries are those of the last page: the pass has its own, whatever it writes.
    """
    start_over()
    key = ImageFactory().pk
    sync()
    busy = [_busy_page(key, images) for _ in range(pages)]

    def ours() -> None:
        assert sync().holders == len(busy)

    def publish_only() -> float:
        taken = 0.0
        for page in busy:
            fresh = GalleryPage.objects.get(pk=page.pk)
            taken += seconds(lambda fresh=fresh: fresh.save_revision().publish())
            GalleryPage.objects.get(pk=page.pk).save_revision()
        return taken

    times: dict[str, list[float]] = {"amend": [], "save_revision().publish()": []}
    for turn in range(repeat + 1):
        upload_with_its_picture()
        taken = {"amend": seconds(ours), "save_revision().publish()": publish_only()}
        for name, value in taken.items():
            if turn:
                times[name].append(value)
    made = _statements_of_an_upload(ours)
    busy.append(_busy_page(key, images))
    # Its first one begins its gallery as well.
    _statements_of_an_upload(ours)
    made_for_one_more = _statements_of_an_upload(ours) - made
    return {
        **{name: summary(values, per=pages) for name, values in times.items()},
        "time": bound(ratio(times["amend"], times["save_revision().publish()"]), 0.45),
        "queries": bound(made_for_one_more, 15),
    }


def _busy_page(key: Any, images: int) -> GalleryPage:
    page = page_with(raw_gallery(*[key] * images))
    page.title = "A draft"
    page.save_revision()
    return page


def _statements_of_an_upload(work: Callable[[], None]) -> int:
    upload_with_its_picture()
    return sum(not sql.startswith(OF_TRANSACTIONS) for sql in queries(work))


def save_in_editor(galleries: int, images: int, repeat: int) -> Figures:
    """Saving a draft of a page with galleries in Wagtail's editor, with this app and without."""
    start_over()
    keys = [ImageFactory().pk for _ in range(images)]
    sync()
    page = page_with(*[raw_gallery(*keys) for _ in range(galleries)])
    user = get_user_model().objects.create_superuser("editor", "e@example.com", "changeme")
    client = Client()
    client.force_login(user)
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    form = edit_form(page)

    def save() -> None:
        response = client.post(url, form)
        assert response.status_code == 302, response.context["form"].errors
        DBTaskResult.objects.all().delete()

    def without() -> None:
        signal_handlers.disconnect_signal_handlers()
        try:
            save()
        finally:
            signal_handlers.connect_signal_handlers()

    times = in_turns({"with": save, "without": without}, repeat)
    return {
        "with": summary(times["with"]),
        "without": summary(times["without"]),
        "time": bound(ratio(times["with"], times["without"]), 1.05),
    }
