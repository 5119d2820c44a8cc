from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from django_tasks_db.models import DBTaskResult
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from tests.factories import (
    CollectionFactory,
    FullSnippetFactory,
    GalleryPageFactory,
    ImageFactory,
    PlainPageFactory,
    PlainSnippetFactory,
    deliveries_to,
    follows,
    images_in,
    page_with,
    raw_body,
    raw_gallery,
    root_collection,
    root_page,
    synced_image,
)
from tests.forms import needs_integer_keys
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import HolderKey
from wagtail_autogallery.reports import why
from wagtail_autogallery.sync.explain import explain_in
from wagtail_autogallery.sync.gallery_facts import holders_referring_to, holders_to_ask
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import sync_media_to_galleries

pytestmark = pytest.mark.django_db

NAMESPACE = "wagtail_autogallery_admin"


def galleries_url(image):
    return reverse(f"{NAMESPACE}:image", args=[getattr(image, "pk", image)])


def why_url(holder):
    return reverse(f"{NAMESPACE}:why", args=[HolderKey.of(holder).as_text()])


def act_url(action, image, holder):
    (subscription,) = follows(holder)
    return reverse(f"{NAMESPACE}:{action}", args=[image.pk, subscription.pk])


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def person(django_user_model):
    """Somebody who may do this with these pages, and that with images of these collections."""

    def make(name, pages=(), actions=(), collections=(), image_actions=("choose",), rights=()):
        group = Group.objects.create(name=name)
        codenames = ["access_admin", *rights]
        group.permissions.set(Permission.objects.filter(codename__in=codenames))
        for page in pages:
            for action in actions:
                permission = Permission.objects.get(codename=f"{action}_page")
                GroupPagePermission.objects.create(group=group, page=page, permission=permission)
        for collection in collections:
            for action in image_actions:
                permission = Permission.objects.get(
                    content_type__app_label="wagtailimages", codename=f"{action}_image"
                )
                GroupCollectionPermission.objects.create(
                    group=group, collection=collection, permission=permission
                )
        user = django_user_model.objects.create_user(name, password="x")
        user.groups.add(group)
        return user

    return make


# From the image


def test_the_page_of_an_image_has_the_answer_of_each_gallery(admin_client):
    image = ImageFactory(title="Coast at dawn")
    page_with(raw_gallery(image), title="Journal")
    page_with(raw_gallery(), raw_gallery(follow=False), title="Portfolio <1>")
    PlainSnippetFactory(title="Footer", body=raw_body(raw_gallery()))

    html = admin_client.get(galleries_url(image)).content.decode()

    assert "Why “Coast at dawn” is, or is not, in your galleries" in html
    titles = re.findall(r"<strong>(?:<a [^>]*>)?([^<]*)", html)
    assert titles == ["Journal", *["Portfolio &lt;1&gt;"] * 2, "Footer"]
    assert ", gallery 2 of 2" in html
    assert "A person chose it." in html
    assert "The gallery was switched off." in html


def test_galleries_that_only_show_it_are_among_them(admin_client):
    image = ImageFactory()
    page_with(raw_gallery(image, follow=False), title="Journal")
    call_command("rebuild_references_index", verbosity=0)

    assert "Journal" in admin_client.get(galleries_url(image)).content.decode()


def test_many_pages_are_told_a_page_at_a_time(admin_client, monkeypatch):
    monkeypatch.setattr(why, "HOLDERS_PER_PAGE", 2)
    for number in range(3):
        page_with(raw_gallery(), title=f"Portfolio {number}")
    image = synced_image()

    first = admin_client.get(galleries_url(image)).content.decode()
    second = admin_client.get(galleries_url(image), {"p": 2}).content.decode()

    assert first.count("Added by run 1") == 2
    assert "Page 1 of 2" in first
    assert second.count("Added by run 1") == 1
    assert "Portfolio 2" in second


def test_more_galleries_cost_no_more_queries(person):
    section = GalleryPageFactory()
    editor = person("editor", [section], ["change", "publish"], [root_collection()])
    page_with(raw_gallery(), raw_gallery(), parent=section)
    others = [page_with(raw_gallery(), parent=section) for _ in range(12)]
    image = synced_image()

    def cost():
        with CaptureQueriesContext(connection) as queries:
            html = signed_in(editor).get(galleries_url(image)).content.decode()
        return len(queries), html.count("Added by run 1")

    cost()
    queries_for_many, many = cost()
    for page in others:
        page.delete()
    queries_for_few, few = cost()

    assert (few, many) == (2, 14)
    assert queries_for_few == queries_for_many


