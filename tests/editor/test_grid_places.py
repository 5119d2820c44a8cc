"""Wherever a gallery may be, its form is opened, saved untouched, and stores what was there."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.urls import reverse
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.blocks import BooleanBlock, ListBlock, StreamBlock, StructBlock
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from tests.factories import (
    GalleryPageFactory,
    ImageFactory,
    book_with,
    raw_block,
    raw_body,
    raw_item,
)
from tests.forms import needs_integer_keys
from tests.testapp.models import (
    BookPage,
    FullSnippet,
    GalleryPage,
    PlainSnippet,
    RevisedSnippet,
)
from wagtail_autogallery.blocks import GalleryBlock, GalleryImagesBlock

pytestmark = [pytest.mark.django_db, needs_integer_keys]


def gallery(**values):
    image = ImageFactory()
    items = [raw_item(image, delivered=str(image.pk)), raw_item(ImageFactory(), **values)]
    block = GalleryBlock()
    return {**block.get_prep_value(block.get_default()), "images": items, "cursor": "abc:0:"}


def credited():
    value = gallery()
    for item in value["images"]:
        item["value"]["credit"] = "Ada"
    return value


PLACES = {
    "by itself": lambda: ("gallery", gallery(caption="Waves & “wind”")),
    "a subclass": lambda: (
        "credited_gallery",
        {**credited(), "heading": "By the sea"},
    ),
    "in a struct": lambda: ("columns", {"left": gallery(), "right": gallery()}),
    "in a list": lambda: (
        "sections",
        [
            {"type": "item", "id": f"section-{number}", "value": {"gallery": gallery()}}
            for number in (1, 2)
        ],
    ),
    "in a stream": lambda: ("nested", [raw_block("gallery", gallery(), "inner")]),
}


def fields_of(block, state):
    """What a browser sends of the form of a block that nobody touches, from what it is told."""
    if isinstance(block, GalleryImagesBlock):
        told = [{"type": "item", "id": item["id"], "value": item["value"]} for item in state]
        return json.dumps(told)
    if isinstance(block, StreamBlock):
        return numbered(
            {"type": one["type"], "id": one["id"]}
            | {"value": fields_of(block.child_blocks[one["type"]], one["value"])}
            for one in state
        )
    if isinstance(block, ListBlock):
        return numbered(
            {"id": one["id"], "value": fields_of(block.child_block, one["value"])} for one in state
        )
    if isinstance(block, StructBlock):
        fields = {name: fields_of(child, state[name]) for name, child in block.child_blocks.items()}
        return {name: field for name, field in fields.items() if field is not None}
    if isinstance(block, BooleanBlock):
        return "on" if state else None
    return "" if state is None else state


def numbered(children):
    children = [{**child, "deleted": "", "order": str(n)} for n, child in enumerate(children)]
    return {"count": str(len(children)), **{str(n): child for n, child in enumerate(children)}}


def opened(client, url, holder, field="body"):
    """The fields of a stream as a browser sends them that has just opened the form of it."""
    html = client.get(url).content.decode()
    (told,) = re.findall(rf'id="{field}"[^>]*data-w-block-arguments-value="([^"]*)"', html)
    block = type(holder)._meta.get_field("body").stream_block
    return fields_of(block, json.loads(unescape(told))[0])


def edit_url(holder):
    if isinstance(holder, (GalleryPage, BookPage)):
        return reverse("wagtailadmin_pages:edit", args=[holder.pk])
    return reverse(type(holder).snippet_viewset.get_url_name("edit"), args=[holder.pk])


def raw(holder):
    # Wagtail stores the fields of a struct in the order of its definition.
    return json.dumps(list(holder.body.raw_data), sort_keys=True)


@pytest.mark.parametrize(
    ("model", "place"),
    [
        *[(GalleryPage, place) for place in PLACES],
        *[(model, "in a struct") for model in (FullSnippet, RevisedSnippet, PlainSnippet)],
    ],
)
def test_a_gallery_is_saved_untouched_wherever_it_is(admin_client, model, place):
    # Two of them, and text between.
    body = [
        raw_block(*PLACES[place](), "first"),
        raw_block("text", "Between", "between"),
        raw_block(*PLACES[place](), "second"),
    ]
    if model is GalleryPage:
        holder = GalleryPageFactory(body=body)
        holder.save_revision().publish()
    else:
        holder = model.objects.create(title="Snippet", body=body)
    holder = model.objects.get(pk=holder.pk)
    before = raw(holder)
    form = {
        "title": holder.title,
        "slug": getattr(holder, "slug", ""),
        "body": opened(admin_client, edit_url(holder), holder),
        "sidebar": streamfield([]),
        "comments": inline_formset([]),
        "action-publish": "action-publish",
    }

    response = admin_client.post(edit_url(holder), nested_form_data(form))

    assert response.status_code == 302, response.context["form"].errors
    assert raw(model.objects.get(pk=holder.pk)) == before


def test_a_gallery_in_an_inline_panel_is_saved_untouched(admin_client):
    book = book_with(gallery(caption="First"), gallery(caption="Second"))
    chapters = list(book.chapters.all())
    before = [raw(chapter) for chapter in chapters]
    forms = [
        {
            "id": chapter.pk,
            "title": chapter.title,
            "body": opened(admin_client, edit_url(book), chapter, f"chapters-{number}-body"),
        }
        for number, chapter in enumerate(chapters)
    ]
    form = {
        "title": book.title,
        "slug": book.slug,
        "chapters": inline_formset(forms, initial=2),
        "comments": inline_formset([]),
        "action-publish": "action-publish",
    }

    response = admin_client.post(edit_url(book), nested_form_data(form))

    assert response.status_code == 302, response.context["form"].errors
    assert [raw(chapter) for chapter in BookPage.objects.get(pk=book.pk).chapters.all()] == before


def read_only(page, user, rf):
    request = rf.get("/")
    request.user = user
    panel = ObjectList([FieldPanel("title"), FieldPanel("body", read_only=True)])
    panel = panel.bind_to_model(GalleryPage)
    form = panel.get_form_class()(instance=page, for_user=user)
    return form, panel.get_bound_panel(instance=page, request=request, form=form).render_html()


def test_whoever_may_only_read_a_gallery_gets_its_words_as_of_any_stream_and_no_form(
    admin_user, rf
):
    page = GalleryPageFactory(body=raw_body(gallery(caption="Waves at night")))

    form, html = read_only(GalleryPage.objects.get(pk=page.pk), admin_user, rf)

    assert "body" not in form.fields
    assert "Waves at night" in html
    assert "data-w-block-arguments-value" not in html


def test_a_field_that_needs_a_permission_is_kept_when_somebody_else_saves(django_user_model):
    page = GalleryPageFactory(body=raw_body(gallery()))
    page = GalleryPage.objects.get(pk=page.pk)
    before = raw(page)
    panel = ObjectList([FieldPanel("title"), FieldPanel("body", permission="testapp.superb")])
    form_class = panel.bind_to_model(GalleryPage).get_form_class()
    somebody = django_user_model.objects.create_user("somebody")
    forged = {"title": "Changed", "slug": page.slug, "body-count": "0"}

    form = form_class(forged, instance=page, for_user=somebody)
    assert form.is_valid(), form.errors
    form.save()

    page = GalleryPage.objects.get(pk=page.pk)
    assert page.title == "Changed"
    assert raw(page) == before
