"""Hooks into Wagtail's admin. They only register and translate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import include, path, reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.staticfiles import versioned_static
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.images.views.bulk_actions.add_to_collection import AddToCollectionBulkAction

from wagtail_autogallery import admin_urls
from wagtail_autogallery.editor.content_checks import add_rule
from wagtail_autogallery.frontend import credit
from wagtail_autogallery.log_entries import (
    GallerySyncFormatter,
    OfferFormatter,
    TakenBackFormatter,
)
from wagtail_autogallery.notices.account import GalleryMailsPanel
from wagtail_autogallery.reports.access import may_view_reports
from wagtail_autogallery.reports.panel import panel_for
from wagtail_autogallery.signal_handlers.images import record_arrivals
from wagtail_autogallery.sync.history import LOG_ACTION, OFFER_ACTION, UNDO_ACTION


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


@hooks.register("insert_global_admin_js")
def show_galleries_below_image_form() -> str:
    """Of the ways to add to the page of an image the only one that Wagtail documents."""
    return format_html(
        '<script src="{}" data-edit-url="{}" data-galleries-url="{}" data-heading="{}"></script>',
        versioned_static("wagtail_autogallery/js/image-galleries.js"),
        reverse("wagtailimages:edit", args=[0]),
        reverse("wagtail_autogallery_admin:image", args=[0]),
        _("Galleries"),
    )


@hooks.register("register_admin_urls")
def register_admin_urls() -> list[Any]:
    return [path("autogallery/", include(admin_urls))]


@hooks.register("register_account_settings_panel")
def register_gallery_mails_panel(request: HttpRequest, user: Any, profile: Any) -> Any:
    return GalleryMailsPanel(request, user, profile)


@hooks.register("register_image_operations")
def register_image_operations() -> list[tuple[str, type]]:
    return [(credit.NAME, credit.CreditOnlyOperation)]


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(
        content_type__app_label="wagtail_autogallery", codename__in=["run_drain", "view_reports"]
    )


class GalleriesMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return may_view_reports(request.user)


@hooks.register("register_reports_menu_item")
def register_galleries_report() -> MenuItem:
    return GalleriesMenuItem(
        _("Galleries"),
        reverse_lazy("wagtail_autogallery_admin:galleries"),
        name="autogallery-galleries",
        icon_name="image",
        order=1200,
    )


@hooks.register("construct_homepage_panels")
def add_panel_of_problems(request: HttpRequest, panels: list[Any]) -> None:
    if panel := panel_for(request.user):
        panels.append(panel)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(LOG_ACTION)(GallerySyncFormatter)
    actions.register_action(OFFER_ACTION)(OfferFormatter)
    actions.register_action(UNDO_ACTION)(TakenBackFormatter)