def test_below_the_form_of_an_image_stand_its_galleries_alone(admin_client):
    page_with(raw_gallery(), title="Portfolio")
    image = synced_image()
    edit_url = reverse("wagtailimages:edit", args=[1])

    html = admin_client.get(galleries_url(image), {"fragment": "", "next": edit_url})

    assert html.content.decode().strip().startswith("<ul")
    assert f'name="next" value="{edit_url}"' in html.content.decode()


def test_each_page_of_the_admin_knows_where_the_galleries_of_an_image_are(admin_client):
    html = admin_client.get(reverse("wagtailimages:index")).content.decode()

    (script,) = re.findall(r"<script src=\"[^\"]*js/image-galleries\.js[^>]*>", html)
    assert f'data-galleries-url="{galleries_url(0)}"' in script
    assert f'data-edit-url="{reverse("wagtailimages:edit", args=[0])}"' in script


@needs_integer_keys
def test_wagtails_usage_page_names_the_pages_that_show_it_by_these_answers(admin_client):
    image = ImageFactory()
    page_with(raw_gallery(image), title="By hand")
    page_with(raw_gallery(image, follow=False), title="By hand, not followed")
    page_with(raw_gallery(), title="Too late")
    page = page_with(raw_gallery(image), title="Taken out")
    page.body = raw_body(raw_gallery())
    page.save_revision().publish()
    draft = page_with(raw_gallery(), title="In a draft")
    draft.body = raw_body(raw_gallery(image))
    draft.save_revision()
    other = synced_image()
    call_command("rebuild_references_index", verbosity=0)

    for one in (image, other):
        explanations = explain_in(one, holders_to_ask() | holders_referring_to(one))
        shown = {found.gallery.holder.title for found in explanations if found.is_in_row}
        response = admin_client.get(reverse("wagtailimages:image_usage", args=[one.pk]))
        used = {str(item) for item, _references in response.context["object_list"]}
        assert shown == used
        assert shown


def test_the_report_of_a_run_leads_to_the_answers_for_each_of_its_images(admin_client):
    page_with(raw_gallery())
    image = synced_image()

    html = admin_client.get(reverse(f"{NAMESPACE}:run", args=[1])).content.decode()

    assert f'href="{galleries_url(image)}"' in html


# Add it now, never here


def test_add_now_brings_an_image_that_was_there_before(admin_client):
    image = ImageFactory()
    page = page_with(raw_gallery())
    html = admin_client.get(galleries_url(image)).content.decode()
    url = act_url("add_now", image, page)
    assert f'action="{url}"' in html

    response = admin_client.post(url, follow=True)

    assert response.redirect_chain == [(galleries_url(image), 302)]
    assert "It is on its way." in response.content.decode()
    sync()
    assert images_in(page) == [image.pk]
    assert f'action="{url}"' not in admin_client.get(galleries_url(image)).content.decode()


def test_never_here_takes_an_image_out_and_keeps_it_out(admin_client):
    page = page_with(raw_gallery())
    image = synced_image()
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk])

    response = admin_client.post(act_url("never_here", image, page), {"next": edit_url})

    assert response.url == edit_url
    sync()
    assert images_in(page) == []
    assert "undid its coming" in admin_client.get(galleries_url(image)).content.decode()


def test_both_have_the_sync_run(admin_client, django_capture_on_commit_callbacks):
    page = page_with(raw_gallery())
    image = ImageFactory()
    for action in ("never_here", "add_now"):
        DBTaskResult.objects.all().delete()
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(act_url(action, image, page))
        assert [row.task_path for row in DBTaskResult.objects.ready()] == [
            "wagtail_autogallery.tasks.sync_media_to_galleries"
        ]


def test_what_changes_nothing_says_so(admin_client):
    image = ImageFactory()
    page = page_with(raw_gallery(image))

    kept = admin_client.post(act_url("never_here", image, page), follow=True)
    added = admin_client.post(act_url("add_now", image, page), follow=True)

    assert escape("A person chose it, or wrote something about it") in kept.content.decode()
    assert "It cannot be added" in added.content.decode()
    sync()
    assert images_in(page) == [image.pk]


