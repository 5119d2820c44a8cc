"""The images of a gallery in a form, as a browser gets and sends them."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from django.core.exceptions import BadRequest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.images import get_image_model
from wagtail.models import Collection
from wagtail.test.utils.form_data import streamfield

import wagtail_autogallery
from tests.factories import (
    CollectionFactory,
    GalleryPageFactory,
    ImageFactory,
    editor_choosing,
    page_with,
    raw_block,
    raw_gallery,
    raw_images,
    raw_item,
    synced_image,
)
from tests.forms import (
    edit_form,
    fields_of_list_block,
    gallery_form,
    grid_form,
    needs_integer_keys,
    publish,
    save_draft,
)
from tests.roots import root_collection
from tests.testapp.models import GalleryPage, RichItemBlock
from wagtail_autogallery.blocks import GalleryBlock, GalleryImagesBlock

pytestmark = pytest.mark.django_db

STATIC = Path(wagtail_autogallery.__file__).parent / "static" / "wagtail_autogallery"
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
TEXTS = st.fixed_dictionaries({"caption": TEXT, "alt_text": TEXT})


def state_of(images):
    """What a browser is told of a gallery's images."""
    block = GalleryImagesBlock()
    return block.get_form_state(block.to_python(images))


def sent_untouched(state):
    """What the browser sends of it where nobody touches it; grid.js does the same."""
    told = json.loads(json.dumps(state))
    return json.dumps(
        [{"type": "item", "id": item["id"], "value": item["value"]} for item in told],
        separators=(",", ":"),
    )


def read(block, text, **fields):
    return block.value_from_datadict({"images": text, **fields}, {}, "images")


def edit_url(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def form_of(client, page, field):
    """The first block of a stream of the page, as its form holds it."""
    html = client.get(edit_url(page)).content.decode()
    (value,) = re.findall(rf'id="{field}"[^>]*data-w-block-arguments-value="([^"]*)"', html)
    return json.loads(unescape(value))[0][0]


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.tuples(st.integers(0, 2), TEXTS, st.booleans(), st.uuids()), max_size=6))
def test_any_gallery_opened_and_saved_untouched_is_stored_the_same_to_the_byte(items):
    model = get_image_model()
    images = list(model.objects.all()[:3]) or [ImageFactory() for _ in range(3)]
    stored = [
        {
            **raw_item(
                images[number], **texts, delivered=str(images[number].pk) if delivered else ""
            ),
            "id": str(item_id),
        }
        for number, texts, delivered, item_id in items
    ]
    ids = [item["id"] for item in stored]
    if len(set(ids)) < len(ids):
        return
    block = GalleryImagesBlock()

    value = block.clean(read(block, sent_untouched(state_of(stored))))

    written = json.dumps(block.get_prep_value(value), default=str)
    assert written == json.dumps([dict(sorted_like(item)) for item in stored])


def sorted_like(item):
    """The keys in the order in which Wagtail stores them."""
    return {name: item[name] for name in ("type", "value", "id")}


@needs_integer_keys
def test_a_rich_gallery_opened_and_saved_untouched_is_stored_the_same(admin_client):
    item = raw_item(
        ImageFactory(),
        caption='Über "Wind" & <Wellen>',
        story='<p data-block-key="abcde">A <b>bold</b> story</p>',
        related=GalleryPageFactory().pk,
        place={
            "name": "Bay",
            "links": [{"type": "item", "id": "3f0c", "value": "https://example.com/"}],
        },
    )
    gallery = {**raw_gallery(follow=False), "images": [item]}
    page = GalleryPageFactory(sidebar=[raw_block("rich_gallery", gallery)])
    page.save_revision().publish()
    page = GalleryPage.objects.get(pk=page.pk)
    before = page.sidebar.raw_data[0]
    told = form_of(admin_client, page, "sidebar")

    fields = gallery_form(before["value"], images=sent_untouched(told["value"]["images"]))
    sidebar = streamfield([("rich_gallery", fields)])
    sidebar["0"]["id"] = before["id"]
    data = edit_form(page, "action-publish", fields={"sidebar": sidebar})
    assert admin_client.post(edit_url(page), data).status_code == 302

    after = GalleryPage.objects.get(pk=page.pk).sidebar.raw_data[0]
    assert after["value"]["images"] == before["value"]["images"] == [item]


