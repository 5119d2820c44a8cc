from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission

from wagtail_autogallery.models import MailRefusal

pytestmark = pytest.mark.django_db

FIELD = "autogallery-wants_mail"
OTHER_PANELS = {
    "name_email-first_name": "Ada",
    "name_email-last_name": "Editor",
    "name_email-email": "editor@example.com",
    "theme-theme": "system",
    "theme-contrast": "system",
    "theme-density": "default",
    "theme-keyboard_shortcuts": "on",
    "theme-text_size": "default",
}


@pytest.fixture
def account(editor):
    client = Client()
    client.force_login(editor)

    class Account:
        def html(self):
            return client.get(reverse("wagtailadmin_account")).content.decode()

        def save(self, **fields):
            response = client.post(reverse("wagtailadmin_account"), {**OTHER_PANELS, **fields})
            assert response.status_code == 302, response.context

    return Account()


def test_one_may_refuse_the_mails_and_take_that_back(account, editor):
    assert is_on(account.html())

    account.save()
    assert MailRefusal.objects.get().user == str(editor.pk)
    assert not is_on(account.html())

    account.save(**{FIELD: "on"})
    assert not MailRefusal.objects.exists()


def test_it_is_not_offered_where_the_site_sends_none(account, settings):
    settings.WAGTAIL_AUTOGALLERY_NOTIFY = False

    assert FIELD not in account.html()


def test_it_is_not_offered_to_who_may_edit_no_page(account):
    GroupPagePermission.objects.all().delete()

    assert FIELD not in account.html()


def is_on(html):
    (switch,) = [tag for tag in html.split("<input") if f'name="{FIELD}"' in tag]
    return "checked" in switch.partition(">")[0]
