"""
What an upload's response costs with a sync behind it, and how soon the picture is on the page.

    python benchmarks/bench_response.py [--uploads N]

Serves the example site twice, with this app at work and with nothing listening to uploads, uploads
to both in turns, and watches the public portfolio. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from example_site.demo_check import Browser, Site, find_picture, log_in, paint_picture

QUIET_PERIOD = 2.0
GLANCE_SECONDS = 0.02
LONGEST_WAIT = 30.0


class Visit:
    """An editor and a visitor of one copy of the site."""

    def __init__(self, address: str, data: Path) -> None:
        #: The folder of its database and its pictures.
        self.data = data
        self.editor, self.visitor = Browser(address), Browser(address)
        log_in(self.editor)

    def upload(self, name: str) -> float:
        """:return: Seconds until the response was there."""
        picture = paint_picture()
        fields = {"title": name, "collection": "1"}
        started = time.perf_counter()
        self.editor.upload("/admin/images/multiple/add/", fields, f"{name}.jpg", picture)
        return time.perf_counter() - started

    def seconds_until_shown(self, name: str) -> float:
        started = time.perf_counter()
        while not find_picture(self.visitor, "/portfolio/", name):
            if time.perf_counter() - started > LONGEST_WAIT:
                raise SystemExit(f"{name} did not appear.")
            time.sleep(GLANCE_SECONDS)
        return time.perf_counter() - started


@contextmanager
def served(settings: str) -> Iterator[Visit]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.environment["DJANGO_SETTINGS_MODULE"] = settings
        site.manage("migrate", "--verbosity", "0")
        site.manage("create_demo")
        site.start()
        try:
            yield Visit(site.address, Path(folder))
        finally:
            site.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--uploads", type=int, default=9)
    uploads = parser.parse_args().uploads
    ratios, delays, ours = [], [], []
    with ExitStack() as stack:
        with_app = stack.enter_context(served("benchmarks.with_app"))
        without_app = stack.enter_context(served("benchmarks.without_app"))
        for number in range(uploads + 1):
            theirs = without_app.upload(f"without-{number}")
            # The second comes while the sync of the first is pending.
            with_app.upload(f"first-{number}")
            taken = with_app.upload(f"second-{number}")
            delay = with_app.seconds_until_shown(f"second-{number}")
            if number:
                ratios.append(taken / theirs)
                ours.append(taken)
                delays.append(delay)
    ratio, delay = statistics.median(ratios), statistics.median(delays)
    figures = {
        "response_ms": round(statistics.median(ours) * 1000, 1),
        "response_to_without_app": {
            "ratio": round(ratio, 3),
            "bound": 1.1,
            "reached": ratio <= 1.1,
        },
        "seconds_until_on_the_page": {
            "median": round(delay, 2),
            "bound": QUIET_PERIOD + 0.5,
            "reached": delay <= QUIET_PERIOD + 0.5,
        },
    }
    json.dump(figures, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
