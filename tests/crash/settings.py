"""The test site as the crash tests run it, in processes of its own. ``sites.py`` sets the rest."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import MEDIA_ROOT as UNUSED_MEDIA_ROOT

Path(UNUSED_MEDIA_ROOT).rmdir()

CRASH_DIR = Path(os.environ["CRASH_DIR"])
MEDIA_ROOT = str(CRASH_DIR / "media")

WAGTAIL_AUTOGALLERY_LEASE_SECONDS = float(os.environ.get("CRASH_LEASE_SECONDS", "60"))
WAGTAIL_AUTOGALLERY_MAX_ATTEMPTS = int(os.environ.get("CRASH_MAX_ATTEMPTS", "3"))
WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = os.environ.get("CRASH_AFTER_RESPONSE", "off")
WAGTAIL_AUTOGALLERY_CRON_SECRET = "a-secret-of-more-than-thirty-two-characters"

# A queue of our own, so that Wagtail's tasks neither take the time nor break with it.
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"},
    "gallery": {
        "BACKEND": os.environ.get("CRASH_BACKEND", "django_tasks_db.DatabaseBackend"),
    },
}
WAGTAIL_AUTOGALLERY_TASK_BACKEND = "gallery"

if "CRASH_REDIS_URL" in os.environ:
    # Of this site alone: others may be at work on the same server.
    WAGTAIL_AUTOGALLERY_QUEUE = f"autogallery-{CRASH_DIR.name}-{os.environ['DATABASE_URL'][-12:]}"
    RQ_QUEUES = {WAGTAIL_AUTOGALLERY_QUEUE: {"URL": os.environ["CRASH_REDIS_URL"]}}
    TASKS["gallery"]["QUEUES"] = [WAGTAIL_AUTOGALLERY_QUEUE]
    INSTALLED_APPS = [*INSTALLED_APPS, "django_rq", "django_tasks_rq"]  # noqa: F405

# What a person would be told goes where a test can read it, whichever process says it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        level: {
            "class": "logging.FileHandler",
            "filename": str(CRASH_DIR / f"{level}s.log"),
            "level": level.upper(),
        }
        for level in ("error", "warning")
    },
    "root": {"handlers": ["error", "warning"], "level": "INFO"},
}
