from __future__ import annotations

import inspect
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core import checks
from django.db import connection
from django.db.models import CASCADE, ForeignKey, Model
from django.test import override_settings
from django.test.utils import isolate_apps
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from modelcluster.fields import ParentalKey
from wagtail.blocks import Block, CharBlock, ListBlock, StreamBlock, StructBlock
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.fields import StreamField
from wagtail.models import RevisionMixin
from wagtail.tasks import update_reference_index_task

import wagtail_autogallery.checks
from tests import jobs
from tests.testapp.models import Album, AlbumPart, BookPage, Chapter
from wagtail_autogallery.blocks import GalleryBlock
from wagtail_autogallery.checks import check_galleries, check_tables
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.sync.gallery_fields import is_holder
from wagtail_autogallery.tasks import sync_media_to_galleries

ROOT = Path(__file__).resolve().parents[1]
GOOD = "a-secret-of-more-than-thirty-two-characters"


def ours(**options):
    """The ids of our messages, each of which has a hint."""
    messages = [
        message
        for message in checks.run_checks(**options)
        if (message.id or "").startswith("wagtail_autogallery.")
    ]
    assert all(message.hint for message in messages)
    return [message.id.split(".")[1] for message in messages]


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = GOOD


def test_the_test_site_is_fine():
    assert ours() == []


@override_settings(WAGTAIL_AUTOGALLERY_CRON_SECERT=GOOD)
def test_a_misspelt_setting_is_found():
    assert ours() == ["W001"]


@override_settings(WAGTAIL_AUTOGALLERY_AFTER_RESPONSE="later")
def test_a_value_that_is_no_choice_is_found():
    assert ours() == ["E002"]


@pytest.mark.parametrize("formats", ["webp", [], ["webp", "heic"]])
def test_formats_that_no_browser_is_offered_are_found(formats):
    with override_settings(WAGTAIL_AUTOGALLERY_IMAGE_FORMATS=formats):
        assert ours() == ["E002"]


@pytest.mark.parametrize("widths", [[], [400, 0], ["400"]])
def test_widths_that_are_none_are_found(widths):
    with override_settings(WAGTAIL_AUTOGALLERY_IMAGE_WIDTHS=widths):
        assert ours() == ["E002"]


def findings(monkeypatch, *models):
    """What the check of galleries says of a site with these models, by id."""
    site = SimpleNamespace(get_models=lambda: models)
    monkeypatch.setattr(wagtail_autogallery.checks, "apps", site)
    return [(message.id.split(".")[1], message.msg) for message in check_galleries()]


def stream_of(block):
    return StreamField([("text", CharBlock()), ("block", block)])


class Drawer(Block):
    """A container of a site's own, which stores its child as nobody else does."""

    def __init__(self, child_block):
        super().__init__()
        self.drawers = {"top": [child_block]}


class Sealed(Block):
    """One that does not tell what it is made of."""

    def __init__(self, child_block):
        super().__init__()


CONTAINERS = {
    "block": lambda: TypedTableBlock([("text", CharBlock()), ("gallery", GalleryBlock())]),
    "block.table": lambda: StructBlock([("table", TypedTableBlock([("g", GalleryBlock())]))]),
    "block.rows": lambda: ListBlock(
        StructBlock([("rows", TypedTableBlock([("row", ListBlock(GalleryBlock()))]))])
    ),
    "block.drawer": lambda: StreamBlock([("drawer", Drawer(Sealed(GalleryBlock())))]),
}


@isolate_apps("tests.testapp")
@pytest.mark.parametrize("path", CONTAINERS)
def test_a_gallery_where_nobody_finds_it_is_refused(path, monkeypatch):
    class Chest(Model):
        body = stream_of(CONTAINERS[path]())

        class Meta:
            app_label = "testapp"

    ((check_id, message),) = findings(monkeypatch, Chest)

    assert check_id == "E015"
    assert message.startswith(f"testapp.Chest.body: the gallery in {path!r} would never be filled")


@isolate_apps("tests.testapp")
@pytest.mark.parametrize(
    "block", [CharBlock(), TypedTableBlock([("text", CharBlock())]), Drawer(CharBlock())]
)
def test_containers_without_a_gallery_are_fine(block, monkeypatch):
    class Chest(Model):
        body = stream_of(block)
        gallery = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    assert findings(monkeypatch, Chest) == []


@isolate_apps("tests.testapp")
def test_galleries_in_child_objects_that_cannot_be_part_of_their_parent_are_refused(monkeypatch):
    class Paragraph(Model):
        chapter = ParentalKey(Chapter, related_name="paragraphs")
        body = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    class Link(Model):
        book = ParentalKey(BookPage, related_name="links")
        album = ParentalKey(Album, related_name="links")
        body = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    class Supplement(RevisionMixin, Model):
        book = ParentalKey(BookPage, related_name="supplements")
        body = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    class IllustratedChapter(Chapter):
        pictures = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    found = findings(monkeypatch, Paragraph, Link, Supplement, IllustratedChapter)

    assert {check_id for check_id, _ in found} == {"E014"}
    assert [message.rpartition(": ")[2] for _, message in found] == [
        "testapp.Chapter is a child object itself.",
        "its objects have more than one parent.",
        "its objects have revisions of their own.",
        "its parent knows its children as testapp.Chapter, without this field.",
    ]


