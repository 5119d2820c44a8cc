"""A holder that nobody works on gets a revision, which its history tells about."""

from __future__ import annotations

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests.factories import FullSnippetFactory, ImageFactory, page_with, raw_body, raw_gallery
from wagtail_autogallery.sync import sync

pytestmark = pytest.mark.django_db


def test_the_history_says_it_in_plain_words_and_links_to_what_changed(admin_client):
    page = page_with(raw_gallery())
    before = page.latest_revision
    for _ in range(3):
        ImageFactory()
    sync()
    page.refresh_from_db()

    html = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()

    assert "Gallery sync added 3 images" in html
    compare = [page.pk, before.pk, page.latest_revision.pk]
    assert reverse("wagtailadmin_pages:revisions_compare", args=compare) in html


def test_the_history_of_a_snippet_does_too(admin_client):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    before = snippet.save_revision()
    before.publish()
    image = ImageFactory()
    run = sync().run
    snippet.refresh_from_db()

    history = reverse(snippet.snippet_viewset.get_url_name("history"), args=[snippet.pk])
    html = admin_client.get(history).content.decode()

    assert "Gallery sync added 1 image" in html
    compare = [snippet.pk, before.pk, snippet.latest_revision.pk]
    url_name = snippet.snippet_viewset.get_url_name("revisions_compare")
    assert reverse(url_name, args=compare) in html
    entry = ModelLogEntry.objects.for_instance(snippet).first()
    assert entry.revision == snippet.latest_revision
    assert entry.data == {"run": run, "images": [str(image.pk)], "count": 1}


def test_where_no_revision_was_made_the_history_has_the_words_and_no_link(admin_client):
    page = page_with(raw_gallery())
    page.save_revision()
    ImageFactory()
    sync()

    html = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()

    assert "Gallery sync added 1 image" in html
    assert "Compare with" not in html
