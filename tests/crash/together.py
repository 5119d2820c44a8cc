"""
People and drains at work on the same pages at once: editors, uploaders, drains and workers.

Each editor has pages of their own, because Wagtail lets the later of two forms win. They post forms
that they loaded a while ago, as people do, so most of what they save is older than the last run.
They also undo runs, in a page of theirs or everywhere, add what is not there any more, and switch
on and off that new images wait for them; those of one page always do.
Ends after ``CRASH_SECONDS``, or after ``CRASH_OPERATIONS`` of people.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.sites import fork, logged, set_up, wait_for

EDITORS = 2
UPLOADERS = 2
DRAINS = 4
WORKERS = 2
PAGES_OF_EDITOR = 3
#: A form of an admin page takes a field and four hidden ones for each image.
MOST_UPLOADS = 120


class Clock:
    """When it is time to stop, for all processes: by the clock, or by what people have done."""

    def __init__(self, seconds: float, operations: int) -> None:
        self._until = time.monotonic() + seconds
        self._operations = operations
        self._counts = mmap.mmap(-1, 4 * (EDITORS + UPLOADERS))

    def tick(self, person: int) -> None:
        """Note an operation of a person; everybody counts their own."""
        place = slice(4 * person, 4 * person + 4)
        self._counts[place] = (int.from_bytes(self._counts[place], "big") + 1).to_bytes(4, "big")

    @property
    def operations(self) -> int:
        places = range(0, len(self._counts), 4)
        return sum(int.from_bytes(self._counts[place : place + 4], "big") for place in places)

    def stopped(self) -> bool:
        return time.monotonic() > self._until or self.operations >= self._operations


class Editor:
    """Opens forms, works on them for a moment, and saves or publishes them; knows what they did."""

    def __init__(self, number: int, pages: list[int], waiting: int, seed: int) -> None:
        """:param waiting: That of the pages to which new images come as drafts only."""
        self.number = number
        self.chance = random.Random(seed + number)
        self.waiting = waiting
        self.titles = dict.fromkeys(pages, "")
        self.removed: dict[int, set[int]] = {pk: set() for pk in pages}
        self.undone: dict[int, set[int]] = {pk: set() for pk in pages}
        #: By page: what somebody adds to one, or releases there, is a run of that page alone.
        self.undone_everywhere: set[tuple[int, int]] = set()
        self.added: dict[int, set[int]] = {pk: set() for pk in pages}
        self.published: dict[int, set[int]] = {pk: set() for pk in pages}
        self.captions: dict[int, dict[str, str]] = {pk: {} for pk in pages}
        self.operations = 0

    def work(self, clock: Clock) -> None:
        from django.test import Client

        self.user = user(f"editor-{self.number}")
        self.client = Client()
        self.client.force_login(self.user)
        while not clock.stopped():
            pk = self.chance.choice(list(self.titles))
            what = self.chance.choices((self.edit, self.undo, self.add_now), (6, 1, 1))[0]
            what(pk)
            clock.tick(self.number)
        for pk in self.titles:
            self.edit(pk, publish=True)
        self.remember()

    def edit(self, pk: int, publish: bool | None = None) -> None:
        from django.urls import reverse

        from tests.factories import raw_images
        from tests.forms import edit_form, list_form
        from tests.testapp.models import GalleryPage

        url = reverse("wagtailadmin_pages:edit", args=[pk])
        if self.chance.random() < 0.1:
            # Wagtail notes that somebody has this page open.
            assert self.client.get(url).status_code == 200
        page = GalleryPage.objects.get(pk=pk).get_latest_revision_as_object()
        gallery = page.body.raw_data[0]["value"]
        items = {
            item["id"]: (image, item["value"]["caption"] or "", item["value"]["delivered"])
            for item, image in zip(gallery["images"], raw_images(gallery), strict=True)
        }
        time.sleep(self.chance.uniform(0, 0.3))
        self.operations += 1
        page.title = self.titles[pk] = f"Edit {self.operations} of editor {self.number}"
        if items and self.chance.random() < 0.2:
            item_id = self.chance.choice(list(items))
            image, *_ = items.pop(item_id)
            self.removed[pk].add(image)
            self.captions[pk].pop(item_id, None)
        elif items and self.chance.random() < 0.5:
            item_id = self.chance.choice(list(items))
            image, _, delivered = items[item_id]
            items[item_id] = (image, page.title, delivered)
            self.captions[pk][item_id] = page.title
        if publish is None:
            publish = self.chance.random() < 0.4
        waits = gallery["review_new_images"]
        if pk != self.waiting and self.chance.random() < 0.15:
            waits = not waits
        form = edit_form(
            page,
            "action-publish" if publish else None,
            images=list_form([(item_id, *item) for item_id, item in items.items()]),
            review_new_images="on" if waits else None,
        )
        response = self.client.post(url, form)
        assert response.status_code == 302, response.context["form"].errors
        if publish:
            self.published[pk] |= {image for image, *_ in items.values()}

    def undo(self, pk: int) -> None:
        """Take back what a run has brought to a page, now and then to all pages."""
        from wagtail_autogallery.models import Delivery
        from wagtail_autogallery.sync.taking_back import undo
        from wagtail_autogallery.tasks import enqueue_sync

        key = key_of_page(pk)
        runs = sorted(set(Delivery.objects.of(key).undoable().values_list("run_id", flat=True)))
        if not runs:
            return
        run = self.chance.choice(runs)
        everywhere = self.chance.random() < 0.2
        undo([run], self.user, holder=None if everywhere else key)
        enqueue_sync()
        of_run = Delivery.objects.of_runs([run])
        if everywhere:
            rows = of_run.values_list("subscription__object_id", "image_id")
            self.undone_everywhere |= {(int(page), int(image)) for page, image in rows}
        else:
            undone = of_run.of(key).filter(mark=Delivery.Mark.UNDONE)
            self.undone[pk] |= set(map(int, undone.values_list("image_id", flat=True)))

    def add_now(self, pk: int) -> None:
        """
        Have an image back that was removed or undone.

        Not what was removed in a draft that is not published yet: whoever publishes that takes it
        out, whatever was added to the page meanwhile.
        """
        from wagtail_autogallery.models import Delivery, Subscription
        from wagtail_autogallery.sync.adding import add_now
        from wagtail_autogallery.tasks import enqueue_sync

        ended = Delivery.objects.of(key_of_page(pk)).filter(mark__in=Delivery.ENDED)
        missed = (self.removed[pk] | self.undone[pk]) & set(
            map(int, ended.values_list("image_id", flat=True))
        )
        gallery = Subscription.objects.following().of(key_of_page(pk)).get()
        if missed and (
            added := add_now(gallery, [str(self.chance.choice(sorted(missed)))], self.user)
        ):
            enqueue_sync()
            images = set(map(int, added))
            self.added[pk] |= images
            self.removed[pk] -= images
            self.undone[pk] -= images

    def remember(self) -> None:
        memory = {
            str(pk): {
                "title": title,
                "removed": sorted(self.removed[pk]),
                "undone": sorted(self.undone[pk]),
                "undone_everywhere": sorted(self.undone_everywhere),
                "added": sorted(self.added[pk]),
                "published": sorted(self.published[pk]),
                "captions": self.captions[pk],
                "always_waits": pk == self.waiting,
            }
            for pk, title in self.titles.items()
        }
        memory_of(self.number).write_text(json.dumps(memory))


def upload(number: int, clock: Clock) -> None:
    """Upload pictures through Wagtail's add view, until it is time to stop."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.urls import reverse
    from PIL import Image as PillowImage

    client = Client()
    client.force_login(user(f"uploader-{number}"))
    file = io.BytesIO()
    PillowImage.new("RGB", (8, 8), "teal").save(file, "PNG")
    for count in range(MOST_UPLOADS // UPLOADERS):
        if clock.stopped():
            break
        name = f"picture-{number}-{count}"
        picture = SimpleUploadedFile(f"{name}.png", file.getvalue(), "image/png")
        form = {"title": name, "file": picture, "collection": 1, "description": "", "tags": ""}
        response = client.post(reverse("wagtailimages:add"), form)
        assert response.status_code == 302, response.context["form"].errors
        clock.tick(EDITORS + number)
        time.sleep(random.uniform(0, 0.5))


def drain_again_and_again(clock: Clock) -> None:
    from wagtail_autogallery.drain.draining import drain

    while not clock.stopped():
        report = drain(limit=20)
        assert not report.failed, report.failures
        time.sleep(random.uniform(0, 0.05))


def user(name: str) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username=name)


