"""The example site as if this app were not installed: nothing listens to its uploads."""

from django.apps import AppConfig

from example_site.settings import *  # noqa: F403
from example_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.without_app.WithoutApp"]
WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "off"


class WithoutApp(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        from wagtail_autogallery.signal_handlers import disconnect_signal_handlers

        disconnect_signal_handlers()
