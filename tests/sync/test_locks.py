from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction
from wagtail.models import Revision

from tests.factories import (
    ImageFactory,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_gallery,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.sync.passes import sync

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite locks all or nothing"),
]


def test_a_worker_that_holds_the_row_gives_way_to_an_editor_who_holds_the_draft_and_wants_it():
    page = page_with(raw_gallery())
    draft = page.save_revision()
    image = ImageFactory()
    editor_has_draft, worker_has_row = threading.Event(), threading.Event()
    errors = []

    def edit():
        try:
            with transaction.atomic():
                # As Wagtail saves a draft: the revision first, and the page after it.
                Revision.objects.filter(pk=draft.pk).update(user=None)
                editor_has_draft.set()
                assert worker_has_row.wait(20)
                edited = GalleryPage.objects.get(pk=page.pk)
                edited.draft_title = "Edited"
                edited.save(update_fields=["draft_title"])
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    def notice(execute, sql, *args):
        if "NOWAIT" in sql:
            worker_has_row.set()
        return execute(sql, *args)

    editor = threading.Thread(target=edit)
    editor.start()
    assert editor_has_draft.wait(20)
    with connection.execute_wrapper(notice):
        report = sync()
    editor.join(20)

    assert not errors
    assert (report.failures, report.holders) == (0, 1)
    assert images_in(page) == [image.pk]
    assert images_in_revision(draft) == [key_of(image)]
    page.refresh_from_db()
    assert page.draft_title == "Edited"
