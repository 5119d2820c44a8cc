from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings

from tests.factories import editor_choosing
from tests.roots import root_collection
from wagtail_autogallery.models import Notice


@pytest.fixture(autouse=True)
def _wanted_by_the_site(settings):
    settings.WAGTAIL_AUTOGALLERY_NOTIFY = True


@pytest.fixture
def editor(db):
    """Somebody who may edit every page and choose every image."""
    editor = editor_choosing(root_collection())
    editor.email = "editor@example.com"
    editor.save()
    return editor


@pytest.fixture
def later(let_time_pass):
    """A burst is over by then."""

    def forward(delta=Notice.BURST):
        let_time_pass(delta + timedelta(seconds=1))

    return forward


def follow(page, *users):
    """As the switch in the page editor's comments does it."""
    for user in users:
        page.subscribers.update_or_create(user=user, defaults={"comment_notifications": True})


def superuser(name):
    return get_user_model().objects.create_superuser(name, f"{name}@example.com", "changeme")


def mailed_by(backend):
    """Have the site send its mail by this one."""
    name = f"{backend.__module__}.{backend.__qualname__}"
    if hasattr(mail, "mailers"):
        return override_settings(MAILERS={"default": {"BACKEND": name}})
    return override_settings(EMAIL_BACKEND=name)


class UnreachableServer(EmailBackend):
    """A mail server that is down."""

    def open(self):
        raise ConnectionRefusedError("Nobody listens at port 25")


class FullMailbox(EmailBackend):
    """A mail server that takes no mail for one address."""

    def send_messages(self, messages):
        if messages[0].to == ["editor@example.com"]:
            raise OSError("552 Mailbox full")
        return super().send_messages(messages)
