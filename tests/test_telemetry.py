"""OpenTelemetry is no dependency of the app. The tests have it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.factories import ImageFactory, page_with, raw_gallery, unwritable
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.models import By, HolderKey
from wagtail_autogallery.tasks import enqueue_sync

WITHOUT_OPENTELEMETRY = """
import sys
sys.modules["opentelemetry"] = None
from wagtail_autogallery import telemetry
with telemetry.span("drain", by="command") as span:
    telemetry.describe(span, ran=1)
assert telemetry.span("drain") is telemetry.span("write"), "Without it nothing is made anew."
"""


def test_nothing_is_recorded_and_nothing_made_without_it():
    subprocess.run([sys.executable, "-c", WITHOUT_OPENTELEMETRY], check=True, timeout=60)


@pytest.fixture(scope="module")
def recorded():
    """What a site that has set OpenTelemetry up gets to know."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(recorded):
    recorded.clear()
    return recorded.get_finished_spans


@pytest.mark.django_db
def test_a_drain_is_a_span_with_what_it_decides_and_writes_inside(spans):
    page = page_with(raw_gallery())
    ImageFactory()
    enqueue_sync()

    drain(limit=100, by=By.COMMAND)

    by_name = {span.name: span for span in spans()}
    assert {"wagtail_autogallery.drain", "wagtail_autogallery.decide"} < set(by_name)
    written, whole = by_name["wagtail_autogallery.write"], by_name["wagtail_autogallery.drain"]
    assert dict(written.attributes) == {
        "wagtail_autogallery.holder": str(HolderKey.of(page)),
        "wagtail_autogallery.run": 1,
        "wagtail_autogallery.images": 1,
        "wagtail_autogallery.galleries": 1,
    }
    assert written.context.trace_id == whole.context.trace_id
    assert whole.attributes["wagtail_autogallery.by"] == "command"
    assert whole.attributes["wagtail_autogallery.ran"] >= 1


@pytest.mark.django_db
def test_a_page_that_fails_is_recorded_with_its_exception(spans):
    page = page_with(raw_gallery())
    ImageFactory()
    enqueue_sync()

    with unwritable(page):
        drain(limit=100)

    (written,) = [span for span in spans() if span.name == "wagtail_autogallery.write"]
    assert not written.status.is_ok
    (event,) = written.events
    assert event.attributes["exception.message"] == "The disk is full"
