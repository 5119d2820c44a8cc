"""What of a file's metadata gets out with its renditions: asked of real files, with Pillow."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO

import pytest
from django.core.files.images import ImageFile
from PIL import Image as PillowImage
from PIL import ImageCms, PngImagePlugin, features
from PIL.ExifTags import IFD, Base

from tests.factories import ImageFactory
from wagtail_autogallery.frontend.pictures import Picture
from wagtail_autogallery.frontend.renditions import Renditions
from wagtail_autogallery.frontend.specs import in_api

pytestmark = pytest.mark.django_db

KINDS = [
    "jpeg",
    "png",
    "webp",
    pytest.param(
        "avif",
        marks=pytest.mark.skipif(not features.check("avif"), reason="This Pillow knows no AVIF"),
    ),
]
FORMATS = ["jpeg", "png", "webp", "avif"]

#: What must not get out, as the bytes that tell of it.
NORTH = "59.9139N"
XMP = (
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>{NORTH}</exif:GPSLatitude></x:xmpmeta>'
)


def exif_of_phone(**tags):
    exif = PillowImage.Exif()
    exif[Base.Artist] = "Jane Doe"
    exif[Base.Copyright] = "\u00a9 2026 Jane Doe".encode("utf-8")
    exif[Base.Make] = "Phone"
    exif[Base.ImageDescription] = f"At home, {NORTH}"
    for name, value in tags.items():
        exif[Base[name]] = value
    exif.get_ifd(IFD.GPSInfo).update({1: "N", 2: (59.0, 54.0, 50.0), 3: "E", 4: (10.0, 45.0, 8.0)})
    exif.get_ifd(IFD.Exif)[Base.UserComment] = NORTH.encode()
    return exif


def photograph(kind, size=(60, 40), mode="RGB", **tags):
    """An image as a phone makes it: its upper half is red."""
    picture = PillowImage.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0], size[1] // 2))
    options = {"exif": exif_of_phone(**tags), "comment": NORTH}
    if kind == "png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Location", NORTH)
        text.add_itxt("XML:com.adobe.xmp", XMP)
        options |= {"pnginfo": text}
    elif kind != "gif":
        options |= {"xmp": XMP.encode()}
    file = BytesIO()
    picture.convert(mode).save(file, kind.upper(), **options)
    assert NORTH.encode() in file.getvalue()
    return ImageFactory(file=ImageFile(file, name=f"photograph.{kind.replace('jpeg', 'jpg')}"))


def files_of(image, layout=""):
    """What the page and the API refer to, as bytes by the format it has in truth."""
    for where in ({}, {"where": in_api}):
        renditions = Renditions([image], layout, **where)
        renditions.of(image)
    files = {}
    for rendition in image.get_rendition_model().objects.filter(image=image):
        with rendition.file.open() as file:
            files[rendition.filter_spec] = file.read()
    return files


def place_in(content):
    with PillowImage.open(BytesIO(content)) as picture:
        return picture.getexif().get_ifd(IFD.GPSInfo)


def credit_in(content):
    with PillowImage.open(BytesIO(content)) as picture:
        exif = picture.getexif()
        return {Base(tag).name: value for tag, value in exif.items()}


def test_the_photographs_of_these_tests_tell_where_they_were_taken():
    for kind in ("jpeg", "png", "webp"):
        with photograph(kind).file.open() as file:
            assert place_in(file.read())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["grid", "masonry"])
def test_no_rendition_tells_where_a_picture_was_taken(settings, kind, layout):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = FORMATS
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["original", "width-30", "fill-20x20|format-jpeg"]

    files = files_of(photograph(kind), layout)

    assert {spec.split("|")[-1] for spec in files} == {"creditonly"}
    assert len(files) >= 6
    for spec, content in files.items():
        assert not place_in(content), spec
        assert NORTH.encode() not in content, spec
        assert b"Phone" not in content, spec


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_names_of_who_made_and_owns_it_stay(settings, kind, name):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = [name]

    for spec, content in files_of(photograph(kind)).items():
        credit = credit_in(content)
        assert credit.keys() == {"Artist", "Copyright"}, spec
        assert credit["Artist"] == "Jane Doe"
        assert credit["Copyright"].encode("latin-1").decode() == "\u00a9 2026 Jane Doe"


def test_a_picture_without_a_name_has_none():
    (content,) = files_of(ImageFactory()).values()

    assert credit_in(content) == {}


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_that_was_held_upright_stays_so(settings, name):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = [name]
    image = photograph("jpeg", Orientation=6)

    for content in files_of(image).values():
        with PillowImage.open(BytesIO(content)) as picture:
            assert picture.size == (40, 60)
            assert Base.Orientation not in picture.getexif()
            # Turned clockwise, what was above is on the right.
            red, _, blue = picture.convert("RGB").getpixel((36, 30))
            assert red > 200 > 50 > blue
        assert not place_in(content)


def test_a_gif_says_nothing_but_its_picture():
    (*_, content) = files_of(photograph("gif", mode="P")).values()

    assert NORTH.encode() not in content


@pytest.mark.skipif(not find_spec("wand"), reason="Only Wand opens animations")
def test_an_animation_stays_one_and_says_nothing_else():
    file = BytesIO()
    first, *others = [PillowImage.new("RGB", (60, 40), name) for name in ("red", "teal", "blue")]
    first.save(file, "GIF", save_all=True, append_images=others, comment=NORTH)
    assert NORTH.encode() in file.getvalue()

    for content in files_of(ImageFactory(file=ImageFile(file, name="animation.gif"))).values():
        with PillowImage.open(BytesIO(content)) as picture:
            assert picture.n_frames == 3
        assert NORTH.encode() not in content


def test_a_transparent_png_stays_so():
    file = BytesIO()
    PillowImage.new("RGBA", (60, 40), (255, 0, 0, 0)).save(file, "PNG", exif=exif_of_phone())
    image = ImageFactory(file=ImageFile(file, name="transparent.png"))

    for content in files_of(image).values():
        with PillowImage.open(BytesIO(content)) as picture:
            assert picture.convert("RGBA").getpixel((5, 5))[3] == 0
        assert not place_in(content)


def test_colors_stay_as_they_were_meant():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = BytesIO()
    PillowImage.new("RGB", (60, 40), "red").save(
        file, "JPEG", icc_profile=profile, exif=exif_of_phone()
    )
    image = ImageFactory(file=ImageFile(file, name="photograph.jpg"))

    for content in files_of(image).values():
        with PillowImage.open(BytesIO(content)) as picture:
            assert picture.info["icc_profile"] == profile


def test_what_a_template_of_the_site_made_with_the_place_is_not_taken_for_safe(settings):
    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = ["jpeg"]
    settings.WAGTAIL_AUTOGALLERY_API_RENDITIONS = ["width-400|format-jpeg"]
    image = photograph("jpeg")
    unsafe = image.get_rendition("width-400|format-jpeg")
    with unsafe.file.open() as file:
        assert place_in(file.read())

    page, api = Picture(image, "", Renditions([image])), Renditions([image], where=in_api)

    shown = {
        page.full.url,
        *(one.url for one in page.fallback),
        *(one.url for one in api.of(image).values()),
    }
    assert unsafe.url not in shown
    assert image.file.url not in shown


def test_wagtail_s_own_command_makes_them_anew_without_the_place():
    from django.core.management import call_command

    image = photograph("jpeg")
    before = set(files_of(image))

    call_command("wagtail_update_image_renditions", verbosity=0)

    files = files_of(image)
    assert set(files) == before
    assert not any(place_in(content) for content in files.values())
