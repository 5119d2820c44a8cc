"""Release what a gallery withholds for somebody to look at: asked first, and checked."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.reports.permissions import may_change_all
from wagtail_autogallery.reports.taking_back import ConfirmView, gallery_or_refuse
from wagtail_autogallery.sync.withheld import release
from wagtail_autogallery.tasks import enqueue_sync_on_commit


def release_url(subscription: Subscription) -> str:
    """Where what a gallery withholds is released, once that is confirmed."""
    return f"{reverse('wagtail_autogallery_admin:release')}?gallery={subscription.pk}"


class ReleaseView(ConfirmView):
    """
    Have what a gallery withholds put into it: ``?gallery=``, by the key of its subscription.

    For whoever may edit its page, and publish it where it is live.
    """

    page_title = gettext_lazy("Release withheld images")
    header_icon = "image"

    def look(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.subscription = gallery_or_refuse(request.GET.get("gallery"))
        if not may_change_all(request.user, [self.subscription.holder_key]):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.count = Delivery.objects.of_subscriptions([self.subscription]).withheld().count()
        return super().get(request) if self.count else self._nothing_left()

    def post(self, request: HttpRequest) -> HttpResponse:
        released = release(self.subscription, request.user)
        if not released:
            return self._nothing_left()
        enqueue_sync_on_commit()
        message = ngettext(
            "%(count)d image is on its way.", "%(count)d images are on their way.", released
        )
        messages.success(request, message % {"count": released})
        return self.leave()

    def _nothing_left(self) -> HttpResponse:
        messages.warning(self.request, _("Nothing is withheld that could be released."))
        return self.leave()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        question = ngettext(
            "Put %(count)d withheld image into the gallery?",
            "Put %(count)d withheld images into the gallery?",
            self.count,
        )
        return super().get_context_data(
            sentences=[
                question % {"count": self.count},
                _(
                    "If the page is live, visitors see it at once. What somebody has taken out "
                    "stays out. It counts as one run, which can be undone."
                ),
            ],
            yes=_("Yes, release"),
            no=_("No, leave it as it is"),
            next_url=self.next_url,
            **kwargs,
        )
