"""A holder that nobody works on gets a revision, which its history tells about."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests.factories import FullSnippetFactory, ImageFactory, page_with, raw_body, raw_gallery
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.pictures import make_smallest

pytestmark = pytest.mark.django_db


def test_the_history_says_it_in_plain_words_and_links_to_what_changed(admin_client):
    page = page_with(raw_gallery())
    before = page.latest_revision
    for number in range(1, 6):
        ImageFactory(title=f"Coast {number}")
    sync()
    page.refresh_from_db()

    html = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()

    assert "Gallery sync added “Coast 1”, “Coast 2”, “Coast 3” and 2 more" in html
    assert html.count("Live version") == 1
    assert "Current draft" not in html
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

    assert f"Gallery sync added “{image.title}”" in html
    assert html.count("Live version") == 1
    compare = [snippet.pk, before.pk, snippet.latest_revision.pk]
    url_name = snippet.snippet_viewset.get_url_name("revisions_compare")
    assert reverse(url_name, args=compare) in html
    entry = ModelLogEntry.objects.for_instance(snippet).first()
    assert entry.revision == snippet.latest_revision
    assert entry.data == {
        "runs": [run],
        "images": [str(image.pk)],
        "titles": [image.title],
        "count": 1,
    }


#: What a sync of one holder asks besides: what is to be decided, what is left to do, what lacks its
#: picture, who is owed something, before and after; and it forgets what was told.
QUERIES_TO_FIND_A_HOLDER = 10
MOST_QUERIES = 14
MOST_FOR_AN_ALIAS = 6


def just_published(page):
    return 0


def written_by_the_sync_before(page):
    ImageFactory()
    sync()
    return 0


def with_an_alias(page):
    page.create_alias(update_slug="alias")
    return MOST_FOR_AN_ALIAS


def with_aliases_of_an_alias(page):
    alias = page.create_alias(update_slug="alias")
    for slug in ("one", "two"):
        alias.create_alias(update_slug=slug)
    return 3 * MOST_FOR_AN_ALIAS


@pytest.mark.parametrize(
    "prepare",
    [just_published, written_by_the_sync_before, with_an_alias, with_aliases_of_an_alias],
    ids=lambda state: state.__name__.replace("_", " "),
)
def test_it_costs_no_more_than_fourteen_queries_and_six_for_an_alias(prepare):
    more = prepare(page_with(raw_gallery()))
    ImageFactory()
    decide()
    make_smallest(seconds=60)

    with CaptureQueriesContext(connection) as queries:
        assert sync().holders == 1

    asked = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    features = connection.features
    # MariaDB has to be asked for the row of the base type first.
    if features.has_select_for_update and not features.has_select_for_update_of:
        more += 1 + more // MOST_FOR_AN_ALIAS
    assert len(asked) <= QUERIES_TO_FIND_A_HOLDER + MOST_QUERIES + more, "\n".join(asked)


def test_where_no_revision_was_made_the_history_has_the_words_and_no_link(admin_client):
    page = page_with(raw_gallery())
    page.save_revision()
    image = ImageFactory()
    sync()

    html = admin_client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()

    assert f"Gallery sync added “{image.title}”" in html
    assert "Compare with" not in html