def test_a_link_changes_nothing(admin_client):
    image = ImageFactory()
    page = page_with(raw_gallery())

    for action in ("add_now", "never_here"):
        assert admin_client.get(act_url(action, image, page)).status_code == 405
    assert deliveries_to(page) == {}


def test_nobody_is_sent_to_another_site(admin_client):
    image = ImageFactory()
    url = act_url("add_now", image, page_with(raw_gallery()))

    response = admin_client.post(url, {"next": "https://example.com/"})

    assert response.url == galleries_url(image)


# From the page


def test_the_form_of_a_gallery_knows_where_to_ask(admin_client):
    page = page_with(raw_gallery())

    html = admin_client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()

    assert escape(json.dumps(why_url(page))) in html
    assert "Why is an image missing?" in html
    assert "js/why.js" in html


def test_the_form_of_a_new_page_does_not_ask(admin_client):
    add_url = reverse("wagtailadmin_pages:add", args=["testapp", "gallerypage", root_page().pk])

    html = admin_client.get(add_url).content.decode()

    assert escape('"whyUrl": ""') in html


def test_who_misses_an_image_chooses_it_and_is_told(admin_client):
    image = ImageFactory(title="Coast at dawn")
    page = page_with(raw_gallery(), title="Portfolio")
    url = why_url(page)

    asked = admin_client.get(url).content.decode()
    told = admin_client.get(url, {"image": image.pk}).content.decode()

    assert 'name="image"' in asked
    assert "Coast at dawn" not in asked
    assert "<h2>Coast at dawn</h2>" in told
    assert f'src="{image.get_rendition("max-165x165").url}"' in told
    assert "before the gallery followed this" in told
    assert f'action="{act_url("add_now", image, page)}"' in told


def test_a_page_without_a_gallery_says_so(admin_client):
    told = admin_client.get(why_url(PlainPageFactory()), {"image": ImageFactory().pk})

    assert "There is no gallery here" in told.content.decode()


def test_an_opened_image_is_told_of_by_the_key_of_its_gallery(admin_client):
    page = page_with(raw_gallery())
    image = synced_image()
    holder = HolderKey.of(page).as_text()

    told = admin_client.get(reverse(f"{NAMESPACE}:answers"), {"holder": holder, "image": image.pk})

    (subscription,) = follows(page)
    assert list(told.json()) == [subscription.key]
    assert told.json()[subscription.key].startswith("Added by run 1 today at ")


def test_a_copied_page_is_told_by_the_key_that_its_form_still_has(admin_client):
    page = page_with(raw_gallery())
    image = synced_image()
    copy = GalleryPage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"})
    holder = HolderKey.of(copy).as_text()

    told = admin_client.get(reverse(f"{NAMESPACE}:answers"), {"holder": holder, "image": image.pk})

    assert set(told.json()) == {follows(page)[0].key, follows(copy)[0].key}


def test_where_nobody_drains_it_is_told_in_the_words_that_help(settings, person):
    settings.WAGTAIL_AUTOGALLERY_STATUS_MAX_AGE = 0
    page = page_with(raw_gallery())
    editor = person("editor", [root_page()], ["change"], [root_collection()])
    operator = person(
        "operator", [root_page()], ["change"], [root_collection()], rights=["run_drain"]
    )
    image = ImageFactory()
    sync_media_to_galleries.enqueue()

    by_editor = signed_in(editor).get(why_url(page), {"image": image.pk}).content.decode()
    by_operator = signed_in(operator).get(why_url(page), {"image": image.pk}).content.decode()

    assert "tell whoever runs this site" in by_editor
    assert "No drain has run yet" in by_operator


# Who is told what


@pytest.fixture
def sections(person):
    """A section with a followed gallery, another one, and those who work there."""
    here = GalleryPageFactory(title="Here")
    elsewhere = GalleryPageFactory(title="Elsewhere")
    page = page_with(raw_gallery(), parent=here, title="Portfolio")
    everything = ["add", "change", "publish"]
    images = [root_collection()]
    people = {
        "anonymous": Client(),
        "no rights": signed_in(person("stranger")),
        "editor of another section": signed_in(person("other", [elsewhere], everything, images)),
        "editor": signed_in(person("editor", [here], ["add", "change"], images)),
        "moderator": signed_in(person("moderator", [here], everything, images)),
    }
    return page, people


@pytest.fixture
def everybody(sections, admin_client):
    page, people = sections
    return page, people | {"superuser": admin_client}


