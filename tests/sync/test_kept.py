from __future__ import annotations

import threading

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from tests.factories import page_with, raw_gallery
from tests.testapp.models import GalleryPage
from wagtail_autogallery.sync.kept import Given, GivenMany, Kept, size_for

pytestmark = pytest.mark.django_db


def by_title():
    built = []

    def build(using):
        built.append(using)
        titled = GalleryPage.objects.filter(title=Given("title", models.CharField()))
        return titled.annotate(is_child=models.Q(depth__gt=2)).order_by("pk")

    return Kept(build), built


def test_a_kept_query_answers_as_its_queryset_does_whatever_values_it_is_given():
    kept, _ = by_title()
    first, second = (page_with(raw_gallery(), title=title) for title in ("First", "Second"))

    for page in (first, second, first):
        (found,) = kept.ask("default", title=page.title)

        assert (found, found.slug, found.is_child) == (page, page.slug, page.depth > 2)
        assert found.body.raw_data[0] == page.body.raw_data[0]
    assert kept.ask("default", title="Third") == []


def test_it_is_put_together_once_and_answers_in_one_query_each_time():
    kept, built = by_title()
    kept.ask("default", title="First")

    with CaptureQueriesContext(connection) as captured:
        kept.ask("default", title="Second")

    assert built == ["default"]
    assert len(captured) == 1


@pytest.mark.django_db(transaction=True)
def test_a_thread_asks_it_on_its_own_connection():
    kept, _ = by_title()
    page = page_with(raw_gallery(), title="First")
    kept.ask("default", title="First")
    found = []

    def ask():
        with CaptureQueriesContext(connection) as captured:
            found.extend(kept.ask("default", title="First"))
        found.append(len(captured))
        # The driver's own: Django leaves one to a database in memory open.
        connection.connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

    assert found == [page, 1]


def test_many_values_are_looked_for_up_to_the_size_it_is_kept_for():
    titles = GivenMany("titles", models.CharField(), 4)
    kept = Kept(lambda using: GalleryPage.objects.filter(title__in=titles).order_by("pk"))
    pages = [page_with(raw_gallery(), title=f"Page {number}") for number in range(5)]

    for number in range(5):
        found = kept.ask("default", titles=[page.title for page in pages[:number]])

        assert found == pages[:number]


@pytest.mark.parametrize(
    ("number", "size"),
    [(0, 1), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (100, 128), (1024, 1024), (1025, 2048)],
)
def test_few_sizes_serve_for_many_numbers_of_values(number, size):
    assert size_for(range(number)) == size


def test_of_very_many_values_no_more_than_a_few_are_sent_in_addition():
    assert size_for(range(20_000)) == 20_480
