"""Take back what was added, or add what was there before: asked first, and checked."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.models import HolderKey, Run, Subscription
from wagtail_autogallery.reports.permissions import may_change_all
from wagtail_autogallery.sync import backfill, taking_back
from wagtail_autogallery.tasks import enqueue_sync_on_commit

#: So many runs are named before a person takes them back.
MOST_RUNS = 20


def undo_url(
    runs: list[int], *, holder: HolderKey | None = None, gallery: int | None = None
) -> str:
    """
    Where these runs are undone, once that is confirmed.

    :param holder: In this page or snippet only.
    :param gallery: In the gallery of this subscription only.
    """
    query: list[tuple[str, Any]] = [("run", run) for run in runs]
    if holder is not None:
        query.append(("holder", holder.as_text()))
    if gallery is not None:
        query.append(("gallery", gallery))
    return f"{reverse('wagtail_autogallery_admin:undo')}?{urlencode(query)}"


class ConfirmView(WagtailAdminTemplateMixin, View):  # type: ignore[misc]
    """Says what is about to be done, and does it when it is posted."""

    template_name = "wagtail_autogallery/reports/confirm.html"
    #: Wagtail's template has no crumbs where this is empty: there is no list that this belongs to.
    breadcrumbs_items: list[Any] = []

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.next_url = get_valid_next_url_from_request(request) or reverse("wagtailadmin_home")
        self.look(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def look(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """:raises PermissionDenied: Where it is none of the user's business, or not there."""
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def leave(self) -> HttpResponse:
        return redirect(self.next_url)


class _Asked(NamedTuple):
    """What is to be undone, and where."""

    runs: list[int]
    subscription: Subscription | None
    holder: HolderKey | None

    @classmethod
    def by(cls, request: HttpRequest) -> _Asked:
        runs = [int(run) for run in request.GET.getlist("run") if run.isdecimal()]
        subscription = holder = None
        if "gallery" in request.GET:
            subscription = gallery_or_refuse(request.GET["gallery"])
            holder = subscription.holder_key
        elif "holder" in request.GET:
            holder = HolderKey.from_text(request.GET["holder"])
            if holder is None:
                raise PermissionDenied
        return cls(runs, subscription, holder)


def gallery_or_refuse(pk: Any) -> Subscription:
    """:raises PermissionDenied: Where there is none."""
    subscription = Subscription.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
    if subscription is None:
        raise PermissionDenied
    return subscription


class UndoView(ConfirmView):
    """
    Undo runs: ``?run=``, once for each; with ``&holder=`` or ``&gallery=`` only there.

    For whoever may edit, and publish what is live of, all that it changes.
    """

    page_title = gettext_lazy("Undo")
    header_icon = "undo"

    def look(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.asked = _Asked.by(request)
        self.deliveries = taking_back.undoable(*self.asked)
        self.holders = self.deliveries.holder_keys()
        concerned = self.holders if self.asked.holder is None else {self.asked.holder}
        if not may_change_all(request.user, concerned):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request) if self.holders else self._nothing_left()

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.holders:
            return self._nothing_left()
        taking_back.undo(self.asked.runs, request.user, self.asked.subscription, self.asked.holder)
        enqueue_sync_on_commit()
        messages.success(request, _("It is taken back in a moment, and stays out."))
        return self.leave()

    def _nothing_left(self) -> HttpResponse:
        messages.warning(self.request, _("Nothing of it is left to be undone."))
        return self.leave()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            sentences=self._sentences(),
            details=self._runs(),
            yes=_("Yes, undo"),
            no=_("No, leave it as it is"),
            next_url=self.next_url,
            **kwargs,
        )

    def _sentences(self) -> list[str]:
        facts = self.deliveries.aggregate(
            images=Count("image_id", distinct=True), galleries=Count("subscription", distinct=True)
        )
        images = ngettext("%(count)d image", "%(count)d images", facts["images"])
        galleries = ngettext("%(count)d gallery", "%(count)d galleries", facts["galleries"])
        pages = ngettext(
            "%(count)d page or snippet", "%(count)d pages and snippets", len(self.holders)
        )
        return [
            _("Take %(images)s back out of %(galleries)s in %(pages)s?")
            % {
                "images": images % {"count": facts["images"]},
                "galleries": galleries % {"count": facts["galleries"]},
                "pages": pages % {"count": len(self.holders)},
            },
            _(
                "What somebody has captioned, replaced or chosen since stays. All else is taken "
                "out of the page and its drafts, and does not come back by itself."
            ),
        ]

    def _runs(self) -> list[str]:
        runs = Run.objects.filter(number__in=self.asked.runs).order_by("number")[:MOST_RUNS]
        return [
            _("Run %(number)d: %(kind)s, %(when)s")
            % {
                "number": run.number,
                "kind": run.get_kind_display(),
                "when": date_format(localtime(run.opened_at), "DATETIME_FORMAT"),
            }
            for run in runs
        ]


class BackfillView(ConfirmView):
    """
    Add to a gallery what was there before it followed.

    For whoever may edit its page, publish it where it is live, and have it follow what it follows.
    """

    page_title = gettext_lazy("Add what is already there")
    header_icon = "image"

    def look(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.subscription = gallery_or_refuse(kwargs["pk"])
        scope = self.subscription.scope or None
        may_follow = ChoosableCollections(request.user).may_follow(scope)
        if not may_follow or not may_change_all(request.user, [self.subscription.holder_key]):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.count = backfill.count(self.subscription)
        return super().get(request) if self.count else self._nothing_there()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        added = backfill.backfill(self.subscription, request.user)
        if not added:
            return self._nothing_there()
        enqueue_sync_on_commit()
        message = ngettext(
            "%(count)d image is on its way.", "%(count)d images are on their way.", added
        )
        messages.success(request, message % {"count": added})
        return self.leave()

    def _nothing_there(self) -> HttpResponse:
        messages.warning(
            self.request, _("There is nothing to add that this gallery does not have already.")
        )
        return self.leave()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = ngettext(
            "Add %(count)d image that was there before this gallery followed?",
            "Add %(count)d images that were there before this gallery followed?",
            self.count,
        )
        return super().get_context_data(
            sentences=[
                question % {"count": self.count},
                _("It counts as one run, which can be undone."),
            ],
            yes=_("Yes, add"),
            no=_("No, leave it as it is"),
            next_url=self.next_url,
            **kwargs,
        )
