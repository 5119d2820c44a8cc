from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import ImageFactory, PlainPageFactory, page_with, raw_gallery
from tests.reports.people import PEOPLE, make_person
from wagtail_autogallery import tables
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import By, Drain, Subscription
from wagtail_autogallery.reports.panel import panel_for

pytestmark = pytest.mark.django_db(transaction=True)

HEADING = "Galleries need somebody"
SEES_THE_REPORTS = {who: sees for who, (sees, _) in PEOPLE.items()}


def home(client):
    return client.get(reverse("wagtailadmin_home")).content.decode()


def fail_a_gallery():
    page_with(raw_gallery())
    drain(limit=100)
    Subscription.objects.update(state=Subscription.State.FAILED)


def test_where_all_is_well_there_is_none(admin_client):
    page_with(raw_gallery())
    drain(limit=100)

    assert HEADING not in home(admin_client)


def test_that_nobody_drains_is_red_and_says_the_likely_cause_and_what_mends_it(admin_client):
    page_with(raw_gallery())
    drain(limit=100)
    Drain.objects.create(by=By.COMMAND, ended_at=timezone.now() - timedelta(hours=2))
    for _ in range(14):
        ImageFactory()
    two_hours_ago = timezone.now() - timedelta(hours=2)
    DBTaskResult.objects.update(enqueued_at=two_hours_ago, started_at=None, status="READY")

    html = home(admin_client)

    assert HEADING in html
    assert "No drain has run for 2 hours, and 14 pictures wait. Is cron running?" in html
    assert "<code>python manage.py autogallery_drain --all-queues --limit 500</code>" in html
    assert "help-critical" in html


def test_that_a_gallery_failed_is_yellow_and_leads_to_the_button_that_tries_it(admin_client):
    fail_a_gallery()

    html = home(admin_client)

    assert "1 gallery could not be synced. Since today at" in " ".join(html.split())
    assert f'<a href="{reverse("wagtail_autogallery_admin:waiting")}">' in html
    assert "help-warning" in html
    assert "help-critical" not in html


def test_that_tasks_failed_leads_those_to_the_report_who_may_see_it(client):
    jobs.fail.enqueue()
    drain(limit=100)
    link = f'<a href="{reverse("wagtail_autogallery_admin:failed_tasks")}">'
    client.force_login(make_person("reader", PlainPageFactory()))
    html = home(client)
    assert "1 task failed within the last day." in html
    assert link not in html

    client.force_login(make_person("operator", PlainPageFactory(), permissions=("run_drain",)))
    assert link in home(client)


@pytest.mark.parametrize(("who", "sees"), SEES_THE_REPORTS.items())
def test_it_is_for_those_who_see_the_reports(sections, who, sees):
    fail_a_gallery()

    assert (HEADING in home(sections.client_of(who))) == sees


def test_that_tables_are_missing_says_to_migrate(admin):
    with connection.schema_editor() as editor:
        editor.delete_model(Drain)
    tables.look_again()
    try:
        (problem,) = panel_for(admin).problems
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(Drain)
        tables.look_again()

    assert (problem.code, problem.mend) == ("tables_missing", "python manage.py migrate")
    assert "wagtail_autogallery_drain" in problem.message


def test_a_home_page_without_it_costs_few_queries_however_many_galleries_there_are(admin):
    tables.are_there()
    asked = []
    for _ in range(2):
        for _ in range(3):
            page_with(raw_gallery())
        drain(limit=100)
        with CaptureQueriesContext(connection) as queries:
            assert panel_for(admin) is None
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 9
