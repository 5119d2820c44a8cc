"""
What visitors of a page notice while large pictures are uploaded to its gallery and synced.

    python benchmarks/bench_pictures.py [--uploads 20] [--megapixels 12]

Serves the example site with ``runserver``, uploads the pictures through Wagtail's own view, one
after the other, and asks for the public portfolio every 200 milliseconds until all are on it. The
same process answers, syncs and makes the renditions. It is done once with this app at work, and
once with nothing listening to uploads, because Wagtail's own handling of a large upload takes its
share of the processor too. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import statistics
import sys
import threading
import time
from contextlib import closing
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_response import Visit, served
from benchmarks.measure import bound

SECONDS_BETWEEN_VIEWS = 0.2
WARM_VIEWS = 20
#: How the filter specs of a gallery's renditions end; importing it would need Django's settings.
CREDIT = "creditonly"
LONGEST_WAIT = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--uploads", type=int, default=20)
    parser.add_argument("--megapixels", type=int, default=12)
    arguments = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    picture = paint(arguments.megapixels)
    names = [f"p{number:02}" for number in range(arguments.uploads)]
    with served("benchmarks.with_app") as visit:
        watching = Watching(visit, names)
        watching.while_uploading(picture)
        smallest = made_at(visit.data)
        warm = statistics.median(watching.view() for _ in range(WARM_VIEWS))
    with served("benchmarks.without_app") as visit:
        without = Watching(visit, [])
        without.while_uploading(picture, names)
    slowest, slowest_without = max(watching.views), max(without.views)
    delays = [watching.seen_at[name] - smallest[name] for name in names]
    allowed = 1.5 * warm + 0.05
    figures = {
        "load": load,
        "views": len(watching.views),
        "warm_ms": round(warm * 1000, 1),
        "median_ms": round(statistics.median(watching.views) * 1000, 1),
        "slowest_ms": round(slowest * 1000, 1),
        "slowest_after_the_uploads_ms": round(watching.slowest_after_uploads * 1000, 1),
        "without_app": {
            "median_ms": round(statistics.median(without.views) * 1000, 1),
            "slowest_ms": round(slowest_without * 1000, 1),
        },
        "slowest_to_without_app": round(slowest / slowest_without, 3),
        "slowest_to_allowed": bound(round(slowest / allowed, 3), 1.0),
        "seconds_from_smallest_rendition_to_page": bound(round(max(delays), 2), 3.0),
    }
    json.dump(figures, sys.stdout, indent=2)
    print()


class Watching:
    """A visitor who looks at the page all the time."""

    def __init__(self, visit: Visit, names: list[str]) -> None:
        self.visit = visit
        self.missing = set(names)
        self.seen_at: dict[str, float] = {}
        self.views: list[float] = []
        #: While only the sync is at work.
        self.slowest_after_uploads = 0.0

    def view(self) -> float:
        """:return: How long it took."""
        started = time.perf_counter()
        html = self.visit.visitor.get("/portfolio/").decode()
        taken = time.perf_counter() - started
        shown = set(re.findall(r'src="[^"]*/(p\d\d)\.', html))
        for name in shown & self.missing:
            self.seen_at[name] = time.time()
        self.missing -= shown
        return taken

    def while_uploading(self, picture: bytes, names: list[str] | None = None) -> None:
        """:param names: Those of the uploads, where none of them will be seen."""
        for _ in range(WARM_VIEWS):
            self.view()
        self.visit.visitor.get("/portfolio/?freeze")
        names = names or sorted(self.missing)
        uploads = threading.Thread(target=self._upload, args=(picture, names), daemon=True)
        uploads.start()
        give_up = time.monotonic() + LONGEST_WAIT
        while uploads.is_alive() or self.missing:
            if time.monotonic() > give_up:
                raise SystemExit(f"{sorted(self.missing)} did not appear.")
            is_after_uploads = not uploads.is_alive()
            taken = self.view()
            self.views.append(taken)
            if is_after_uploads:
                self.slowest_after_uploads = max(self.slowest_after_uploads, taken)
            time.sleep(max(0.0, SECONDS_BETWEEN_VIEWS - taken))

    def _upload(self, picture: bytes, names: list[str]) -> None:
        for name in names:
            fields = {"title": name, "collection": "1"}
            path = "/admin/images/multiple/add/"
            self.visit.editor.upload(path, fields, f"{name}.jpg", picture)


def made_at(data: Path) -> dict[str, float]:
    """When the first rendition of a gallery was made of each picture, by its name."""
    with closing(sqlite3.connect(data / "db.sqlite3")) as database:
        rows = database.execute(
            "SELECT file FROM wagtailimages_rendition WHERE filter_spec LIKE ?", [f"%|{CREDIT}"]
        )
        files = [data / "media" / name for (name,) in rows]
    made: dict[str, float] = {}
    for file in files:
        name = file.name.partition(".")[0]
        made[name] = min(made.get(name, float("inf")), file.stat().st_mtime)
    return made


def paint(megapixels: int) -> bytes:
    """A picture in the shape and with the detail of a photograph."""
    width = round((megapixels * 1_000_000 * 4 / 3) ** 0.5)
    size = (width, width * 3 // 4)
    detail = Image.effect_noise((size[0] // 4, size[1] // 4), 60).resize(size).convert("RGB")
    file = BytesIO()
    Image.blend(detail, Image.new("RGB", size, "#2b6f8f"), 0.5).save(file, "JPEG", quality=88)
    return file.getvalue()


if __name__ == "__main__":
    main()
