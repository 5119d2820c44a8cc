"""Who may see what in the reports: galleries of pages they may edit, images they may choose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q
from django.db.models.functions import Cast
from wagtail import VERSION
from wagtail.images import get_image_model
from wagtail.models import Page

from wagtail_autogallery.editor.choosable import image_permission_policy
from wagtail_autogallery.models import Subscription, SubscriptionQuerySet
from wagtail_autogallery.sync.subscriptions import holder_models

VIEW_REPORTS = "wagtail_autogallery.view_reports"
RUN_DRAIN = "wagtail_autogallery.run_drain"


def may_view_reports(user: Any) -> bool:
    return bool(user.has_perm(VIEW_REPORTS))


def may_see_tasks(user: Any) -> bool:
    """Whose errors may tell of anything on the site."""
    return may_view_reports(user) and bool(user.has_perm(RUN_DRAIN))


def sees_all(user: Any) -> bool:
    return bool(user.is_active and user.is_superuser)


def galleries_of(user: Any) -> SubscriptionQuerySet:
    """The galleries of the pages and snippets that somebody may edit."""
    if sees_all(user):
        return Subscription.objects.all()
    pages, snippets = [], []
    for model in holder_models():
        key = ContentType.objects.get_for_model(model).pk
        if issubclass(model, Page):
            pages.append(key)
        elif user.has_perm(_permission_to_change(model)):
            snippets.append(key)
    editable = page_permission_policy().instances_user_has_permission_for(user, "change")
    keys = editable.annotate(key=Cast("pk", CharField(max_length=255))).values("key")
    return Subscription.objects.filter(
        Q(content_type_id__in=pages, object_id__in=keys) | Q(content_type_id__in=snippets)
    )


def images_of(user: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Those of these images that are there and that somebody may see, by their key as text."""
    model: Any = get_image_model()
    images = model._base_manager.all()
    if not sees_all(user):
        images = image_permission_policy().instances_user_has_any_permission_for(
            user, ["choose", "add", "change", "delete"]
        )
    return {str(image.pk): image for image in images.filter(pk__in=set(keys))}


def _permission_to_change(model: Any) -> str:
    options = model._meta
    return f"{options.app_label}.{get_permission_codename('change', options)}"


def page_permission_policy() -> Any:
    if VERSION >= (8, 0):
        from wagtail.permissions import policy_registry

        return policy_registry.get_by_type(Page)

    from wagtail.permissions import page_permission_policy as policy

    return policy
