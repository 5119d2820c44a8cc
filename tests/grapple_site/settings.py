"""The test site with wagtail-grapple, as in ``docs/headless.md``."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.grapple_site", "grapple", "graphene_django"]
ROOT_URLCONF = "tests.grapple_site.urls"
GRAPHENE = {"SCHEMA": "grapple.schema.schema"}
GRAPPLE = {"APPS": ["grapple_site"]}
