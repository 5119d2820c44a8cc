"""Background tasks of the test site, to see what a drain does with them."""

from __future__ import annotations

import os
import signal
from typing import Any

from wagtail_autogallery.queue.claiming import claim
from wagtail_autogallery.queue.queues import Queue
from wagtail_autogallery.tasks import task

done: list[Any] = []
clock: Any = None
zero = 0


@task()
def note(name: Any) -> None:
    done.append(name)


@task()
def fail() -> float:
    return 1 / zero


@task()
def take_a_second(name: Any) -> None:
    clock.now += 1
    done.append(name)


@task()
def exit_process() -> None:
    raise SystemExit(1)


@task()
def note_and_stop(name: Any) -> None:
    done.append(name)
    if name == "stop":
        os.kill(os.getpid(), signal.SIGTERM)


@task()
def enqueue_until_three() -> None:
    done.append(len(done))
    if len(done) < 3:
        enqueue_until_three.enqueue()
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def claim_one(worker: str = "me") -> Any:
    """Enqueue a task and claim it for a worker. :return: Its row."""
    note.enqueue("x")
    return claim(Queue("default"), worker)