@isolate_apps("tests.testapp")
def test_children_and_models_with_a_plain_foreign_key_are_fine(monkeypatch):
    class Review(Model):
        book = ForeignKey(BookPage, CASCADE)
        body = stream_of(GalleryBlock())

        class Meta:
            app_label = "testapp"

    assert findings(monkeypatch, Review, Chapter, AlbumPart, BookPage) == []
    assert is_holder(Review)
    assert not is_holder(Chapter)


@override_settings(WAGTAIL_AUTOGALLERY_TASK_BACKEND="media")
def test_a_backend_that_tasks_does_not_have_is_found():
    assert ours() == ["E003"]


@override_settings(WAGTAIL_AUTOGALLERY_QUEUE="media")
def test_a_queue_the_backend_does_not_know_is_found():
    assert ours() == ["E004"]


def test_the_database_backend_without_its_app_is_found(monkeypatch):
    monkeypatch.delitem(apps.app_configs, "django_tasks_database")

    assert "E005" in ours()


@pytest.mark.parametrize(
    "backend",
    [
        "django_tasks.backends.immediate.ImmediateBackend",
        "django_tasks.backends.dummy.DummyBackend",
    ],
)
def test_a_backend_that_keeps_no_queue_is_found(backend, settings):
    settings.TASKS = {"default": {"BACKEND": backend}}

    assert ours() == ["W006"]


@pytest.mark.parametrize("secret", ["short", [GOOD, "short"]])
def test_a_short_secret_is_found(settings, secret):
    settings.WAGTAIL_AUTOGALLERY_CRON_SECRET = secret

    assert ours() == ["E007"]


@override_settings(WAGTAIL_AUTOGALLERY_CRON_SECRET="")
def test_a_mounted_url_without_a_secret_is_found():
    assert ours() == ["W008"]


@override_settings(WAGTAIL_AUTOGALLERY_CRON_SECRET="", ROOT_URLCONF="wagtail.urls")
def test_no_secret_is_needed_where_the_url_is_not_mounted():
    assert ours() == []


@override_settings(WAGTAIL_AUTOGALLERY_CRON_HEADER="x-vercel-cron")
def test_a_trusted_header_is_warned_of():
    assert ours() == ["W009"]


@pytest.mark.django_db
def test_tables_are_looked_for_where_the_database_is_checked(monkeypatch):
    assert ours(databases=["default"]) == []
    assert list(check_tables(databases=["other"])) == []

    monkeypatch.setattr(connection.introspection, "table_names", lambda: ["auth_user"])

    assert ours(databases=["default"]) == ["W010"]


@pytest.mark.django_db
def test_the_table_of_the_queue_is_looked_for_too(monkeypatch):
    tables = connection.introspection.table_names()
    without_queue = [name for name in tables if not name.startswith("django_tasks_database")]
    monkeypatch.setattr(connection.introspection, "table_names", lambda: without_queue)

    (message,) = check_tables(databases=["default"])

    assert message.id == "wagtail_autogallery.W010"
    assert "django_tasks_database_dbtaskresult" in message.msg


@pytest.mark.django_db
def test_a_column_that_is_not_there_is_named(monkeypatch):
    describe = connection.introspection.get_table_description
    monkeypatch.setattr(
        connection.introspection, "get_table_description", lambda *args: describe(*args)[1:]
    )

    (message,) = check_tables(databases=["default"])

    assert "wagtail_autogallery_arrival.id" in message.msg


@pytest.mark.django_db
@pytest.mark.parametrize("task", [jobs.note, update_reference_index_task])
def test_tasks_that_wait_and_nobody_drains(task):
    task.using(queue_name="reports").enqueue("wagtailcore", "page", "1")
    assert ours(databases=["default"]) == []

    waiting = DBTaskResult.objects.all()
    waiting.update(enqueued_at=timezone.now() - timedelta(minutes=20))
    assert ours(databases=["default"]) == ["W012"]

    waiting.create(
        task_path=task.module_path,
        backend_name="default",
        args_kwargs={},
        run_after=timezone.now(),
        started_at=timezone.now(),
        status="SUCCESSFUL",
    )
    assert ours(databases=["default"]) == []


def test_each_check_has_a_line_in_the_docs():
    ids = re.compile(r"\b[EW]0\d\d\b")

    in_code = set(ids.findall(inspect.getsource(wagtail_autogallery.checks)))
    rows = (ROOT / "docs" / "settings.md").read_text().partition("## System checks")[2]

    assert len(in_code) == 14
    assert re.findall(r"^\| ([EW]\d{3}) \| .+ \| .+ \|$", rows, re.M) == sorted(
        in_code, key=lambda check_id: check_id[1:]
    )


@pytest.mark.django_db
def test_migrate_is_not_told_to_migrate(monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", lambda: ["auth_user"])
    monkeypatch.setattr("sys.argv", ["manage.py", "migrate"])

    assert list(check_tables(databases=["default"])) == []


@pytest.mark.django_db
def test_the_task_is_bound_to_what_exists():
    assert sync_media_to_galleries.backend == "default"
    assert drain().failed == 0
