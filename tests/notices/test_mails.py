from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission
from wagtail.users.models import UserProfile

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    editor_choosing,
    image_of_size,
    images_in,
    page_with,
    raw_gallery,
)
from tests.notices.conftest import follow
from wagtail_autogallery.notices.mails import Told, send, server
from wagtail_autogallery.notices.sending import MOST_SHOWN, send_due
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert('x')</script> & Co"


@pytest.fixture
def page():
    return page_with(raw_gallery(), title="Portfolio")


@pytest.fixture
def mailed(page, editor, mailoutbox):
    """Send one mail, and give its subject, its text and its HTML."""

    def mail_of(images=(), count=None):
        send(editor, page, Told(count or len(images), images), Told(), server())
        mail = mailoutbox[-1]
        ((html, kind),) = mail.alternatives
        assert kind == "text/html"
        return mail.subject, mail.body, html

    return mail_of


def synced(image):
    sync()
    return image


def test_it_shows_thumbnails_with_the_whole_address_and_says_where_to_look(page, mailed):
    image = synced(image_of_size(600, 400, title="Coast at dawn"))

    subject, text, html = mailed([image])

    assert subject == "1 picture was added to “Portfolio”"
    stored = image.renditions.get()
    assert f'<img src="http://testserver{stored.url}" alt="Coast at dawn"' in html
    assert "- Coast at dawn" in text
    edit = "http://testserver" + reverse("wagtailadmin_pages:edit", args=[page.pk])
    history = "http://testserver" + reverse("wagtailadmin_pages:history", args=[page.pk])
    for part in (text, html):
        assert edit in part
        assert history in part


def test_no_thumbnail_is_made_for_it(mailed):
    image = ImageFactory(title="Coast at dawn")

    _, _, html = mailed([image])

    assert not image.renditions.exists()
    assert "<img src" not in html.split("Portfolio")[1]
    assert "“Coast at dawn”" in html


def test_without_the_address_of_the_admin_it_shows_titles(page, mailed, settings):
    image = synced(image_of_size(600, 400, title="Coast at dawn"))
    settings.WAGTAILADMIN_BASE_URL = None

    _, _, html = mailed([image])

    assert "“Coast at dawn”" in html
    assert image.renditions.get().url not in html


def test_the_address_of_a_storage_elsewhere_is_kept(page, mailed, settings):
    image = synced(image_of_size(600, 400))
    settings.MEDIA_URL = "https://pictures.example.com/"

    _, _, html = mailed([image])

    assert '<img src="https://pictures.example.com/' in html


def test_titles_are_text_wherever_they_stand(page, mailed):
    page.title = page.draft_title = HOSTILE
    page.save()
    image = synced(image_of_size(600, 400, title=HOSTILE))
    without_thumbnail = ImageFactory(title=HOSTILE)

    subject, text, html = mailed([image, without_thumbnail])

    assert subject == f"2 pictures were added to “{HOSTILE}”"
    assert text.count(HOSTILE) == 3
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 3


def test_a_title_of_several_lines_breaks_no_header(page, mailed):
    page.title = page.draft_title = "Portfolio\nBcc: everybody@example.com"
    page.save()

    subject, _, _ = mailed([ImageFactory()])

    assert subject == "1 picture was added to “Portfolio Bcc: everybody@example.com”"


def test_of_many_it_shows_the_first_and_counts_the_others(page, editor, later, mailoutbox):
    follow(page, editor)
    for number in range(MOST_SHOWN + 3):
        ImageFactory(title=f"Coast {number:02}")
    sync()
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == f"{MOST_SHOWN + 3} pictures were added to “Portfolio”"
    assert mail.body.count("- Coast ") == MOST_SHOWN
    assert "- and 3 more" in mail.body
    assert "and 3 more" in mail.alternatives[0][0]


def test_pictures_of_a_collection_that_one_may_not_see_are_counted_only(page, later, mailoutbox):
    coast, secret = CollectionFactory(), CollectionFactory()
    editor = editor_choosing(coast)
    get_user_model().objects.filter(pk=editor.pk).update(email="coast@example.com")
    follow(page, editor)
    ImageFactory(title="Elsewhere")
    hidden = ImageFactory(title="Secret", collection=secret)
    ImageFactory(title="Harbour", collection=coast)
    sync()
    later()

    send_due()

    (mail,) = mailoutbox
    everything = mail.body + mail.alternatives[0][0]
    assert mail.subject == "3 pictures were added to “Portfolio”"
    assert "Harbour" in everything
    assert "Secret" not in everything
    assert "Elsewhere" not in everything
    assert hidden.renditions.get().url not in everything


def test_it_is_in_the_language_of_who_gets_it(editor, mailed, settings):
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    profile = UserProfile.get_for_user(editor)
    profile.preferred_language = "de"
    profile.save()

    _, text, html = mailed([ImageFactory()])

    assert "Hallo coast-editor," in text
    assert 'lang="de"' in html


def test_its_link_takes_back_what_it_tells_of(page, editor, later, mailoutbox):
    follow(page, editor)
    earlier = synced(ImageFactory(title="Earlier"))
    later()
    send_due()
    synced(ImageFactory(title="Told of"))
    later(timedelta(hours=1))
    send_due()
    html = mailoutbox[-1].alternatives[0][0]
    (link,) = [each for each in re.findall('href="([^"]*)"', html) if "/undo/" in each]
    url = unescape(link).removeprefix("http://testserver")
    assert f"http://testserver{url}" in mailoutbox[-1].body
    client = Client()
    client.force_login(editor)

    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 302
    sync()

    assert images_in(page) == [earlier.pk]


def test_who_may_not_publish_is_offered_no_link_to_take_back(page, editor, later, mailoutbox):
    follow(page, editor)
    GroupPagePermission.objects.filter(permission__codename="publish_page").delete()
    synced(ImageFactory())
    later()

    send_due()

    (mail,) = mailoutbox
    assert "/undo/" not in mail.body + mail.alternatives[0][0]
