from __future__ import annotations

from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from openpyxl import load_workbook
from wagtail.models import GroupCollectionPermission

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    ImageFactory,
    PlainSnippetFactory,
    album_with,
    book_with,
    follows,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    synced_image,
    unwritable,
)
from tests.reports.people import PEOPLE, make_person
from tests.reports.reading import report, rows
from tests.testapp.models import Album, GalleryPage, PlainSnippet, UUIDImage
from wagtail_autogallery.models import Errand, HolderKey, Subscription
from wagtail_autogallery.reports.galleries import keys_of, searched_fields
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db

SEES_THE_REPORTS = {who: sees for who, (sees, _) in PEOPLE.items()}
SEES_WHAT_IS_HERE = {who: sees and here for who, (sees, here) in PEOPLE.items()}


def press_sync_now(client, page, **fields):
    (gallery,) = follows(page)
    return client.post(reverse("wagtail_autogallery_admin:sync_now", args=[gallery.pk]), fields)


# What it tells


def test_it_tells_of_each_gallery_where_it_is_what_it_follows_and_what_is_in_it(admin_client):
    coast = CollectionFactory(name="Coast")
    page = page_with(raw_gallery(ImageFactory(), collection=coast.pk), title="Portfolio")
    for _ in range(2):
        synced_image(collection=coast)

    (row,) = rows(admin_client, "galleries")

    assert row.pop("Last added")
    assert row == {
        "Page": "Portfolio",
        "Place": "Body → Gallery",
        "Follows": "Coast",
        "Automatic": "2",
        "By hand": "1",
        "State": "Up to date.",
    }
    (gallery,) = follows(page)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    link = f'href="{edit}#:w:contentpath=body.{gallery.path}"'
    assert link in report(admin_client, "galleries").content.decode()


def test_an_image_that_got_a_caption_counts_as_one_by_hand(admin_client):
    page = page_with(raw_gallery())
    synced_image()
    page.refresh_from_db()
    page.body.raw_data[0]["value"]["images"][0]["value"]["caption"] = "Dunes at noon"
    page.save()

    (row,) = rows(admin_client, "galleries")

    assert (row["Automatic"], row["By hand"]) == ("0", "1")


def test_the_place_of_a_gallery_is_told_by_the_labels_around_it(admin_client):
    columns = raw_block("columns", {"left": raw_gallery(), "right": raw_gallery(follow=False)})
    page = page_with()
    page.body = [raw_block("gallery", raw_gallery(follow=False)), columns]
    page.save()

    assert rows(admin_client, "galleries")[0]["Place"] == "Body → Columns → Left, gallery 2"


def test_the_place_of_a_gallery_follows_it_when_another_comes_before_it(admin_client):
    page = page_with(raw_gallery())
    page.body = [raw_block("gallery", raw_gallery(follow=False)), *page.body.raw_data]
    page.save()

    assert rows(admin_client, "galleries")[0]["Place"] == "Body → Gallery, gallery 2"


def test_a_gallery_in_a_child_object_is_found_in_its_relation(admin_client):
    book_with(raw_gallery(), raw_gallery())

    assert sorted(row["Place"] for row in rows(admin_client, "galleries")) == [
        "Chapters → Body → Gallery",
        "Chapters → Body → Gallery, gallery 2",
    ]


def test_a_snippet_is_told_by_its_name_and_opened_by_its_editor(admin_client):
    snippet = PlainSnippetFactory(title="Footer", body=raw_body(raw_gallery()))

    assert [row["Page"] for row in rows(admin_client, "galleries")] == ["Footer"]
    assert (
        reverse(snippet.snippet_viewset.get_url_name("edit"), args=[snippet.pk])
        in report(admin_client, "galleries").content.decode()
    )


def test_one_whose_page_is_gone_is_told_by_its_key(admin_client):
    page_with(raw_gallery())
    Subscription.objects.update(object_id="999")

    assert [row["Page"] for row in rows(admin_client, "galleries")] == ["testapp.gallerypage 999"]


def test_a_place_that_the_code_does_not_know_any_more_is_told_as_it_was_stored(admin_client):
    page_with(raw_gallery())
    Subscription.objects.update(field="former", place="strip.gallery#1")

    assert rows(admin_client, "galleries")[0]["Place"] == "former"

    Subscription.objects.update(field="body", place="strip.gallery#1")

    assert rows(admin_client, "galleries")[0]["Place"] == "Body → strip → gallery"


def test_the_state_tells_what_waits(admin_client):
    page_with(raw_gallery(ImageFactory(), max_images=1))
    synced_image()

    state = rows(admin_client, "galleries")[0]["State"]
    assert state == "Full: all places are taken by images chosen by hand. 1 image waits."

    ImageFactory()
    decide()

    assert rows(admin_client, "galleries")[0]["State"].endswith(
        "1 image is on its way. 1 image waits."
    )


