from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tests import jobs
from tests.factories import ImageFactory, page_with, raw_gallery
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.drain.openmetrics import as_openmetrics
from wagtail_autogallery.drain.problems import LEVELS, tables_missing
from wagtail_autogallery.drain.status import Status, get_status
from wagtail_autogallery.models import By, Drain

pytestmark = pytest.mark.django_db(transaction=True)

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (\S+)")


def parsed(text):
    """
    The samples by name and labels, read as the standard's grammar has it: each family once, its
    metadata before its samples, nothing between its samples, and an end.
    """
    assert text.endswith("\n# EOF\n")
    samples, types, family = {}, {}, ""
    for line in text.removesuffix("# EOF\n").splitlines():
        if line.startswith("# "):
            kind, name, words = re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.+)", line).groups()
            if kind == "TYPE":
                assert (words, name in types) == ("gauge", False)
                types[name] = words
                family = name
            assert name == family
            if kind == "UNIT":
                assert name.endswith(f"_{words}")
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert name == family
        assert (name, labels) not in samples
        samples[name.removeprefix("wagtail_autogallery_"), labels] = float(value)
    return samples


def test_a_site_that_is_well_has_a_gauge_for_all_that_could_be_wrong_and_each_is_zero():
    page_with(raw_gallery())
    drain(limit=100)

    samples = parsed(as_openmetrics(get_status()))

    assert samples["healthy", None] == 1
    problems = {labels: value for (name, labels), value in samples.items() if name == "problem"}
    assert problems == {f'code="{code}",level="{level.value}"': 0 for code, level in LEVELS.items()}
    assert samples["galleries_followed", None] == 1


def test_what_is_wrong_is_one_and_tells_when_it_began():
    jobs.fail.enqueue()
    drain(limit=100, by=By.COMMAND)
    status = get_status()
    (problem,) = status.problems

    samples = parsed(as_openmetrics(status))

    assert samples["healthy", None] == 0
    assert samples["problem", 'code="tasks_failed",level="yellow"'] == 1
    since = samples["problem_since_timestamp_seconds", 'code="tasks_failed"']
    assert since == pytest.approx(problem.since.timestamp())
    assert samples["tasks_failed", None] == 1


def test_the_counts_and_the_last_drains_are_told():
    page_with(raw_gallery(), locked=True)
    ImageFactory()
    drain(limit=100)
    ended_at = timezone.now() - timedelta(hours=2)
    Drain.objects.create(by=By.URL, ended_at=ended_at)
    ImageFactory()

    samples = parsed(as_openmetrics(get_status()))

    at = samples["last_drain_timestamp_seconds", 'by="url"']
    assert at == pytest.approx(ended_at.timestamp())
    assert samples["uploads_waiting", None] == 1
    assert samples["tasks_ready", None] > 0
    assert samples["galleries_waiting", 'state="locked"'] == 1
    assert samples["galleries_waiting", 'state="full"'] == 0


@override_settings(TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}})
def test_of_a_queue_that_cannot_be_read_nothing_is_told():
    samples = parsed(as_openmetrics(get_status()))

    assert ("tasks_ready", None) not in samples
    assert samples["uploads_waiting", None] == 0


def test_without_tables_only_that_is_told():
    status = Status(problems=[tables_missing("Tables are missing")])

    samples = parsed(as_openmetrics(status))

    assert {name for name, _ in samples} == {"healthy", "problem"}
    assert samples["problem", 'code="tables_missing",level="red"'] == 1
