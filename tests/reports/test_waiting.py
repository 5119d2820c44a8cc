from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    ImageFactory,
    follows,
    page_with,
    raw_gallery,
    synced_image,
    unwritable,
)
from tests.reports.people import PEOPLE
from tests.reports.reading import report, rows
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db

SEES_WHAT_IS_HERE = {who: sees and here for who, (sees, here) in PEOPLE.items()}


def test_it_tells_what_holds_a_gallery_up_since_when_and_when_it_is_tried_next(admin_client):
    page = page_with(raw_gallery(), title="Portfolio")
    page_with(raw_gallery())
    ImageFactory()
    with unwritable(page):
        sync()

    (row,) = rows(admin_client, "waiting")

    assert row.pop("Last tried") < row.pop("Next try")
    assert row == {
        "Page": "Portfolio",
        "Place": "Body → Gallery",
        "Reason": "Failed: it will be tried again",
        "Error": "DatabaseError: The disk is full",
        "Images waiting": "1",
    }


def test_a_full_one_waits_and_can_be_tried_now(admin_client):
    page_with(raw_gallery(ImageFactory(), max_images=1), title="Portfolio")
    synced_image()

    assert [row["Page"] for row in rows(admin_client, "waiting", state="full")] == ["Portfolio"]
    assert rows(admin_client, "waiting", state="locked") == []
    html = report(admin_client, "waiting").content.decode()
    assert "today at" in html
    assert 'Try now<span class="w-sr-only">: Portfolio, Body → Gallery</span>' in html


def test_what_somebody_wants_tried_now_is_tried_next(admin_client):
    page = page_with(raw_gallery(ImageFactory(), max_images=1))
    synced_image()
    (before,) = rows(admin_client, "waiting")

    follows(page)[0].try_now()

    (row,) = rows(admin_client, "waiting")
    assert row["Next try"] < before["Next try"]


def test_where_all_are_up_to_date_nothing_waits(admin_client):
    page_with(raw_gallery())
    synced_image()

    assert "There are no results." in report(admin_client, "waiting").content.decode()


def test_pages_are_found_by_their_title(admin_client):
    for title in ("Portfolio", "Weddings"):
        page_with(raw_gallery(ImageFactory(), max_images=1), title=title)
    synced_image()

    assert [row["Page"] for row in rows(admin_client, "waiting", q="wedd")] == ["Weddings"]


@pytest.mark.parametrize(("who", "sees"), SEES_WHAT_IS_HERE.items())
def test_it_is_shown_to_those_who_may_edit_the_page(sections, who, sees):
    sections.page_here(raw_gallery(ImageFactory(), max_images=1), title="Portfolio")
    synced_image()

    response = report(sections.client_of(who), "waiting")

    assert response.status_code == (200 if PEOPLE[who][0] else 302)
    assert ("Portfolio" in response.content.decode()) == sees


def test_as_many_queries_for_many_as_for_few(sections, client):
    client.force_login(sections.editor_here())
    report(client, "waiting")
    asked = []
    for _ in range(2):
        for _ in range(3):
            sections.page_here(raw_gallery(ImageFactory(), max_images=1))
        synced_image()
        with CaptureQueriesContext(connection) as queries:
            assert report(client, "waiting").status_code == 200
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 30
