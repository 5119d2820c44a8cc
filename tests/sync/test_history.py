from __future__ import annotations

import pytest
from django.db.models.signals import post_save
from wagtail.log_actions import LogContext, registry
from wagtail.models import ModelLogEntry, PageLogEntry

from tests.factories import ImageFactory, RecordFactory, page_with, raw_body, raw_gallery
from tests.testapp.models import Record
from wagtail_autogallery.sync.history import LOG_ACTION
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


class RecordLogEntry(ModelLogEntry):
    """A site may have a log of its own for some models."""

    class Meta:
        app_label = "audit"
        proxy = True


@pytest.fixture
def log_of_its_own(monkeypatch):
    monkeypatch.setitem(registry.log_entry_models_by_type.values_by_class, Record, RecordLogEntry)


def test_a_model_with_a_log_of_its_own_is_told_of_there(log_of_its_own):
    record = RecordFactory(body=raw_body(raw_gallery()))
    image = ImageFactory()

    sync()

    entry = RecordLogEntry.objects.get()
    assert type(registry.get_logs_for_instance(record).get()) is RecordLogEntry
    assert entry.action == LOG_ACTION
    assert entry.content_changed
    assert entry.data == {
        "runs": [1],
        "images": [str(image.pk)],
        "titles": [image.title],
        "count": 1,
    }


def test_the_entry_is_nobodys_even_while_a_user_is_at_work(admin):
    page = page_with(raw_gallery())
    ImageFactory()

    with LogContext(user=admin):
        sync()

    entry = PageLogEntry.objects.get(action=LOG_ACTION)
    assert entry.user is None
    assert entry.label == page.get_admin_display_title()
    assert entry.revision == page.revisions.latest("pk")


def test_others_hear_of_the_entry_as_of_any():
    page_with(raw_gallery())
    heard = []

    def hear(instance, created, **kwargs):
        heard.append((instance.action, created))

    ImageFactory()
    post_save.connect(hear, sender=PageLogEntry)
    sync()
    post_save.disconnect(hear, sender=PageLogEntry)

    assert heard == [(LOG_ACTION, True)]


def test_an_entry_names_the_first_images_and_counts_the_others():
    page = page_with(raw_gallery())
    for number in range(1, 6):
        ImageFactory(title=f"Coast {number}")
    sync()

    entry = PageLogEntry.objects.get(page=page, action=LOG_ACTION)
    assert entry.message == "Gallery sync added “Coast 1”, “Coast 2”, “Coast 3” and 2 more"


def test_an_entry_that_knows_no_titles_counts():
    entry = PageLogEntry(action=LOG_ACTION, data={"count": 3})

    assert entry.message == "Gallery sync added 3 images"
