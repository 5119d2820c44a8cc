from __future__ import annotations

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from tests.factories import (
    ImageFactory,
    PlainPageFactory,
    deliveries_to,
    follows,
    images_in,
    page_with,
    raw_gallery,
    synced_image,
)
from tests.forms import Editor, needs_integer_keys, publish
from tests.reports.test_taking_back import PEOPLE, answer_of, client_of, said
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, Run
from wagtail_autogallery.reports.releasing import release_url
from wagtail_autogallery.reports.states import lines_of, release_of
from wagtail_autogallery.sync.passes import sync

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def waiting_page(**fields):
    return page_with(raw_gallery(review_new_images=True), **fields)


def told(page, user):
    return lines_of(follows(page)[0], user)


def draft_of(page):
    return GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_edit_and_publish_a_page_may_release_what_it_withholds(who):
    rights, expected = PEOPLE[who]
    section, elsewhere = PlainPageFactory(), PlainPageFactory()
    page = waiting_page(parent=section, title="Secret coast")
    image = synced_image()
    client = client_of(rights, section, elsewhere)
    url = release_url(follows(page)[0])

    response = client.get(url)
    assert answer_of(response) == expected
    assert "Secret coast" not in response.content.decode()
    client.post(url)
    sync()

    assert images_in(page) == ([image.pk] if expected == "asked" else [])


def test_it_is_asked_before_and_then_done_by_the_next_sync(admin, admin_client):
    page = waiting_page()
    image = synced_image()
    url = release_url(follows(page)[0])
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])

    question = admin_client.get(url).content.decode()
    assert "Put 1 withheld image into the gallery?" in question
    assert images_in(page) == []
    DBTaskResult.objects.all().delete()
    response = admin_client.post(f"{url}&next={edit}", follow=True)

    assert response.redirect_chain[0][0] == edit
    assert said(response) == ["1 image is on its way."]
    assert Run.objects.get(kind=Run.Kind.RELEASE).user == str(admin.pk)
    sync()
    assert images_in(page) == [image.pk]


@pytest.mark.parametrize("method", ["get", "post"])
def test_where_nothing_is_withheld_there_is_nothing_to_release(admin_client, method):
    page = waiting_page()

    response = getattr(admin_client, method)(release_url(follows(page)[0]), follow=True)

    assert said(response) == ["Nothing is withheld that could be released."]
    assert not Run.objects.filter(kind=Run.Kind.RELEASE).exists()


@pytest.mark.parametrize("gallery", ["", "x", "987654"])
def test_a_gallery_that_is_not_there_is_refused(admin_client, gallery):
    url = reverse("wagtail_autogallery_admin:release")

    assert answer_of(admin_client.get(url, {"gallery": gallery})) == "refused"


def test_the_state_says_what_waits_in_the_draft_and_links_to_its_release(admin, admin_client):
    page = waiting_page()
    assert release_of(follows(page)[0], admin) is None
    for _ in range(2):
        ImageFactory()
    sync()
    (gallery,) = follows(page)

    response = admin_client.get(
        reverse("wagtail_autogallery_admin:states"),
        {"holder": gallery.holder_key.as_text(), "cursor": gallery.key},
    )

    state = response.json()[gallery.key]["state"]
    assert "2 new images wait in the draft for you to publish." in state
    link = {"label": "Release 2 images", "url": release_url(gallery)}
    assert link in state


def test_the_state_says_what_is_in_no_draft_any_more(admin, admin_client):
    page = waiting_page()
    synced_image()
    publish(admin_client, page)

    assert "1 image is withheld, and not in the draft any more." in told(page, admin)


def test_the_state_says_what_waits_for_somebody_to_leave(admin, admin_client):
    page = waiting_page()
    Editor(admin_client, page)
    synced_image()

    line = "1 new image comes into the draft when nobody edits or reviews it."
    assert line in told(page, admin)


def test_what_was_published_or_removed_is_not_said_to_wait(admin, admin_client):
    page = waiting_page()
    synced_image()
    publish(admin_client, draft_of(page), images="[]")

    (delivery,) = deliveries_to(page).values()
    assert delivery.mark == Delivery.Mark.REMOVED
    assert not [line for line in told(page, admin) if "wait" in line or "withheld" in line]
    assert release_of(follows(page)[0], admin) is None
