"""What is measured. Each scenario returns its figures, and its ratios with the bounds to reach."""

from __future__ import annotations

import gc
import io
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django_tasks_db.models import DBTaskResult
from PIL import Image as PillowImage
from wagtail.models import Revision
from wagtail.signals import page_published

from benchmarks.measure import bound, in_turns, peak_kilobytes, queries, ratio, seconds, summary
from tests import jobs
from tests.factories import ImageFactory, PlainPageFactory, page_with, raw_gallery, raw_item
from tests.testapp.models import GalleryPage, PlainPage
from wagtail_autogallery import signal_handlers
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.frontend.renditions import make
from wagtail_autogallery.frontend.specs import on_pages
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.sync.passes import sync

Figures = dict[str, Any]


def start_over() -> None:
    for page in GalleryPage.objects.all():
        page.delete()
    Subscription.objects.all().delete()
    DBTaskResult.objects.all().delete()
    sync()


def followed_pages(count: int, images: int = 0) -> list[GalleryPage]:
    start_over()
    keys = [ImageFactory().pk for _ in range(min(images, 3))]
    sync()
    chosen = [keys[number % len(keys)] for number in range(images)]
    return [page_with(raw_gallery(*chosen)) for _ in range(count)]


def one_holder(galleries: int, sizes: list[int], repeat: int) -> Figures:
    """One image into followed galleries at rest, against Wagtail's own publishing, and bare SQL."""
    result = {}
    for size in sizes:
        pages = followed_pages(galleries, size)
        originals = {page.pk: page.body.raw_data[0]["value"]["images"] for page in pages}

        def ours() -> None:
            assert sync().holders == galleries

        def upload_and_shrink(pages: Any = pages, originals: Any = originals) -> None:
            """Between turns: every gallery has its first size again, and an image has arrived."""
            for page in pages:
                page.refresh_from_db()
                page.body.raw_data[0]["value"]["images"] = list(originals[page.pk])
                page.save_revision().publish()
            ImageFactory()

        def wagtail(pages: Any = pages) -> None:
            for page in pages:
                fresh = GalleryPage.objects.get(pk=page.pk)
                fresh.body.raw_data[0]["value"]["images"].append(raw_item(1))
                fresh.save_revision().publish()

        def bare_sql(pages: Any = pages) -> None:
            for page in pages:
                append_in_sql(page.pk)

        times: dict[str, list[float]] = {"ours": [], "wagtail": [], "bare_sql": []}
        for turn in range(repeat + 1):
            for name, work in (("wagtail", wagtail), ("bare_sql", bare_sql), ("ours", ours)):
                upload_and_shrink()
                if name != "ours":
                    sync()
                    upload_and_shrink()
                taken = seconds(work)
                if name != "ours":
                    sync()
                if turn:
                    times[name].append(taken)
        upload_and_shrink()
        result[f"{size} images in the gallery"] = {
            **{name: summary(taken, per=galleries) for name, taken in times.items()},
            "queries_per_holder": len(queries(ours)) / galleries,
            "to_wagtail": bound(ratio(times["ours"], times["wagtail"]), 0.45),
            "to_bare_sql": ratio(times["ours"], times["bare_sql"]),
        }
    return result


