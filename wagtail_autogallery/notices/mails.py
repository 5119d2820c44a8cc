"""One mail: that a page got images, which, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

from django.core import mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import override
from wagtail.admin.mail import send_mail
from wagtail.admin.utils import get_admin_base_url
from wagtail.users.models import UserProfile

from wagtail_autogallery.editor.thumbnails import thumbnails
from wagtail_autogallery.models import Notice

TEMPLATES = "wagtail_autogallery/notices/images_added"


def server() -> Any:
    """What the site sends mail by, not open yet. From Django 6.1 on it is the default mailer."""
    mailers = getattr(mail, "mailers", None)
    return mail.get_connection() if mailers is None else mailers.default


@dataclass(frozen=True)
class Told:
    """Images that a mail tells of."""

    #: How many there are.
    count: int = 0
    #: Those that are shown, all of which the user may see.
    shown: Sequence[Any] = ()

    def as_context(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "pictures": _pictures(self.shown),
            "more": self.count - len(self.shown),
        }


def send(user: Any, page: Any, added: Told, waiting: Told, connection: Any, undo: str = "") -> None:
    """
    Tell one user, in their language, that a page got images.

    :param added: Those in the page.
    :param waiting: Those in its draft, for somebody to look at them.
    :param connection: To the mail server, open.
    :param undo: Where what was added can be taken back, as a path; empty where the user may not.
    """
    context = {
        "user": user,
        "page": page,
        "added": added.as_context(),
        "waiting": waiting.as_context(),
        "undo": undo,
    }
    with override(UserProfile.get_for_user(user).get_preferred_language()):
        subject = render_to_string(f"{TEMPLATES}_subject.txt", context)
        text = render_to_string(f"{TEMPLATES}.txt", context).strip()
        html = render_to_string(f"{TEMPLATES}.html", context)
    send_mail(
        " ".join(subject.split()), text, [user.email], html_message=html, connection=connection
    )


def undo_path(notice: Notice) -> str:
    """Where what a notice tells of is taken back, once that is confirmed."""
    query = [*(("run", run) for run in notice.runs), ("holder", notice.holder_key.as_text())]
    return f"{reverse('wagtail_autogallery_admin:undo')}?{urlencode(query)}"


def _pictures(images: Sequence[Any]) -> list[dict[str, Any]]:
    """Each with a thumbnail, where there is one already and the mail can say where it is."""
    small = {key: found[0] for key, found in thumbnails(images).items()}
    pictures = []
    for image in images:
        thumbnail = small.get(image.pk)
        url = urljoin(get_admin_base_url() or "", thumbnail.url) if thumbnail else ""
        pictures.append({"title": image.title, "url": url if "://" in url else ""})
    return pictures
