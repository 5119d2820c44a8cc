"""What a visitor gets: the gallery's template, its tags and its files."""

from __future__ import annotations

import gzip
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override
from wagtail.images import get_image_model

from tests.factories import ImageFactory, drawing, image_of_size, page_with, raw_gallery, raw_item
from wagtail_autogallery.blocks import GalleryBlock

pytestmark = pytest.mark.django_db


class Elements(HTMLParser):
    """The elements of a page, each with its name, attributes and own text."""

    def __init__(self, html):
        super().__init__()
        self.all = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, {"text": "", **dict(attrs)}))

    def handle_data(self, data):
        if self.all:
            self.all[-1][1]["text"] += data.strip()

    def named(self, *names):
        return [attributes for name, attributes in self.all if name in names]

    def with_class(self, name):
        return [
            attributes for _, attributes in self.all if name in attributes.get("class", "").split()
        ]


def render(raw, block=None, request=True):
    block = block or GalleryBlock()
    context = {"request": RequestFactory().get("/")} if request else {}
    return block.render(block.to_python(raw), context)


def served(client, *galleries):
    return client.get(page_with(*galleries).url).content.decode()


def items(*values):
    return raw_gallery(images=[raw_item(value.pop("image"), **value) for value in values])


def test_each_image_is_a_link_to_a_big_one():
    image = ImageFactory(file__width=3000, file__height=1500)

    (link,) = Elements(render(raw_gallery(image))).with_class("autogallery__link")

    assert ".max-2000x2000." in link["href"]
    assert (link["data-width"], link["data-height"]) == ("2000", "1000")


def test_no_link_leads_to_a_drawing_because_it_may_hold_a_script():
    html = render(raw_gallery(ImageFactory(file=drawing())))

    (item,) = Elements(html).with_class("autogallery__item")
    (link,) = Elements(html).with_class("autogallery__link")
    assert link["href"] == f"#{item['id']}"
    assert link["data-src"].endswith(".svg")
    assert (link["data-width"], link["data-height"]) == ("30.0", "20.0")
    assert html.count(".svg") == 2


def test_an_image_is_described_but_never_by_its_title():
    described = ImageFactory(title="IMG_1", description="A lighthouse")
    bare = ImageFactory(title="IMG_2")
    html = render(
        items({"image": described, "alt_text": "Its beam"}, {"image": described}, {"image": bare})
    )

    assert [image["alt"] for image in Elements(html).named("img")] == [
        "Its beam",
        "A lighthouse",
        "",
    ]
    assert "IMG_" not in html


def test_the_link_of_a_decorative_image_is_named_by_its_number():
    links = Elements(
        render(raw_gallery(ImageFactory(description="A beach"), ImageFactory()))
    ).with_class("autogallery__link")

    assert [link.get("aria-label") for link in links] == [None, "Image 2"]


def test_what_people_write_is_escaped():
    html = render(items({"image": ImageFactory(), "caption": "<b>", "alt_text": '"><script>'}))

    assert "&lt;b&gt;" in html
    assert 'alt="&quot;&gt;&lt;script&gt;"' in html


def test_an_image_without_a_caption_has_no_empty_one():
    html = render(items({"image": ImageFactory(), "caption": "Dusk"}, {"image": ImageFactory()}))

    assert [caption["text"] for caption in Elements(html).with_class("autogallery__caption")] == [
        "Dusk"
    ]


def test_only_the_first_row_of_a_phone_is_loaded_at_once():
    images = Elements(render(raw_gallery(*(ImageFactory() for _ in range(6))))).named("img")

    assert [image.get("loading") for image in images] == [None] * 2 + ["lazy"] * 4
    assert [image.get("fetchpriority") for image in images] == ["high"] + [None] * 5
    assert {image["decoding"] for image in images} == {"async"}
    assert {(image["width"], image["height"]) for image in images} == {("30", "30")}


def test_only_the_first_gallery_of_a_page_is_loaded_at_once(client):
    html = served(client, *[raw_gallery(ImageFactory(), ImageFactory())] * 2)

    images = Elements(html).named("img")
    assert [image.get("loading") for image in images] == [None, None, "lazy", "lazy"]
    assert [image.get("fetchpriority") for image in images] == ["high", None, None, None]


def test_the_largest_picture_of_columns_is_not_lazy():
    wide, tall = image_of_size(60, 40), image_of_size(40, 60)

    html = render(raw_gallery(wide, wide, wide, tall, wide, layout="masonry"))

    loading = [image.get("loading") for image in Elements(html).named("img")]
    assert loading == [None, "lazy", "lazy", None, "lazy"]
    assert html.count("fetchpriority") == 1


@pytest.mark.parametrize("layout", ["grid", "masonry", "strip"])
def test_the_layout_is_a_class_of_the_gallery(layout):
    html = render(raw_gallery(ImageFactory(), layout=layout))

    assert len(Elements(html).with_class(f"autogallery--{layout}")) == 1


def test_content_from_before_there_were_layouts_is_a_grid():
    raw = raw_gallery(ImageFactory())
    del raw["layout"]

    assert Elements(render(raw)).with_class("autogallery--grid")


def test_an_empty_gallery_leaves_nothing_behind():
    assert render(raw_gallery()).strip() == ""


