from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook
from wagtail.images import get_image_model

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    follows,
    page_with,
    raw_gallery,
    synced_image,
    unwritable,
)
from tests.reports.people import PEOPLE, make_person
from tests.reports.reading import report, rows
from wagtail_autogallery.drain.draining import drain, drain_after_response
from wagtail_autogallery.models import By, Delivery, Run
from wagtail_autogallery.queue.wakeup import Work
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = pytest.mark.django_db

SEES_THE_REPORTS = {who: sees for who, (sees, _) in PEOPLE.items()}
SEES_WHAT_IS_HERE = {who: sees and here for who, (sees, here) in PEOPLE.items()}


# Who did a run


def only_run():
    return Run.objects.get(number__gt=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", [By.COMMAND, By.URL])
def test_a_run_in_a_drain_is_by_whoever_drains(by):
    page_with(raw_gallery())
    ImageFactory()

    drain(limit=100, by=by)

    assert only_run().by == by


@pytest.mark.django_db(transaction=True)
def test_a_run_after_a_response_says_so():
    page_with(raw_gallery())
    ImageFactory()

    drain_after_response(Work.OWN)

    assert only_run().by == By.RESPONSE


def test_a_task_that_runs_in_no_drain_is_run_by_a_worker():
    page_with(raw_gallery())
    ImageFactory()

    sync_media_to_galleries.func()

    assert only_run().by == By.WORKER


@pytest.mark.django_db(transaction=True)
def test_where_nobody_says_who_drains_nobody_is_named():
    page_with(raw_gallery())
    ImageFactory()

    drain(limit=100)

    assert only_run().by == ""


# All runs


def test_a_run_tells_how_much_it_added_how_fast_and_who_did_it(admin_client):
    page_with(raw_gallery(), raw_gallery())
    page_with(raw_gallery())
    for _ in range(2):
        ImageFactory()
    sync()
    opened_at = timezone.now()
    Run.objects.update(opened_at=opened_at, by=By.COMMAND)
    Delivery.objects.update(placed_at=opened_at + timedelta(seconds=1.25))

    (row,) = rows(admin_client, "runs")

    assert row.pop("Time")
    assert row == {
        "Run": "1",
        "Kind": "New images",
        "Images": "2",
        "Galleries": "3",
        "Pages": "2",
        "Seconds": "1.2",
        "By": "by the command",
        "Not added": "",
    }


def test_a_run_tells_what_failed_and_what_waits(admin_client):
    page_with(raw_gallery(ImageFactory(), max_images=1))
    failing = page_with(raw_gallery())
    ImageFactory()
    with unwritable(failing):
        sync()

    (row,) = rows(admin_client, "runs")

    assert (row["Not added"], row["Seconds"]) == ("1 failed, 1 waits", "")


def test_a_run_that_somebody_asked_for_names_them(admin_client):
    Run.objects.open(kind=Run.Kind.BACKFILL, user="ada", by=By.WORKER)
    Run.objects.open(kind=Run.Kind.ADD_NOW, user="ada")

    named = [(row["Kind"], row["By"]) for row in rows(admin_client, "runs")]

    assert named == [
        ("Added by a person", "ada"),
        ("Images that were already there", "ada, by a worker"),
    ]


def test_the_newest_comes_first_and_what_nobody_took_is_no_run(admin_client):
    page_with(raw_gallery())
    synced_image()
    synced_image()

    assert [row["Run"] for row in rows(admin_client, "runs")] == ["2", "1"]
    assert [row["Run"] for row in rows(admin_client, "runs", ordering="number")] == ["1", "2"]


def test_runs_are_found_by_who_asked_and_filtered(admin_client):
    Run.objects.open(user="ada", kind=Run.Kind.BACKFILL)
    Run.objects.open(by=By.URL)

    assert [row["Run"] for row in rows(admin_client, "runs", q="ada")] == ["1"]
    assert [row["Run"] for row in rows(admin_client, "runs", by="url")] == ["2"]
    assert [row["Run"] for row in rows(admin_client, "runs", kind="backfill")] == ["1"]


def test_runs_are_exported_to_excel(admin_client):
    Run.objects.open(user="ada")

    response = report(admin_client, "runs", export="xlsx")

    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    headings, row = book.active.iter_rows(values_only=True)
    assert (headings[0], row[0]) == ("Run", 1)


@pytest.mark.parametrize(("who", "sees"), SEES_THE_REPORTS.items())
def test_runs_are_for_those_with_the_permission(sections, who, sees):
    Run.objects.open()
    client = sections.client_of(who)

    expected = 200 if sees else 302
    assert report(client, "runs").status_code == expected
    assert report(client, "run", 1).status_code == expected


def test_only_what_somebody_may_see_is_counted(client, sections):
    sections.page_here(raw_gallery())
    page_with(raw_gallery(), raw_gallery())
    synced_image()
    client.force_login(sections.editor_here())

    (row,) = rows(client, "runs")

    assert (row["Images"], row["Galleries"], row["Pages"]) == ("1", "1", "1")


# One run


def test_a_run_that_is_opened_tells_which_images_went_into_which_galleries(admin_client):
    page = page_with(raw_gallery(), title="Portfolio")
    synced_image(title="Dunes")
    synced_image(title="Harbor")

    (row,) = rows(admin_client, "run", 2)

    assert row.pop("Added")
    assert row == {
        "Image": "Harbor",
        "Page": "Portfolio",
        "Place": "Body → Gallery",
        "What became of it": "",
    }
    html = report(admin_client, "run", 2).content.decode()
    assert "Run 2" in html
    assert follows(page)[0].path in html


def test_pictures_are_shown_that_are_there_and_none_is_made(admin_client):
    page_with(raw_gallery())
    shown, without = synced_image(), synced_image()
    without.renditions.all().delete()
    made = get_image_model().get_rendition_model().objects.count()

    assert shown.renditions.first().url in report(admin_client, "run", 1).content.decode()
    assert "<img src" not in table_of(report(admin_client, "run", 2))
    assert get_image_model().get_rendition_model().objects.count() == made


def table_of(response):
    html = response.content.decode()
    start = html.index('<table class="listing')
    return html[start : html.index("</table>", start)]


def test_what_became_of_an_image_is_told(admin_client):
    page_with(raw_gallery(ImageFactory(), max_images=1))
    ImageFactory()
    sync()
    assert fate(admin_client).startswith("Waits: There is no room. It is tried again today at")

    Delivery.objects.update(reason=Delivery.Reason.NO_PICTURE)
    assert fate(admin_client) == "On its way"

    Delivery.objects.update(reason=Delivery.Reason.SWITCHED_OFF, due_at=None)
    assert fate(admin_client) == "The gallery was switched off"

    Delivery.objects.update(number=1, mark=Delivery.Mark.REMOVED, marked_by="ada")
    assert fate(admin_client) == "Removed by a person: ada"

    Delivery.objects.update(mark=Delivery.Mark.MADE_ROOM, marked_by="")
    assert fate(admin_client) == "Made room for newer images"


def fate(client):
    (row,) = rows(client, "run", 1)
    return row["What became of it"]


def test_what_a_run_did_is_filtered_by_what_became_of_it(admin_client):
    page_with(raw_gallery())
    page_with(raw_gallery(ImageFactory(), max_images=1), title="Full")
    synced_image()

    assert [row["Page"] for row in rows(admin_client, "run", 1, reason="no_room")] == ["Full"]


def test_there_is_no_run_of_what_nobody_took(admin_client):
    Run.objects.lock()

    assert report(admin_client, "run", 0).status_code == 404
    assert report(admin_client, "run", 7).status_code == 404


@pytest.mark.parametrize(("who", "sees"), SEES_WHAT_IS_HERE.items())
def test_of_a_run_those_see_the_galleries_who_may_edit_their_pages(sections, who, sees):
    sections.page_here(raw_gallery(), title="Portfolio")
    synced_image()

    response = report(sections.client_of(who), "run", 1)

    assert ("Portfolio" in response.content.decode()) == sees


def test_an_image_is_named_to_those_who_may_choose_it(client, admin_client, sections):
    secret = CollectionFactory()
    sections.page_here(raw_gallery())
    image = synced_image(title="Wedding", collection=secret)
    client.force_login(make_person("somebody", sections.here))

    html = table_of(report(client, "run", 1))

    assert "Another image" in html
    assert "Wedding" not in html
    assert image.renditions.first().url not in html
    assert "Wedding" in table_of(report(admin_client, "run", 1))


# What it costs


@pytest.mark.parametrize("name", ["runs", "run"])
def test_as_many_queries_for_many_as_for_few(sections, client, name):
    client.force_login(sections.editor_here())
    numbers = {"runs": [], "run": [1]}[name]
    asked = []
    for _ in range(2):
        for _ in range(3):
            sections.page_here(raw_gallery())
            synced_image()
        Delivery.objects.update(run_id=1)
        report(client, name, *numbers)
        with CaptureQueriesContext(connection) as queries:
            assert report(client, name, *numbers).status_code == 200
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 30
