"""What is measured of the work beside editors: amending their pages, and their own saving."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from benchmarks.measure import bound, in_turns, queries, ratio, seconds, summary
from benchmarks.scenarios import Figures, start_over
from tests.factories import ImageFactory, page_with, raw_gallery
from tests.forms import edit_form
from tests.testapp.models import GalleryPage
from wagtail_autogallery import signal_handlers
from wagtail_autogallery.sync.passes import sync

# What was not told, deciding in nine, who is owed something, twice, and what was told is forgotten.
OF_THE_PASS = 15


def amend(images: int, repeat: int) -> Figures:
    """Amending one page with a draft, against Wagtail's own publishing of that page."""
    start_over()
    key = ImageFactory().pk
    sync()
    page = page_with(raw_gallery(*[key] * images))
    page.title = "A draft"
    page.save_revision()

    def ours() -> None:
        assert sync().holders == 1

    def publish_only() -> float:
        fresh = GalleryPage.objects.get(pk=page.pk)
        taken = seconds(lambda: fresh.save_revision().publish())
        GalleryPage.objects.get(pk=page.pk).save_revision()
        return taken

    times: dict[str, list[float]] = {"amend": [], "save_revision().publish()": []}
    for turn in range(repeat + 1):
        ImageFactory()
        taken = {"amend": seconds(ours), "save_revision().publish()": publish_only()}
        for name, value in taken.items():
            if turn:
                times[name].append(value)
    ImageFactory()
    made = [sql for sql in queries(ours) if not sql.startswith(("BEGIN", "COMMIT"))]
    return {
        **{name: summary(values) for name, values in times.items()},
        "time": bound(ratio(times["amend"], times["save_revision().publish()"]), 0.45),
        "queries": bound(len(made) - OF_THE_PASS, 15),
    }


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
