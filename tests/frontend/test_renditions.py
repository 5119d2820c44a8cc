from __future__ import annotations

import logging

import pytest
from django.template import Context, Template
from PIL import Image as PillowImage
from wagtail.images import get_image_model

from tests.factories import (
    ImageFactory,
    break_file_of,
    drawing,
    image_of_size,
    lose_file_of,
    page_with,
    raw_gallery,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.blocks import GalleryBlock
from wagtail_autogallery.frontend.pictures import Picture
from wagtail_autogallery.frontend.renditions import Renditions
from wagtail_autogallery.frontend.specs import specs_of

pytestmark = pytest.mark.django_db


def picture_of(image, alt="", layout=""):
    return Picture(image, alt, Renditions([image], layout))


def turned_by_exif(width, height):
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    return image_of_size(width, height, exif=exif)


def address_of(image):
    """What the addresses of its renditions have in common."""
    return f"/media/images/{image.file.name.partition('/')[2].removesuffix('.jpg')}"


def rendition_count():
    return get_image_model().get_rendition_model().objects.count()


def gallery_of(*images):
    value = GalleryBlock().normalize({"images": [{"image": image} for image in images]})
    return value.shown


def test_a_drawing_is_shown_as_it_is():
    image = ImageFactory(file=drawing())

    picture = picture_of(image)

    assert specs_of(image).all == ("original",)
    assert picture.full.url.endswith(".svg")
    assert "<source" not in picture.tag()


def test_a_format_that_stands_alone_is_offered_in_all_widths():
    image = image_of_size(500, 250)

    html = picture_of(image).tag(sizes="50vw")

    assert "<source" not in html
    assert html.count("400w, ") == 1
    assert ' 500w" sizes="50vw"' in html


def test_the_markup():
    image = image_of_size(900, 450)
    url = address_of(image)

    html = picture_of(image, alt="A <lake>").tag(
        sizes="50vw", loading="lazy", hidden=True, itemprop=None
    )

    assert html == (
        f'<picture><img src="{url}.width-800.format-webp.creditonly.webp" width="800" height="400" '
        'alt="A &lt;lake&gt;" loading="lazy" hidden '
        f'srcset="{url}.width-400.format-webp.creditonly.webp 400w, '
        f"{url}.width-800.format-webp.creditonly.webp 800w, "
        f'{url}.width-1200.format-webp.creditonly.webp 900w" sizes="50vw"></picture>'
    )


def test_the_markup_of_several_formats(settings):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = ["webp", "jpeg"]
    image = image_of_size(500, 250)
    url = address_of(image)

    html = picture_of(image, alt="A lake").tag(sizes="50vw")

    assert html == (
        f'<picture><source type="image/webp" srcset="{url}.width-400.format-webp.creditonly.webp '
        f'400w, {url}.width-800.format-webp.creditonly.webp 500w" sizes="50vw">'
        f'<img src="{url}.width-800.format-jpeg.creditonly.jpg" width="500" height="250" '
        'alt="A lake"></picture>'
    )


def test_no_two_of_one_width_are_offered_of_an_original_that_is_turned():
    image = turned_by_exif(1000, 300)
    assert image.width == 1000

    picture = picture_of(image)

    assert len(specs_of(image).fallback) == 3
    assert [rendition.width for rendition in picture.fallback] == [300]


def test_the_template_tag_takes_the_alternative_text_of_the_item():
    image = image_of_size(600, 600)
    image.description = "A lighthouse"
    (item,) = gallery_of(image)
    template = Template(
        "{% load autogallery_tags %}"
        '{% autogallery_picture item sizes="9rem" loading="lazy" class="big" %}'
    )

    html = template.render(Context({"item": item}))

    assert 'sizes="9rem"' in html
    assert 'alt="A lighthouse" loading="lazy" class="big"' in html
    assert Template("{{ item.picture }}").render(Context({"item": item})).startswith("<picture>")


def test_default_attributes_of_images_are_those_of_the_site(monkeypatch):
    from django.apps import apps

    monkeypatch.setattr(
        apps.get_app_config("wagtailimages"), "default_attrs", {"decoding": "async"}
    )

    assert 'decoding="async"' in picture_of(ImageFactory()).tag()


@pytest.mark.parametrize("spoil", [break_file_of, lose_file_of])
def test_a_broken_original_breaks_nothing(spoil, caplog):
    broken, whole = ImageFactory(), ImageFactory()
    spoil(broken)

    with caplog.at_level(logging.ERROR):
        first, second = gallery_of(broken, whole)
        html = first.picture.tag()

    assert f'src="/media/not-found" width="{broken.width}"' in html
    assert first.full.url == "/media/not-found"
    assert "not-found" not in second.picture.tag()
    assert f"image {broken.pk}" in caplog.text
    assert caplog.records[0].exc_info


def test_what_was_made_before_the_original_was_lost_is_still_shown(settings):
    image = image_of_size(900, 450)
    image.get_rendition("width-400|format-webp|creditonly")
    lose_file_of(image)

    picture = picture_of(get_image_model().objects.get(pk=image.pk))

    assert "not-found" not in picture.tag()
    assert picture.full.width == 400


def test_500_images_are_read_with_two_queries_and_images_deleted_since_are_skipped(
    django_assert_num_queries,
):
    first = ImageFactory()
    picture_of(first, layout="grid")
    model, made = type(first), list(first.renditions.all())
    size = {"width": first.width, "height": first.height}
    fields = {"file": first.file.name, "collection": first.collection, **size}
    model.objects.bulk_create(model(title=f"{n}", **fields) for n in range(499))
    made[0]._meta.model.objects.bulk_create(
        type(one)(
            image=image,
            file=one.file.name,
            filter_spec=one.filter_spec,
            focal_point_key=one.focal_point_key,
            **size,
        )
        for image in model.objects.exclude(pk=first.pk)
        for one in made
    )
    page = page_with(raw_gallery(*model.objects.all(), 0))
    body = GalleryPage.objects.get(pk=page.pk).body

    with django_assert_num_queries(2):
        html = body.render_as_block()

    assert html.count("<picture") == 500


def test_a_site_s_own_way_to_an_address_is_taken(monkeypatch):
    image = ImageFactory()
    picture_of(image)
    model = image.get_rendition_model()
    address = property(lambda rendition: f"https://cdn.example/{rendition.file.name}")
    monkeypatch.setattr(model, "url", address)

    assert picture_of(image).full.url.startswith("https://cdn.example/images/")


def test_addresses_follow_the_setting(settings):
    image = ImageFactory()
    assert picture_of(image).full.url.startswith("/media/")

    settings.MEDIA_URL = "https://media.example/"

    assert picture_of(image).full.url.startswith("https://media.example/images/")


def test_an_image_shown_twice_is_made_once():
    image = ImageFactory()
    page = page_with(raw_gallery(image, image))

    html = GalleryPage.objects.get(pk=page.pk).body.render_as_block()

    assert html.count("<picture>") == 2
    assert rendition_count() == len(specs_of(image, "grid").all)


def test_an_item_without_an_image_has_no_picture():
    page = page_with(raw_gallery(0))
    item = GalleryPage.objects.get(pk=page.pk).body[0].value["images"][0]
    template = Template("{% load autogallery_tags %}({% autogallery_picture item %})")

    assert item.picture is item.full is None
    assert template.render(Context({"item": item})) == "()"


def test_an_item_that_stands_alone_has_a_picture_too():
    image = ImageFactory()
    page = page_with(raw_gallery(image))
    item = GalleryPage.objects.get(pk=page.pk).body[0].value["images"][0]

    assert item.renditions is None
    assert item.full.width == image.width
