#!/usr/bin/env python
"""Run a management command of the example site, from wherever it is called."""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def main() -> None:
    # Run as a file, Python puts this folder on the path instead of the one the package is in.
    sys.path[0] = str(REPOSITORY)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_site.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
