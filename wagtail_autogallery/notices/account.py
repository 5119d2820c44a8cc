"""Where a user says, in the account settings, whether they want these mails."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab
from wagtail.admin.widgets import SwitchInput
from wagtail.permissions import page_permission_policy

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import MailRefusal


class GalleryMailsForm(forms.Form):
    wants_mail = forms.BooleanField(
        required=False,
        widget=SwitchInput,
        label=_("Images added to galleries"),
        help_text=_(
            "Receive one mail, at most once an hour for a page, when images were added "
            "automatically to a page that you have subscribed to receive comment notifications on"
        ),
    )

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        """:param instance: The user."""
        self.user = instance
        is_refused = MailRefusal.objects.filter(user=str(instance.pk)).exists()
        kwargs["initial"] = {"wants_mail": not is_refused}
        super().__init__(*args, **kwargs)

    def save(self) -> None:
        MailRefusal.objects.set(self.user, self.cleaned_data["wants_mail"])


class GalleryMailsPanel(BaseSettingsPanel):
    name = "autogallery"
    title = _("Galleries")
    tab = notifications_tab
    order = 200
    form_class = GalleryMailsForm

    def is_active(self) -> bool:
        """Where the site sends such mails, and to whom they may come."""
        return settings.NOTIFY and page_permission_policy.user_has_permission(self.user, "change")
