"""
Sync on a host that kills each request after some time, by kill -9, whatever it is doing.

All times are a quarter of those of a host that allows 10 seconds, with the URL's default budget.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from functools import partial
from typing import Any

from tests.crash.sites import fork, set_up, wait_for

SECONDS_ALLOWED = 2.5
BUDGET = 2.0
SECONDS_PER_HOLDER = 0.6
HOLDERS = 6


def main() -> None:
    set_up()
    from wagtail.signals import page_published

    from tests.factories import ImageFactory, images_in, page_with, raw_gallery
    from wagtail_autogallery.drain.draining import drain

    pages = [page_with(raw_gallery()) for _ in range(HOLDERS)]
    image = ImageFactory()

    def take_time(**kwargs: Any) -> None:
        time.sleep(SECONDS_PER_HOLDER)

    page_published.connect(take_time)
    ticks = []
    while not ticks or (ticks[-1] < HOLDERS and len(ticks) < HOLDERS):
        pid = fork(partial(drain, time_budget=BUDGET, limit=100))
        killer = fork(partial(_kill_later, pid))
        wait_for(pid)
        os.kill(killer, signal.SIGKILL)
        wait_for(killer)
        ticks.append(sum(images_in(page) == [image.pk] for page in pages))
    sys.stdout.write(json.dumps({"done_after_each_tick": ticks}))


def _kill_later(pid: int) -> None:
    time.sleep(SECONDS_ALLOWED)
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