def test_images_deleted_since_are_left_out():
    gone = ImageFactory()
    raw = raw_gallery(gone, ImageFactory())
    get_image_model().objects.filter(pk=gone.pk).delete()

    assert len(Elements(render(raw)).with_class("autogallery__item")) == 1


def test_a_long_gallery_ends_with_a_link_to_the_rest(client):
    page = page_with(raw_gallery(*[ImageFactory()] * 25))

    first = Elements(client.get(page.url).content.decode())
    (link,) = first.with_class("autogallery__more-link")
    second = Elements(client.get(page.url + link["href"].split("#")[0]).content.decode())

    assert link["text"] == "Show more"
    assert len(first.with_class("autogallery__item")) == 24
    assert len(second.with_class("autogallery__item")) == 25
    assert not second.with_class("autogallery__more-link")
    assert link["href"].split("#")[1] in {item["id"] for item in second.named("li")}


def test_ids_are_unique_in_a_page_with_several_galleries(client):
    image = ImageFactory()

    html = served(client, raw_gallery(image, image), raw_gallery(image), raw_gallery(image))

    ids = [attributes["id"] for _, attributes in Elements(html).all if "id" in attributes]
    assert len(ids) == len(set(ids)) == 7


@pytest.mark.parametrize("with_context", [True, False], ids=["include_block", "bare"])
def test_ids_are_unique_where_the_same_body_is_shown_twice(with_context):
    body = page_with(raw_gallery(*[ImageFactory()] * 3), raw_gallery(ImageFactory())).body
    show = "{% include_block body %}" if with_context else "{{ body }}"
    template = Template(f"{{% load wagtailcore_tags %}}{show}<hr>{show}")

    html = template.render(Context({"request": RequestFactory().get("/"), "body": body}))

    elements = Elements(html)
    assert len(elements.with_class("autogallery")) == 4
    assert len(elements.with_class("autogallery__item")) == 8
    ids = [attributes["id"] for _, attributes in elements.all if "id" in attributes]
    assert len(ids) == len(set(ids)) == (12 if with_context else 0)


def test_an_editor_sees_all_images_in_the_preview():
    page = page_with(raw_gallery(*[ImageFactory()] * 30))

    response = page.make_preview_request(preview_mode=page.default_preview_mode)

    elements = Elements(response.rendered_content)
    assert len(elements.with_class("autogallery__item")) == 30
    assert not elements.with_class("autogallery__more-link")


def test_nothing_on_the_page_needs_a_loose_security_policy(client):
    elements = Elements(served(client, raw_gallery(ImageFactory())))

    assert all(script["src"].startswith("/static/") for script in elements.named("script"))
    assert not elements.named("style")
    for name, attributes in elements.all:
        assert "style" not in attributes, name
        assert not any(attribute.startswith("on") for attribute in attributes), name


def test_the_files_are_loaded_once_for_all_galleries(client):
    html = served(client, raw_gallery(ImageFactory()), raw_gallery(ImageFactory()))

    assert html.count("gallery.css") == html.count("gallery.js") == 1


def test_a_base_template_takes_the_files_into_its_head():
    request = RequestFactory().get("/")
    block = GalleryBlock()
    template = Template(
        "{% load autogallery_tags wagtailcore_tags %}"
        "<head>{% autogallery_assets %}</head><body>{% include_block gallery %}</body>"
    )
    gallery = block.to_python(raw_gallery(ImageFactory()))

    head, body = template.render(Context({"request": request, "gallery": gallery})).split("<body>")

    assert "gallery.css" in head
    assert "gallery.js" in head
    assert "autogallery__link" in body
    assert "gallery.css" not in body


def test_a_block_without_a_request_is_complete():
    html = render(raw_gallery(*[ImageFactory()] * 3), GalleryBlock(page_size=2), request=False)

    assert len(Elements(html).with_class("autogallery__item")) == 3
    assert "gallery.css" in html


def test_what_the_lightbox_says_is_translated():
    block = GalleryBlock(page_size=2)
    raw = raw_gallery(*[ImageFactory()] * 3)

    def words(language):
        with override(language):
            elements = Elements(render(raw, block))
        labels = [button["aria-label"] for button in elements.named("dialog", "button")]
        (position,) = elements.with_class("autogallery__position")
        (more,) = elements.with_class("autogallery__more-link")
        return [*labels, position["data-text"], more["text"]]

    assert words("en") == [
        "Image viewer",
        "Close",
        "Previous image",
        "Next image",
        "{number} of 3",
        "Show more",
    ]
    assert words("de") == [
        "Bildbetrachter",
        "Schließen",
        "Vorheriges Bild",
        "Nächstes Bild",
        "{number} von 3",
        "Mehr anzeigen",
    ]


def test_a_page_asks_the_same_few_questions_however_many_images_it_shows(
    django_assert_num_queries,
):
    block = GalleryBlock(page_size=None)
    for count in (1, 30):
        raw = raw_gallery(*(ImageFactory() for _ in range(count)))
        render(raw, block)

        # The images, and their renditions.
        with django_assert_num_queries(2):
            render(raw, block)


@pytest.mark.parametrize(
    ("name", "kilobytes"),
    [("wagtail_autogallery/js/gallery.js", 4), ("wagtail_autogallery/css/gallery.css", 3)],
)
def test_visitors_load_little(name, kilobytes):
    content = Path(finders.find(name)).read_bytes()

    assert len(gzip.compress(content)) <= kilobytes * 1000
