"""The pages of the example site, and what makes them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.images import ImageFile
from wagtail.images.models import Image
from wagtail.models import Collection, Page, Site

from example_site.portfolio.models import GalleryPage, HomePage, PlainPage
from example_site.portfolio.pictures import CITY, COAST, MOUNTAINS, PICTURES

USERNAME, PASSWORD = "admin", "changeme"

Images = dict[str, Image]


def create_admin() -> None:
    users = get_user_model().objects
    if not users.filter(username=USERNAME).exists():
        users.create_superuser(USERNAME, "admin@example.org", PASSWORD)


def create_collections() -> dict[str, Collection]:
    root = Collection.get_first_root_node()
    found = {collection.name: collection for collection in root.get_children()}
    return {name: found.get(name) or root.add_child(name=name) for name in (COAST, MOUNTAINS, CITY)}


def create_images(collections: dict[str, Collection], width: int) -> Images:
    """
    All pictures as images, painting those that are missing.

    :param width: In pixels.
    """
    images = {}
    missing = []
    for picture in PICTURES:
        image = Image.objects.filter(title=picture.title).first()
        if image:
            images[picture.name] = image
        else:
            missing.append(picture)
    # Pillow lets go of Python's lock while it paints.
    with ThreadPoolExecutor() as painters:
        files = painters.map(lambda picture: picture.jpeg(width), missing)
        for picture, file in zip(missing, files, strict=True):
            size = picture.size_at(width)
            images[picture.name] = Image.objects.create(
                title=picture.title,
                description=picture.description,
                collection=collections[picture.collection],
                file=ImageFile(file, name=picture.file_name),
                width=size[0],
                height=size[1],
            )
    return images


def create_pages(images: Images, collections: dict[str, Collection]) -> None:
    home = HomePage(
        title="Ida Vossmark",
        slug="ida-vossmark",
        seo_title="Photographs of coasts, mountains and cities",
        introduction="Photographs of places that hold still for a moment: "
        "coasts, mountains, and cities after work.",
        picture=images["first-light"],
    )
    root = Page.get_first_root_node()
    root.add_child(instance=home)
    _publish(home)
    _show_at_start(home)
    create_galleries(home, images, collections)
    create_plain_pages(home, images)


def create_galleries(home: HomePage, images: Images, collections: dict[str, Collection]) -> None:
    _add(
        home,
        GalleryPage(
            title="Portfolio",
            slug="portfolio",
            introduction="New work comes first. Whatever leaves the darkroom is here the same day.",
            picture=images["lighthouse"],
            show_in_menus=True,
            body=[
                (
                    "gallery",
                    {
                        "images": _items(images, PORTFOLIO),
                        "auto_sync_media": True,
                        "collection": None,
                        "max_images": None,
                        "new_images": "first",
                        "layout": "grid",
                    },
                )
            ],
        ),
    )
    _add(
        home,
        GalleryPage(
            title="Coast",
            slug="coast",
            introduction="Salt on the lens. Twelve winters between Skagen and Cape Wrath.",
            picture=images["tide-line"],
            show_in_menus=True,
            body=[
                (
                    "gallery",
                    {
                        "images": _items(images, ON_THE_COAST),
                        "auto_sync_media": True,
                        "collection": collections[COAST].pk,
                        "max_images": None,
                        "new_images": "last",
                        "layout": "masonry",
                    },
                ),
            ],
        ),
    )
    _add(
        home,
        GalleryPage(
            title="Above the Treeline",
            slug="above-the-treeline",
            introduction="A closed series: six pictures, in this order, and no other.",
            picture=images["blue-hour"],
            show_in_menus=True,
            body=[
                (
                    "paragraph",
                    TREELINE_NOTE,
                ),
                (
                    "gallery",
                    {
                        "images": _items(images, ABOVE_THE_TREELINE),
                        "auto_sync_media": False,
                        "collection": None,
                        "max_images": None,
                        "new_images": "last",
                        "layout": "strip",
                    },
                ),
            ],
        ),
    )


def create_plain_pages(home: HomePage, images: Images) -> None:
    journal = _add(
        home,
        PlainPage(
            title="Journal",
            slug="journal",
            introduction="Notes from the road and from the darkroom.",
            show_in_menus=True,
        ),
    )
    _add(
        journal,
        PlainPage(
            title="Waiting for the fog to lift",
            slug="waiting-for-the-fog",
            date=date(2026, 3, 14),
            introduction="Nine hours on a folding stool, for one sixtieth of a second.",
            picture=images["firs"],
            body=WAITING_FOR_THE_FOG,
        ),
    )
    _add(
        journal,
        PlainPage(
            title="A lighthouse keeper\u2019s dinner",
            slug="a-lighthouse-keepers-dinner",
            date=date(2026, 9, 2),
            introduction="How I got to stand on the one rock with the right view.",
            picture=images["long-exposure"],
            body=A_KEEPERS_DINNER,
        ),
    )
    _add(
        home,
        PlainPage(
            title="About",
            slug="about",
            introduction="Ida Vossmark photographs places that people have just left.",
            picture=images["cloister"],
            show_in_menus=True,
            body=ABOUT,
        ),
    )
    _add(
        home,
        PlainPage(
            title="Contact",
            slug="contact",
            introduction="For prints, commissions and walks.",
            show_in_menus=True,
            body=CONTACT,
        ),
    )


def _items(images: Images, captions: Iterable[tuple[str, str]]) -> list[dict[str, object]]:
    return [
        {"image": images[name], "caption": caption, "alt_text": ""} for name, caption in captions
    ]


def _add(parent: Page, page: Page) -> Page:
    parent.add_child(instance=page)
    _publish(page)
    return page


def _publish(page: Page) -> None:
    page.save_revision().publish()


def _show_at_start(home: HomePage) -> None:
    """Make this the site's home, in place of the page Wagtail starts with."""
    site = Site.objects.get(is_default_site=True)
    welcome = site.root_page
    site.root_page = home
    site.site_name = settings.WAGTAIL_SITE_NAME
    site.save()
    if welcome.specific_class is Page and not welcome.is_root():
        welcome.delete()


