"""One picture for many galleries, written by several workers of the site's task queue at once."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.sites import fork, logged, set_up, wait_for

HOLDERS = int(os.environ.get("CRASH_HOLDERS", "120"))
#: How many workers there are at each turn, which is one picture for all holders.
TURNS = [int(workers) for workers in os.environ.get("CRASH_WORKERS", "2").split(",")]
#: Seconds after which a worker without work looks for some.
INTERVAL = os.environ.get("CRASH_INTERVAL", "0.05")
WITH_REDIS = "CRASH_REDIS_URL" in os.environ
LONGEST_SECONDS = 100


def main() -> None:
    set_up()
    from wagtail.log_actions import registry

    from tests.factories import ImageFactory, images_in, page_with, raw_gallery
    from wagtail_autogallery.models import Arrival
    from wagtail_autogallery.sync.passes import sync

    pages = [page_with(raw_gallery()) for _ in range(HOLDERS)]
    images = [ImageFactory()]
    # What is loaded now its forks need not load: a worker that shares its work has run for long.
    sync()
    turns = []
    for number, workers in enumerate(TURNS):
        turns.append(_Turn(number, workers))
        images.append(turns[-1].run())

    log = registry.get_log_model_for_model(type(pages[0])).objects
    facts = {
        "errors": logged("error"),
        "said": "".join(turn.was_said for turn in turns),
        "lost": sum(images_in(page) != [image.pk for image in images] for page in pages),
        "entries": log.filter(action="wagtail_autogallery.sync").count(),
        "waiting": Arrival.objects.waiting().count(),
        "turns": [turn.facts() for turn in turns],
    }
    sys.stdout.write(json.dumps(facts))


class _Turn:
    """A picture, and workers that have nothing to do before."""

    def __init__(self, number: int, workers: int) -> None:
        from django.conf import settings

        self.workers = workers
        self.folder = settings.CRASH_DIR / str(number)
        self.folder.mkdir()
        self.was_said = ""

    def run(self) -> Any:
        """:return: The image."""
        from tests.factories import ImageFactory

        said = self.folder / "said"
        children = [
            fork(partial(_work, _worker(number), self.folder), said)
            for number in range(self.workers)
        ]
        _wait(lambda: len(_lines(self.folder / "ready")) == self.workers and _is_queue_empty())
        image = ImageFactory()
        _wait(lambda: len(_lines(self.folder / "written")) >= HOLDERS and _is_queue_empty())
        # Before they are stopped: a worker that is ended at its queue may say so at length.
        self.was_said = said.read_text() if said.exists() else ""
        for child in children:
            os.kill(child, signal.SIGTERM)
        for child in children:
            wait_for(child)
        return image

    def facts(self) -> dict[str, Any]:
        by_worker: dict[str, list[tuple[float, float]]] = {}
        for line in _lines(self.folder / "written"):
            worker, when, used = line.split()
            by_worker.setdefault(worker, []).append((float(when), float(used)))
        times = [when for each in by_worker.values() for when, _ in each]
        used = [each[-1][1] - each[0][1] for each in by_worker.values()]
        return {
            "workers": self.workers,
            "by_each": sorted(len(each) for each in by_worker.values()),
            "pages_a_second": (len(times) - 1) / (max(times) - min(times)),
            "cpu_ms_a_page": sum(used) * 1000 / (len(times) - len(by_worker)),
        }


def _is_queue_empty() -> bool:
    from django.conf import settings

    if WITH_REDIS:
        import django_rq

        queue = django_rq.get_queue(settings.WAGTAIL_AUTOGALLERY_QUEUE)
        return queue.is_empty() and not queue.started_job_registry.count
    from django_tasks_db.models import DBTaskResult

    return not (DBTaskResult.objects.ready() | DBTaskResult.objects.running()).exists()


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
        f"--interval={INTERVAL}",
        "--no-startup-delay",
        f"--worker-id=worker-{number}",
        verbosity=0,
    )


def _work(worker: Callable[[], Any], folder: Path) -> None:
    """Have a worker write down what it publishes, when, and how long it was at work by then."""
    from wagtail.signals import page_published

    def note(**kwargs: Any) -> None:
        _append(folder / "written", f"{os.getpid()} {time.time()} {time.process_time()}")

    page_published.connect(note)
    # It shares the memory of its parent until it writes there: done now, that is not timed.
    gc.collect()
    _append(folder / "ready", str(os.getpid()))
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
