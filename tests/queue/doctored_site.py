"""The test site with a doctored library, in a process of its own. Each function tells facts."""

from __future__ import annotations

import io
import json
import logging
import signal
import threading
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import wraps
from typing import Any

import django_tasks_db
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import CommandError, call_command
from django.core.signals import request_finished
from django.test import Client
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as admin_urls
from wagtail.models import ReferenceIndex

from tests import jobs
from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from tests.jobs import fail, note, note_and_stop
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain import after_response
from wagtail_autogallery.drain.draining import drain as run_drain
from wagtail_autogallery.models import Lease
from wagtail_autogallery.queue import contract

urlpatterns = [
    path("gallery-tasks/", include("wagtail_autogallery.urls")),
    path("admin/", include(admin_urls)),
    path("", include(wagtail_urls)),
]


def with_tables(tell: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Make the tables first, as this library has them: spares a process of their own."""

    @wraps(tell)
    def make_and_tell() -> dict[str, Any]:
        call_command("migrate", run_syncdb=True, verbosity=0)
        return tell()

    return make_and_tell


def gallery() -> list[int]:
    return images_in(GalleryPage.objects.get())


def drain(*options: str) -> dict[str, Any]:
    return json.loads(printed("autogallery_drain", "--json", *options))


def printed(*arguments: str) -> str:
    """What a command prints, and what it says when it fails."""
    output = io.StringIO()
    try:
        call_command(*arguments, stdout=output)
    except CommandError as error:
        output.write(str(error))
    return output.getvalue()


def library() -> dict[str, Any]:
    return {
        "path": django_tasks_db.__file__,
        "missing": contract.missing(),
        "release": contract.release(),
    }


def messages() -> list[str]:
    return [str(message) for message in checks.run_checks(databases=["default"])]


def cron() -> Client:
    secret = settings.WAGTAIL_AUTOGALLERY_CRON_SECRET
    return Client(headers={"Authorization": f"Bearer {secret}"})


@with_tables
def by_command() -> dict[str, Any]:
    page_with(raw_gallery())
    image = ImageFactory()
    handlers = [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)]
    levels = [logging.getLogger(name).level for name in ("django_tasks_db", "django_tasks")]
    report, idle = drain("--limit=100"), drain()
    page = GalleryPage.objects.get()
    editor = Client()
    editor.force_login(get_user_model().objects.create_superuser("editor"))
    page.save_revision().publish()
    return {
        "form": editor.get(f"/admin/pages/{page.pk}/edit/").status_code,
        **library(),
        "uploaded": [image.pk],
        "gallery": gallery(),
        "report": report,
        "idle": idle,
        "references": ReferenceIndex.objects.filter(object_id=str(page.pk)).exists(),
        "handlers_stay": handlers
        == [signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)],
        "levels_stay": levels
        == [logging.getLogger(name).level for name in ("django_tasks_db", "django_tasks")],
        "leases": Lease.objects.count(),
        "checks": messages(),
        "status": printed("autogallery_drain", "--status"),
        "status_url": status_url(),
    }


def status_url() -> Any:
    response = cron().get("/gallery-tasks/status/")
    return {"status": response.status_code, **response.json()}


@with_tables
def by_url() -> dict[str, Any]:
    """Called as most servers do, in a thread that is not the main one."""
    page_with(raw_gallery())
    image = ImageFactory()
    answers: list[Any] = []
    run = "/gallery-tasks/run/?limit=100"
    thread = threading.Thread(target=lambda: answers.append(cron().post(run).json()))
    thread.start()
    thread.join()
    return {"uploaded": [image.pk], "gallery": gallery(), "answer": answers[0]}


@with_tables
def after_a_response() -> dict[str, Any]:
    """What the thread after the response does, with the site's own tasks beside the upload."""
    page_with(raw_gallery())
    image = ImageFactory()
    note.enqueue("own")
    with redirect_stderr(io.StringIO()):
        request_finished.send(sender=WSGIHandler)
        while thread := after_response._thread:
            thread.join()
    return {"uploaded": [image.pk], "gallery": gallery(), "done": jobs.done}


@with_tables
def with_tasks_of_all_kinds() -> dict[str, Any]:
    """One fails, one sends a signal to the process, and the one behind it is left."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda signum, frame: told.append(signum))
    fail.enqueue()
    note_and_stop.enqueue("stop")
    note.enqueue("later")
    errors = io.StringIO()
    with redirect_stderr(errors):
        report = run_drain(limit=100).as_dict()
    return {"report": report, "done": jobs.done, "told": told, "then": drain()}


@with_tables
def within_limits() -> dict[str, Any]:
    for name in range(4):
        note.enqueue(name)
    limited = drain("--limit=3")
    return {"limited": limited, "rest": drain(), "done": jobs.done}