PORTFOLIO = (
    ("last-light", "Last light, west bay"),
    ("stairwell", "Stairwell, looking down"),
    ("north-face", "North face, after the snow"),
    ("firs", "Firs, before the rain"),
    ("dunes-noon", "Dune crest, noon"),
    ("cloister", "Cloister with a view"),
    ("lighthouse", "The keeper is awake"),
    ("skyline", "Harbour side, haze"),
    ("milky-way", "The pass at two in the morning"),
    ("tide-line", "Tide line, from the cliff"),
    ("balconies", "Eleven floors"),
    ("night-windows", "Everyone is home"),
    ("long-exposure", "Nine posts, four minutes"),
    ("moonrise", "Moonrise in November"),
    ("dunes-dusk", "Dune crest, dusk"),
    ("first-light", "First light, seven ridges"),
    ("storm-front", "Ten minutes to go"),
    ("blue-hour", "Blue hour"),
)

ON_THE_COAST = (
    ("lighthouse", "The keeper is awake"),
    ("tide-line", "Tide line, from the cliff"),
    ("long-exposure", "Nine posts, four minutes"),
    ("storm-front", "Ten minutes to go"),
    ("last-light", "Last light, west bay"),
    ("dunes-dusk", "Dune crest, dusk"),
    ("dunes-noon", "Dune crest, noon"),
)

ABOVE_THE_TREELINE = (
    ("first-light", "I. First light"),
    ("firs", "II. Firs, before the rain"),
    ("north-face", "III. North face"),
    ("blue-hour", "IV. Blue hour"),
    ("moonrise", "V. Moonrise"),
    ("milky-way", "VI. The pass at two in the morning"),
)

TREELINE_NOTE = (
    "<p>Made on foot between October 2021 and March 2024. The series is sold as a set of six "
    "prints in an edition of twelve.</p>"
)

WAITING_FOR_THE_FOG = """
<p>The forecast said the fog would lift at seven. At seven it was so thick that I could not see
the tripod from the stool, and I was sitting next to it.</p>
<p>There is a kind of patience that is really stubbornness with a thermos. By noon I had read the
whole manual of the light meter, including the Portuguese part. By two I had named the firs.</p>
<p>At ten to four the wind turned, and for about a minute the slope came out of the white in
layers, front to back, like a stage being set. I made four exposures. Then it closed again, and
stayed closed until I was back at the car.</p>
<h2>What I used</h2>
<p>A 4 &times; 5 field camera, a 210 mm lens at f/22, and one sixtieth of a second. The rest was
sandwiches.</p>
"""

A_KEEPERS_DINNER = """
<p>Nobody keeps the light any more. It keeps itself, with a sensor and a modem. But Mr Aune still
has the key, because nobody asked for it back, and on Thursdays he goes out to dust the lens.</p>
<p>He let me come along on one condition: that I cook. So I carried a camera, three lenses, a
tripod and a pot of fish soup across the causeway, and lost only the dill.</p>
<p>We ate on the gallery, with our legs through the railing, while the sun went down behind the
posts of the old jetty. He told me which rock to stand on. He has had forty years to find out.</p>
"""

ABOUT = """
<p>Born in 1979 in a town without a hill, she took up photography to have a reason to stand on
one. She studied printmaking in Bergen and worked as a surveyor&rsquo;s assistant, which taught
her to wait, to carry heavy things, and to keep the horizon level.</p>
<p>Her pictures have been shown in Oslo, Porto and Sheffield, and on the wall of a fish shop in
Hirtshals that she considers her best venue so far.</p>
<h2>Selected exhibitions</h2>
<ul>
<li>2025: Slow Water, Kulturhuset, Stavanger</li>
<li>2023: Above the Treeline, Site Nine, Sheffield</li>
<li>2021: People Have Just Left, Galeria do Largo, Porto</li>
</ul>
"""

CONTACT = """
<p>Write to <a href="mailto:ida@vossmark.example">ida@vossmark.example</a>. I answer on rainy
days, so rarely later than within the week.</p>
<h2>Prints</h2>
<p>All pictures are available as pigment prints on cotton paper, 40 &times; 50 cm or
80 &times; 100 cm, signed and numbered. Please name the picture by its title.</p>
<h2>Studio</h2>
<p>Visits by arrangement. Ring the upper bell, the lower one is the fish shop&rsquo;s.</p>
"""
