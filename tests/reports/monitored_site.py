"""
Settings and URLs of a site with django-tasks-monitor, and what the reports link to there.

That is for Django 6 only, so a package of its name stands in for it, which whoever runs this has on
the path.
"""

from __future__ import annotations

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as APPS_OF_TEST_SITE

INSTALLED_APPS = [*APPS_OF_TEST_SITE, "tasks_monitor"]
ROOT_URLCONF = __name__


def __getattr__(name: str) -> list[object]:
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.http import HttpResponse
    from django.urls import include, path

    dashboard = path("dashboard/", lambda request: HttpResponse(), name="tasks_monitor_dashboard")
    return [path("django-admin/", include(([dashboard], "admin")))]


def links() -> dict[str, str | None]:
    """For whom there is which link to it."""
    import django

    django.setup()

    from django.contrib.auth import get_user_model
    from django.test import override_settings

    from wagtail_autogallery.reports.base import url_of_task_monitor

    user = get_user_model()
    admin = user(is_active=True, is_staff=True, is_superuser=True)
    found = {
        "admin": url_of_task_monitor(admin),
        "editor": url_of_task_monitor(user(is_active=True)),
        "clerk": url_of_task_monitor(user(is_active=False, is_staff=True)),
    }
    with override_settings(ROOT_URLCONF="wagtail_autogallery.admin_urls"):
        found["admin without Django's admin"] = url_of_task_monitor(admin)
    return found
