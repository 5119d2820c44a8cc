"""
What the sync costs, against what Wagtail itself takes for the same. Prints JSON.

    python benchmarks/bench_sync.py [--quick] [--only NAME …] [--postgres postgres://user@host/name]

Not a test: figures differ from machine to machine. Every one comes with its ratio to something
measured in the same run, in turns with it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.database import fresh_database


def main() -> None:
    arguments = parse()
    json.dump(run(arguments, arguments.postgres), sys.stdout, indent=2)
    print()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--pages", type=int, default=5000, help="M: pages of the large site")
    parser.add_argument("--galleries", type=int, default=10, help="S: followed galleries")
    parser.add_argument("--images", type=int, nargs="+", default=[0, 100, 500], help="G")
    parser.add_argument(
        "--holders", type=int, nargs="+", default=[10, 100, 1000], help="of the write at rest"
    )
    parser.add_argument("--others", type=int, default=10_000, help="galleries of their own")
    parser.add_argument("--deliveries", type=int, default=1_000_000, help="of the long ledger")
    parser.add_argument("--arrivals", type=int, default=20_000, help="that nobody follows")
    parser.add_argument("--uploads", type=int, default=200, help="K: uploads of the burst")
    parser.add_argument("--repeat", type=int, default=9, help="turns of each measurement")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the names of scenarios")
    parser.add_argument("--postgres", metavar="URL", help="measure on this server, not on SQLite")
    parser.add_argument("--quick", action="store_true", help="small sizes, about a minute")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.pages, arguments.images, arguments.repeat = 300, [100], 5
        arguments.holders, arguments.others = [10], 500
        arguments.arrivals, arguments.deliveries = 2000, 10_000
    return arguments


def run(arguments: argparse.Namespace, url: str | None) -> dict[str, Any]:
    with fresh_database(url) as vendor:
        logging.disable(logging.INFO)
        import django
        import wagtail

        from benchmarks import editing, scale, scenarios

        s, repeat = arguments.galleries, arguments.repeat
        some, many = (4 * s, 8 * s) if arguments.quick else (10 * s, 20 * s)
        measurements = {
            "one image into galleries at rest, per holder": lambda: scenarios.one_holder(
                s, arguments.images, repeat
            ),
            "one image into many galleries at rest, per holder": lambda: scenarios.many_holders(
                arguments.holders, repeat
            ),
            "galleries of their own": lambda: scale.galleries_of_their_own(
                arguments.others, repeat
            ),
            "long ledger": lambda: scale.long_ledger(arguments.deliveries, s, repeat),
            "size of the site": lambda: scenarios.site_size(s, 100, arguments.pages, 3 * repeat),
            "burst of uploads": lambda: scenarios.burst(s, arguments.uploads),
            "memory": lambda: scenarios.memory([(100, some), (arguments.pages, some), (100, many)]),
            "memory of what was": lambda: scale.memory_of_history(
                arguments.arrivals, arguments.deliveries // 10
            ),
            "upload through the add view": lambda: scenarios.upload(3 * repeat),
            "amending a page with a draft": lambda: editing.amend(s, 100, repeat),
            "saving three galleries of 100 images": lambda: editing.save_in_editor(
                3, 100, 5 * repeat
            ),
            "task queue": lambda: scenarios.queue(100, repeat),
        }
        return {
            "database": vendor,
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(),
            "django": django.get_version(),
            "wagtail": wagtail.__version__,
            **{
                name: scenarios.timed(name, scenario, lambda line: print(line, file=sys.stderr))
                for name, scenario in measurements.items()
                if not arguments.only or any(part in name for part in arguments.only)
            },
        }


if __name__ == "__main__":
    main()