def test_one_that_is_switched_off_says_so_and_cannot_be_synced(admin_client):
    page_with(raw_gallery())
    Subscription.objects.update(is_following=False)

    assert rows(admin_client, "galleries")[0]["State"] == "Switched off"
    assert "sync-now" not in report(admin_client, "galleries").content.decode()


def test_one_whose_collection_was_deleted_follows_nothing(admin_client):
    coast = CollectionFactory()
    page_with(raw_gallery(collection=coast.pk))
    coast.delete()

    assert rows(admin_client, "galleries")[0]["Follows"] == "Nothing: its collection was deleted"


# Finding


def test_pages_and_snippets_are_found_by_what_they_are_called(admin_client):
    page_with(raw_gallery(), title="Portfolio")
    page_with(raw_gallery(), title="Weddings")
    PlainSnippetFactory(title="Folio for the footer", body=raw_body(raw_gallery()))
    PlainSnippetFactory(title="Weddings", body=raw_body(raw_gallery()))
    # Of the same key as a page or snippet that is found, perhaps.
    for _ in range(3):
        FullSnippetFactory(title="Other", body=raw_body(raw_gallery()))

    found = [row["Page"] for row in rows(admin_client, "galleries", q="folio")]
    assert sorted(found) == ["Folio for the footer", "Portfolio"]


def test_a_gallery_in_a_child_object_is_found_by_what_its_parent_is_called(admin_client):
    book_with(raw_gallery(), title="Portfolio")
    album = album_with(raw_gallery())
    Album.objects.filter(pk=album.pk).update(title="Folio")
    album_with(raw_gallery())

    found = [row["Page"] for row in rows(admin_client, "galleries", q="folio")]
    assert sorted(found) == ["Folio", "Portfolio"]


def test_what_wagtail_searches_a_model_by_it_is_found_by_here_too():
    # As for an indexed snippet.
    assert "title" in searched_fields(GalleryPage)
    assert "slug" not in searched_fields(GalleryPage)
    assert searched_fields(PlainSnippet) == ["title"]


def test_what_is_found_may_have_a_uuid_for_its_key():
    image = UUIDImage.objects.create(title="Footer", file="footer.png", width=1, height=1)

    keys = keys_of(UUIDImage.objects.filter(title="Footer"))

    assert [key if isinstance(key, str) else key["key"] for key in keys] == [str(image.pk)]


def test_a_search_finds_no_snippet_that_somebody_may_not_change(client, sections):
    PlainSnippetFactory(title="Footer", body=raw_body(raw_gallery()))
    client.force_login(make_person("one", sections.here))
    assert rows(client, "galleries", q="Footer") == []

    client.force_login(make_person("two", sections.here, permissions=("change_plainsnippet",)))
    assert [row["Page"] for row in rows(client, "galleries", q="Footer")] == ["Footer"]


def test_galleries_are_filtered_by_state_and_by_when_they_got_something(admin_client):
    page_with(raw_gallery(), title="Portfolio")
    page_with(raw_gallery(ImageFactory(), max_images=1), title="Weddings")
    synced_image()
    today = timezone.localdate().isoformat()

    assert [row["Page"] for row in rows(admin_client, "galleries", state="full")] == ["Weddings"]
    since = {"last_added_at_from": today, "last_added_at_to": today}
    assert [row["Page"] for row in rows(admin_client, "galleries", **since)] == ["Portfolio"]


@pytest.mark.parametrize(
    ("ordering", "first"), [("-automatic", "Two"), ("automatic", "None"), ("", "Two")]
)
def test_galleries_are_sorted_those_that_got_something_last_come_first(
    admin_client, ordering, first
):
    coast, house = CollectionFactory(), CollectionFactory()
    page_with(raw_gallery(collection=house.pk), title="None")
    page_with(raw_gallery(collection=coast.pk), title="Two")
    for _ in range(2):
        synced_image(collection=coast)

    assert rows(admin_client, "galleries", ordering=ordering)[0]["Page"] == first


def test_it_is_exported_to_excel(admin_client):
    page_with(raw_gallery(), title="Portfolio")

    response = report(admin_client, "galleries", export="xlsx")

    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    headings, row = book.active.iter_rows(values_only=True)
    assert headings[:3] == ("Page", "Place", "Follows")
    assert row[:3] == ("Portfolio", "Body → Gallery", "All collections")
    assert "autogallery-galleries.xlsx" in response["Content-Disposition"]


def test_wagtail_s_filters_ask_for_the_table_alone(admin_client):
    page_with(raw_gallery(), title="Portfolio")

    html = admin_client.get(reverse("wagtail_autogallery_admin:galleries_results")).content.decode()

    assert "Portfolio" in html
    assert "<html" not in html


# Who sees what


@pytest.mark.parametrize(("who", "sees"), SEES_THE_REPORTS.items())
def test_the_report_and_its_menu_item_are_for_those_with_the_permission(sections, who, sees):
    client = sections.client_of(who)

    assert report(client, "galleries").status_code == (200 if sees else 302)
    home = client.get(reverse("wagtailadmin_home"))
    assert ("autogallery/reports/galleries" in home.content.decode()) == sees


