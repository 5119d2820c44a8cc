"""What the servers serve: uploads, a look at what became of them, and a site slow to publish."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import include, path, reverse
from django.views.decorators.csrf import csrf_exempt
from django_tasks_db.models import DBTaskResult
from wagtail.images import get_image_model
from wagtail.signals import page_published

from tests.factories import ImageFactory, image_of_size, images_in, page_with, raw_gallery
from tests.forms import edit_form, list_form
from tests.jobs import note
from tests.servers import backends
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import Arrival, Lease, Run
from wagtail_autogallery.queue.leases import WORKER_PREFIX
from wagtail_autogallery.tasks import sync_media_to_galleries

BODY = b"x" * 20_000


@receiver(page_published)
def publish_slowly(instance: Any, **kwargs: Any) -> None:
    entry = {
        "process": os.getpid(),
        "thread": threading.current_thread().name,
        "pictures": pictures_of(instance),
    }
    with settings.PUBLISHINGS.open("a") as file:
        file.write(json.dumps(entry) + "\n")
    time.sleep(settings.SECONDS_TO_PUBLISH)


@receiver(post_save, sender=get_image_model().get_rendition_model())
def note_rendition(instance: Any, created: bool, **kwargs: Any) -> None:
    if created:
        with settings.RENDITIONS.open("a") as file:
            file.write(threading.current_thread().name + "\n")


def pictures_of(page: GalleryPage) -> list[str]:
    titles = dict(get_image_model().objects.values_list("pk", "title"))
    return [titles[pk] for pk in images_in(page)]


def statuses(task: Any) -> dict[str, int]:
    tasks = DBTaskResult.objects.filter(task_path=task.module_path)
    return Counter(tasks.values_list("status", flat=True))


def workers_of_syncs() -> list[str]:
    """Who ran each sync, in order."""
    started = DBTaskResult.objects.filter(started_at__isnull=False).order_by("started_at")
    syncs = started.filter(task_path=sync_media_to_galleries.module_path)
    return [row.worker_ids[-1] for row in syncs]


def is_worker_at_work() -> bool:
    """Whether a worker of the library's has started a task of any kind."""
    rows = DBTaskResult.objects.filter(started_at__isnull=False)
    return any(not row.worker_ids[-1].startswith(WORKER_PREFIX) for row in rows)


def state() -> dict[str, Any]:
    """What is in the gallery, in order, and what became of the tasks."""
    return {
        "page": GalleryPage.objects.get().url,
        "gallery": pictures_of(GalleryPage.objects.get()),
        "arrivals_waiting": Arrival.objects.waiting().count(),
        "runs": Run.objects.newest(),
        "syncs": statuses(sync_media_to_galleries),
        "notes": statuses(note),
        "workers": workers_of_syncs(),
        "others_seen": is_worker_at_work(),
    }


# What a test calls in a process of its own, where no server is.


def set_up() -> None:
    """A page with a followed gallery, and nothing left to do."""
    page_with(raw_gallery())
    drain(limit=100)
    # The sync that decided for the new gallery is not what tests count.
    DBTaskResult.objects.all().delete()


def upload_in_shell() -> list[str]:
    """:return: The threads that are there after it."""
    ImageFactory(title="Picture")
    # It sends the same signal as a server's handler.
    Client().get("/plain/")
    return threads()


def migrate() -> list[str]:
    """:return: The threads that are there after it."""
    call_command("migrate", "--run-syncdb", verbosity=0)
    return threads()


def repair() -> list[dict[str, Any]]:
    """Drain once the leases of the dead have expired. :return: The state before and after."""
    states = [state()]
    while Lease.objects.alive().exists():
        time.sleep(0.1)
    drain(limit=100)
    return [*states, state()]


def work_as_file_backend() -> list[str]:
    """:return: The tasks that its worker ran."""
    return backends.work()


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


# The pages.


def make_image(request: HttpRequest) -> None:
    ImageFactory(title=request.GET["title"])


def upload_large(request: HttpRequest) -> HttpResponse:
    """A picture of 12 megapixels."""
    image_of_size(4000, 3000, title=request.GET["title"])
    return HttpResponse(BODY)


def upload(request: HttpRequest) -> HttpResponse:
    make_image(request)
    for number in range(int(request.GET.get("notes", 0))):
        note.enqueue(number)
    return HttpResponse(BODY)


def upload_slowly(request: HttpRequest) -> HttpResponse:
    (settings.FOLDER / "uploading").touch()
    time.sleep(0.5)
    return upload(request)


@transaction.non_atomic_requests
async def upload_async(request: HttpRequest) -> HttpResponse:
    await sync_to_async(make_image)(request)
    return HttpResponse(BODY)


def upload_and_stream(request: HttpRequest) -> StreamingHttpResponse:
    make_image(request)
    return StreamingHttpResponse(BODY for _ in range(500))


def upload_in_stream(request: HttpRequest) -> StreamingHttpResponse:
    def chunks() -> Iterator[bytes]:
        yield BODY
        make_image(request)
        yield BODY

    return StreamingHttpResponse(chunks())


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def set_after_response(request: HttpRequest, mode: str) -> HttpResponse:
    """Change a setting of this process, so that the same one can be measured with each."""
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = mode
    return HttpResponse()


def log_in(request: HttpRequest, name: str) -> JsonResponse:
    user, _ = get_user_model().objects.get_or_create(username=name)
    if name == "editor":
        get_user_model().objects.filter(pk=user.pk).update(is_superuser=True)
    if name == "operator":
        user.user_permissions.add(Permission.objects.get(codename="run_drain"))
    login(request, user)
    return JsonResponse({"token": get_token(request)})


def edit_form_with(request: HttpRequest, key: int) -> JsonResponse:
    """The form with which an editor publishes the page, once this image was chosen in it."""
    page = GalleryPage.objects.get()
    images = list_form([("", key, "", "")])
    form = edit_form(page, "action-publish", images=images, auto_sync_media=None)
    return JsonResponse({"path": reverse("wagtailadmin_pages:edit", args=[page.pk]), "form": form})


urlpatterns = [
    path("edit-form-with/<int:key>/", edit_form_with),
    path("upload/", csrf_exempt(upload)),
    path("upload-large/", csrf_exempt(upload_large)),
    path("upload-slowly/", csrf_exempt(upload_slowly)),
    path("upload-async/", csrf_exempt(upload_async)),
    path("upload-and-stream/", csrf_exempt(upload_and_stream)),
    path("upload-in-stream/", csrf_exempt(upload_in_stream)),
    path("plain/", plain),
    path("state/", lambda request: JsonResponse(state())),
    path("threads/", lambda request: JsonResponse({"process": os.getpid(), "threads": threads()})),
    path("after-response/<str:mode>/", set_after_response),
    path("log-in/<str:name>/", log_in),
    path("", include("tests.urls")),
]
