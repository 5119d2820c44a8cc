"""What is mailed of images that wait in a draft for somebody to look at them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from wagtail.users.models import UserProfile

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    editor_choosing,
    follows,
    image_of_size,
    page_with,
    raw_gallery,
    synced_image,
)
from tests.forms import needs_integer_keys, publish, save_draft
from tests.notices.conftest import follow
from wagtail_autogallery.models import Notice, Run
from wagtail_autogallery.notices.sending import MOST_SHOWN, send_due
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.withheld import release

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(editor):
    page = page_with(raw_gallery(review_new_images=True), title="Portfolio")
    follow(page, editor)
    return page


def draft_of(page):
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def both_parts(mail):
    return mail.body, mail.alternatives[0][0]


def test_a_burst_of_offers_is_one_mail_with_thumbnails_and_a_link_to_the_editor(
    page, later, mailoutbox
):
    images = [image_of_size(600, 400, title=f"Coast {number}") for number in range(3)]
    sync()
    synced_image(title="Harbour")
    later()

    assert send_due().sent == 1
    assert send_due().sent == 0

    (mail,) = mailoutbox
    assert mail.to == ["editor@example.com"]
    assert mail.subject == "4 new pictures wait in the draft of “Portfolio”"
    text, html = both_parts(mail)
    edit = "http://testserver" + reverse("wagtailadmin_pages:edit", args=[page.pk])
    for part in (text, html):
        assert "4 new pictures wait in the draft of “Portfolio” until somebody" in part
        assert "Harbour" in part
        assert edit in part
        assert "added automatically" not in part
        assert "/undo/" not in part
    for image in images:
        assert f'src="http://testserver{image.renditions.first().url}"' in html


def test_nothing_of_it_is_noted_where_the_site_wants_no_mails(page, settings):
    del settings.WAGTAIL_AUTOGALLERY_NOTIFY

    synced_image()

    assert not Notice.objects.exists()


def test_there_is_at_most_one_mail_an_hour_whatever_it_tells_of(page, later, mailoutbox):
    synced_image()
    later()
    send_due()
    synced_image()

    later(timedelta(minutes=50))
    assert send_due().sent == 0
    later(timedelta(minutes=10))
    send_due()

    assert [mail.subject for mail in mailoutbox] == [
        "1 new picture waits in the draft of “Portfolio”"
    ] * 2


def test_what_waits_and_what_was_added_in_the_same_burst_is_one_mail(editor, later, mailoutbox):
    page = page_with(raw_gallery(review_new_images=True), raw_gallery(), title="Portfolio")
    follow(page, editor)
    synced_image(title="Coast")
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == "1 new picture waits in the draft of “Portfolio”"
    for part in both_parts(mail):
        assert part.index("waits in the draft") < part.index("1 picture was added automatically")
        assert part.count("Coast") >= 2
        assert "/undo/" in part


@needs_integer_keys
def test_what_was_published_meanwhile_waits_no_more(page, admin_client, later, mailoutbox):
    synced_image()
    publish(admin_client, draft_of(page))
    later()

    send_due()

    assert mailoutbox == []
    assert not Notice.objects.exists()


@needs_integer_keys
def test_what_was_taken_out_of_the_draft_meanwhile_is_not_told_of(
    page, admin_client, later, mailoutbox
):
    synced_image()
    save_draft(admin_client, draft_of(page), images="[]")
    synced_image(title="Still there")
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == "1 new picture waits in the draft of “Portfolio”"
    assert "Still there" in mail.body


def test_what_was_released_meanwhile_was_added(page, editor, admin, later, mailoutbox):
    synced_image(title="Coast")
    release(follows(page)[0], admin)
    sync()
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == "1 picture was added to “Portfolio”"


def test_who_added_something_by_hand_is_told_of_what_waits_all_the_same(
    page, editor, later, mailoutbox
):
    earlier = synced_image()
    (gallery,) = follows(page)
    add_now(gallery, [str(earlier.pk)], editor)
    synced_image()
    later()

    send_due()

    assert Run.objects.filter(user=str(editor.pk)).exists()
    (mail,) = mailoutbox
    assert mail.to == ["editor@example.com"]
    assert "1 new picture waits" in mail.body
    assert "1 picture was added automatically" in mail.body


def test_of_many_it_shows_the_first_and_counts_the_others(page, later, mailoutbox):
    for number in range(MOST_SHOWN + 3):
        ImageFactory(title=f"Coast {number:02}")
    sync()
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.body.count("- Coast ") == MOST_SHOWN
    for part in both_parts(mail):
        assert "and 3 more" in part


def test_pictures_of_a_collection_that_one_may_not_see_are_counted_only(later, mailoutbox):
    coast, secret = CollectionFactory(), CollectionFactory()
    of_coast = editor_choosing(coast)
    get_user_model().objects.filter(pk=of_coast.pk).update(email="coast@example.com")
    follow(page_with(raw_gallery(review_new_images=True), title="Portfolio"), of_coast)
    ImageFactory(title="Secret", collection=secret)
    ImageFactory(title="Harbour", collection=coast)
    sync()
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == "2 new pictures wait in the draft of “Portfolio”"
    for part in both_parts(mail):
        assert "Harbour" in part
        assert "Secret" not in part


def test_it_is_in_the_language_of_who_gets_it(page, editor, later, mailoutbox, settings):
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    profile = UserProfile.get_for_user(editor)
    profile.preferred_language = "de"
    profile.save()
    ImageFactory()
    synced_image()
    later()

    send_due()

    (mail,) = mailoutbox
    assert mail.subject == "2 neue Bilder warten im Entwurf von „Portfolio“"
    for part in both_parts(mail):
        assert re.search("2 neue Bilder warten im Entwurf von „Portfolio“, bis", part)