def test_an_item_that_was_opened_is_read_from_its_own_form():
    first, second = ImageFactory(), ImageFactory()
    items = [raw_item(first, caption="As it was"), raw_item(second)]
    opened = {"type": "item", "id": items[0]["id"], "form": 7}
    block = GalleryImagesBlock()

    value = read(
        block,
        grid_form([items[1], opened]),
        **{
            "images-7-value-image": str(second.pk),
            "images-7-value-caption": "Written",
            "images-7-value-alt_text": "",
            "images-7-value-delivered": str(first.pk),
        },
    )

    assert [child.id for child in value.bound_blocks] == [items[1]["id"], items[0]["id"]]
    stored = block.get_prep_value(value)[1]["value"]
    assert stored["image"] == second.pk
    assert (stored["caption"], stored["delivered"]) == ("Written", str(first.pk))


@needs_integer_keys
def test_an_error_in_an_opened_item_is_told_at_the_item(admin_client):
    page = page_with(raw_gallery(ImageFactory(), ImageFactory(), follow=False))
    items = page.body.raw_data[0]["value"]["images"]
    opened = {"type": "item", "id": items[1]["id"], "form": 0}
    data = edit_form(page, "action-publish", images=grid_form([items[0], opened]))
    data["body-0-value-images-0-value-image"] = ""
    data["body-0-value-images-0-value-caption"] = "Of what?"

    response = admin_client.post(edit_url(page), data)

    (error,) = response.context["form"].errors["body"].as_data()
    of_images = error.as_json_data()["blockErrors"][0]["blockErrors"]["images"]
    assert list(of_images["blockErrors"]) == [1]
    assert "image" in of_images["blockErrors"][1]["blockErrors"]


@needs_integer_keys
def test_forms_of_older_clients_are_read_too(admin_client):
    page = page_with(raw_gallery(ImageFactory(), ImageFactory(), follow=False))
    items = page.body.raw_data[0]["value"]["images"]

    page = publish(admin_client, page, images=fields_of_list_block(items[::-1]))

    assert page.body.raw_data[0]["value"]["images"] == items[::-1]


def test_a_form_without_images_leaves_them_out():
    block = GalleryImagesBlock()

    assert block.value_omitted_from_data({}, {}, "images")
    assert not block.value_omitted_from_data({"images": "[]"}, {}, "images")
    assert not block.value_omitted_from_data({"images-count": "0"}, {}, "images")


@pytest.mark.parametrize(
    "text",
    ["", "x", "{}", "null", "[1]", '[{"id": "a"}]', '[{"id": 1, "value": {}}]', '[{"form": true}]'],
)
def test_what_is_no_list_of_items_is_refused_and_not_taken_for_an_empty_gallery(text):
    with pytest.raises(BadRequest):
        read(GalleryImagesBlock(), text)


def test_opening_a_form_makes_no_renditions_and_asks_the_same_of_few_and_of_many(
    django_assert_num_queries,
):
    def asked(count):
        images = [raw_item(ImageFactory()) for _ in range(count)]
        # The images, and their renditions.
        with django_assert_num_queries(2):
            return state_of(images)

    asked(2)
    state = asked(9)

    assert get_image_model().get_rendition_model().objects.count() == 0
    assert {item["image"]["small"] for item in state} == {None}


@needs_integer_keys
def test_opening_a_page_asks_little_more_than_without_a_gallery(admin_client):
    def queries(page):
        admin_client.get(edit_url(page))
        with CaptureQueriesContext(connection) as asked:
            assert admin_client.get(edit_url(page)).status_code == 200
        return len(asked)

    images = [ImageFactory() for _ in range(9)]
    # Both follow nothing, so that nothing but the form differs.
    without = page_with()
    with_gallery = page_with(raw_gallery(*images, follow=False))

    assert queries(with_gallery) <= queries(without) + 5


def test_the_picture_of_the_job_is_shown_and_that_of_wagtails_chooser():
    page = page_with(raw_gallery())
    synced, chosen = synced_image(), ImageFactory()
    chosen_rendition = chosen.get_rendition("max-165x165")
    chosen.get_rendition("max-10x10")
    assert raw_images(GalleryPage.objects.get(pk=page.pk).body.raw_data[0]["value"])

    of_synced, of_chosen = state_of([raw_item(synced), raw_item(chosen)])

    assert "credit" in of_synced["image"]["small"][0]
    assert of_chosen["image"]["small"][0] == chosen_rendition.url


