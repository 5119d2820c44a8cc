from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse
from wagtail.models import PageLogEntry

from tests.factories import (
    ImageFactory,
    RevisedSnippetFactory,
    page_with,
    raw_body,
    raw_gallery,
    synced_image,
)
from wagtail_autogallery.models import Run
from wagtail_autogallery.sync.history import LOG_ACTION, OFFER_ACTION, UNDO_ACTION
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import undo

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(admin_client):
    """A page of the admin, as HTML."""

    def html_of(url_name, *args, **query):
        response = admin_client.get(reverse(url_name, args=args), query)
        assert response.status_code == 200
        return response.content.decode()

    return html_of


def messages(page):
    entries = PageLogEntry.objects.filter(page=page, action=LOG_ACTION).order_by("pk")
    return [entry.message for entry in entries]


def test_a_run_is_told_by_titles_and_total():
    page = page_with(raw_gallery())
    for number in range(1, 13):
        ImageFactory(title=f"Coast {number}")
    sync()

    assert messages(page) == ["Gallery sync added “Coast 1”, “Coast 2”, “Coast 3” and 9 more"]


def test_an_entry_that_takes_in_another_run_says_the_new_total():
    page = page_with(raw_gallery())
    synced_image(title="Coast at dawn")
    synced_image(title="Coast at noon")
    assert messages(page) == ["Gallery sync added “Coast at dawn”, “Coast at noon”"]

    for _ in range(3):
        synced_image(title="Coast at dusk")

    (message,) = messages(page)
    assert message == (
        "Gallery sync added “Coast at dawn”, “Coast at noon”, “Coast at dusk” and 2 more"
    )


def test_what_comes_an_hour_later_is_told_of_by_itself(let_time_pass):
    page = page_with(raw_gallery())
    synced_image(title="Coast at dawn")
    let_time_pass(timedelta(hours=2))
    synced_image(title="Coast at dusk")

    assert messages(page) == [
        "Gallery sync added “Coast at dawn”",
        "Gallery sync added “Coast at dusk”",
    ]


def test_an_image_in_two_galleries_is_told_of_once():
    page = page_with(raw_gallery(), raw_gallery())
    synced_image(title="Coast at dawn")

    assert messages(page) == ["Gallery sync added “Coast at dawn”"]


def test_an_image_keeps_the_title_by_which_it_came():
    page = page_with(raw_gallery())
    image = synced_image(title="Coast at dawn")
    image.title = "Harbour"
    image.save()
    image.delete()

    assert messages(page) == ["Gallery sync added “Coast at dawn”"]


def test_deleted_images_are_counted():
    page = page_with(raw_gallery())
    images = [ImageFactory() for _ in range(2)]
    sync()
    PageLogEntry.objects.all().delete()
    for image in images:
        image.delete()
    sync()

    assert messages(page) == ["Gallery sync took out 2 deleted images"]


def test_titles_are_text_in_the_history_of_a_page(shown):
    page = page_with(raw_gallery())
    synced_image(title="<b>Coast</b>")

    html = shown("wagtailadmin_pages:history", page.pk)

    assert "Gallery sync added “&lt;b&gt;Coast&lt;/b&gt;”" in html
    assert "<b>Coast" not in html


def test_titles_are_text_in_the_history_of_a_snippet(shown):
    snippet = RevisedSnippetFactory(body=raw_body(raw_gallery()))
    synced_image(title="<b>Coast</b>")

    html = shown(snippet.snippet_viewset.get_url_name("history"), snippet.pk)

    assert "Gallery sync added “&lt;b&gt;Coast&lt;/b&gt;”" in html
    assert "<b>Coast" not in html


def test_the_history_of_the_site_shows_what_the_sync_did_and_can_be_filtered_by_it(shown):
    page_with(raw_gallery(), title="Portfolio")
    page_with(raw_gallery(follow=False), title="Other")
    synced_image(title="<b>Coast</b>")

    assert f'value="{LOG_ACTION}"' in shown("wagtailadmin_reports:site_history")
    rows = shown("wagtailadmin_reports:site_history_results", action=LOG_ACTION)

    assert rows.count("Gallery sync added “&lt;b&gt;Coast&lt;/b&gt;”") == 1
    assert "Portfolio" in rows
    assert "Other" not in rows
    assert "<b>Coast" not in rows


def test_the_history_of_the_site_tells_what_waits_in_drafts_and_what_was_taken_back(shown, admin):
    page_with(raw_gallery(review_new_images=True), title="Looked at first")
    RevisedSnippetFactory(body=raw_body(raw_gallery()))
    synced_image(title="Coast")
    undo([Run.objects.newest()], admin)
    sync()

    filters = shown("wagtailadmin_reports:site_history")
    for action, message in {
        OFFER_ACTION: "Gallery sync added “Coast” to the draft, to be looked at and published",
        UNDO_ACTION: "Took back “Coast”, which the gallery sync had added",
    }.items():
        assert f'value="{action}"' in filters
        assert message in shown("wagtailadmin_reports:site_history_results", action=action)


def test_the_exported_history_of_the_site_names_what_was_done(admin_client):
    page_with(raw_gallery(), title="Portfolio")
    synced_image()

    response = admin_client.get(reverse("wagtailadmin_reports:site_history"), {"export": "csv"})

    rows = b"".join(response).decode().splitlines()
    assert any("Portfolio" in row and "Gallery sync" in row for row in rows)


def test_no_wagtail_has_a_history_of_an_image_in_which_it_could_be_told():
    for name in ("wagtailimages:history", "wagtailimages:image_history"):
        with pytest.raises(NoReverseMatch):
            reverse(name, args=[1])
