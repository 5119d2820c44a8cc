"""The example site as if this app were not installed: nothing listens to its uploads."""

from django.apps import AppConfig

from benchmarks.with_app import *  # noqa: F403
from benchmarks.with_app import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.without_app.WithoutApp"]
WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "off"


class WithoutApp(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        from wagtail_autogallery.signal_handlers import disconnect_signal_handlers

        disconnect_signal_handlers()
