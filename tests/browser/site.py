"""What the browser is shown: the test site with its admin, some people, pages and pictures."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.staticfiles.views import serve as serve_static
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import include, path, re_path
from django.utils import timezone
from django.views.static import serve as serve_media
from django_tasks_db.models import DBTaskResult
from wagtail.admin.models import EditingSession
from wagtail.models import CollectionViewRestriction
from wagtail.users.models import UserProfile

from tests import jobs
from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    editor_choosing,
    raw_block,
    raw_gallery,
    raw_item,
    unwritable,
)
from tests.servers.serving import LONGEST_WAIT, THREAD
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import By, Drain
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

USERS = {"editor": "en", "photographer": "en", "right-to-left-reader": "ar"}
PASSWORD = "changeme"
PICTURES = {"harbor": "navy", "dunes": "gold", "lighthouse": "brown"}
TEXT = "It began"
#: Pages by the state of their gallery, and what is set otherwise in it.
STATES: dict[str, dict[str, Any]] = {
    "following-nothing": {},
    "got-one": {},
    "on-the-way": {},
    "locked": {},
    "full": {"max_images": 1},
    "private": {},
    "private-by-now": {},
    "refused": {},
    "offered": {"review_new_images": True},
}


def set_up() -> None:
    """Some people, some pages with the same pictures, and nothing left to do."""
    for name, language in USERS.items():
        user = get_user_model().objects.create_superuser(name, f"{name}@example.com", PASSWORD)
        UserProfile.objects.create(user=user, preferred_language=language)
    harbor, dunes, lighthouse = [
        ImageFactory(title=name.title(), file__filename=f"{name}.jpg", file__color=color)
        for name, color in PICTURES.items()
    ]
    many = many_like(harbor, 1000)
    gallery = raw_gallery(harbor, lighthouse)
    gallery["images"].insert(1, raw_item(dunes, caption="Wind over the dunes"))
    publish("following", raw_block("text", TEXT), raw_block("gallery", gallery))
    publish("standing-still", raw_block("gallery", {**gallery, "auto_sync_media": False}))
    columns = {"left": gallery, "right": raw_gallery(lighthouse, max_images=12)}
    publish("columns", raw_block("columns", columns))
    coast, house = CollectionFactory(name="Coast"), CollectionFactory(name="House")
    editor_choosing(coast, username="coast-editor")
    publish("house", raw_block("gallery", raw_gallery(harbor, collection=house.pk)))
    publish("empty", raw_block("gallery", raw_gallery(follow=False)))
    for slug, count in {"five": 5, "ten": 10, "hundred": 100, "thousand": 1000}.items():
        publish(slug, raw_block("gallery", raw_gallery(*many[:count], follow=False)))
    rich = {**raw_gallery(follow=False), "images": [raw_item(dunes, **rich_fields())]}
    publish("rich", sidebar=[raw_block("rich_gallery", rich)])
    drain(limit=100)


def get_into_trouble() -> None:
    """One gallery is full, one could not be written, a task has failed, and nobody drains."""
    publish("crowded", raw_block("gallery", raw_gallery(ImageFactory(), max_images=1)))
    drain(limit=100)
    ImageFactory(title="Storm", file__filename="storm.jpg", file__color="gray")
    with unwritable(GalleryPage.objects.get(slug="columns")):
        drain(limit=100)
    jobs.fail.enqueue()
    drain(limit=100)
    ImageFactory(title="Calm", file__filename="calm.jpg", file__color="white")
    have_nobody_drain()


def have_nobody_drain() -> None:
    """What is queued has been for two hours, as long as nobody has drained."""
    two_hours_ago = timezone.now() - timedelta(hours=2)
    Drain.objects.create(by=By.COMMAND, ended_at=two_hours_ago)
    DBTaskResult.objects.exclude(status="FAILED").update(
        enqueued_at=two_hours_ago, started_at=two_hours_ago
    )


def have_every_state() -> None:
    """A page for each state of a gallery that follows, named by it; and nobody drains."""
    collections = {}
    for slug, options in STATES.items():
        collections[slug] = CollectionFactory(name=slug.title())
        chosen = [ImageFactory() for _ in range(options.get("max_images", 0))]
        gallery = raw_gallery(*chosen, collection=collections[slug].pk, **options)
        publish(slug, raw_block("gallery", gallery))
    for slug in ("private", "private-by-now"):
        # A gallery that follows a private collection itself takes what is in it.
        collections[slug] = CollectionFactory(parent=collections[slug])
    collections["following-nothing"].delete()
    ada = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    locked = GalleryPage.objects.filter(slug="locked")
    locked.update(locked=True, locked_by=ada, locked_at=timezone.now())
    drain(limit=100)
    upload_to(collections, "got-one", "locked", "full", "private", "private-by-now", "refused")
    upload_to(collections, "offered")
    decide()
    make_private(collections["private"])
    with unwritable(GalleryPage.objects.get(slug="refused")):
        drain(limit=100)
    make_private(collections["private-by-now"])
    upload_to(collections, "on-the-way")
    sync()
    upload_to(collections, "on-the-way")
    decide()
    have_nobody_drain()


def upload_to(collections: dict[str, Any], *slugs: str) -> None:
    for slug in slugs:
        ImageFactory(title=slug.title(), collection=collections[slug])


def make_private(collection: Any) -> None:
    login_only = CollectionViewRestriction.LOGIN
    CollectionViewRestriction.objects.create(collection=collection, restriction_type=login_only)


def leave_the_editor() -> None:
    """Nobody has a page open: Wagtail would find that out some time later."""
    EditingSession.objects.all().delete()


def rich_fields() -> dict[str, Any]:
    """Fields of a site's own, as they are stored."""
    return {
        "caption": "Dunes at noon",
        "story": '<p data-block-key="abcde">A <b>bold</b> story</p>',
        "related": GalleryPage.objects.get(slug="following").pk,
        "place": {
            "name": "Bay",
            "links": [{"type": "item", "id": "3f0c", "value": "https://example.com/"}],
        },
    }


