from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django_tasks_db.models import DBTaskResult
from wagtail.models import GroupPagePermission

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    ImageFactory,
    PlainPageFactory,
    deliveries_to,
    editor_choosing,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
)
from tests.testapp.models import FullSnippet, GalleryPage
from wagtail_autogallery.models import Delivery, HolderKey, Run
from wagtail_autogallery.reports.taking_back import undo_url
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db

EDIT = ["add_page", "change_page"]
#: Who may undo in a live page of their section, by what they may do there.
PEOPLE = {
    "nobody": (None, "login"),
    "somebody without rights": ([], "refused"),
    "an editor of another section": ("elsewhere", "refused"),
    "an editor": (EDIT, "refused"),
    "a moderator": ([*EDIT, "publish_page"], "asked"),
    "a superuser": ("all", "asked"),
}


def client_of(rights, section, elsewhere):
    client = Client()
    if rights is None:
        return client
    users = get_user_model().objects
    if rights == "all":
        client.force_login(users.create_superuser("root", "root@example.com", "x"))
        return client
    group = Group.objects.create(name="Some")
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    place = elsewhere if rights == "elsewhere" else section
    for codename in [*EDIT, "publish_page"] if rights == "elsewhere" else rights:
        permission = Permission.objects.get(codename=codename)
        GroupPagePermission.objects.create(group=group, page=place, permission=permission)
    user = users.create_user("some", password="x")
    user.groups.add(group)
    client.force_login(user)
    return client


def answer_of(response):
    if response.status_code == 302:
        is_login = response.url.startswith(reverse("wagtailadmin_login"))
        return "login" if is_login else "refused"
    return "asked"


def run_of(count=1, **fields):
    for _ in range(count):
        ImageFactory(**fields)
    return sync().run


def said(response):
    return [str(message).strip() for message in response.context["messages"]]


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_edit_and_publish_a_page_may_undo_in_it(who):
    rights, expected = PEOPLE[who]
    section, elsewhere = PlainPageFactory(), PlainPageFactory()
    page = page_with(raw_gallery(), parent=section, title="Secret coast")
    run = run_of()
    key = HolderKey.of(page)
    client = client_of(rights, section, elsewhere)

    for url in (
        undo_url([run]),
        undo_url([run], holder=key),
        undo_url([run], gallery=follows(page)[0].pk),
    ):
        response = client.get(url)
        assert answer_of(response) == expected
        assert "Secret coast" not in response.content.decode()
    client.post(undo_url([run]))
    sync()

    assert len(images_in(page)) == (0 if expected == "asked" else 1)


def test_an_editor_undoes_in_a_page_that_is_not_live():
    section = PlainPageFactory()
    page = page_with(raw_gallery(), parent=section)
    page.unpublish()
    run = run_of()
    client = client_of(EDIT, section, section)

    assert client.post(undo_url([run], holder=HolderKey.of(page))).status_code == 302
    sync()

    assert images_in(GalleryPage.objects.get(pk=page.pk)) == []


def test_who_may_not_change_all_pages_undoes_in_theirs_only():
    section, elsewhere = PlainPageFactory(), PlainPageFactory()
    theirs = page_with(raw_gallery(), parent=section)
    others = page_with(raw_gallery(), parent=elsewhere)
    run = run_of()
    client = client_of([*EDIT, "publish_page"], section, elsewhere)

    assert answer_of(client.get(undo_url([run]))) == "refused"
    client.post(undo_url([run]))
    client.post(undo_url([run], holder=HolderKey.of(others)))
    client.post(undo_url([run], gallery=follows(others)[0].pk))
    client.post(undo_url([run], holder=HolderKey.of(theirs)))
    sync()

    assert images_in(theirs) == []
    assert len(images_in(others)) == 1


@pytest.mark.parametrize(
    ("codenames", "expected"),
    [
        ([], "refused"),
        (["change_fullsnippet"], "refused"),
        (["change_fullsnippet", "publish_fullsnippet"], "asked"),
    ],
)
def test_a_snippet_takes_the_permissions_to_change_and_to_publish(codenames, expected):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision().publish()
    run = run_of()
    client = client_of([], None, None)
    user = get_user_model().objects.get(username="some")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))

    assert answer_of(client.get(undo_url([run]))) == expected
    client.post(undo_url([run]))
    sync()

    assert len(images_in(FullSnippet.objects.get(pk=snippet.pk))) == (expected != "asked")


