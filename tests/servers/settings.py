"""The test site behind a real server. What differs from test to test comes as JSON."""

import json
import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

# DATABASE_URL chooses the database as for all tests; SQLite runs in WAL mode.
DATABASES["default"].update(json.loads(os.environ["SITE_DATABASE"]))

FOLDER = Path(os.environ["SITE_FOLDER"])
MEDIA_ROOT = FOLDER / "media"
ROOT_URLCONF = "tests.servers.site"
WSGI_APPLICATION = "tests.servers.wsgi.application"

#: How long the site takes to publish a page, and where it notes each time that it begins to.
SECONDS_TO_PUBLISH = 0
PUBLISHINGS = FOLDER / "publishings"
#: Where it notes the thread that made a rendition.
RENDITIONS = FOLDER / "renditions"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}


class NoMigrations:
    """The tables straight from the models: in two seconds, not in ten."""

    def __contains__(self, app_label: str) -> bool:
        return True

    def __getitem__(self, app_label: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()

globals().update(json.loads(os.environ["SITE_SETTINGS"]))