def test_an_image_that_was_deleted_is_told_as_none():
    image = ImageFactory()
    item = raw_item(image, caption="It was here")
    image.delete()

    (told,) = state_of([item])

    assert told["image"] is None
    assert told["value"]["caption"] == "It was here"


@needs_integer_keys
@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1000, DATA_UPLOAD_MAX_MEMORY_SIZE=2621440)
def test_a_gallery_of_five_thousand_is_saved_at_djangos_default_limits(admin_client):
    image = ImageFactory()
    page = page_with(raw_gallery(*[image] * 5000, follow=False))

    page = save_draft(admin_client, page, layout="strip")

    latest = page.get_latest_revision_as_object().body.raw_data[0]["value"]
    assert len(latest["images"]) == 5000
    assert latest["layout"] == "strip"


@needs_integer_keys
def test_saving_many_reads_their_images_together(admin_client, django_assert_max_num_queries):
    def saved(count):
        page = page_with(raw_gallery(*[ImageFactory() for _ in range(count)], follow=False))
        block, images = GalleryImagesBlock(), page.body.raw_data[0]["value"]["images"]
        with django_assert_max_num_queries(1):
            return block.clean(read(block, grid_form(images)))

    assert len(saved(3)) == 3
    assert len(saved(30)) == 30


@needs_integer_keys
def test_a_save_reads_the_images_of_a_gallery_once(admin_client):
    images = [ImageFactory() for _ in range(3)]
    page = page_with(raw_gallery(*images, follow=False))

    with CaptureQueriesContext(connection) as asked:
        save_draft(admin_client, page, layout="strip")

    images_by_key = f"FROM {connection.ops.quote_name(get_image_model()._meta.db_table)} WHERE"
    assert [" IN (" in query["sql"] for query in asked if images_by_key in query["sql"]] == [True]


def test_an_editor_uploads_only_where_they_may_add_images():
    coast, house = CollectionFactory(name="Coast"), CollectionFactory(name="House")
    editor = editor_choosing(coast, house)
    photographer = editor_choosing(house, actions=("choose", "add"), username="photographer")

    assert grid_meta(editor)["uploadCollections"] == []
    assert grid_meta(photographer)["uploadCollections"] == [str(house.pk)]
    assert root_collection() == Collection.get_first_root_node()


def grid_meta(user):
    from wagtail_autogallery.editor.choosable import ChoosableCollections
    from wagtail_autogallery.editor.widgets import UserContext

    context = UserContext(ChoosableCollections(user))
    packed = json.dumps(context.pack(GalleryImagesBlock(label="Images")))
    found = re.search(r'"uploadCollections": (\[[^\]]*\])', packed)
    return {"uploadCollections": json.loads(found.group(1))}


def test_only_items_whose_fields_are_stored_as_they_are_written_are_told_without_a_form():
    from wagtail_autogallery.editor.grid import is_plain

    assert is_plain(GalleryBlock().child_blocks["images"].child_block)
    assert not is_plain(RichItemBlock())


def test_what_an_editor_loads_is_small_and_nothing_of_it_is_on_public_pages(client):
    scripts, styles = (
        b"".join(file.read_bytes() for file in sorted((STATIC / kind).iterdir()) if file != public)
        for kind, public in (
            ("js", STATIC / "js" / "gallery.js"),
            ("css", STATIC / "css" / "gallery.css"),
        )
    )
    assert len(gzip.compress(scripts)) <= 20_000
    assert len(gzip.compress(styles)) <= 4_000

    page = page_with(raw_gallery(ImageFactory(), follow=False))
    html = client.get(page.url).content.decode()
    assert "gallery.js" in html
    assert "grid" not in " ".join(re.findall(r'(?:src|href)="([^"]*\.(?:js|css)[^"]*)"', html))


@pytest.mark.skipif(not shutil.which("node"), reason="There is no Node.js here")
def test_what_knows_nothing_of_pages_in_nodes_own_test_runner():
    tests = sorted((Path(__file__).parents[1] / "js").glob("*.test.mjs"))
    done = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