def memory_of(editor: int) -> Path:
    from django.conf import settings

    return Path(settings.CRASH_DIR / f"editor-{editor}.json")


def key_of_page(pk: int) -> Any:
    from tests.testapp.models import GalleryPage
    from wagtail_autogallery.models import HolderKey

    return HolderKey.of(GalleryPage(pk=pk))


def unseen_and_published(pk: int, memory: dict[str, Any]) -> Iterator[str]:
    """What is live on a page whose new images wait, and nobody has published or added."""
    from tests.factories import raw_images
    from tests.testapp.models import GalleryPage

    if memory["always_waits"]:
        images = raw_images(GalleryPage.objects.get(pk=pk).body.raw_data[0]["value"])
        if unseen := set(images) - set(memory["published"]) - set(memory["added"]):
            yield f"{pk}: published by nobody {sorted(unseen)}"


def lost_or_doubled(pk: int, memory: dict[str, Any], everywhere: set[int]) -> Iterator[str]:
    """
    What of an editor's work, or of the uploads, is not on their page as it should be.

    :param everywhere: What somebody has undone in this page, and in all others that had it by the
        same run.
    """
    from wagtail.images import get_image_model

    from tests.factories import images_in_revision, raw_images
    from tests.testapp.models import GalleryPage
    from wagtail_autogallery.models import Delivery

    page = GalleryPage.objects.get(pk=pk)
    gallery = page.body.raw_data[0]["value"]
    images = raw_images(gallery)
    if page.title != memory["title"]:
        yield f"{pk}: the title is {page.title!r}, but {memory['title']!r} was published last"
    if twice := [image for image, times in Counter(images).items() if times > 1]:
        yield f"{pk}: twice {twice}"
    removed = set(memory["removed"])
    if back := set(images) & removed:
        yield f"{pk}: removed, and back again {sorted(back)}"
    # What a person wrote something about is theirs.
    automatic = {
        image
        for item, image in zip(gallery["images"], images, strict=True)
        if item["value"]["delivered"] and not item["value"]["caption"]
    }
    undone = set(memory["undone"]) | (everywhere - set(memory["added"]))
    if back := automatic & undone:
        yield f"{pk}: undone, and back again {sorted(back)}"
    uploaded = set(get_image_model().objects.values_list("pk", flat=True))
    if missing := uploaded - set(images) - removed - undone - everywhere:
        rows = Delivery.objects.of(key_of_page(pk)).filter(image_id__in=map(str, missing))
        fates = rows.values("image_id", "run_id", "number", "offer", "reason", "mark", "marked_by")
        yield f"{pk}: missing {sorted(missing)}, of which is known {list(fates)}"
    captions = {item["id"]: item["value"]["caption"] for item in gallery["images"]}
    for item_id, caption in memory["captions"].items():
        if captions.get(item_id) != caption:
            yield f"{pk}: the caption {caption!r} is {captions.get(item_id)!r}"
    if images_in_revision(page.latest_revision) != images:
        yield f"{pk}: the latest revision and the page differ"


