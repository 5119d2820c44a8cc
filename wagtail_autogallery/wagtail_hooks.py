"""Hooks into Wagtail's admin. They only register and translate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import include, path
from wagtail import hooks
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.images.views.bulk_actions.add_to_collection import AddToCollectionBulkAction

from wagtail_autogallery import admin_urls
from wagtail_autogallery.editor.content_checks import add_rule
from wagtail_autogallery.frontend import credit
from wagtail_autogallery.log_entries import GallerySyncFormatter
from wagtail_autogallery.signal_handlers import record_arrivals
from wagtail_autogallery.sync.history import LOG_ACTION


@hooks.register("after_bulk_action")
def record_arrivals_on_add_to_collection(
    request: HttpRequest, action_type: str, objects: Sequence[Any], action: Any
) -> None:
    """
    The bulk action moves images with ``QuerySet.update()``, which sends no signal.

    The instances still hold the collection they were in before.
    """
    if not isinstance(action, AddToCollectionBulkAction):
        return
    collection = action.cleaned_form.cleaned_data["collection"]
    record_arrivals(
        [
            (image.pk, image.collection_id)
            for image in objects
            if image.collection_id != collection.pk
        ]
    )


@hooks.register("construct_wagtail_userbar", order=100)
def check_alternative_texts(request: HttpRequest, items: list[Any], page: Any) -> None:
    """After those of the site, which may bring a checker of their own."""
    for item in items:
        if isinstance(item, ContentCheckerItem):
            add_rule(item)


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[Any]:
    return [path("autogallery/", include(admin_urls))]


@hooks.register("register_image_operations")
def register_image_operations() -> list[tuple[str, type]]:
    return [(credit.NAME, credit.CreditOnlyOperation)]


@hooks.register("register_permissions")
def register_run_drain_permission() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="wagtail_autogallery", codename="run_drain"
    )


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(LOG_ACTION)(GallerySyncFormatter)
