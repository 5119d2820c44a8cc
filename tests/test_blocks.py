from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.migrations.writer import MigrationWriter
from django.urls import reverse
from wagtail import blocks

from tests.factories import CollectionFactory, ImageFactory, key_of
from tests.roots import root_collection
from tests.testapp.models import CreditedGalleryBlock
from wagtail_autogallery.blocks import PREVIEW_DRAWINGS, GalleryBlock, GalleryItemBlock


@pytest.mark.django_db
def test_migrations_of_a_site_are_stable():
    out = StringIO()
    call_command("makemigrations", dry_run=True, stdout=out)

    assert out.getvalue() == "No changes detected\n"


def test_a_migration_of_a_site_refers_to_public_names_only():
    written, imports = MigrationWriter.serialize(GalleryBlock().deconstruct()[1])

    assert "wagtail_autogallery.blocks" in " ".join(imports)
    assert "GalleryBlock" not in written


def test_the_defaults_of_a_new_gallery():
    value = GalleryBlock().get_default()

    assert list(value["images"]) == []
    assert {name: value[name] for name in value if name != "images"} == {
        "auto_sync_media": False,
        "collection": None,
        "max_images": None,
        "new_images": "last",
        "review_new_images": False,
        "layout": "grid",
        "cursor": "",
        "add_existing": "",
    }


def test_the_toggle_and_its_help_text():
    toggle = GalleryBlock().child_blocks["auto_sync_media"]

    assert toggle.label == "Auto-sync new media uploads"
    assert toggle.field.help_text == "New uploaded images are added to this gallery automatically."


def test_a_subclass_adds_fields_to_the_gallery_and_to_its_items():
    block = CreditedGalleryBlock()

    assert "heading" in block.child_blocks
    assert "credit" in block.child_blocks["images"].child_block.child_blocks


def test_fields_can_be_added_where_the_block_is_used():
    from wagtail.blocks import CharBlock

    assert "heading" in GalleryBlock([("heading", CharBlock())]).child_blocks


@pytest.mark.django_db
def test_a_list_of_images_can_become_a_gallery_item_by_item():
    image = ImageFactory()
    items = GalleryBlock().child_blocks["images"]

    assert items.to_python([key_of(image)])[0]["image"] == image
    assert items.child_block.to_python(key_of(image))["image"] == image


@pytest.mark.django_db
def test_a_stored_key_that_cannot_be_one_is_an_image_that_is_gone():
    items = GalleryBlock().child_blocks["images"]

    assert items.to_python([{"image": "not a key"}])[0]["image"] is None


def test_an_option_that_is_left_out_is_the_default_and_a_wrong_one_is_refused():
    layout = GalleryBlock().child_blocks["layout"]

    assert layout.clean(None) == layout.clean("") == "grid"
    assert layout.clean("strip") == "strip"
    with pytest.raises(ValidationError):
        layout.clean("spiral")


@pytest.mark.parametrize("maximum", [0, -1])
def test_a_maximum_of_none_is_refused(maximum):
    block = GalleryBlock().child_blocks["max_images"]

    with pytest.raises(ValidationError):
        block.clean(maximum)


def test_the_help_text_says_what_all_collections_means():
    field = GalleryBlock().child_blocks["collection"].field

    assert str(field.help_text).endswith(
        "All collections means every image that anybody uploads anywhere on this site."
    )


@pytest.mark.django_db
def test_the_collection_is_given_as_a_key_or_as_a_collection():
    block = GalleryBlock().child_blocks["collection"]
    root = root_collection()

    assert block.normalize(root) == block.normalize(str(root.pk)) == root.pk
    assert block.get_prep_value(root) == root.pk
    assert block.normalize("") is None


@pytest.mark.django_db
def test_the_alternative_text_is_never_the_title():
    described = ImageFactory(title="IMG_1234", description="A lighthouse")
    bare = ImageFactory(title="IMG_1235")
    gallery = GalleryBlock().normalize(
        {
            "images": [
                {"image": described, "alt_text": "Own words"},
                {"image": described, "alt_text": ""},
                {"image": bare, "alt_text": ""},
                {"image": None, "alt_text": ""},
            ]
        }
    )

    assert [item.alt for item in gallery["images"]] == ["Own words", "A lighthouse", "", ""]
    assert len(gallery.shown) == 3


