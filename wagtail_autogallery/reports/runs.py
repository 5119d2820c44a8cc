"""The report *Runs*: what each pass decided, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import CharField, Count, F, Max, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_filters import DateFromToRangeFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, TitleColumn

from wagtail_autogallery.models import Delivery, Run
from wagtail_autogallery.reports.access import galleries_of, sees_all
from wagtail_autogallery.reports.base import NAMESPACE, GalleryReport


class RunFilterSet(WagtailFilterSet):
    opened_at = DateFromToRangeFilter(label=gettext_lazy("Time"), widget=DateRangePickerWidget)

    class Meta:
        model = Run
        fields = ["kind", "by", "opened_at"]


class RunsView(GalleryReport):
    name = "runs"
    model = Run
    page_title = gettext_lazy("Runs of galleries")
    filterset_class = RunFilterSet
    is_searchable = True
    search_fields = ["number", "user"]
    default_ordering = "-number"
    columns = [
        TitleColumn(
            "number",
            label=gettext_lazy("Run"),
            sort_key="number",
            get_url=lambda run: reverse(f"{NAMESPACE}:run", args=[run.pk]),
        ),
        DateColumn("opened_at", label=gettext_lazy("Time"), sort_key="opened_at"),
        Column("get_kind_display", label=gettext_lazy("Kind")),
        NumberColumn("images", label=gettext_lazy("Images")),
        NumberColumn("galleries", label=gettext_lazy("Galleries")),
        NumberColumn("pages", label=gettext_lazy("Pages")),
        Column("seconds", label=gettext_lazy("Seconds")),
        Column("who", label=gettext_lazy("By")),
        Column("trouble", label=gettext_lazy("Not added")),
    ]
    list_export = [
        "number",
        "opened_at",
        "get_kind_display",
        "images",
        "galleries",
        "pages",
        "seconds",
        "who",
        "trouble",
    ]
    export_headings = {
        "number": gettext_lazy("Run"),
        "opened_at": gettext_lazy("Time"),
        "get_kind_display": gettext_lazy("Kind"),
        "images": gettext_lazy("Images"),
        "galleries": gettext_lazy("Galleries"),
        "pages": gettext_lazy("Pages"),
        "seconds": gettext_lazy("Seconds"),
        "who": gettext_lazy("By"),
        "trouble": gettext_lazy("Not added"),
    }

    def get_base_queryset(self) -> QuerySet[Run]:
        return Run.objects.filter(number__gt=0)

    def decorate_paginated_queryset(self, runs: Any) -> Any:
        figures = _figures([run.number for run in runs], self.request.user)
        for run in runs:
            of_run = figures.get(run.number, {})
            run.images = of_run.get("images", 0)
            run.galleries = of_run.get("galleries", 0)
            run.pages = of_run.get("pages", 0)
            run.seconds = _seconds(run, of_run.get("last_placed_at"))
            run.who = who(run)
            run.trouble = _trouble(of_run.get("failed", 0), of_run.get("held_up", 0))
        return runs


#: More would be too many parameters for a statement; only exports have them.
RUNS_AT_ONCE = 500


def _figures(numbers: list[int], user: Any) -> dict[int, dict[str, Any]]:
    """What each run decided for the galleries that somebody may see, and what became of that."""
    figures: dict[int, dict[str, Any]] = {}
    for first in range(0, len(numbers), RUNS_AT_ONCE):
        deliveries = Delivery.objects.filter(run_id__in=numbers[first : first + RUNS_AT_ONCE])
        if not sees_all(user):
            deliveries = deliveries.filter(subscription__in=galleries_of(user))
        holder = Concat(
            Cast("subscription__content_type_id", CharField(max_length=20)),
            Value("-"),
            F("subscription__object_id"),
            output_field=CharField(),
        )
        is_waiting = Q(due_at__isnull=False)
        has_failed = is_waiting & Q(reason=Delivery.Reason.FAILED)
        is_on_its_way = Q(reason__in=["", Delivery.Reason.NO_PICTURE])
        rows = (
            deliveries.order_by()
            .values("run_id")
            .annotate(
                images=Count("image_id", distinct=True),
                galleries=Count("subscription", distinct=True),
                pages=Count(holder, distinct=True),
                last_placed_at=Max("placed_at"),
                failed=Count("pk", filter=has_failed),
                held_up=Count("pk", filter=is_waiting & ~has_failed & ~is_on_its_way),
            )
        )
        figures |= {row["run_id"]: dict(row) for row in rows}
    return figures


def _seconds(run: Run, last_placed_at: Any) -> str:
    """Until the last of its images was on its page."""
    if last_placed_at is None:
        return ""
    taken = max(last_placed_at - run.opened_at, timedelta())
    return f"{taken.total_seconds():.1f}"


def who(run: Run) -> str:
    by = str(run.get_by_display())
    if run.user and by:
        return _("%(user)s, %(by)s") % {"user": run.user, "by": by}
    return run.user or by


def _trouble(failed: int, held_up: int) -> str:
    words = []
    if failed:
        words.append(_("%(count)d failed") % {"count": failed})
    if held_up:
        words.append(ngettext("%(count)d waits", "%(count)d wait", held_up) % {"count": held_up})
    return ", ".join(words)
