"""
What a public page with a gallery costs, against the same markup with its URLs hard-coded.

    python benchmarks/bench_page.py [--images 100] [--repeat 30] [--postgres postgres://user@host/name]

Not a test: figures differ from machine to machine. Both pages are asked for in turns.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.database import fresh_database


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--images", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=30, help="turns of each measurement")
    parser.add_argument("--postgres", metavar="URL", help="measure on this server, not on SQLite")
    arguments = parser.parse_args()
    with fresh_database(arguments.postgres) as vendor:
        logging.disable(logging.INFO)
        from benchmarks import page_scenarios

        figures = page_scenarios.public_page(arguments.images, arguments.repeat)
        json.dump({"database": vendor, **figures}, sys.stdout, indent=2)
        print()


if __name__ == "__main__":
    main()