@pytest.mark.parametrize(("who", "sees"), SEES_WHAT_IS_HERE.items())
def test_a_gallery_is_shown_to_those_who_may_edit_its_page(sections, who, sees):
    sections.page_here(raw_gallery(), title="Portfolio")

    assert ("Portfolio" in report(sections.client_of(who), "galleries").content.decode()) == sees


def test_a_gallery_of_a_snippet_is_shown_to_those_who_may_change_it(client, sections):
    PlainSnippetFactory(title="Footer", body=raw_body(raw_gallery()))
    client.force_login(make_person("one", sections.here))
    assert rows(client, "galleries") == []

    client.force_login(make_person("two", sections.here, permissions=("change_plainsnippet",)))
    assert [row["Page"] for row in rows(client, "galleries")] == ["Footer"]


def test_a_collection_is_named_to_those_who_may_choose_of_it(client, sections):
    secret = CollectionFactory(name="Secret")
    sections.page_here(raw_gallery(collection=secret.pk))
    person = sections.editor_here()
    client.force_login(person)
    assert [row["Follows"] for row in rows(client, "galleries")] == ["Another collection"]

    GroupCollectionPermission.objects.create(
        group=person.groups.get(),
        collection=secret,
        permission=permission("choose_image"),
    )
    assert [row["Follows"] for row in rows(client, "galleries")] == ["Secret"]


def permission(codename):
    return Permission.objects.get(content_type__app_label="wagtailimages", codename=codename)


def test_the_permission_can_be_given_in_wagtail_s_group_form(admin_client):
    html = admin_client.get(reverse("wagtailusers_groups:add")).content.decode()

    assert "Can view gallery reports" in html


# Sync now


@pytest.mark.parametrize(("who", "may"), SEES_WHAT_IS_HERE.items())
def test_syncing_now_is_for_those_who_see_the_gallery(sections, who, may):
    page = sections.page_here(raw_gallery(ImageFactory(), max_images=1))
    synced_image()

    press_sync_now(sections.client_of(who), page)

    assert Errand.objects.of(HolderKey.of(page)).due().exists() == may


def test_what_failed_is_written_when_somebody_syncs_it_now(
    admin_client, django_capture_on_commit_callbacks
):
    page = page_with(raw_gallery(), title="Portfolio")
    ImageFactory()
    with unwritable(page):
        sync()
    assert sync().holders == 0
    DBTaskResult.objects.all().delete()

    with django_capture_on_commit_callbacks(execute=True):
        response = press_sync_now(admin_client, page)

    assert [task.task_path for task in DBTaskResult.objects.all()] == [
        "wagtail_autogallery.tasks.sync_media_to_galleries"
    ]
    assert sync().holders == 1
    told = admin_client.get(response.url).content.decode()
    assert "“Portfolio” is synced now." in told


def test_where_nothing_works_after_the_response_the_next_drain_does_it(admin_client, settings):
    settings.WAGTAIL_AUTOGALLERY_AFTER_RESPONSE = "off"
    page = page_with(raw_gallery(), title="Portfolio")

    response = press_sync_now(admin_client, page)

    told = admin_client.get(response.url).content.decode()
    assert "“Portfolio” is synced by the next drain." in told


def test_it_comes_back_to_where_it_was_pressed_and_to_no_other_site(admin_client):
    page = page_with(raw_gallery())
    galleries = reverse("wagtail_autogallery_admin:galleries")

    assert press_sync_now(admin_client, page, next="/admin/?p=2").url == "/admin/?p=2"
    assert press_sync_now(admin_client, page, next="https://example.com/").url == galleries


def test_it_is_not_done_by_following_a_link_nor_for_one_that_follows_nothing(admin_client):
    page = page_with(raw_gallery())
    (gallery,) = follows(page)
    url = reverse("wagtail_autogallery_admin:sync_now", args=[gallery.pk])
    assert admin_client.get(url).status_code == 405

    Subscription.objects.update(is_following=False)
    assert admin_client.post(url).status_code == 404


# What it costs


def test_as_many_queries_for_many_galleries_as_for_few(sections, client):
    client.force_login(sections.editor_here())
    report(client, "galleries")
    asked = []
    for _ in range(2):
        for _ in range(3):
            coast = CollectionFactory()
            sections.page_here(raw_gallery(ImageFactory(), max_images=1, collection=coast.pk))
            synced_image(collection=coast)
            PlainSnippetFactory(title="Gallery", body=raw_body(raw_gallery()))
        with CaptureQueriesContext(connection) as queries:
            assert report(client, "galleries").status_code == 200
        with CaptureQueriesContext(connection) as queries_of_search:
            assert report(client, "galleries", q="gallery").status_code == 200
        asked.append((len(queries), len(queries_of_search)))

    assert asked[0] == asked[1]
    assert max(asked[0]) <= 30
