"""The report *Galleries*: each one, what it follows, and how it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import CharField, Count, F, Q, QuerySet, UUIDField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn
from wagtail.models import Page
from wagtail.search.index import AutocompleteField, Indexed, SearchField

from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.reports.access import galleries_of
from wagtail_autogallery.reports.base import NAMESPACE, FormColumn, GalleryReport, PostButton
from wagtail_autogallery.reports.holders import Holders, place_in_words
from wagtail_autogallery.reports.states import in_short
from wagtail_autogallery.sync.subscriptions import holder_models


class GalleryFilterSet(WagtailFilterSet):
    last_added_at = DateFromToRangeFilter(
        label=gettext_lazy("Last added"), widget=DateRangePickerWidget
    )

    class Meta:
        model = Subscription
        fields = ["state", "is_following", "last_added_at"]


class GalleriesView(GalleryReport):
    name = "galleries"
    model = Subscription
    page_title = gettext_lazy("Galleries")
    filterset_class = GalleryFilterSet
    is_searchable = True
    default_ordering = "-last_added_at"
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Page"),
            width="20%",
            get_url=lambda gallery: gallery.edit_url,
        ),
        Column("place_in_words", label=gettext_lazy("Place")),
        Column("follows", label=gettext_lazy("Follows")),
        NumberColumn("automatic", label=gettext_lazy("Automatic"), sort_key="automatic"),
        NumberColumn("by_hand", label=gettext_lazy("By hand"), sort_key="by_hand"),
        DateColumn("last_added_at", label=gettext_lazy("Last added"), sort_key="last_added_at"),
        Column("state_in_words", label=gettext_lazy("State"), sort_key="state"),
        FormColumn("actions", label=gettext_lazy("Actions"), accessor="post_buttons"),
    ]
    list_export = [
        "title",
        "place_in_words",
        "follows",
        "automatic",
        "by_hand",
        "last_added_at",
        "state_in_words",
    ]
    export_headings = {
        "title": gettext_lazy("Page"),
        "place_in_words": gettext_lazy("Place"),
        "follows": gettext_lazy("Follows"),
        "automatic": gettext_lazy("Automatic"),
        "by_hand": gettext_lazy("By hand"),
        "last_added_at": gettext_lazy("Last added"),
        "state_in_words": gettext_lazy("State"),
    }

    def get_base_queryset(self) -> QuerySet[Subscription]:
        return galleries_of(self.request.user)

    def order_queryset(self, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return in_order(queryset, self.ordering)

    def search_queryset(self, queryset: QuerySet[Subscription]) -> QuerySet[Subscription]:
        return search_holders(queryset, self.search_query)

    def decorate_paginated_queryset(self, galleries: Any) -> Any:
        describe(galleries, self.request.user)
        waiting = what_waits(galleries)
        choosable = ChoosableCollections(self.request.user)
        for gallery in galleries:
            gallery.state_in_words = in_short(gallery, waiting[gallery.pk])
            gallery.post_buttons = [sync_now(gallery)] if gallery.is_following else []
            if gallery.is_following and choosable.may_follow(gallery.scope or None):
                gallery.post_buttons.append(add_what_is_there(gallery))
        return galleries


def in_order(queryset: QuerySet[Subscription], ordering: str) -> QuerySet[Subscription]:
    """Those that never got anything come last, whichever database it is."""
    column = F(ordering.lstrip("-"))
    is_descending = ordering.startswith("-")
    by = column.desc(nulls_last=True) if is_descending else column.asc(nulls_last=True)
    return queryset.order_by(by, "pk")


def search_holders(queryset: QuerySet[Subscription], text: str) -> QuerySet[Subscription]:
    """
    Those whose page has this in its title, or whose snippet has it in what it is searched by.

    One query: what text a snippet is called by only its code knows, so it is looked for in all the
    text that may be that.
    """
    if not text:
        return queryset
    pages = Page._base_manager.filter(Q(title__icontains=text) | Q(draft_title__icontains=text))
    types = pages.order_by().values("content_type").distinct()
    found = Q(object_id__in=keys_of(pages), content_type_id__in=types)
    for model in holder_models():
        if names := [] if issubclass(model, Page) else searched_fields(model):
            has_it = reduce(or_, (Q(**{f"{name}__icontains": text}) for name in names))
            content_type = ContentType.objects.get_for_model(model)
            of_model = keys_of(model._base_manager.filter(has_it))
            found |= Q(object_id__in=of_model, content_type_id=content_type.pk)
    return queryset.filter(found)


def keys_of(holders: QuerySet[Any]) -> QuerySet[Any] | list[str]:
    """Their primary keys as text: in the database, but for a UUID where that has no such type."""
    column = holders.model._meta.pk
    if isinstance(column, UUIDField) and not connections[holders.db].features.has_native_uuid_field:
        return [str(key) for key in holders.order_by().values_list("pk", flat=True)]
    keys = holders.annotate(key=Cast("pk", CharField(max_length=255)))
    return keys.order_by().values("key")


def searched_fields(model: Any) -> list[str]:
    """What Wagtail searches the objects of a model by, where it does; else all their short text."""
    columns = {field.name: field for field in model._meta.concrete_fields}
    declared = model.get_search_fields() if issubclass(model, Indexed) else []
    searched = {
        field.field_name for field in declared if isinstance(field, SearchField | AutocompleteField)
    }
    return sorted(searched & columns.keys()) or [
        name for name, field in columns.items() if isinstance(field, CharField)
    ]


def describe(galleries: Iterable[Any], user: Any) -> None:
    """Have each say what it is called, where it is, and what it follows, in as many queries."""
    holders = Holders(galleries, user)
    collections = {each.pk: each.name for each in ChoosableCollections(user).offered}
    for gallery in galleries:
        gallery.title = holders.title_of(gallery)
        gallery.edit_url = holders.edit_url_of(gallery)
        gallery.place_in_words = place_in_words(gallery)
        gallery.follows = _follows(gallery, collections)


def _follows(gallery: Subscription, collections: Mapping[int, str]) -> str:
    if gallery.state == Subscription.State.COLLECTION_DELETED:
        return _("Nothing: its collection was deleted")
    if not gallery.scope:
        return _("All collections")
    return collections.get(gallery.scope) or _("Another collection")


def what_waits(galleries: Iterable[Subscription]) -> dict[int, dict[str, int]]:
    """How many images wait for each reason, by the gallery's key."""
    waiting: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Delivery.objects.of_subscriptions(galleries).waiting().order_by()
    for key, reason, count in rows.values_list("subscription", "reason").annotate(Count("pk")):
        waiting[key][reason] = count
    return waiting


def sync_now(gallery: Any) -> PostButton:
    url = reverse(f"{NAMESPACE}:sync_now", args=[gallery.pk])
    return PostButton(_("Sync now"), url, f"{gallery.title}, {gallery.place_in_words}")


def add_what_is_there(gallery: Any) -> PostButton:
    url = reverse(f"{NAMESPACE}:backfill", args=[gallery.pk])
    what = f"{gallery.title}, {gallery.place_in_words}"
    return PostButton(_("Add what is already there"), url, what, asks_first=True)
