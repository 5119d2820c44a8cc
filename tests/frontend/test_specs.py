from __future__ import annotations

import pytest

from tests.factories import ImageFactory, drawing, image_of_size
from wagtail_autogallery.frontend.specs import as_asked_for, in_api, specs_of

pytestmark = pytest.mark.django_db


def private(*specs):
    return tuple(f"{spec}|creditonly" for spec in specs)


def test_a_photograph_is_offered_as_webp_in_three_widths():
    specs = specs_of(image_of_size(3000, 2000))

    assert specs.sources == ()
    assert specs.fallback == private(
        "width-400|format-webp", "width-800|format-webp", "width-1200|format-webp"
    )
    assert specs.full == "max-2000x2000|format-webp|creditonly"


def test_a_grid_has_squares_and_a_lightbox_with_the_whole_picture():
    specs = specs_of(image_of_size(3000, 2000), "grid")

    assert specs.fallback == private(
        "fill-400x400|format-webp", "fill-800x800|format-webp", "fill-1200x1200|format-webp"
    )
    assert specs.full == "max-2000x2000|format-webp|creditonly"


@pytest.mark.parametrize("layout", ["masonry", "strip", "a site's own", ""])
def test_other_layouts_show_pictures_as_they_are(layout):
    assert specs_of(image_of_size(300, 200), layout).fallback == private("width-400|format-webp")


@pytest.mark.parametrize(
    ("width", "widths"),
    [(40, [400]), (400, [400]), (401, [400, 800]), (900, [400, 800, 1200])],
)
def test_of_the_widths_that_an_original_does_not_have_one_is_enough(width, widths):
    specs = specs_of(image_of_size(width, 10)).fallback

    assert specs == private(*(f"width-{width}|format-webp" for width in widths))


def test_a_square_is_no_larger_than_the_shorter_side_of_an_original():
    assert specs_of(image_of_size(3000, 500), "grid").fallback == private(
        "fill-400x400|format-webp", "fill-800x800|format-webp"
    )


def test_the_lightbox_of_a_small_original_needs_no_rendition_of_its_own():
    specs = specs_of(image_of_size(900, 600))

    assert specs.full == "width-1200|format-webp|creditonly"


def test_the_lightbox_of_a_small_but_long_original_keeps_to_its_size():
    assert specs_of(image_of_size(100, 2001)).full == "max-2000x2000|format-webp|creditonly"


def test_a_png_falls_back_to_png_because_it_may_be_transparent(settings):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = ["webp", "jpeg"]

    specs = specs_of(image_of_size(40, 30, "picture.png"))

    assert specs.fallback == private("width-400|format-png")


def test_a_gif_keeps_its_format_because_it_may_be_animated():
    image = image_of_size(900, 500, "picture.gif")

    assert specs_of(image).sources == ()
    assert specs_of(image).fallback == private("width-400", "width-800", "width-1200")
    assert specs_of(image, "grid").fallback == private("fill-400x400", "fill-800x800")
    assert specs_of(image, "grid").full == "max-2000x2000|creditonly"


def test_a_drawing_is_shown_as_it_is():
    assert specs_of(ImageFactory(file=drawing()), "grid").all == ("original",)


def test_formats_and_widths_are_settings(settings):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = ["avif", "webp", "jpeg"]
    settings.WAGTAIL_AUTOGALLERY_IMAGE_WIDTHS = [640, 320]
    settings.WAGTAIL_AUTOGALLERY_LIGHTBOX_SIZE = 1000

    specs = specs_of(image_of_size(2000, 2000))

    assert specs.sources == (
        ("avif", private("width-320|format-avif", "width-640|format-avif")),
        ("webp", private("width-320|format-webp", "width-640|format-webp")),
    )
    # One is enough for the few browsers that know no other format.
    assert specs.fallback == private("width-640|format-jpeg")
    assert specs.full == "max-1000x1000|format-webp|creditonly"


def test_an_api_tells_of_what_it_was_asked_for_made_without_the_place(settings):
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["original", "width-50|preserve-svg"]

    specs = in_api()(image_of_size(40, 30), "grid").all

    assert specs == private("original", "width-50")
    assert [as_asked_for(spec) for spec in specs] == ["original", "width-50"]
    assert in_api()(ImageFactory(file=drawing()), "grid").all == ("original", "width-50")
