from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import PlainPageFactory
from tests.reports.people import PEOPLE, make_person
from tests.reports.reading import report, rows
from wagtail_autogallery.drain.draining import drain

pytestmark = pytest.mark.django_db(transaction=True)

SEES_THE_REPORTS = {who: sees for who, (sees, _) in PEOPLE.items()}
#: Without the permission to run tasks as well.
SEES_TASKS = {who: who == "superuser" for who in PEOPLE}


@pytest.fixture
def failed(db):
    """A task that has failed."""
    jobs.fail.enqueue()
    drain(limit=100)
    return DBTaskResult.objects.get(status="FAILED")


def press(client, button, pk):
    return client.post(reverse(f"wagtail_autogallery_admin:{button}_task", args=[pk]))


def told_by(client, response):
    return client.get(response.url).content.decode()


def test_it_tells_what_failed_and_why(admin_client, failed):
    (row,) = rows(admin_client, "failed_tasks")

    assert row.pop("Failed")
    assert row == {
        "Task": "tests.jobs.fail",
        "Error": "ZeroDivisionError: division by zero",
        "Queue": "default",
    }


def test_tasks_are_found_by_name_and_error_and_filtered_by_queue(admin_client, failed):
    for parameters in ({"q": "jobs.fail"}, {"q": "ZeroDivision"}, {"queue_name": "default"}):
        assert len(rows(admin_client, "failed_tasks", **parameters)) == 1
    for parameters in ({"q": "other"}, {"queue_name": "reports"}):
        assert rows(admin_client, "failed_tasks", **parameters) == []


def test_a_failed_task_is_put_back_and_runs_again(admin_client, failed):
    response = press(admin_client, "retry", failed.pk)

    failed.refresh_from_db()
    assert (failed.status, failed.worker_ids, failed.traceback) == ("READY", [], "")
    assert "The task is ready to run again." in told_by(admin_client, response)
    assert drain(limit=100).failed == 1


def test_a_failed_task_is_forgotten(admin_client, failed):
    response = press(admin_client, "discard", failed.pk)

    assert not DBTaskResult.objects.filter(pk=failed.pk).exists()
    assert "The task was discarded." in told_by(admin_client, response)


@pytest.mark.parametrize("button", ["retry", "discard"])
def test_one_that_does_not_fail_any_more_is_left_alone(admin_client, failed, button):
    DBTaskResult.objects.filter(pk=failed.pk).update(status="RUNNING")

    response = press(admin_client, button, failed.pk)

    assert DBTaskResult.objects.get(pk=failed.pk).status == "RUNNING"
    assert "Somebody else has retried or discarded" in told_by(admin_client, response)


@pytest.mark.parametrize("button", ["retry", "discard"])
def test_other_failed_tasks_stay_as_they_are(admin_client, failed, button):
    press(admin_client, button, uuid.uuid4())

    failed.refresh_from_db()
    assert failed.status == "FAILED"


def test_nothing_is_done_by_following_a_link(admin_client, failed):
    for button in ("retry", "discard"):
        url = reverse(f"wagtail_autogallery_admin:{button}_task", args=[failed.pk])
        assert admin_client.get(url).status_code == 405


@pytest.mark.parametrize(("who", "may"), SEES_TASKS.items())
def test_it_takes_the_permission_to_run_tasks_too(sections, failed, who, may):
    client = sections.client_of(who)

    assert report(client, "failed_tasks").status_code == (200 if may else 302)
    press(client, "retry", failed.pk)

    failed.refresh_from_db()
    assert failed.status == ("READY" if may else "FAILED")
    if may:
        return
    press(client, "discard", failed.pk)
    assert DBTaskResult.objects.filter(pk=failed.pk).exists()


def test_who_may_run_tasks_finds_the_report_beside_the_others(client, admin_client):
    url = reverse("wagtail_autogallery_admin:failed_tasks")
    client.force_login(make_person("reader", PlainPageFactory()))
    assert url not in report(client, "galleries").content.decode()

    client.force_login(make_person("operator", PlainPageFactory(), permissions=("run_drain",)))
    assert url in report(client, "galleries").content.decode()
    assert report(client, "failed_tasks").status_code == 200


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_there_is_none_where_the_queue_is_not_in_the_database(admin_client):
    assert report(admin_client, "failed_tasks").status_code == 404
    assert press(admin_client, "retry", uuid.uuid4()).status_code == 404
    url = reverse("wagtail_autogallery_admin:failed_tasks")
    assert url not in report(admin_client, "galleries").content.decode()


def test_as_many_queries_for_many_as_for_few(admin_client, failed):
    report(admin_client, "failed_tasks")
    asked = []
    for _ in range(2):
        for _ in range(3):
            jobs.fail.enqueue()
        drain(limit=100)
        with CaptureQueriesContext(connection) as queries:
            report(admin_client, "failed_tasks")
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 15