@pytest.mark.django_db
def test_a_collection_is_told_in_words_where_versions_are_compared():
    block = GalleryBlock().child_blocks["collection"]
    coast = CollectionFactory(name="Sun & sea")

    assert block.render_basic(None) == "All collections"
    assert block.render_basic(coast.pk) == "Sun &amp; sea"
    assert block.render_basic(4711) == "A collection that was deleted"


class SignedItemBlock(GalleryItemBlock):
    signature = blocks.CharBlock()


def cleaned(**values):
    block = SignedItemBlock()
    image = ImageFactory()
    return block.clean(block.to_python({"image": image.pk, "signature": "", **values}))


@pytest.mark.django_db
def test_what_a_site_requires_of_its_items_blocks_nobody_where_the_sync_put_them_in():
    assert cleaned(delivered="1")["signature"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"delivered": ""}, {"delivered": "1", "image": None}])
def test_of_what_a_person_chose_it_is_required_and_an_image_always(values):
    with pytest.raises(ValidationError):
        cleaned(**values)


class ArrangedGalleryBlock(CreditedGalleryBlock):
    class Meta:
        form_layout = blocks.BlockGroup(
            children=["images", "heading"], settings=["auto_sync_media", "collection"]
        )


def layout_of(block):
    layout = block.meta.form_layout
    return layout.children, layout.settings


def test_the_form_has_the_toggle_first_and_the_options_in_the_settings_area():
    children, settings = layout_of(GalleryBlock())

    assert children == ["auto_sync_media", "images", "cursor", "add_existing"]
    assert settings == ["collection", "max_images", "new_images", "review_new_images", "layout"]


def test_what_a_site_adds_to_a_gallery_is_above_its_images():
    children, _ = layout_of(CreditedGalleryBlock())

    assert children == ["auto_sync_media", "heading", "images", "cursor", "add_existing"]


def test_what_a_site_takes_out_is_not_in_the_form():
    class BoundlessGalleryBlock(GalleryBlock):
        max_images = None

    _, settings = layout_of(BoundlessGalleryBlock())

    assert "max_images" not in settings
    assert "collection" in settings


def test_a_site_may_arrange_the_form_and_nothing_is_lost_by_what_it_leaves_out():
    block = ArrangedGalleryBlock()
    children, settings = layout_of(block)

    assert children == [
        "images",
        "heading",
        "max_images",
        "new_images",
        "review_new_images",
        "layout",
        "cursor",
        "add_existing",
    ]
    assert settings == ["auto_sync_media", "collection"]
    assert set(block.child_blocks) == {*children, *settings}


def preview_of(client, block):
    response = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.django_db
def test_the_block_picker_shows_what_a_gallery_is_on_an_empty_site(admin_client):
    block = GalleryBlock()

    assert block.is_previewable
    assert block.get_description().startswith("Pictures to look at and to open.")
    preview = preview_of(admin_client, block)
    assert preview.count("preview.svg#") == 6
    assert "autogallery--grid" in preview
    assert "wagtail_autogallery/css/gallery.css" in preview


@pytest.mark.django_db
def test_the_preview_shows_none_of_the_pictures_of_a_site(admin_client):
    image = ImageFactory(title="Secret wedding")
    block = CreditedGalleryBlock(default={"layout": "strip"})

    preview = preview_of(admin_client, block)

    assert image.file.name not in preview
    assert image.title not in preview
    assert "autogallery--strip" in preview


def test_all_drawings_of_the_preview_are_there():
    drawing = finders.find("wagtail_autogallery/img/preview.svg")

    found = re.findall(r'<view id="(\w+)"', Path(drawing).read_text())
    assert tuple(found) == PREVIEW_DRAWINGS
