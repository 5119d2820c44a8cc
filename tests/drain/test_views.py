from __future__ import annotations

import logging
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import OperationalError, connections
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import translation
from django_tasks_db.models import DBTaskResult

from tests import jobs
from tests.factories import ImageFactory, images_in, page_with, raw_gallery
from wagtail_autogallery.drain import credentials
from wagtail_autogallery.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "a-secret-of-more-than-thirty-two-characters"
URL = "/autogallery/run/"


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = SECRET
    credentials._logged_at.clear()
    jobs.done.clear()


def bearer(secret=SECRET):
    return {"authorization": f"Bearer {secret}"}


@pytest.fixture
def operator(db):
    user = get_user_model().objects.create_user("operator")
    user.user_permissions.add(Permission.objects.get(codename="run_drain"))
    return user


def logged_in(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


def test_the_urls_have_public_names():
    assert reverse("wagtail_autogallery:run") == URL
    assert reverse("wagtail_autogallery:status") == "/autogallery/status/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_cron_drains_the_queue(client, method):
    page = page_with(raw_gallery())
    image = ImageFactory()

    response = getattr(client, method)(f"{URL}?limit=100", headers=bearer())

    assert response.status_code == 200
    answer = response.json()
    assert answer["success"] is True
    assert answer["result"]["ran"] == answer["result"]["succeeded"] > 0
    assert answer["execution_time_ms"] >= 0
    assert response["Cache-Control"] == "no-store"
    assert images_in(page) == [image.pk]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(""),
        bearer("undefined"),
        bearer("None"),
        bearer(SECRET + "x"),
        bearer(SECRET[:-1]),
        bearer("ünïcödé"),
        {"authorization": SECRET},
        {"authorization": f"Basic {SECRET}"},
        {"authorization": "Bearer"},
        {"x-vercel-cron": "1"},
    ],
)
def test_strangers_are_kept_out(client, headers):
    jobs.note.enqueue(1)

    response = client.post(URL, headers=headers)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="autogallery"'
    assert response.json()["success"] is False
    assert jobs.done == []


@pytest.mark.parametrize("secret", ["", None, [], [""], [None]])
@pytest.mark.parametrize("given", ["", "None", "undefined", "[]"])
def test_without_a_secret_no_secret_is_right(client, settings, secret, given):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = secret

    assert client.get(URL, headers=bearer(given)).status_code == 401


def test_a_secret_can_be_replaced_without_a_gap(client, settings):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = ["new-" + SECRET, SECRET]

    assert client.get(URL, headers=bearer()).status_code == 200
    assert client.get(URL, headers=bearer("new-" + SECRET)).status_code == 200


def test_a_trusted_header_lets_in_where_it_is_named(client, settings):
    settings.WAGTAIL_AUTOGALLERY_CRON_HEADER = "x-vercel-cron"

    assert client.get(URL, headers={"x-vercel-cron": "1"}).status_code == 200
    assert client.get(URL).status_code == 401


def test_a_permitted_user_posts_with_a_csrf_token(operator):
    client = logged_in(operator, enforce_csrf_checks=True)
    client.get("/admin/login/")
    client.cookies["csrftoken"] = "a" * 32

    without = client.post(URL)
    with_token = client.post(URL, headers={"x-csrftoken": "a" * 32})

    assert (without.status_code, with_token.status_code) == (403, 200)
    assert "CSRF" in without.json()["error"]


def test_a_get_with_a_session_changes_nothing(operator):
    jobs.note.enqueue(1)

    response = logged_in(operator).get(URL)

    assert response.status_code == 405
    assert jobs.done == []


def test_a_user_without_the_permission_is_refused():
    user = get_user_model().objects.create_user("editor")

    response = logged_in(user).post(URL)

    assert response.status_code == 403
    assert "permission" in response.json()["error"]


@pytest.mark.parametrize("given", ["wrong", ""])
def test_a_wrong_secret_is_not_made_good_by_a_session(operator, given):
    assert logged_in(operator).post(URL, headers=bearer(given)).status_code == 401


def test_the_password_of_a_web_server_in_front_keeps_no_user_out(operator):
    headers = {"authorization": "Basic c3RhZ2luZzpzZWNyZXQ="}

    assert logged_in(operator).post(URL, headers=headers).status_code == 200
    assert Client().post(URL, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=%D9%A3", "limit"),
        ("all_queues=perhaps", "all_queues"),
        ("queue=mails", "mails"),
        ("queue=%00", "queue"),
        ("queue=" + "q" * 33, "queue"),
        ("queue=default&all_queues=1", "all_queues"),
    ],
)
def test_a_bad_parameter_is_named(client, query, names):
    jobs.note.enqueue(1)

    response = client.get(f"{URL}?{query}", headers=bearer())

    assert response.status_code == 400
    assert names in response.json()["error"]
    assert jobs.done == []


