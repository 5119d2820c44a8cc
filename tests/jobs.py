"""Background tasks of the test site, to see what a drain does with them."""

from __future__ import annotations

from typing import Any

from wagtail_autogallery.tasks import task

done: list[Any] = []
clock: Any = None


@task()
def note(name: Any) -> None:
    done.append(name)


@task()
def fail() -> None:
    1 / 0  # noqa: B018


@task()
def take_a_second(name: Any) -> None:
    clock.now += 1
    done.append(name)


@task()
def exit_process() -> None:
    raise SystemExit(1)