def drain_all() -> None:
    """Drain until nothing is left, also of what was to be looked at later."""
    from django.utils import timezone

    from wagtail_autogallery.drain.draining import drain
    from wagtail_autogallery.models import Delivery, Errand

    for rows in (Delivery.objects.waiting(), Errand.objects.all()):
        rows.update(due_at=timezone.now())
    while drain(limit=1_000).is_unfinished:
        pass


def publish_what_waits(pages: list[int]) -> None:
    """Everybody has left: what was offered is published, and what was buried is released."""
    from wagtail.admin.models import EditingSession

    from tests.testapp.models import GalleryPage
    from wagtail_autogallery.models import Subscription
    from wagtail_autogallery.sync.withheld import release

    EditingSession.objects.all().delete()
    drain_all()
    for page in GalleryPage.objects.filter(pk__in=pages):
        page.get_latest_revision().publish()
    for gallery in Subscription.objects.following():
        release(gallery, user("editor-0"))
    drain_all()


def main() -> None:
    set_up()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django_tasks_db.models import DBTaskResult

    from tests.factories import page_with, raw_gallery
    from wagtail_autogallery.models import Delivery, Lease, Subscription
    from wagtail_autogallery.queue.leases import WORKER_PREFIX

    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    for name in ("editor", "uploader"):
        for number in range(max(EDITORS, UPLOADERS)):
            get_user_model().objects.create_superuser(f"{name}-{number}", "", "changeme")
    editors = []
    for number in range(EDITORS):
        pages = [page_with(raw_gallery()).pk for _ in range(PAGES_OF_EDITOR - 1)]
        waiting = page_with(raw_gallery(review_new_images=True)).pk
        editors.append(Editor(number, [*pages, waiting], waiting, seed))
    said = settings.CRASH_DIR / "said"
    clock = Clock(float(os.environ["CRASH_SECONDS"]), int(os.environ["CRASH_OPERATIONS"]))

    def work_as_worker(number: int) -> None:
        # The library's worker knows no time to stop but an empty queue.
        while not clock.stopped():
            call_command(
                "db_worker",
                "--backend=gallery",
                "--batch",
                "--no-startup-delay",
                "--interval=0.1",
                worker_id=f"worker-{number}",
                verbosity=0,
            )
            time.sleep(0.2)

    jobs: list[Callable[[], Any]] = [
        *(partial(editor.work, clock) for editor in editors),
        *(partial(upload, number, clock) for number in range(UPLOADERS)),
        *(partial(drain_again_and_again, clock) for _ in range(DRAINS)),
        *(partial(work_as_worker, number) for number in range(WORKERS)),
    ]
    began = time.monotonic()
    children = [fork(job, said) for job in jobs]
    exit_codes = [wait_for(pid) for pid in children]
    seconds = time.monotonic() - began
    drain_all()

    memories = {
        int(pk): memory
        for editor in editors
        if memory_of(editor.number).exists()
        for pk, memory in json.loads(memory_of(editor.number).read_text()).items()
    }
    faults = [fault for item in memories.items() for fault in unseen_and_published(*item)]
    publish_what_waits(list(memories))
    everywhere = [tuple(one) for memory in memories.values() for one in memory["undone_everywhere"]]
    for pk, memory in memories.items():
        undone = {image for page, image in everywhere if page == pk}
        faults += lost_or_doubled(pk, memory, undone)
    workers = [ids[-1] for ids in DBTaskResult.objects.values_list("worker_ids", flat=True) if ids]
    facts = {
        "seed": seed,
        "operations": clock.operations,
        "seconds": round(seconds, 1),
        "exit_codes": exit_codes,
        "said": said.read_text() if said.exists() else "",
        "errors": logged("error"),
        "faults": faults,
        "undone": sum(len(memory["undone"]) for memory in memories.values()) + len(everywhere),
        "added": sum(len(memory["added"]) for memory in memories.values()),
        "offered": Delivery.objects.filter(offer__gt=0).count(),
        "tasks": dict(Counter(DBTaskResult.objects.values_list("status", flat=True))),
        "by_drains": sum(name.startswith(WORKER_PREFIX) for name in workers),
        "by_workers": sum(not name.startswith(WORKER_PREFIX) for name in workers),
        "states": dict(Counter(Subscription.objects.values_list("state", flat=True))),
        "leases_left": Lease.objects.count(),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
