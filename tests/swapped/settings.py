"""The test site with a base page model of its own; always on SQLite."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as TEST_SITE_APPS

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [
    "tests.swapped" if app == "tests.testapp" else app
    for app in TEST_SITE_APPS
    if app != "django.contrib.postgres"
]
WAGTAIL_PAGE_MODEL = "swapped.BasePage"
WAGTAILIMAGES_IMAGE_MODEL = "wagtailimages.Image"
