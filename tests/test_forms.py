"""An editor cannot publish what they may not choose: the forms of Wagtail's admin."""

from __future__ import annotations

import html
import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import get_form_for_model
from wagtail.blocks.base import BlockField
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from tests.factories import (
    CollectionFactory,
    editor_choosing,
    page_with,
    raw_block,
    raw_body,
    raw_gallery,
    root_page,
)
from tests.forms import edit_form, gallery_form, publish, save_draft
from tests.testapp.models import BookPage, FullSnippet, GalleryPage, PlainPage, PlainSnippet
from wagtail_autogallery.forms import GalleryStreamFormField

pytestmark = pytest.mark.django_db

NOT_THIS_ONE = "You may not choose images of this collection."
NOT_ALL = "You may not choose images of all collections."


@pytest.fixture
def coast():
    return CollectionFactory(name="Coast")


@pytest.fixture
def secret():
    return CollectionFactory(name="Secret wedding")


@pytest.fixture
def editor(coast, secret):
    """May choose images of the coast."""
    return editor_choosing(coast)


@pytest.fixture
def client(editor):
    client = Client()
    client.force_login(editor)
    return client


def edit_url(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def shown(client, url):
    """What a browser is told in a form, with the definitions of its blocks."""
    return html.unescape(client.get(url).content.decode()).replace("\\u0022", '"')


def refused(client, page, form):
    """The message with which a form is refused; and nothing of it is stored."""
    before = page.latest_revision_id
    response = client.post(edit_url(page), form)
    page.refresh_from_db()
    assert response.status_code == 200
    assert page.latest_revision_id == before
    return html.unescape(html.unescape(response.content.decode()))


def page_from_draft(page):
    return GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()


def collection_of(page, index=0):
    return page_from_draft(page).body.raw_data[index]["value"]["collection"]


def test_the_menu_offers_what_the_editor_may_choose_and_names_no_other(client, coast):
    CollectionFactory(name="Cliffs", parent=coast)
    page = page_with(raw_gallery())

    menu = shown(client, edit_url(page))

    assert "Coast" in menu
    assert "↳ Cliffs" in menu or "\\u21b3 Cliffs" in menu
    assert "All collections (you may not choose this)" in menu
    assert "Secret wedding" not in menu
    assert ">Root<" not in menu


def test_the_menu_of_a_superuser_has_all_collections(admin_client, coast, secret):
    menu = shown(admin_client, edit_url(page_with(raw_gallery())))

    assert "Coast" in menu
    assert "Secret wedding" in menu
    assert re.search(r'<option value=\\?"\\?" selected>All collections</option>', menu)


def test_one_editor_is_not_shown_the_menu_of_another(admin_client, client, secret):
    page = page_with(raw_gallery())

    for _ in range(2):
        assert "Secret wedding" in shown(admin_client, edit_url(page))
        assert "Secret wedding" not in shown(client, edit_url(page))


@pytest.mark.parametrize("model", [GalleryPage, BookPage])
def test_the_menu_of_a_new_page_is_the_editors_own(client, secret, coast, model):
    args = ["testapp", model._meta.model_name, root_page().pk]

    menu = shown(client, reverse("wagtailadmin_pages:add", args=args))

    assert "Coast" in menu
    assert "Secret wedding" not in menu


def test_a_form_without_a_user_names_no_collection(coast):
    form_class = GalleryPage.get_edit_handler().get_form_class()

    menu = str(form_class(instance=page_with(raw_gallery()))["body"])

    assert "auto_sync_media" in menu
    assert "Coast" not in menu


def test_scripts_asked_for_before_the_form_is_drawn_do_not_change_the_menu(editor, coast):
    form_class = GalleryPage.get_edit_handler().get_form_class()
    form = form_class(instance=page_with(raw_gallery()), for_user=editor)

    assert "collection-select.js" in str(form.media)
    assert "Coast" in str(form["body"])
    assert "collection-select.js" in str(form.media)


def test_a_collection_that_may_be_chosen_is_followed(client, coast):
    page = page_with(raw_gallery(follow=False))

    page = publish(client, page, collection=coast.pk, auto_sync_media="on")

    assert collection_of(page) == coast.pk


@pytest.mark.parametrize("toggle", ["on", None])
@pytest.mark.parametrize("action", ["action-publish", None])
def test_another_collection_is_refused(client, secret, toggle, action):
    page = page_with(raw_gallery(follow=False))
    form = edit_form(page, action, collection=secret.pk, auto_sync_media=toggle)

    answer = refused(client, page, form)

    assert NOT_THIS_ONE in answer
    assert "Secret wedding" not in answer


def test_a_collection_that_does_not_exist_is_refused(client):
    page = page_with(raw_gallery())

    assert NOT_THIS_ONE in refused(client, page, edit_form(page, collection=987654))


def test_a_form_that_is_refused_is_shown_as_it_was_sent(client, coast):
    page = page_with(raw_gallery(follow=False))
    wishing = {"collection": coast.pk, "auto_sync_media": "on", "add_existing": "yes"}

    answer = refused(client, page, edit_form(page, max_images=-3, **wishing))

    assert '"add_existing": "yes"' in answer


def test_what_else_is_wrong_with_the_gallery_is_said_too(client, secret):
    page = page_with(raw_gallery())

    answer = refused(client, page, edit_form(page, collection=secret.pk, max_images=-3))

    assert NOT_THIS_ONE in answer
    assert "greater than or equal to 1" in answer


def test_all_collections_is_refused_to_who_may_not_choose_all(client):
    page = page_with(raw_gallery(follow=False))

    answer = refused(client, page, edit_form(page, auto_sync_media="on"))

    assert NOT_ALL in answer


def test_a_new_gallery_that_follows_nothing_is_saved_as_it_is(client):
    page = page_with(raw_gallery(follow=False))
    body = streamfield(
        [("gallery", gallery_form(raw_gallery(follow=False))) for _ in range(2)],
    )

    page = publish(client, page, fields={"body": body})

    assert len(page.body) == 2


@pytest.mark.parametrize("follow", [True, False])
def test_what_is_there_already_stays(client, secret, follow):
    page = page_with(raw_gallery(collection=secret.pk, follow=follow))

    page = publish(client, page, max_images=7)

    assert page.body.raw_data[0]["value"]["max_images"] == 7
    assert collection_of(page) == secret.pk
    assert save_draft(client, page).has_unpublished_changes


def test_a_gallery_that_follows_all_goes_on(client):
    page = publish(client, page_with(raw_gallery()), layout="strip")

    assert page.body.raw_data[0]["value"]["auto_sync_media"] is True


def test_following_what_may_not_be_chosen_is_not_switched_on(client, secret):
    page = page_with(raw_gallery(collection=secret.pk, follow=False))

    assert NOT_THIS_ONE in refused(client, page, edit_form(page, auto_sync_media="on"))


def test_what_is_public_is_switched_off_and_on_again_in_a_draft(client, secret):
    page = page_with(raw_gallery(collection=secret.pk))

    save_draft(client, page, auto_sync_media=None)
    draft = page_from_draft(page)
    page = publish(client, draft, auto_sync_media="on")

    assert page.body.raw_data[0]["value"]["auto_sync_media"] is True
    assert collection_of(page) == secret.pk


def test_what_was_switched_off_in_public_is_not_switched_on_again(client, secret):
    page = page_with(raw_gallery(collection=secret.pk))

    page = publish(client, page, auto_sync_media=None)

    assert NOT_THIS_ONE in refused(client, page, edit_form(page, auto_sync_media="on"))


def test_galleries_are_reordered_and_doubled_with_what_they_follow(client, coast, secret):
    page = page_with(raw_gallery(collection=secret.pk), raw_gallery(collection=coast.pk))
    followed, other = (block["value"] for block in page.body.raw_data)
    body = streamfield([("gallery", gallery_form(one)) for one in (other, followed, followed)])

    page = publish(client, page, fields={"body": body})

    assert [collection_of(page, index) for index in range(3)] == [coast.pk, secret.pk, secret.pk]


def test_a_draft_of_a_superuser_is_what_an_editor_may_keep(admin_client, client, secret):
    page = save_draft(admin_client, page_with(raw_gallery()), collection=secret.pk)
    draft = page.get_latest_revision_as_object()

    publish(client, draft)

    assert collection_of(page) == secret.pk


def test_a_superuser_sets_any_collection(admin_client, secret):
    page = publish(admin_client, page_with(raw_gallery()), collection=secret.pk)

    assert collection_of(page) == secret.pk


@pytest.mark.parametrize(
    ("name", "nested"),
    [
        ("columns", lambda one: {"left": one, "right": one}),
        ("credited_gallery", lambda one: {**one, "heading": ""}),
        ("nested", lambda one: streamfield([("gallery", one)])),
        (
            "sections",
            lambda one: {
                "count": "1",
                "0": {"deleted": "", "order": "0", "id": "", "value": {"gallery": one}},
            },
        ),
    ],
)
def test_galleries_within_other_blocks_are_no_way_round(client, secret, coast, name, nested):
    page = page_with()

    def form(collection):
        gallery = gallery_form(raw_gallery(), collection=collection)
        return edit_form(page, fields={"body": streamfield([(name, nested(gallery))])})

    assert NOT_THIS_ONE in refused(client, page, form(secret.pk))
    response = client.post(edit_url(page), form(coast.pk))
    assert response.status_code == 302


def test_a_gallery_in_columns_keeps_what_it_follows(client, secret):
    page = page_with()
    gallery = raw_gallery(collection=secret.pk)
    page.body = [raw_block("columns", {"left": gallery, "right": raw_gallery(follow=False)})]
    page.save_revision().publish()
    columns = {
        "left": gallery_form(gallery, max_images=4),
        "right": gallery_form(raw_gallery(follow=False)),
    }

    form = {"title": page.title, "slug": page.slug, "body": streamfield([("columns", columns)])}
    extra = {"sidebar": streamfield([]), "comments": inline_formset([])}

    response = client.post(edit_url(page), nested_form_data({**form, **extra}))

    assert response.status_code == 302
    page.refresh_from_db()
    (stored,) = page.get_latest_revision_as_object().body.raw_data
    assert stored["value"]["left"]["max_images"] == 4
    assert stored["value"]["left"]["collection"] == secret.pk


@pytest.mark.parametrize(("model", "has_drafts"), [(FullSnippet, True), (PlainSnippet, False)])
def test_new_images_can_wait_only_where_there_are_drafts(admin_client, model, has_drafts):
    snippet = model.objects.create(title="Snippet", body=raw_body(raw_gallery()))
    url = reverse(model.snippet_viewset.get_url_name("edit"), args=[snippet.pk])

    response = admin_client.post(url, edit_form(snippet, review_new_images="on"))

    assert response.status_code == (302 if has_drafts else 200)
    if not has_drafts:
        assert "New images cannot wait here" in response.content.decode()
        off = edit_form(snippet, auto_sync_media=None, review_new_images="on")
        assert admin_client.post(url, off).status_code == 302


@pytest.mark.parametrize("model", [FullSnippet, PlainSnippet])
def test_snippets_are_no_way_round(client, editor, secret, coast, model):
    for action in ("add", "change"):
        codename = f"{action}_{model._meta.model_name}"
        editor.groups.get().permissions.add(Permission.objects.get(codename=codename))
    snippet = model.objects.create(title="Snippet", body=raw_body(raw_gallery(follow=False)))
    url = reverse(model.snippet_viewset.get_url_name("edit"), args=[snippet.pk])

    assert "Secret wedding" not in shown(client, url)
    response = client.post(url, edit_form(snippet, collection=secret.pk))
    assert NOT_THIS_ONE in html.unescape(html.unescape(response.content.decode()))
    assert client.post(url, edit_form(snippet, collection=coast.pk)).status_code == 302


@pytest.mark.parametrize("named", [True, False])
def test_children_in_an_inline_panel_are_no_way_round(client, secret, coast, named):
    collection = secret if named else coast
    gallery = gallery_form(raw_gallery(), collection=collection.pk)
    form = nested_form_data(
        {
            "title": "Book",
            "slug": "book",
            "chapters": inline_formset([{"body": streamfield([("gallery", gallery)])}]),
            "comments": inline_formset([]),
        }
    )
    url = reverse("wagtailadmin_pages:add", args=["testapp", "bookpage", root_page().pk])

    response = client.post(url, form)

    assert (response.status_code == 302) == (not named)
    if named:
        assert NOT_THIS_ONE in html.unescape(html.unescape(response.content.decode()))
        assert not BookPage.objects.exists()


def test_fields_that_hold_no_gallery_have_wagtails_own_form_field():
    def field_of(model):
        form_class = get_form_for_model(model, WagtailAdminModelForm, fields=["body"])
        return type(form_class.base_fields["body"])

    assert field_of(PlainPage) is BlockField
    assert field_of(GalleryPage) is GalleryStreamFormField