MAY_SEE = {"editor", "moderator", "superuser"}
MAY_ACT = {"moderator", "superuser"}
EVERYBODY = ["anonymous", "no rights", "editor of another section", *sorted(MAY_SEE)]


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_edit_a_page_is_told_of_its_galleries_and_who_may_publish_may_act(who, everybody):
    page, people = everybody
    image = ImageFactory()

    html = people[who].get(galleries_url(image), follow=True).content.decode()

    assert ("Portfolio" in html) == (who in MAY_SEE)
    assert (act_url("never_here", image, page) in html) == (who in MAY_ACT)


@needs_integer_keys
@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_edit_a_page_may_ask_from_there(who, everybody):
    page, people = everybody
    image = ImageFactory()
    query = {"holder": HolderKey.of(page).as_text(), "image": image.pk}

    asked = people[who].get(why_url(page), {"image": image.pk})
    told = people[who].get(reverse(f"{NAMESPACE}:answers"), query)

    assert (asked.status_code == 200) == (who in MAY_SEE)
    assert (told.status_code == 200) == (who in MAY_SEE)


@pytest.mark.parametrize("action", ["add_now", "never_here"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_publish_a_page_may_change_what_it_shows(who, action, everybody):
    page, people = everybody
    image = ImageFactory()

    people[who].post(act_url(action, image, page))

    assert bool(deliveries_to(page)) == (who in MAY_ACT)


@pytest.mark.parametrize("who", ["editor of another section", "editor", "moderator"])
def test_an_image_that_somebody_may_not_choose_is_one_that_is_not_there(who, everybody):
    page, people = everybody
    GroupCollectionPermission.objects.all().delete()
    hidden = ImageFactory(title="A secret")
    client = people[who]
    query = {"holder": HolderKey.of(page).as_text()}
    answers = reverse(f"{NAMESPACE}:answers")

    for key in (hidden.pk, 0, "none"):
        assert client.get(galleries_url(key)).status_code == 404
        assert client.get(why_url(page), {"image": key}).status_code == 404
        assert client.get(answers, {**query, "image": key}).status_code == 404
        url = reverse(f"{NAMESPACE}:add_now", args=[key, follows(page)[0].pk])
        assert client.post(url).status_code == 404
    assert deliveries_to(page) == {}


def test_of_an_image_that_their_page_shows_anyway_editors_are_told_there(everybody):
    page, people = everybody
    family = CollectionFactory()
    image = synced_image(collection=family)
    GroupCollectionPermission.objects.all().delete()
    query = {"holder": HolderKey.of(page).as_text(), "image": image.pk}

    told = people["editor"].get(reverse(f"{NAMESPACE}:answers"), query)

    assert told.status_code == 200


@pytest.mark.parametrize("holder", ["", "x", "0-0", "1-", "999999-1"])
def test_a_page_that_is_not_there_is_not_told_of(holder, admin_client):
    image = ImageFactory()
    query = {"holder": holder, "image": image.pk}

    assert admin_client.get(reverse(f"{NAMESPACE}:answers"), query).status_code == 404
    if holder:
        url = reverse(f"{NAMESPACE}:why", args=[holder])
        assert admin_client.get(url, {"image": image.pk}).status_code == 404


def test_a_gallery_that_is_not_there_cannot_be_added_to(admin_client):
    url = reverse(f"{NAMESPACE}:add_now", args=[ImageFactory().pk, 0])

    assert admin_client.post(url).status_code == 404


@pytest.mark.parametrize(
    ("rights", "is_told", "may_act"),
    [
        ([], False, False),
        (["change_fullsnippet"], True, False),
        (["change_fullsnippet", "publish_fullsnippet"], True, True),
    ],
)
def test_rights_on_snippets_count_as_well(rights, is_told, may_act, person):
    snippet = FullSnippetFactory(title="Footer", body=raw_body(raw_gallery()))
    image = ImageFactory()
    client = signed_in(person("somebody", collections=[root_collection()], rights=rights))

    html = client.get(galleries_url(image)).content.decode()
    acted = client.post(act_url("never_here", image, snippet))

    assert ("Footer" in html) == is_told
    assert (acted.status_code == 302) == may_act


def test_without_its_tables_nothing_is_told(admin_client, monkeypatch):
    image = ImageFactory()
    monkeypatch.setattr("wagtail_autogallery.tables.are_there", lambda: False)

    assert admin_client.get(galleries_url(image)).status_code == 404
