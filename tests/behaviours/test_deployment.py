"""While a site is deployed bit by bit, one process knows what another does not know yet."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.factories import (
    ImageFactory,
    PlainSnippetFactory,
    book_with,
    follows,
    images_in,
    images_in_children,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import Chapter, GalleryPage, PlainSnippet
from wagtail_autogallery.models import Delivery
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def older_process(monkeypatch):
    """What a process does that does not know a model, or a block, yet."""

    def run(*, without_model=None, without_block=None):
        with monkeypatch.context() as patch:
            if without_model:
                models = apps.all_models[without_model._meta.app_label]
                patch.delitem(models, without_model._meta.model_name)
            for stream in without_block or ():
                # Others in their place, so that nothing is in another order afterwards.
                patch.setattr(stream, "child_blocks", without(stream.child_blocks, "gallery"))
            report = sync()
            call_command("autogallery_rebuild", verbosity=0)
        return report

    return run


def without(known, name):
    return {key: value for key, value in known.items() if key != name}


def all_is_due_again():
    """The time for which what one process does not know is put off goes by."""
    Delivery.objects.waiting().update(due_at="2026-01-01T00:00:00Z")


def test_a_model_that_one_process_does_not_know_is_filled_by_the_next(older_process):
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    page = page_with(raw_gallery())
    image = ImageFactory()

    older_process(without_model=PlainSnippet)
    assert images_in(snippet) == []
    assert len(follows(snippet)) == 1
    all_is_due_again()
    sync()

    assert images_in(snippet) == images_in(page) == [image.pk]


def test_a_block_that_one_process_does_not_know_is_filled_by_the_next(older_process):
    page = page_with(raw_gallery())
    image = ImageFactory()

    older_process(without_block=[GalleryPage._meta.get_field("body").stream_block])
    (subscription,) = follows(page)
    assert subscription.is_following
    assert images_in(page) == []
    all_is_due_again()
    sync()

    assert images_in(page) == [image.pk]


def test_a_block_in_a_child_object_is_too(older_process):
    book = book_with(raw_gallery())
    image = ImageFactory()

    older_process(without_block=[Chapter._meta.get_field("body").stream_block])
    assert len(follows(book)) == 1
    all_is_due_again()
    sync()

    assert images_in_children(book) == [[key_of(image)]]