def test_it_is_asked_before_and_done_when_it_is_posted(admin_client, admin):
    page = page_with(raw_gallery(), raw_gallery())
    run = run_of(2)
    url = undo_url([run])

    asked = admin_client.get(url)

    assert "Take 2 images back out of 2 galleries in 1 page or snippet?" in asked.content.decode()
    assert f"Run {run}: New images" in asked.content.decode()
    assert len(images_in(page)) == 2

    done = admin_client.post(url, {"next": reverse("wagtailadmin_explore_root")})
    assert done.url == reverse("wagtailadmin_explore_root")
    assert DBTaskResult.objects.ready().exists()
    sync()
    assert images_in(page, 0) == images_in(page, 1) == []
    assert Run.objects.get(pk=run).undone_by == str(admin.pk)


def test_nobody_is_sent_to_another_site(admin_client):
    page_with(raw_gallery())
    url = undo_url([run_of()])

    done = admin_client.post(url, {"next": "https://evil.example/"})

    assert done.url == reverse("wagtailadmin_home")


def test_it_says_so_where_nothing_is_left(admin_client):
    page_with(raw_gallery())
    url = undo_url([run_of()])
    admin_client.post(url)

    for response in (admin_client.get(url, follow=True), admin_client.post(url, follow=True)):
        assert "Nothing of it is left to be undone." in said(response)


@pytest.mark.parametrize(
    "query", ["gallery=1234", "gallery=x", "holder=x", "holder=1-99999&gallery="]
)
def test_what_is_not_there_is_refused(query):
    section = PlainPageFactory()
    client = client_of([*EDIT, "publish_page"], section, section)

    assert answer_of(client.get(f"{undo_url([1])}&{query}")) == "refused"


def test_the_history_of_a_page_offers_to_undo_all_runs_of_an_entry_there(admin_client):
    page, other = page_with(raw_gallery()), page_with(raw_gallery())
    runs = [run_of(), run_of()]
    history = reverse("wagtailadmin_pages:history", args=[page.pk])
    url = undo_url(runs, holder=HolderKey.of(page))

    html = admin_client.get(history).content.decode()

    assert html.count(escape(url)) == 1
    admin_client.post(url)
    sync()
    assert images_in(page) == []
    assert len(images_in(other)) == 2
    html = admin_client.get(history).content.decode()
    assert escape(url) not in html
    assert "Took back “" in html
    assert html.count("Live version") == 1


def test_the_history_of_a_snippet_does_too(admin_client):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision().publish()
    run = run_of()

    history = reverse(snippet.snippet_viewset.get_url_name("history"), args=[snippet.pk])

    url = undo_url([run], holder=HolderKey.of(snippet))
    assert escape(url) in admin_client.get(history).content.decode()


def test_the_history_offers_it_to_nobody_who_may_not():
    section = PlainPageFactory()
    page = page_with(raw_gallery(), parent=section)
    run = run_of()
    client = client_of(EDIT, section, section)

    html = client.get(reverse("wagtailadmin_pages:history", args=[page.pk])).content.decode()

    assert "Gallery sync added" in html
    assert escape(undo_url([run], holder=HolderKey.of(page))) not in html


def told_of(page, client):
    (subscription,) = follows(page)
    query = {"holder": HolderKey.of(page).as_text(), "cursor": subscription.key}
    response = client.get(reverse("wagtail_autogallery_admin:states"), query)
    return response.json()[subscription.key]["state"]


def test_the_line_of_a_gallery_offers_to_undo_what_came_last(admin_client):
    page = page_with(raw_gallery())
    first = run_of()
    last = run_of(2)
    (subscription,) = follows(page)

    *_, line, undo = told_of(page, admin_client)

    assert line.startswith("2 images added")
    assert undo == {"label": "Undo", "url": undo_url([last], gallery=subscription.pk)}
    admin_client.post(undo["url"])
    *_, line, undo = told_of(page, admin_client)
    assert line.startswith("1 image added")
    assert parse_qs(urlsplit(undo["url"]).query)["run"] == [str(first)]
    admin_client.post(undo["url"])
    assert told_of(page, admin_client) == ["Following all collections."]