def many_holders(sizes: list[int], repeat: int) -> Figures:
    """
    One image into this many galleries at rest, against Wagtail's own publishing of their pages.

    Wagtail's recipe makes no picture of the image: it leaves that to a visitor. So its smallest
    one is there before the sync is measured; that it decides is part of it.
    """
    result = {}
    for holders in sizes:
        pages = followed_pages(holders)

        def start_again(pages: Any = pages) -> None:
            for page in pages:
                page.refresh_from_db()
                page.body.raw_data[0]["value"]["images"] = []
                page.save_revision().publish()

        def wagtail(pages: Any = pages) -> None:
            for page in pages:
                fresh = GalleryPage.objects.get(pk=page.pk)
                fresh.body.raw_data[0]["value"]["images"].append(raw_item(1))
                fresh.save_revision().publish()

        def ours(holders: int = holders) -> None:
            assert sync().holders == holders

        times: dict[str, list[float]] = {"ours": [], "wagtail": []}
        for turn in range(max(3, repeat * 10 // holders if holders > 10 else repeat) + 1):
            start_again()
            theirs = seconds(wagtail)
            start_again()
            upload_with_its_picture()
            taken = seconds(ours)
            if turn:
                times["wagtail"].append(theirs)
                times["ours"].append(taken)
        result[f"{holders} holders"] = {
            **{name: summary(taken, per=holders) for name, taken in times.items()},
            "to_wagtail": bound(ratio(times["ours"], times["wagtail"]), 0.45),
        }
    return result


def upload_with_its_picture() -> None:
    """What is measured after it makes none."""
    image = ImageFactory()
    list(make(image, [on_pages()(image, "grid").smallest], Failures([image])))


def append_in_sql(pk: int) -> None:
    table = GalleryPage._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT body FROM {table} WHERE page_ptr_id = %s", [pk])  # noqa: S608
        body = cursor.fetchone()[0]
        body = json.loads(body) if isinstance(body, str) else body
        body[0]["value"]["images"].append(raw_item(1))
        cursor.execute(
            f"UPDATE {table} SET body = %s WHERE page_ptr_id = %s",  # noqa: S608
            [json.dumps(body), pk],
        )


def site_size(galleries: int, few: int, many: int, repeat: int) -> Figures:
    """The same drain on a small and on a large site."""
    followed_pages(galleries)
    PlainPage.objects.all().delete()

    def one_upload() -> None:
        ImageFactory()
        assert sync().holders == galleries

    def measured(pages: int) -> tuple[list[float], int]:
        while PlainPage.objects.count() < pages:
            PlainPageFactory()
        DBTaskResult.objects.all().delete()
        return in_turns({"sync": one_upload}, repeat)["sync"], len(queries(one_upload))

    small, queries_small = measured(few)
    large, queries_large = measured(many)
    # Not in turns: a site does not shrink. Medians of many turns stand against the noise.
    return {
        f"{few} pages": {**summary(small), "queries": queries_small},
        f"{many} pages": {**summary(large), "queries": queries_large},
        "time": bound(round(statistics.median(large) / statistics.median(small), 3), 1.1),
        "queries": bound(round(queries_large / queries_small, 3), 1.0),
    }


def burst(galleries: int, uploads: int) -> Figures:
    """Many uploads before one drain."""
    followed_pages(galleries)
    for _ in range(uploads):
        ImageFactory()
    revisions = Revision.objects.count()
    table = f'UPDATE "{GalleryPage._meta.db_table}"'
    report = {}

    def work() -> None:
        report.update(sync().as_dict())

    made: list[str] = []
    taken = seconds(lambda: made.extend(queries(work)))
    return {
        "uploads": report["images"],
        "seconds": round(taken, 3),
        "queries": len(made),
        "page_writes": bound(sum(sql.startswith(table) for sql in made), galleries),
        "revisions": bound(Revision.objects.count() - revisions, galleries),
    }


def memory(sizes: list[tuple[int, int]]) -> Figures:
    """
    Peak memory of a drain, for sites of different sizes: (pages, followed galleries).

    Pages leave reference cycles behind, which Python collects when it pleases. That garbage is not
    what the drain holds, so it is collected after every page here.
    """

    def collect(**kwargs: Any) -> None:
        gc.collect()

    peaks = {}
    page_published.connect(collect)
    # The database driver keeps the last some hundred statements it was given: fill that first.
    followed_pages(max(galleries for _, galleries in sizes))
    ImageFactory()
    sync()
    for pages, galleries in sizes:
        followed_pages(galleries)
        while PlainPage.objects.count() < pages:
            PlainPageFactory()
        ImageFactory()
        sync()
        ImageFactory()
        peaks[f"{pages} pages, {galleries} galleries"] = peak_kilobytes(sync)
    page_published.disconnect(collect)
    first, *others = peaks.values()
    return {"peak_kB": peaks, "growth": bound(round(max(others) / first, 3), 1.25)}


def upload(repeat: int) -> Figures:
    """An upload through Wagtail's add view, with this app and without it."""
    start_over()
    user = get_user_model().objects.create_superuser("benchmark", "b@example.com", "changeme")
    client = Client()
    client.force_login(user)
    file = io.BytesIO()
    PillowImage.new("RGB", (800, 600), "teal").save(file, "JPEG")

    def post() -> None:
        picture = SimpleUploadedFile("picture.jpg", file.getvalue(), "image/jpeg")
        response = client.post(
            "/admin/images/add/",
            {"title": "Picture", "file": picture, "collection": 1, "description": "", "tags": ""},
        )
        assert response.status_code == 302, response.content

    def without() -> None:
        signal_handlers.disconnect_signal_handlers()
        try:
            post()
        finally:
            signal_handlers.connect_signal_handlers()

    times = in_turns({"with": post, "without": without}, repeat)
    DBTaskResult.objects.all().delete()
    extra = len(queries(post)) - len(queries(without))
    return {
        "with": summary(times["with"]),
        "without": summary(times["without"]),
        "time": bound(ratio(times["with"], times["without"]), 1.1),
        "extra_queries": bound(extra, 4),
    }


def queue(tasks: int, repeat: int) -> Figures:
    """No-op tasks through the drain and through the library's own worker; and an idle drain."""
    start_over()

    def filled(run: Callable[[], Any]) -> Callable[[], float]:
        def work() -> float:
            DBTaskResult.objects.all().delete()
            for number in range(tasks):
                jobs.note.enqueue(number)
            return seconds(run)

        return work

    ours = filled(lambda: drain(limit=tasks))
    theirs = filled(
        lambda: call_command("db_worker", batch=True, interval=1, startup_delay=False, verbosity=0)
    )
    times: dict[str, list[float]] = {"drain": [], "db_worker": []}
    for turn in range(repeat + 1):
        for name, work in (("drain", ours), ("db_worker", theirs)):
            taken = work()
            if turn:
                times[name].append(taken)
    DBTaskResult.objects.all().delete()
    drain()
    return {
        **{name: summary(taken, per=tasks) for name, taken in times.items()},
        "per_task": bound(ratio(times["drain"], times["db_worker"]), 1.2),
        "idle_queries": bound(len(queries(drain)), 4),
    }


def timed(name: str, scenario: Callable[[], Figures], log: Callable[[str], None]) -> Figures:
    started = time.perf_counter()
    figures = scenario()
    log(f"{name}: {time.perf_counter() - started:.0f} s")
    return figures
