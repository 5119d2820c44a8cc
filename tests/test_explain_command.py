from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import (
    ImageFactory,
    PlainPageFactory,
    PlainSnippetFactory,
    follows,
    page_with,
    raw_body,
    raw_gallery,
    synced_image,
    unwritable,
)
from wagtail_autogallery import tables
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = pytest.mark.django_db


def told(*arguments):
    out = StringIO()
    call_command("autogallery_explain", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_answers_for_all_galleries_of_the_site():
    image = ImageFactory(title="Coast at dawn")
    page_with(raw_gallery(), title="Portfolio")
    chosen_in = page_with(raw_gallery(image, follow=False), title="Journal")
    call_command("rebuild_references_index", verbosity=0)

    lines = told(image.pk).splitlines()

    assert lines[0] == f"Image {image.pk}, Coast at dawn:"
    assert lines[1].startswith("    Portfolio (testapp.gallerypage ")
    assert "before the gallery followed this" in lines[1]
    assert lines[1].endswith("It can be added now.")
    assert lines[2].startswith(f"    Journal (testapp.gallerypage {chosen_in.pk}, body ")
    assert lines[2].endswith("): A person chose it.")
    assert len(lines) == 3


def test_it_answers_for_one_page():
    page, _other = page_with(raw_gallery(), raw_gallery()), page_with(raw_gallery())
    image = synced_image()

    _, *answers = told(image.pk, page.pk).splitlines()

    assert len(answers) == 2
    assert all(": Added by run 1 today at " in answer for answer in answers)


def test_it_answers_for_a_snippet_that_is_named_with_its_model():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()), title="Footer")
    image = synced_image()

    _, answer = told(image.pk, f"testapp.PlainSnippet:{snippet.pk}").splitlines()

    assert answer.startswith("    Footer (testapp.plainsnippet ")
    assert ": Added by run 1 " in answer


def test_it_answers_in_json():
    page = page_with(raw_gallery(), title="Portfolio")
    image = synced_image()

    (answer,) = json.loads(told(image.pk, page.pk, "--json"))

    (subscription,) = follows(page)
    assert answer["answer"] == "added"
    assert answer["title"] == "Portfolio"
    assert answer["holder"] == f"testapp.gallerypage {page.pk}"
    assert (answer["field"], answer["path"]) == ("body", subscription.path)
    assert answer["gallery"] == subscription.key
    assert answer["run"] == 1
    assert answer["is_shown"] is True


def test_it_tells_the_error_that_a_page_could_not_be_written_for():
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()

    *_, answer, error = told(image.pk, page.pk).splitlines()

    assert ": The page could not be written. It is tried again " in answer
    assert error == "        DatabaseError: The disk is full"


def test_it_says_that_nobody_drains(settings):
    settings.WAGTAIL_AUTOGALLERY_STATUS_MAX_AGE = 0
    page = page_with(raw_gallery())
    image = ImageFactory()
    sync_media_to_galleries.enqueue()

    assert "No drain has run yet" in told(image.pk, page.pk)


def test_a_page_without_galleries_has_none_to_tell_of():
    image, page = ImageFactory(), PlainPageFactory()

    assert "No gallery" in told(image.pk, page.pk)


@pytest.mark.parametrize("key", ["0", "coast", ""])
def test_an_image_that_never_was_is_an_error(key):
    with pytest.raises(CommandError, match="There is no image"):
        told(key)


def test_an_image_that_was_deleted_is_an_error_that_says_when():
    image = ImageFactory()
    key = image.pk
    image.delete()

    with pytest.raises(CommandError, match=f"Image {key} was deleted on 20"):
        told(key)


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("0", "There is no page '0'"),
        ("home", "There is no page 'home'"),
        ("testapp.Nothing:1", "There is no model 'testapp.Nothing'"),
        ("nothing:1", "There is no model 'nothing'"),
        ("auth.Group:1", "auth.Group has no field that can hold a gallery"),
        ("testapp.PlainSnippet:0", "There is no testapp.PlainSnippet '0'"),
        ("testapp.PlainSnippet:x", "There is no testapp.PlainSnippet 'x'"),
    ],
)
def test_a_page_that_is_none_is_an_error(page, message):
    with pytest.raises(CommandError, match=message):
        told(ImageFactory().pk, page)


def test_without_its_tables_it_says_what_to_do(monkeypatch):
    image = ImageFactory()
    monkeypatch.setattr(tables, "advice", lambda: "Run 'python manage.py migrate'")

    with pytest.raises(CommandError, match=r"Run 'python manage\.py migrate'"):
        told(image.pk)