def many_like(image: Any, count: int) -> list[Any]:
    """So many images with the file of this one, and its rendition of the chooser."""
    model = type(image)
    rendition = image.get_rendition("max-165x165")
    images = model.objects.bulk_create(
        [
            model(
                title=f"Picture {number:04}",
                file=image.file.name,
                width=image.width,
                height=image.height,
                collection_id=image.collection_id,
                description="" if number % 10 else f"Number {number}",
            )
            for number in range(1, count + 1)
        ]
    )
    model.get_rendition_model().objects.bulk_create(
        [
            type(rendition)(
                image=copy,
                filter_spec=rendition.filter_spec,
                file=rendition.file.name,
                width=rendition.width,
                height=rendition.height,
            )
            for copy in images
        ]
    )
    return images


def publish(slug: str, *body: dict[str, Any], **fields: Any) -> None:
    title = slug.replace("-", " ").title()
    page = GalleryPageFactory(slug=slug, title=title, body=list(body), **fields)
    page.save_revision().publish()


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def note_what_is_asked(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that knows the requests which have no answer yet."""

    def answer(request: HttpRequest) -> HttpResponse:
        with _answered:
            _asked.append(request)
        try:
            return get_response(request)
        finally:
            with _answered:
                _asked.remove(request)
                _answered.notify_all()

    return answer


_asked: list[HttpRequest] = []
_answered = threading.Condition()


def wait_for_the_test_before(request: HttpRequest) -> None:
    """A form saves itself, and its browser may be closed before it is told."""
    with _answered:
        assert _answered.wait_for(lambda: _asked == [request], LONGEST_WAIT)
    for thread in threading.enumerate():
        if thread.name == THREAD:
            thread.join(LONGEST_WAIT)
            assert not thread.is_alive()


def start_over(request: HttpRequest) -> HttpResponse:
    """Have everything as it was when the first test began: tables, files, and what is cached."""
    wait_for_the_test_before(request)
    template = Path(settings.TEMPLATE)
    connection.ensure_connection()
    with closing(sqlite3.connect(template / "db.sqlite3")) as original:
        original.backup(connection.connection)
    shutil.rmtree(settings.MEDIA_ROOT)
    shutil.copytree(template / "media", settings.MEDIA_ROOT)
    settings.PUBLISHINGS.unlink(missing_ok=True)
    settings.RENDITIONS.unlink(missing_ok=True)
    cache.clear()
    return HttpResponse()


def log_in(request: HttpRequest, name: str) -> HttpResponse:
    login(request, get_user_model().objects.get(username=name))
    return HttpResponse()


def stored(request: HttpRequest, slug: str) -> HttpResponse:
    """What the streams of a page hold in its latest version."""
    page = get_object_or_404(GalleryPage, slug=slug).get_latest_revision_as_object()
    streams = [list(page.body.raw_data), list(page.sidebar.raw_data)]
    return JsonResponse(streams, safe=False)


def go_to_admin(request: HttpRequest, view: str, slug: str) -> HttpResponse:
    """Spares a test the keys of pages."""
    return redirect(f"wagtailadmin_pages:{view}", get_object_or_404(GalleryPage, slug=slug).pk)


urlpatterns = [
    path("plain/", plain),
    path("start-over/", start_over),
    path("log-in/<str:name>/", log_in),
    path("stored/<slug:slug>/", stored),
    path("go-to/<str:view>/<slug:slug>/", go_to_admin),
    re_path(r"^static/(?P<path>.*)$", serve_static, {"insecure": True}),
    re_path(r"^media/(?P<path>.*)$", serve_media, {"document_root": settings.MEDIA_ROOT}),
    path("", include("tests.urls")),
]
