"""One picture for many galleries, written by several workers of the site's task queue at once."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.sites import fork, logged, set_up, wait_for

HOLDERS = int(os.environ.get("CRASH_HOLDERS", "120"))
WORKERS = int(os.environ.get("CRASH_WORKERS", "2"))
#: Pictures before the one that is timed: a worker has run for long where a site shares its work.
WARM_UPS = int(os.environ.get("CRASH_WARM_UPS", "0"))
WITH_REDIS = "CRASH_REDIS_URL" in os.environ
LONGEST_SECONDS = 100


def main() -> None:
    set_up()
    from django.conf import settings
    from wagtail.log_actions import registry

    from tests.factories import ImageFactory, images_in, page_with, raw_gallery
    from wagtail_autogallery.models import Arrival

    pages = [page_with(raw_gallery()) for _ in range(HOLDERS)]
    written = settings.CRASH_DIR / "written"
    written.touch()
    said = settings.CRASH_DIR / "said"
    children = [fork(partial(_work, _worker(number), written), said) for number in range(WORKERS)]
    _wait(lambda: len(_lines(settings.CRASH_DIR / "ready")) == WORKERS)
    images = []
    for number in range(1, WARM_UPS + 2):
        images.append(ImageFactory())
        _wait(partial(_all_is_written, HOLDERS * number, written))
    times = [float(line.split()[1]) for line in _lines(written)[-HOLDERS:]]
    # Before they are stopped: a worker that is ended at its queue may say so at length.
    was_said = said.read_text() if said.exists() else ""
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        wait_for(child)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)

    log = registry.get_log_model_for_model(type(pages[0])).objects
    facts = {
        "errors": logged("error"),
        "said": was_said,
        "lost": sum(images_in(page) != [image.pk for image in images] for page in pages),
        "written": len(_lines(written)),
        "entries": log.filter(action="wagtail_autogallery.sync").count(),
        "waiting": Arrival.objects.waiting().count(),
        "by_each": sorted(Counter(line.split()[0] for line in _lines(written)).values()),
        "seconds": round(max(times) - min(times), 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
    }
    sys.stdout.write(json.dumps(facts))


def _all_is_written(deliveries: int, written: Path) -> bool:
    from wagtail_autogallery.models import Delivery

    is_placed = Delivery.objects.numbered().count() == deliveries
    return is_placed and len(_lines(written)) >= deliveries


def _worker(number: int) -> Callable[[], Any]:
    from django.conf import settings
    from django.core.management import call_command

    if WITH_REDIS:
        return partial(
            call_command,
            "rqworker",
            settings.WAGTAIL_AUTOGALLERY_QUEUE,
            worker_class="rq.SimpleWorker",
            job_class="django_tasks_rq.Job",
            verbosity=0,
        )
    return partial(
        call_command,
        "db_worker",
        "--backend=gallery",
        "--interval=0.05",
        "--no-startup-delay",
        f"--worker-id=worker-{number}",
        verbosity=0,
    )


def _work(worker: Callable[[], Any], written: Path) -> None:
    """Have a worker write down what it publishes, and when."""
    from django.conf import settings
    from wagtail.signals import page_published

    def note(**kwargs: Any) -> None:
        _append(written, f"{os.getpid()} {time.time()}")

    page_published.connect(note)
    _append(settings.CRASH_DIR / "ready", str(os.getpid()))
    worker()


def _append(path: Path, line: str) -> None:
    # One write, which the system appends as a whole.
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _wait(until: Callable[[], bool]) -> None:
    give_up = time.monotonic() + LONGEST_SECONDS
    while not until():
        assert time.monotonic() < give_up, "It takes too long"
        time.sleep(0.05)


if __name__ == "__main__":
    main()
