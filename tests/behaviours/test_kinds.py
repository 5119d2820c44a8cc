"""Every kind of holder, and what becomes of it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from wagtail.models import Locale, Page

from tests.factories import (
    FeaturePageFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainPageFactory,
    PlainSnippetFactory,
    RecordFactory,
    RevisedSnippetFactory,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    raw_images,
    root_page,
    synced_image,
)
from tests.forms import save_draft
from tests.testapp.models import FeaturePage, FullSnippet, GalleryPage, PlainSnippet
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


# Where galleries can be.


def test_every_gallery_of_every_field_is_filled_at_rest_and_in_a_draft():
    page = GalleryPageFactory(
        body=[
            raw_block("gallery", raw_gallery()),
            raw_block("gallery", raw_gallery(new_images="first")),
            raw_block("columns", {"left": raw_gallery(), "right": raw_gallery()}),
            raw_block(
                "sections",
                [
                    {"type": "item", "value": {"gallery": raw_gallery()}, "id": name}
                    for name in ("one", "two")
                ],
            ),
            raw_block("nested", [raw_block("gallery", raw_gallery()) for _ in range(2)]),
        ],
        sidebar=raw_body(raw_gallery(), raw_gallery()),
    )
    at_rest = synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    page.title = "A draft"
    page.save_revision()

    busy = ImageFactory()
    report = sync()

    assert report.galleries == 10
    page = GalleryPage.objects.get(pk=page.pk)
    for content in (page, page.latest_revision.as_object()):
        galleries = list(all_galleries(content))
        assert len(galleries) == 10
        for gallery in galleries:
            assert {item["value"]["image"] for item in gallery["images"]} == {
                key_of(at_rest),
                key_of(busy),
            }


def all_galleries(page):
    first, second, columns, sections, nested = (block["value"] for block in page.body.raw_data)
    yield from (first, second, columns["left"], columns["right"])
    yield from (section["value"]["gallery"] for section in sections)
    yield from (block["value"] for block in nested)
    yield from (block["value"] for block in page.sidebar.raw_data)


# Aliases and translations.


def test_aliases_and_their_aliases_show_what_their_source_shows_at_rest_and_amended():
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    alias_of_alias = alias.create_alias(update_slug="alias-of-alias")

    everywhere = (page, alias, alias_of_alias)

    at_rest = synced_image()
    assert [images_in(each) for each in everywhere] == [[at_rest.pk]] * 3

    page = GalleryPage.objects.get(pk=page.pk)
    page.title = "A draft"
    page.save_revision()
    busy = synced_image()
    assert [images_in(each) for each in everywhere] == [[at_rest.pk, busy.pk]] * 3
    assert not GalleryPage.objects.filter(title="A draft").exists()
    assert follows(alias) == follows(alias_of_alias) == []
    assert alias.revisions.count() == alias_of_alias.revisions.count() == 0


@pytest.mark.parametrize("with_a_draft", [False, True])
def test_an_alias_that_somebody_unpublished_is_not_published_with_its_source(
    with_a_draft, admin_client
):
    page = page_with(raw_gallery())
    shown = page.create_alias(update_slug="shown")
    hidden = page.create_alias(update_slug="hidden")
    hidden_below = shown.create_alias(update_slug="hidden-below")
    for alias in (hidden, hidden_below):
        admin_client.post(reverse("wagtailadmin_pages:unpublish", args=[alias.pk]))
    if with_a_draft:
        page.save_revision()

    image = synced_image()

    assert images_in(page) == images_in(shown) == [image.pk]
    live = GalleryPage.objects.filter(live=True).values_list("pk", flat=True)
    assert set(live) == {page.pk, shown.pk}


def test_a_page_that_was_an_alias_follows_on_its_own(admin_client):
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    before = synced_image()

    url = reverse("wagtailadmin_pages:convert_alias", args=[alias.pk])
    assert admin_client.post(url).status_code == 302
    page.unpublish()
    after = synced_image()

    assert len(follows(alias)) == 1
    assert images_in(alias) == [before.pk, after.pk]
    assert images_in_revision(GalleryPage.objects.get(pk=alias.pk).latest_revision) == [
        key_of(before),
        key_of(after),
    ]


@pytest.fixture
def french(settings):
    settings.WAGTAIL_I18N_ENABLED = True
    settings.WAGTAIL_CONTENT_LANGUAGES = settings.LANGUAGES = [("en", "English"), ("fr", "French")]
    locale = Locale.objects.create(language_code="fr")
    root_page().copy_for_translation(locale)
    return locale


def test_the_page_of_each_locale_has_a_gallery_and_a_cursor_of_its_own(french):
    page = page_with(raw_gallery())
    untranslated = synced_image()

    translation = GalleryPage.objects.get(pk=page.pk).copy_for_translation(french)
    both = synced_image()
    translation = GalleryPage.objects.get(pk=translation.pk)
    assert not translation.live
    translation.get_latest_revision().publish()
    translation = GalleryPage.objects.get(pk=translation.pk)
    translation.body.raw_data[0]["value"]["images"] = []
    translation.save_revision().publish()
    later = synced_image()

    assert images_in(page) == [untranslated.pk, both.pk, later.pk]
    assert images_in(translation) == [later.pk]
    (one,), (other,) = follows(page), follows(translation)
    assert other.origin_key == one.key != other.key


def test_a_locale_that_mirrors_another_follows_as_an_alias(french):
    page = page_with(raw_gallery())
    mirror = page.copy_for_translation(french, alias=True)

    image = synced_image()

    assert images_in(mirror) == [image.pk]
    assert follows(mirror) == []
    assert GalleryPage.objects.get(pk=mirror.pk).locale == french


# Snippets and other models.


@pytest.mark.parametrize("factory", [FullSnippetFactory, RevisedSnippetFactory])
def test_a_snippet_with_revisions_is_filled_at_rest_and_then_in_its_newest_revision(factory):
    snippet = factory(body=raw_body(raw_gallery()))
    revision = snippet.save_revision()
    if isinstance(snippet, FullSnippet):
        revision.publish()
    images = [synced_image().pk]
    snippet = type(snippet).objects.get(pk=snippet.pk)
    assert snippet.latest_revision != revision
    assert images_in_revision(snippet.latest_revision) == [key_of(images[0])]

    snippet.title = "Edited"
    snippet.save_revision()
    images.append(synced_image().pk)

    snippet = type(snippet).objects.get(pk=snippet.pk)
    assert images_in(snippet) == images
    assert len(images_in_revision(snippet.latest_revision)) == 2


@pytest.mark.parametrize("factory", [PlainSnippetFactory, RecordFactory])
def test_a_model_without_revisions_is_a_holder_be_it_a_snippet_or_not(factory):
    holder = factory(body=raw_body(raw_gallery(), raw_gallery()))

    images = [synced_image().pk, synced_image().pk]

    assert images_in(holder, 0) == images_in(holder, 1) == images


# A page type that inherits from a page type with galleries.


def test_a_page_type_that_inherits_galleries_is_filled_in_all_of_them():
    page = feature_page()
    image = synced_image()

    page = FeaturePage.objects.get(pk=page.pk)
    assert images_in(page) == [image.pk]
    assert raw_images(page.aside.raw_data[0]["value"]) == [key_of(image)]
    assert page.latest_revision == page.live_revision


def feature_page():
    page = FeaturePageFactory(body=raw_body(raw_gallery()), aside=raw_body(raw_gallery()))
    page.save_revision().publish()
    return page


def test_a_page_that_is_saved_as_its_base_type_stays_one_holder():
    page = feature_page()
    before = {row.pk for row in follows(page)}
    assert len(before) == 2

    base = GalleryPage.objects.get(pk=page.pk)
    assert HolderKey.of(base) == HolderKey.of(page)
    base.save()

    assert {row.pk for row in follows(page)} == before
    base.body.raw_data[0]["value"]["auto_sync_media"] = False
    base.save()
    image = synced_image()

    (left,) = follows(page)
    assert left.field == "aside"
    page = FeaturePage.objects.get(pk=page.pk)
    assert raw_images(page.aside.raw_data[0]["value"]) == [key_of(image)]
    assert images_in(page) == []


# What becomes of holders.


@pytest.mark.parametrize("how", [{}, {"copy_revisions": False}, {"keep_live": False}])
def test_a_copy_follows_as_what_it_was_copied_from_does_in_its_draft_too(how):
    page = page_with(raw_gallery())
    version_before_any_run = page.latest_revision
    before = synced_image()
    page = GalleryPage.objects.get(pk=page.pk)
    page.title = "A draft"
    page.save_revision()
    waits = ImageFactory()

    copy = page.copy(update_attrs={"slug": "copy"}, **how)
    after = synced_image()

    copy = GalleryPage.objects.get(pk=copy.pk)
    for each in (page, copy):
        assert images_in(each) == [before.pk, waits.pk, after.pk]
    assert images_in_revision(copy.latest_revision) == [
        key_of(image) for image in (before, waits, after)
    ]
    assert copy.live == how.get("keep_live", True)
    assert images_in_revision(version_before_any_run) == []


def test_the_copy_view_copies_a_whole_branch_of_followers(admin_client):
    parent = page_with(raw_gallery())
    child = page_with(raw_gallery(), parent=parent)
    before = synced_image()

    url = reverse("wagtailadmin_pages:copy", args=[parent.pk])
    data = {
        "new_title": "Copy",
        "new_slug": "copy",
        "new_parent_page": root_page().pk,
        "copy_subpages": "on",
        "publish_copies": "on",
    }
    assert admin_client.post(url, data).status_code == 302
    after = synced_image()

    copies = [GalleryPage.objects.get(slug="copy")]
    copies += GalleryPage.objects.child_of(copies[0])
    assert len(copies) == 2
    for page in (parent, child, *copies):
        assert images_in(page) == [before.pk, after.pk]


def test_a_moved_page_keeps_following(admin_client):
    page = page_with(raw_gallery())
    elsewhere = PlainPageFactory()

    url = reverse("wagtailadmin_pages:move_confirm", args=[page.pk, elsewhere.pk])
    assert admin_client.post(url).status_code == 302
    image = synced_image()

    assert Page.objects.get(pk=page.pk).is_child_of(elsewhere)
    assert images_in(page) == [image.pk]


def test_an_unpublished_page_is_amended_and_not_published(admin_client):
    page = page_with(raw_gallery())
    admin_client.post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    revisions = page.revisions.count()

    image = synced_image()

    page = GalleryPage.objects.get(pk=page.pk)
    assert not page.live
    assert images_in(page) == [image.pk]
    assert page.revisions.count() == revisions
    page.get_latest_revision().publish()
    assert images_in(page) == [image.pk]


def delete_in_the_admin(client, page):
    client.post(reverse("wagtailadmin_pages:delete", args=[page.pk]))


def delete_as_its_base_type(client, page):
    Page.objects.get(pk=page.pk).delete()


def delete_by_query(client, page):
    Page.objects.filter(pk=page.pk).delete()


@pytest.mark.parametrize(
    "delete",
    [delete_in_the_admin, delete_as_its_base_type, delete_by_query],
    ids=lambda how: how.__name__.replace("_", " "),
)
def test_a_branch_that_is_deleted_is_forgotten_in_full(delete, admin_client):
    kept = page_with(raw_gallery())
    parent = page_with(raw_gallery())
    page_with(raw_gallery(), parent=parent)
    feature = FeaturePageFactory(body=raw_body(raw_gallery()), parent=parent)
    assert len(follows(feature)) == 1

    delete(admin_client, parent)

    assert GalleryPage.objects.count() == 1
    assert list(Subscription.objects.all()) == follows(kept)


def test_snippets_that_are_deleted_by_a_query_are_forgotten():
    for _ in range(2):
        PlainSnippetFactory(body=raw_body(raw_gallery()))

    PlainSnippet.objects.all().delete()

    assert not Subscription.objects.exists()


def test_saving_a_draft_of_a_page_that_was_never_published_switches_its_toggle(admin_client):
    page = GalleryPageFactory(body=raw_body(raw_gallery(follow=False)), live=False)
    page.save_revision()

    page = save_draft(admin_client, page, auto_sync_media="on")
    image = synced_image()

    assert images_in(page) == [image.pk]