@pytest.mark.parametrize(
    ("name", "told"), [("limti", "limti"), ("LIMIT", "LIMIT"), ("\0", "\\x00"), ("x" * 99, "xxx…")]
)
@pytest.mark.parametrize("method", ["query", "form", "query and form"])
def test_an_unknown_parameter_is_named_with_those_there_are(client, name, told, method):
    jobs.note.enqueue(1)

    if method == "form":
        response = client.post(URL, {name: "5"}, headers=bearer())
    elif method == "query":
        response = client.get(URL, {name: "5", "limit": "1"}, headers=bearer())
    else:
        query = urlencode({name: "5"})
        response = client.post(f"{URL}?{query}", {"limit": "1"}, headers=bearer())

    assert response.status_code == 400
    error = response.json()["error"]
    assert error.startswith("There is no parameter '")
    assert error.endswith(f"{told}'. There are: limit, queue, all_queues.")
    assert jobs.done == []


def test_a_body_that_is_not_read_is_refused(client):
    jobs.note.enqueue(1)

    def post(body):
        return client.post(URL, body, content_type="application/json", headers=bearer())

    response = post('{"limit": 5}')
    assert response.status_code == 400
    assert (
        response.json()["error"]
        == "Send parameters in the URL or as a form; other bodies are not read."
    )
    assert jobs.done == []
    assert post("").status_code == 200


