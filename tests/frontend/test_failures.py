"""A picture that cannot be made is tried and logged once, by whichever process comes first."""

from __future__ import annotations

import errno
import logging
import shutil
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import DatabaseError
from django.utils import timezone

from tests.factories import (
    ImageFactory,
    break_file_of,
    image_of_size,
    lose_file_of,
    page_with,
    raw_gallery,
)
from tests.storages import RemoteStorage
from wagtail_autogallery.models import RenditionFailure

pytestmark = pytest.mark.django_db


@pytest.fixture
def errors(caplog):
    """What was logged as an error since this was asked for last."""
    caplog.set_level(logging.ERROR)

    def errors():
        records = [record for record in caplog.records if record.name.endswith("failures")]
        caplog.clear()
        return records

    return errors


@pytest.fixture
def view(client):
    """Visit a page that shows these images, as often as it is called."""

    def visit(*images):
        page = page_with(raw_gallery(*images, follow=False))

        def view():
            html = client.get(page.get_url()).content.decode()
            return html.count("<picture") - html.count('src="/media/not-found"')

        return view

    return visit


def let_time_pass():
    """As much as it takes for everything to be tried again."""
    RenditionFailure.objects.update(retry_at=timezone.now())


def fail_to_save(monkeypatch, error):
    def save(*args, **kwargs):
        calls.append(args)
        raise error

    calls = []
    monkeypatch.setattr(FileSystemStorage, "_save", save)
    return calls


@pytest.mark.parametrize("spoil", [break_file_of, lose_file_of])
def test_an_original_that_is_lost_or_broken_is_tried_and_logged_once(view, errors, spoil):
    broken, whole = image_of_size(900, 900), ImageFactory()
    spoil(broken)
    view = view(broken, whole)

    assert view() == 1
    (record,) = errors()
    assert f"image {broken.pk}, because of its original" in record.getMessage()
    assert record.exc_info

    assert view() == 1
    assert errors() == []


def test_a_view_of_a_page_with_a_broken_original_asks_one_more_question(
    view, django_assert_num_queries, client
):
    broken = ImageFactory()
    break_file_of(broken)
    page = page_with(raw_gallery(broken, ImageFactory(), follow=False))
    client.get(page.get_url())
    body = type(page).objects.get(pk=page.pk).body

    # The images, their renditions, and what is known to fail.
    with django_assert_num_queries(3):
        body.render_as_block()


def test_it_is_tried_again_later_and_ever_more_rarely_but_not_logged_again(view, errors):
    broken = ImageFactory()
    break_file_of(broken)
    view = view(broken)
    waits = []
    for _ in range(12):
        view()
        row = RenditionFailure.objects.get()
        waits.append(round((row.retry_at - timezone.now()) / timedelta(minutes=1)))
        let_time_pass()

    assert len(errors()) == 1
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440, 1440, 1440]


def test_a_file_that_was_put_back_is_shown_after_a_while_and_forgotten(view, errors):
    lost = ImageFactory()
    content = lost.file.read()
    lost.file.close()
    lose_file_of(lost)
    view = view(lost)
    view()
    lost.file.storage.save(lost.file.name, ContentFile(content))
    assert view() == 0

    let_time_pass()

    assert view() == 1
    assert not RenditionFailure.objects.exists()
    assert len(errors()) == 1


def test_another_file_is_tried_at_once(view, errors):
    image = ImageFactory()
    break_file_of(image)
    view = view(image)
    view()

    image.file = ImageFactory().file.name
    image.save()

    assert view() == 1


def test_another_file_of_the_same_name_is_tried_at_once(view):
    image = ImageFactory()
    content = image.file.read()
    image.file.close()
    lose_file_of(image)
    view = view(image)
    view()

    image.file.storage.save(image.file.name, ContentFile(content))
    image._set_image_file_metadata()
    image.save()

    assert view() == 1


def test_a_read_only_storage_is_tried_and_logged_once_for_all_images(view, errors, monkeypatch):
    images = [ImageFactory() for _ in range(5)]
    view = view(*images)
    calls = fail_to_save(monkeypatch, OSError(errno.EROFS, "Read-only file system"))

    assert [view(), view()] == [0, 0]

    (record,) = errors()
    assert "because of its storage" in record.getMessage()
    assert "Read-only" in record.exc_text
    assert len(calls) == 1


def test_a_storage_that_is_absent_is_tried_and_logged_once_for_all_images(
    view, errors, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    images = [ImageFactory() for _ in range(5)]
    view = view(*images)
    shutil.move(tmp_path / "media", tmp_path / "elsewhere")

    assert [view(), view()] == [0, 0]
    assert len(errors()) == 1

    shutil.rmtree(tmp_path / "media", ignore_errors=True)
    shutil.move(tmp_path / "elsewhere", tmp_path / "media")
    let_time_pass()
    assert view() == 5
    assert not RenditionFailure.objects.exists()
    assert errors() == []


def test_a_bucket_that_does_not_answer_is_asked_once(view, errors, settings, monkeypatch):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "tests.storages.RemoteStorage"},
    }
    images = [ImageFactory() for _ in range(5)]
    view = view(*images)

    def time_out(*args):
        raise TimeoutError

    monkeypatch.setattr(RemoteStorage, "_open", time_out)
    view()
    view()

    assert len(errors()) == 1


def test_a_single_file_that_nobody_may_read_does_not_hold_up_the_others_for_long(
    view, errors, monkeypatch
):
    guarded, *others = [ImageFactory() for _ in range(4)]
    opens = FileSystemStorage._open

    def _open(self, name, mode="rb"):
        if name == guarded.file.name:
            raise PermissionError(errno.EACCES, "Permission denied", name)
        return opens(self, name, mode)

    monkeypatch.setattr(FileSystemStorage, "_open", _open)
    view = view(guarded, *others)
    assert view() == 0

    RenditionFailure.objects.filter(image_id="").update(retry_at=timezone.now())

    assert view() == 3
    assert len(errors()) == 1


def test_a_format_that_cannot_be_made_here_does_not_keep_the_others(view, errors, monkeypatch):
    from willow.plugins.pillow import PillowImage

    def save_as_avif(*args, **kwargs):
        raise KeyError("AVIF")

    monkeypatch.setattr(PillowImage, "save_as_avif", save_as_avif)
    monkeypatch.setattr(
        "django.conf.settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS", ["avif", "webp"], raising=False
    )
    image = ImageFactory()
    view = view(image)

    assert [view(), view()] == [1, 1]

    (record,) = errors()
    assert "format-avif|creditonly" in record.getMessage()
    assert "because of its filter spec" in record.getMessage()


def test_what_is_new_of_a_known_failure_is_logged(view, errors):
    image = ImageFactory()
    lose_file_of(image)
    view = view(image)
    view()
    assert len(errors()) == 1

    image.file.storage.save(image.file.name, ContentFile(b"this is no picture"))
    let_time_pass()
    view()

    assert len(errors()) == 1


def test_an_image_that_is_deleted_is_forgotten(view):
    image = ImageFactory()
    lose_file_of(image)
    view(image)()
    assert RenditionFailure.objects.exists()

    image.delete()

    assert not RenditionFailure.objects.exists()


def test_a_database_that_remembers_nothing_breaks_no_page(view, errors, monkeypatch):
    image = ImageFactory()
    break_file_of(image)

    def refuse(*args, **kwargs):
        raise DatabaseError("read-only")

    monkeypatch.setattr(RenditionFailure.objects, "update_or_create", refuse)

    assert view(image)() == 0
    assert "Could not remember" in errors()[0].getMessage()