def test_it_does_not_offer_to_an_editor_what_needs_a_moderator():
    section = PlainPageFactory()
    page = page_with(raw_gallery(), parent=section)
    run_of()
    client = client_of(EDIT, section, section)

    assert all(isinstance(line, str) for line in told_of(page, client))


def test_what_was_there_is_counted_added_and_can_be_undone(admin_client, admin):
    images = [ImageFactory(), ImageFactory()]
    page = page_with(raw_gallery())
    url = reverse("wagtail_autogallery_admin:backfill", args=[follows(page)[0].pk])

    asked = admin_client.get(url).content.decode()
    assert "Add 2 images that were there before this gallery followed?" in asked
    assert not deliveries_to(page)

    assert "2 images are on their way." in said(admin_client.post(url, follow=True))
    assert DBTaskResult.objects.ready().exists()
    sync()
    assert images_in(page) == [image.pk for image in images]
    run = Run.objects.get(kind=Run.Kind.BACKFILL)
    assert run.user == str(admin.pk)

    for response in (admin_client.get(url, follow=True), admin_client.post(url, follow=True)):
        (message,) = said(response)
        assert message == "There is nothing to add that this gallery does not have already."
    admin_client.post(undo_url([run.number]))
    sync()
    assert images_in(page) == []


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_edit_and_publish_but_not_choose_all_images_adds_none_of_them(who):
    rights, expected = PEOPLE[who]
    ImageFactory()
    section, elsewhere = PlainPageFactory(), PlainPageFactory()
    page = page_with(raw_gallery(), parent=section)
    url = reverse("wagtail_autogallery_admin:backfill", args=[follows(page)[0].pk])
    client = client_of(rights, section, elsewhere)
    if who == "a moderator":
        expected = "refused"

    assert answer_of(client.get(url)) == expected
    client.post(url)

    assert Delivery.objects.exists() == (expected == "asked")


def test_who_may_choose_its_collection_adds_what_is_in_it():
    coast = CollectionFactory()
    ImageFactory(collection=coast)
    page = page_with(raw_gallery(collection=coast.pk))
    client = Client()
    client.force_login(editor_choosing(coast))

    response = client.get(reverse("wagtail_autogallery_admin:backfill", args=[follows(page)[0].pk]))

    assert "Add 1 image that was there" in response.content.decode()
    missing = client.get(reverse("wagtail_autogallery_admin:backfill", args=[987654]))
    assert answer_of(missing) == "refused"


# From the reports


def test_a_run_that_is_opened_is_undone_from_there_as_long_as_anything_is_left(admin_client):
    page_with(raw_gallery())
    run = run_of()
    opened = reverse("wagtail_autogallery_admin:run", args=[run])
    url = undo_url([run])

    assert escape(url) in admin_client.get(opened).content.decode()
    done = admin_client.post(url, {"next": opened})
    assert done.url == opened
    assert escape(url) not in admin_client.get(opened).content.decode()


def test_a_run_is_offered_to_be_undone_to_those_only_who_may_edit_all_of_it(sections, client):
    sections.page_here(raw_gallery())
    theirs = run_of()
    page_with(raw_gallery(), parent=sections.elsewhere)
    also_elsewhere = run_of()
    client.force_login(sections.editor_here())

    for run, is_offered in ((theirs, True), (also_elsewhere, False)):
        html = client.get(reverse("wagtail_autogallery_admin:run", args=[run])).content.decode()
        assert (escape(undo_url([run])) in html) == is_offered


def test_the_list_of_galleries_offers_to_add_what_is_there_and_the_page_asks_first(
    admin_client, sections, client
):
    page = sections.page_here(raw_gallery())
    (gallery,) = follows(page)
    url = reverse("wagtail_autogallery_admin:backfill", args=[gallery.pk])
    report = reverse("wagtail_autogallery_admin:galleries")
    form = f'method="get" action="{url}"'

    assert form in admin_client.get(report).content.decode()
    client.force_login(sections.editor_here())
    # Who may not have it follow all collections.
    assert form not in client.get(report).content.decode()
