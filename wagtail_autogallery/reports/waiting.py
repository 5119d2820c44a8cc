"""The report *Waiting*: galleries that failed or are held up, why, and when they are tried next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Min, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn

from wagtail_autogallery.models import Delivery, Errand, HolderKey, Subscription
from wagtail_autogallery.reports.access import galleries_of
from wagtail_autogallery.reports.base import NAMESPACE, FormColumn, GalleryReport, PostButton
from wagtail_autogallery.reports.galleries import describe, in_order, search_holders, what_waits
from wagtail_autogallery.reports.states import when


class WaitingFilterSet(WagtailFilterSet):
    class Meta:
        model = Subscription
        fields = ["state"]


class WaitingView(GalleryReport):
    name = "waiting"
    model = Subscription
    page_title = gettext_lazy("Waiting galleries")
    filterset_class = WaitingFilterSet
    is_searchable = True
    default_ordering = "-updated_at"
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Page"),
            width="20%",
            get_url=lambda gallery: gallery.edit_url,
        ),
        Column("place_in_words", label=gettext_lazy("Place")),
        Column("get_state_display", label=gettext_lazy("Reason"), sort_key="state"),
        Column("error", label=gettext_lazy("Error")),
        NumberColumn("images_waiting", label=gettext_lazy("Images waiting")),
        DateColumn("updated_at", label=gettext_lazy("Last tried"), sort_key="updated_at"),
        # Wagtail's own column takes what is yet to come for just now.
        Column(
            "next_try",
            label=gettext_lazy("Next try"),
            accessor=lambda gallery: gallery.next_try and when(gallery.next_try),
        ),
        FormColumn("actions", label=gettext_lazy("Actions"), accessor="post_buttons"),
    ]
    list_export = [
        "title",
        "place_in_words",
        "get_state_display",
        "error",
        "images_waiting",
        "updated_at",
        "next_try",
    ]
    export_headings = {
        "title": gettext_lazy("Page"),
        "place_in_words": gettext_lazy("Place"),
        "get_state_display": gettext_lazy("Reason"),
        "error": gettext_lazy("Error"),
        "images_waiting": gettext_lazy("Images waiting"),
        "updated_at": gettext_lazy("Last tried"),
        "next_try": gettext_lazy("Next try"),
    }

    def get_base_queryset(self) -> QuerySet[Subscription]:
        return galleries_of(self.request.user).waiting()

    def order_queryset(self, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return in_order(queryset, self.ordering)

    def search_queryset(self, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return search_holders(queryset, self.search_query)

    def decorate_paginated_queryset(self, galleries: Any) -> Any:
        describe(galleries, self.request.user)
        waiting, next_tries = what_waits(galleries), _next_tries(galleries)
        for gallery in galleries:
            gallery.images_waiting = sum(waiting[gallery.pk].values())
            gallery.next_try = next_tries.get(gallery.pk)
            gallery.post_buttons = [_try_now(gallery)] if gallery.next_try else []
        return galleries


def _next_tries(galleries: Iterable[Subscription]) -> dict[int, datetime]:
    """By the gallery's primary key, of those for which anything waits."""
    waiting = Delivery.objects.of_subscriptions(galleries).waiting().order_by()
    next_tries = dict(waiting.values_list("subscription").annotate(Min("due_at")))
    errands = Errand.objects.of_any({gallery.holder_key for gallery in galleries}).order_by()
    visits = {
        HolderKey(*key): due_at
        for *key, due_at in errands.values_list("content_type_id", "object_id").annotate(
            Min("due_at")
        )
    }
    for gallery in galleries:
        if gallery.pk in next_tries and (visit_at := visits.get(gallery.holder_key)):
            next_tries[gallery.pk] = min(next_tries[gallery.pk], visit_at)
    return next_tries


def _try_now(gallery: Any) -> PostButton:
    url = reverse(f"{NAMESPACE}:sync_now", args=[gallery.pk])
    return PostButton(_("Try now"), url, f"{gallery.title}, {gallery.place_in_words}")