def test_the_token_in_a_user_s_form_is_no_parameter(operator):
    client = logged_in(operator, enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32

    assert client.post(URL, {"csrfmiddlewaretoken": "a" * 32}).status_code == 200
    response = client.get(URL, {"csrfmiddlewaretoken": "a" * 32}, headers=bearer())
    assert response.status_code == 400


def test_status_takes_no_parameter_but_its_format(client):
    response = client.get("/autogallery/status/?queue=reports", headers=bearer())

    assert response.status_code == 400
    assert response.json()["error"] == "There is no parameter 'queue'. There are: format."
    assert client.get("/autogallery/status/?queue=reports").status_code == 401


def test_parameters_are_obeyed_in_the_query_and_in_the_form(client):
    for number in range(3):
        jobs.note.enqueue(number)
    jobs.note.using(queue_name="reports").enqueue("report")

    client.get(f"{URL}?limit=1", headers=bearer())
    assert jobs.done == [0]
    client.post(URL, {"limit": "1"}, headers=bearer())
    assert jobs.done == [0, 1]
    client.post(URL, {"queue": "reports"}, headers=bearer())
    assert jobs.done == [0, 1, "report"]
    jobs.note.using(queue_name="reports").enqueue("second report")
    client.get(f"{URL}?all_queues=true", headers=bearer())
    assert set(jobs.done) == {0, 1, 2, "report", "second report"}


@override_settings(WAGTAIL_AUTOGALLERY_DRAIN_LIMIT_MAX=2)
def test_a_limit_above_the_maximum_is_capped(client):
    for number in range(3):
        jobs.note.enqueue(number)

    assert client.get(f"{URL}?limit=1000", headers=bearer()).json()["result"]["ran"] == 2


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options", "trace"])
def test_other_methods_are_not_allowed(client, method):
    response = getattr(client, method)(URL, headers=bearer())

    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"


def test_a_failed_task_is_named_and_its_traceback_is_not(client):
    jobs.fail.enqueue()

    response = client.get(URL, headers=bearer())

    assert response.status_code == 200
    assert response.json()["result"]["failures"] == ["tests.jobs.fail"]
    assert "Traceback" not in response.content.decode()


def test_an_error_is_told_plainly_and_logged_in_full(client, caplog, monkeypatch):
    def fail(self):
        raise RuntimeError("inner")

    jobs.note.enqueue(1)
    monkeypatch.setattr(type(DBTaskResult.objects.all()), "get_locked", fail)
    with caplog.at_level(logging.ERROR):
        response = client.get(URL, headers=bearer())

    assert response.status_code == 500
    assert response.json() == {
        "success": False,
        "error": "Something went wrong; the server's log tells what.",
    }
    assert "RuntimeError: inner" in caplog.text


def test_a_database_that_is_away_is_a_503(client, monkeypatch):
    def away(*args):
        raise OperationalError("could not connect to secret-host")

    monkeypatch.setattr(connections["default"], "cursor", away)

    response = client.get(URL, headers=bearer())

    assert response.status_code == 503
    assert "secret-host" not in response.content.decode()


def refusals(caplog):
    return [record.getMessage() for record in caplog.records]


def test_a_refusal_is_logged_once_for_each_source_and_minute(client, caplog):
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            client.get(URL, headers=bearer("wrong-secret"))
        client.get(URL, headers=bearer("wrong-secret"), REMOTE_ADDR="10.0.0.1")

    # Nor does Django write its own line for each of them.
    assert refusals(caplog) == [
        f"Refused a call of {URL} from {source}: the secret it sent is wrong"
        for source in ("127.0.0.1", "10.0.0.1")
    ]


def test_what_is_wrong_with_a_secret_is_told_in_the_log_alone(client, caplog, settings):
    sent = [
        ({}, "no secret was sent"),
        ({"authorization": "Bearer"}, "the secret it sent is empty"),
        (bearer("wrong"), "the secret it sent is wrong"),
        ({"authorization": SECRET}, "its Authorization header is not 'Bearer <secret>'"),
    ]
    with caplog.at_level(logging.WARNING):
        answers = [client.get(URL, headers=headers) for headers, _why in sent]
        settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = ""
        answers.append(client.get(URL, headers=bearer()))

    whys = [*(why for _headers, why in sent), "WAGTAIL_AUTOGALLERY_CRON_SECRET is not set"]
    assert refusals(caplog) == [f"Refused a call of {URL} from 127.0.0.1: {why}" for why in whys]
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1


def test_the_memory_of_refused_sources_is_bounded(client, monkeypatch):
    monkeypatch.setattr(credentials, "SOURCES_REMEMBERED", 3)

    for number in range(10):
        client.get(URL, REMOTE_ADDR=f"10.0.0.{number}")

    assert len(credentials._logged_at) <= 3


def test_secrets_reach_neither_log_nor_response(client, caplog):
    with caplog.at_level(logging.DEBUG):
        responses = [client.get(URL, headers=bearer(s)) for s in (SECRET, "wrong-" + SECRET)]

    assert SECRET not in caplog.text
    assert all(SECRET not in response.content.decode() for response in responses)


@override_settings(ATOMIC_REQUESTS=True)
def test_the_view_is_in_no_transaction_of_the_request():
    from wagtail_autogallery.drain import views

    assert views.run._non_atomic_requests == {"default"}


def test_status_tells_how_things_are(client):
    jobs.note.enqueue(1)

    response = client.get("/autogallery/status/", headers=bearer())

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json()["healthy"] is True
    assert response.json()["ready"] == 1
    assert DBTaskResult.objects.ready().count() == 1


def test_status_tells_when_the_url_was_last_called(client):
    assert client.get("/autogallery/status/", headers=bearer()).json()["last_drains"] == {}

    client.get(URL, headers=bearer())

    answer = client.get("/autogallery/status/", headers=bearer()).json()
    assert list(answer["last_drains"]) == ["url"]


def test_status_is_a_503_when_something_is_wrong(client):
    jobs.fail.enqueue()
    client.get(URL, headers=bearer())

    response = client.get("/autogallery/status/", headers=bearer())

    assert response.status_code == 503
    (problem,) = response.json()["problems"]
    assert problem.pop("since")
    assert problem == {
        "code": "tasks_failed",
        "message": "1 task failed within the last day.",
        "mend": "python manage.py autogallery_drain --retry-failed",
        "level": "yellow",
    }
    assert client.head("/autogallery/status/", headers=bearer()).status_code == 503


def test_status_names_what_failed_and_not_what_the_error_says(client):
    page_with(raw_gallery())
    Subscription.objects.update(
        state=Subscription.State.FAILED, error="OSError: /srv/secret is not there"
    )
    jobs.fail.enqueue()
    client.get(f"{URL}?limit=100", headers=bearer())

    response = client.get("/autogallery/status/", headers=bearer())

    (task,), (waiting,) = response.json()["failed_tasks"], response.json()["waiting"]
    assert (task["task"], task["error"]) == ("tests.jobs.fail", "ZeroDivisionError")
    assert (waiting["state"], waiting["error"]) == ("failed", "OSError")
    assert "division by zero" not in response.content.decode()
    assert "/srv/secret" not in response.content.decode()


def test_status_is_told_to_prometheus_whose_scrape_succeeds_whatever_is_wrong(client):
    jobs.fail.enqueue()
    client.get(URL, headers=bearer())

    response = client.get("/autogallery/status/?format=openmetrics", headers=bearer())

    assert response.status_code == 200
    content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert (response["Content-Type"], response["Cache-Control"]) == (content_type, "no-store")
    text = response.content.decode()
    assert 'wagtail_autogallery_problem{code="tasks_failed",level="yellow"} 1.0' in text
    assert client.get("/autogallery/status/?format=openmetrics").status_code == 401
    assert client.get("/autogallery/status/?format=json", headers=bearer()).status_code == 503


def test_status_is_told_in_no_other_format(client):
    response = client.get("/autogallery/status/?format=xml", headers=bearer())

    assert response.status_code == 400
    assert response.json()["error"] == "'format' has to be one of: json, openmetrics."


def test_status_is_in_english_for_every_caller(client):
    page_with(raw_gallery())
    Subscription.objects.update(state=Subscription.State.FAILED)

    with translation.override("de"):
        answer = client.get("/autogallery/status/", headers=bearer()).json()

    assert answer["problems"][0]["message"] == "1 gallery could not be synced."
    assert answer["waiting"][0]["why"] == "Failed: it will be tried again"


def test_status_is_for_those_with_credentials_only(client, operator):
    assert client.get("/autogallery/status/").status_code == 401
    assert logged_in(operator).get("/autogallery/status/").status_code == 200
    assert client.post("/autogallery/status/", headers=bearer()).status_code == 405


def test_the_permission_can_be_given_in_wagtail_s_group_form(admin_client):
    html = admin_client.get(reverse("wagtailusers_groups:add")).content.decode()

    assert "Can run waiting background tasks" in html or "run_drain" in html
