"""
Why an image is, or is not, in a gallery: asked from the image, or from the page that it is missing
in.

Nobody learns of what they may not see: of an image, a page or a snippet that is hidden from them
they are told what they are told of one that does not exist.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.images import get_image_model
from wagtail.images.shortcuts import get_rendition_or_not_found
from wagtail.images.widgets import AdminImageChooser

from wagtail_autogallery import tables
from wagtail_autogallery.drain.problems import nobody_drains
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.reports.access import images_of
from wagtail_autogallery.reports.answers import in_words, title_of
from wagtail_autogallery.reports.editable import EditableHolders
from wagtail_autogallery.reports.permissions import holders_of, may_change_live, may_edit
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.answers import Explanation
from wagtail_autogallery.sync.explain import explain_in
from wagtail_autogallery.sync.places import as_key
from wagtail_autogallery.sync.taking_back import never_here
from wagtail_autogallery.tasks import enqueue_sync_on_commit

HOLDERS_PER_PAGE = 20


class Line(NamedTuple):
    """The answer for one gallery, as its editors read it."""

    title: str
    #: Which of several galleries in the same page it is.
    nth: str
    edit_url: str | None
    words: str
    #: Primary key of the subscription.
    gallery: int | None
    can_be_added: bool
    can_be_kept_out: bool


def _lines(explanations: list[Explanation], user: Any) -> list[Line]:
    urls = AdminURLFinder(user)
    unattended = words_for_no_drain(user)
    of_holder: dict[HolderKey, list[Explanation]] = {}
    for one in explanations:
        of_holder.setdefault(one.gallery.key, []).append(one)
    lines = []
    for galleries in of_holder.values():
        holder = galleries[0].gallery.holder
        edit_url = _edit_url(urls, holder)
        may_change = may_change_live(user, holder)
        for number, one in enumerate(galleries, 1):
            known = {"number": number, "count": len(galleries)}
            nth = _("gallery %(number)d of %(count)d") % known if len(galleries) > 1 else ""
            lines.append(
                Line(
                    title=title_of(one),
                    nth=nth,
                    edit_url=edit_url,
                    words=in_words(one, unattended),
                    gallery=one.gallery.subscription.pk if one.gallery.subscription else None,
                    can_be_added=may_change and one.can_be_added,
                    can_be_kept_out=may_change and one.can_be_kept_out,
                )
            )
    return lines


def _edit_url(urls: AdminURLFinder, instance: Any) -> str | None:
    try:
        return cast("str | None", urls.get_edit_url(instance))
    except NoReverseMatch:
        # Wagtail's own page of an image takes integer keys only.
        return None


def words_for_no_drain(user: Any) -> str:
    """What to tell somebody of it where nobody drains; empty where somebody does."""
    message = nobody_drains()
    if not message or user.has_perm("wagtail_autogallery.run_drain"):
        return message
    return _("But nothing is drained at present: tell whoever runs this site.")


def _image(text: str, user: Any) -> Any:
    """:raises Http404: It does not exist, or the user may not see it."""
    image = _any_image(text)
    if not _may_see(image, user):
        raise Http404
    return image


def _any_image(text: str) -> Any:
    model: Any = get_image_model()
    key = as_key(text)
    if key is None or not tables.are_there():
        raise Http404
    return get_object_or_404(model._base_manager.select_related("collection"), pk=key)


def _may_see(image: Any, user: Any) -> bool:
    return bool(images_of(user, [str(image.pk)]))


class ImageView(WagtailAdminTemplateMixin, View):  # type: ignore[misc]
    """
    All galleries of the site that the user may edit, and why the image is, or is not, in each.

    With ``?fragment`` it is only that: what stands on the image's own page.
    """

    page_title = gettext_lazy("Galleries")
    header_icon = "image"
    template_name = "wagtail_autogallery/reports/why_image.html"
    fragment_template_name = "wagtail_autogallery/reports/_answers.html"

    def get(self, request: HttpRequest, image_id: str) -> HttpResponse:
        self.image = _image(image_id, request.user)
        return self.render_to_response(self.get_context_data())

    def get_template_names(self) -> list[str]:
        is_fragment = "fragment" in self.request.GET
        return [self.fragment_template_name if is_fragment else self.template_name]

    def get_page_subtitle(self) -> str:
        return str(self.image.title)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit_url = _edit_url(AdminURLFinder(self.request.user), self.image)
        image = [{"url": edit_url, "label": self.image.title}] if edit_url else []
        return [*self.breadcrumbs_items, *image, {"url": "", "label": _("Galleries")}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        holders: Any = EditableHolders(self.image, self.request.user)
        paginator = Paginator(holders, HOLDERS_PER_PAGE)
        page = paginator.get_page(self.request.GET.get("p"))
        url = reverse("wagtail_autogallery_admin:image", args=[self.image.pk])
        return super().get_context_data(
            image=self.image,
            lines=_lines(explain_in(self.image, page.object_list), self.request.user),
            page_obj=page,
            url=url,
            next_url=get_valid_next_url_from_request(self.request) or url,
            **kwargs,
        )


class ImageChooser(AdminImageChooser):  # type: ignore[misc]
    """Wagtail's own; without its link to the image's page where keys are none that this takes."""

    def get_value_data_from_instance(self, instance: Any) -> dict[str, Any]:
        if _edit_url(AdminURLFinder(), instance):
            return cast("dict[str, Any]", super().get_value_data_from_instance(instance))
        preview = get_rendition_or_not_found(instance, "max-165x165")
        return {
            "id": str(instance.pk),
            "edit_url": "",
            self.display_title_key: self.get_display_title(instance),
            "preview": {"url": preview.url, "width": preview.width, "height": preview.height},
            "default_alt_text": instance.default_alt_text,
        }


class ImageForm(forms.Form):
    image = forms.CharField(
        label=gettext_lazy("Image"),
        help_text=gettext_lazy("Choose the image that you miss, or wonder about."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # It looks up what URLs the chooser has, which are not there while modules are loaded.
        self.fields["image"].widget = ImageChooser()


class HolderView(WagtailAdminTemplateMixin, View):  # type: ignore[misc]
    """Why the image that is chosen is, or is not, in the galleries of a page or snippet."""

    page_title = gettext_lazy("Why is an image missing?")
    header_icon = "help"
    template_name = "wagtail_autogallery/reports/why_holder.html"

    def get(self, request: HttpRequest, holder: str) -> HttpResponse:
        self.key, self.holder = _holder(holder, request.user)
        return self.render_to_response(self.get_context_data())

    def get_page_subtitle(self) -> str:
        return str(self.holder)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        edit_url = _edit_url(AdminURLFinder(self.request.user), self.holder)
        holder = [{"url": edit_url, "label": str(self.holder)}] if edit_url else []
        return [*self.breadcrumbs_items, *holder, {"url": "", "label": self.page_title}]

    @cached_property
    def image(self) -> Any:
        """That which was chosen."""
        chosen = self.request.GET.get("image")
        return _image(chosen, self.request.user) if chosen else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = ImageForm(initial={"image": self.image.pk if self.image else None})
        explanations = explain_in(self.image, [self.key]) if self.image else []
        return super().get_context_data(
            form=form,
            media=form.media,
            image=self.image,
            lines=_lines(explanations, self.request.user),
            next_url=self.request.get_full_path(),
            **kwargs,
        )


def _holder(text: str, user: Any) -> tuple[HolderKey, Any]:
    """:raises Http404: It does not exist, or the user may not edit it."""
    key = HolderKey.from_text(text)
    if key is None or key.model is None or not tables.are_there():
        raise Http404
    holder = next(iter(holders_of([key])), None)
    if holder is None or not may_edit(user, holder):
        raise Http404
    return key, holder


@require_safe
def answers(request: HttpRequest) -> JsonResponse:
    """
    Why ``?image=`` is, or is not, in the galleries of ``&holder=``: sentences by the keys by which
    content names these galleries.

    Of an image that the user may not choose, where the page shows it to them anyway.
    """
    key, _found = _holder(request.GET.get("holder", ""), request.user)
    image = _any_image(request.GET.get("image", ""))
    explanations = explain_in(image, [key])
    is_shown = any(one.is_in_row or one.is_in_draft for one in explanations)
    if not is_shown and not _may_see(image, request.user):
        raise Http404
    unattended = words_for_no_drain(request.user)
    told = {}
    for one in explanations:
        if subscription := one.gallery.subscription:
            # A copied page's content may still name what it was copied from.
            for name in (subscription.origin_key, subscription.key):
                told[name] = in_words(one, unattended)
    told.pop("", None)
    return JsonResponse(told)


@require_POST
def add(request: HttpRequest, image_id: str, gallery: int) -> HttpResponse:
    """*Add it now.*"""
    image, subscription = _asked(request, image_id, gallery)
    if add_now(subscription, [str(image.pk)], request.user):
        enqueue_sync_on_commit()
        messages.success(request, _("It is on its way."))
    else:
        messages.warning(
            request,
            _("It cannot be added: it is there already, is private, or you may not choose it."),
        )
    return _back(request, image)


@require_POST
def keep_out(request: HttpRequest, image_id: str, gallery: int) -> HttpResponse:
    """*Never here.*"""
    image, subscription = _asked(request, image_id, gallery)
    if never_here(subscription, [str(image.pk)], request.user):
        enqueue_sync_on_commit()
        messages.success(request, _("It stays out of this gallery, until somebody adds it."))
    else:
        messages.warning(
            request, _("A person chose it, or wrote something about it: take it out in the page.")
        )
    return _back(request, image)


def _asked(request: HttpRequest, image_id: str, gallery: int) -> tuple[Any, Subscription]:
    """:raises Http404: It is none of the user's business, or not there."""
    image = _image(image_id, request.user)
    subscription = get_object_or_404(Subscription, pk=gallery)
    holder = next(iter(holders_of([subscription.holder_key])), None)
    if holder is None or not may_change_live(request.user, holder):
        raise Http404
    return image, subscription


def _back(request: HttpRequest, image: Any) -> HttpResponse:
    url = reverse("wagtail_autogallery_admin:image", args=[image.pk])
    return redirect(get_valid_next_url_from_request(request) or url)
