"""What has to hold where the site's base page model is swapped, and has a gallery itself."""

from __future__ import annotations

import json

import pytest
from django.core.files.base import ContentFile
from wagtail.images import get_image_model
from wagtail.models import Collection, Locale, PageLogEntry

from tests.swapped.models import BasePage, StoryPage
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db

GALLERY = {"images": [], "auto_sync_media": True}


@pytest.fixture
def home():
    Locale.objects.create(language_code="en")
    Collection.add_root(name="Root")
    return BasePage.add_root(title="Home", slug="home")


def stream(name):
    return [{"type": "gallery", "value": GALLERY, "id": name}]


def publish(home, model, **fields):
    page = home.add_child(instance=model(title="Story", slug="story", **fields))
    page.save_revision().publish()
    return model.objects.get(pk=page.pk)


@pytest.fixture
def story(home):
    return publish(home, StoryPage, header=stream("header"), body=stream("body"))


def upload():
    file = ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='3'/>", "a.svg")
    return get_image_model().objects.create(title="Picture", file=file, width=4, height=3)


def images_of(stream):
    return [item["value"]["image"] for item in stream[0]["value"]["images"]]


def images_in(page, *fields):
    page = type(page).objects.get(pk=page.pk)
    return [images_of(getattr(page, field).raw_data) for field in fields]


def images_in_revision(revision, *fields):
    revision.refresh_from_db()
    return [images_of(json.loads(revision.content[field])) for field in fields]


def test_an_upload_comes_into_a_page_at_rest(story):
    image = upload()

    assert sync().as_dict()["holders"] == 1

    assert images_in(story, "header", "body") == [[image.pk], [image.pk]]
    assert story.revisions.count() == 2
    entry = PageLogEntry.objects.filter(page=story.pk).first()
    assert entry.message == f"Gallery sync added “{image.title}”"


def test_an_upload_comes_into_a_page_with_a_draft_and_into_the_draft(story):
    story.title = "A draft"
    draft = story.save_revision()
    image = upload()

    assert sync().as_dict()["holders"] == 1

    assert images_in(story, "header", "body") == [[image.pk], [image.pk]]
    assert images_in_revision(draft, "header", "body") == [[image.pk], [image.pk]]
    assert story.revisions.count() == 2
    assert StoryPage.objects.get(pk=story.pk).title == "Story"


def test_a_page_of_the_base_type_is_a_holder_too(home):
    page = publish(home, BasePage, header=stream("header"))
    image = upload()

    sync()

    assert images_in(page, "header") == [[image.pk]]


def test_a_page_saved_as_the_base_type_stays_one_holder(story):
    before = set(Subscription.objects.values_list("pk", flat=True))
    base = BasePage.objects.get(pk=story.pk)

    base.save()

    assert HolderKey.of(base) == HolderKey.of(story)
    assert set(Subscription.objects.values_list("pk", flat=True)) == before
    image = upload()
    assert sync().as_dict()["holders"] == 1
    assert images_in(story, "header", "body") == [[image.pk], [image.pk]]


def test_an_alias_follows(story):
    alias = story.create_alias(update_slug="alias")
    image = upload()

    sync()

    assert images_in(alias, "header", "body") == [[image.pk], [image.pk]]


def test_a_deleted_page_is_forgotten(story):
    BasePage.objects.get(pk=story.pk).delete()

    assert not Subscription.objects.exists()
