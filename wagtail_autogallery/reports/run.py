"""A run, opened: which images it decided for which galleries, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.widgets.button import HeaderButton

from wagtail_autogallery.editor.thumbnails import thumbnails
from wagtail_autogallery.models import Delivery, Run
from wagtail_autogallery.reports.access import galleries_of, images_of, sees_all
from wagtail_autogallery.reports.base import NAMESPACE, GalleryReport
from wagtail_autogallery.reports.galleries import describe
from wagtail_autogallery.reports.runs import who
from wagtail_autogallery.reports.states import when
from wagtail_autogallery.reports.taking_back import undo_url
from wagtail_autogallery.sync.taking_back import undoable

Reason = Delivery.Reason


class DeliveryFilterSet(WagtailFilterSet):
    class Meta:
        model = Delivery
        fields = ["reason", "mark"]


class PictureColumn(Column):
    """A small picture that is there already: looking at a report makes none."""

    cell_template_name = "wagtail_autogallery/reports/picture_cell.html"


class RunView(GalleryReport):
    name = "run"
    model = Delivery
    filterset_class = DeliveryFilterSet
    default_ordering = "pk"
    columns = [
        PictureColumn("picture", label=gettext_lazy("Picture")),
        TitleColumn(
            "image_title",
            label=gettext_lazy("Image"),
            get_url=lambda delivery: delivery.why_url,
        ),
        TitleColumn(
            "title",
            label=gettext_lazy("Page"),
            accessor="gallery.title",
            get_url=lambda delivery: delivery.gallery.edit_url,
        ),
        Column("place", label=gettext_lazy("Place"), accessor="gallery.place_in_words"),
        DateColumn("placed_at", label=gettext_lazy("Added")),
        Column("fate", label=gettext_lazy("What became of it")),
    ]
    list_export = ["image_title", "gallery.title", "gallery.place_in_words", "placed_at", "fate"]
    export_headings = {
        "image_title": gettext_lazy("Image"),
        "gallery.title": gettext_lazy("Page"),
        "gallery.place_in_words": gettext_lazy("Place"),
        "placed_at": gettext_lazy("Added"),
        "fate": gettext_lazy("What became of it"),
    }

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.run = get_object_or_404(Run.objects.filter(number__gt=0), pk=kwargs["number"])

    def get_page_title(self) -> str:
        return _("Run %(number)d") % {"number": self.run.number}

    def get_page_subtitle(self) -> str:
        return ", ".join(filter(None, [when(self.run.opened_at), who(self.run)]))

    def get_filename(self) -> str:
        return f"{super().get_filename()}-{self.run.number}"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        home, here = super().get_breadcrumbs_items()
        return [home, {"url": reverse(f"{NAMESPACE}:runs"), "label": _("Runs of galleries")}, here]

    @property
    def header_buttons(self) -> list[HeaderButton]:
        return [*super().header_buttons, *self._undo()]

    def _undo(self) -> Iterator[HeaderButton]:
        """For whoever may edit all that it changes; the page that asks first checks the rest."""
        left = undoable([self.run.number])
        if not sees_all(self.request.user):
            of_others = left.exclude(subscription__in=galleries_of(self.request.user))
            if of_others.exists():
                return
        if left.exists():
            url = undo_url([self.run.number])
            back = urlencode({"next": self.get_index_url()})
            yield HeaderButton(_("Undo"), url=f"{url}&{back}", icon_name="undo", priority=10)

    def get_base_queryset(self) -> QuerySet[Delivery]:
        deliveries = Delivery.objects.filter(run_id=self.run.number)
        if sees_all(self.request.user):
            return deliveries
        return deliveries.filter(subscription__in=galleries_of(self.request.user))

    def get_valid_orderings(self) -> list[str]:
        return [self.default_ordering]

    def decorate_paginated_queryset(self, deliveries: Any) -> Any:
        user = self.request.user
        galleries = galleries_of(user).in_bulk({row.subscription_id for row in deliveries})
        describe(galleries.values(), user)
        images = images_of(user, (row.image_id for row in deliveries))
        pictures = {} if self.is_export else thumbnails(images.values())
        for row in deliveries:
            image = images.get(row.image_id)
            row.gallery = galleries[row.subscription_id]
            row.image_title = image.title if image else _("Another image")
            row.why_url = reverse(f"{NAMESPACE}:image", args=[image.pk]) if image else None
            small, _large = pictures.get(image.pk, (None, None)) if image else (None, None)
            row.picture = small
            row.fate = _fate(row)
        return deliveries


def _fate(delivery: Delivery) -> str:
    """What became of it after it was decided; empty where it is simply there."""
    if delivery.mark:
        words = str(delivery.get_mark_display())
        if delivery.marked_by:
            words = _("%(mark)s: %(user)s") % {"mark": words, "user": delivery.marked_by}
        return words
    if delivery.number is not None:
        return ""
    if delivery.reason in ("", Reason.NO_PICTURE):
        return _("On its way")
    if delivery.due_at is None:
        return str(delivery.get_reason_display())
    return _("Waits: %(reason)s. It is tried again %(when)s.") % {
        "reason": delivery.get_reason_display(),
        "when": when(delivery.due_at),
    }
