from __future__ import annotations

import pytest
from playwright.sync_api import expect

PAGES = ["/portfolio/", "/coast/", "/above-the-treeline/"]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP = {"viewport": {"width": 1000, "height": 800}}
SHARP_PHONE = {**PHONE, "device_scale_factor": 3}

WATCH_FOR_SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) shifts += value;
}).observe({ type: "layout-shift", buffered: true });
"""

SCROLL_TO_THE_END = """
async () => {
  for (let y = 0; y <= document.documentElement.scrollHeight; y += 200) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
}
"""

#: Those to the side of a strip may wait until they are scrolled to.
ALL_LOADED = """
() => [...document.querySelectorAll(".autogallery__image")].every(
  (image) => image.getBoundingClientRect().left > innerWidth
    || (image.complete && image.currentSrc))
"""


def read_to_the_end(page):
    page.evaluate(SCROLL_TO_THE_END)
    page.wait_for_function(ALL_LOADED)


#: Of each image that has been loaded: the widths on offer, the one chosen, and the one drawn.
CHOICES = """
images => images.filter((image) => image.complete && image.currentSrc).map((image) => {
  const box = image.getBoundingClientRect();
  const offer = image.srcset.split(", ").map((candidate) => {
    const [url, width] = candidate.split(" ");
    return [new URL(url, document.baseURI).href, parseInt(width)];
  });
  const ratio = image.getAttribute("width") / image.getAttribute("height");
  return {
    offered: offer.map(([, width]) => width),
    chosen: offer.find(([url]) => url === image.currentSrc)[1],
    drawn: Math.max(box.width, box.height * ratio) * devicePixelRatio,
  };
})
"""


def columns(gallery, count=12):
    lefts = gallery.page.locator(".autogallery__item").evaluate_all(
        "items => items.map((item) => Math.round(item.getBoundingClientRect().left))"
    )
    return len(set(lefts[:count]))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "_window",
    [
        pytest.param("desktop", marks=pytest.mark.thorough),
        pytest.param("phone", marks=pytest.mark.browser_context_args(**PHONE)),
    ],
)
def test_nothing_moves_while_pictures_are_loaded(gallery, path, _window):
    gallery.page.add_init_script(WATCH_FOR_SHIFTS)

    read_to_the_end(gallery.visit(path).page)

    assert gallery.page.evaluate("shifts") == 0


def test_a_shift_would_be_seen(gallery):
    gallery.page.add_init_script(WATCH_FOR_SHIFTS)
    page = gallery.visit("/coast/").page

    page.evaluate("document.querySelector('.autogallery').before('An advertisement')")

    # As a function, which is compiled once: the page's policy allows nothing later.
    page.wait_for_function("() => shifts > 0")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "_window",
    [
        pytest.param("desktop", marks=pytest.mark.thorough),
        # Where the margins of the page cost a masonry its third column.
        pytest.param("laptop", marks=pytest.mark.browser_context_args(**LAPTOP)),
        pytest.param("phone", marks=pytest.mark.browser_context_args(**SHARP_PHONE)),
    ],
)
def test_pictures_are_sharp_and_no_larger_than_that(gallery, path, _window):
    read_to_the_end(gallery.visit(path).page)

    choices = gallery.page.locator(".autogallery__image").evaluate_all(CHOICES)

    assert len(choices) >= 2
    for choice in choices:
        # Browsers forgive a little to load less, and before the page is laid out there is but a
        # guess, which may be one step too high.
        sharp = [width for width in choice["offered"] if width >= 0.9 * choice["drawn"]]
        assert choice["chosen"] in (sharp[:2] or choice["offered"][-1:]), choice


@pytest.mark.parametrize("path", ["/", *PAGES])
@pytest.mark.browser_context_args(**PHONE)
def test_a_phone_need_not_scroll_sideways(gallery, path):
    gallery.visit(path)

    root = gallery.page.locator("html")
    assert root.evaluate("root => root.scrollWidth") <= 390


@pytest.mark.every_time
def test_there_are_as_many_columns_as_fit(gallery):
    gallery.visit()
    for width, expected in [(320, 2), (390, 2), (700, 2), (1000, 3), (1280, 4)]:
        gallery.page.set_viewport_size({"width": width, "height": 800})
        assert columns(gallery) == expected


def test_tiles_of_a_grid_are_square(gallery):
    gallery.visit()

    boxes = [gallery.link(number).locator("img").bounding_box() for number in (1, 2, 4)]

    assert {round(box["width"] - box["height"]) for box in boxes} == {0}


def test_columns_of_masonry_keep_the_shape_of_pictures(gallery):
    gallery.visit("/coast/")

    box = gallery.link(2).locator("img").bounding_box()

    assert abs(box["width"] / box["height"] - 1600 / 2000) < 0.01
    assert columns(gallery) == 3


def test_a_strip_is_scrolled_with_the_keyboard(gallery):
    gallery.visit("/above-the-treeline/")
    expect(gallery.link(6)).not_to_be_in_viewport()

    gallery.link(5).focus()
    gallery.press("Tab")

    expect(gallery.link(6)).to_be_focused()
    expect(gallery.link(6)).to_be_in_viewport()


def test_from_right_to_left_the_first_image_is_on_the_right(gallery):
    gallery.page.add_init_script(
        "addEventListener('DOMContentLoaded', () => document.documentElement.dir = 'rtl')"
    )
    for path in PAGES:
        gallery.visit(path)

        first, box = (gallery.link(1).bounding_box(), gallery.link(2).bounding_box())
        assert first["x"] + first["width"] > 1200
        # In columns the second image is below the first.
        assert box["x"] <= first["x"]


@pytest.mark.browser_context_args(color_scheme="dark")
def test_in_the_dark_the_gallery_takes_the_colors_of_the_site(gallery):
    gallery.visit()

    color = gallery.more.evaluate("link => getComputedStyle(link).color")

    assert color == gallery.page.locator("h1").evaluate("h1 => getComputedStyle(h1).color")
    assert color == "rgb(233, 232, 228)"


@pytest.mark.parametrize(
    ("_motion", "moves"),
    [
        pytest.param(
            "reduced", False, marks=pytest.mark.browser_context_args(reduced_motion="reduce")
        ),
        pytest.param(
            "any", True, marks=pytest.mark.browser_context_args(reduced_motion="no-preference")
        ),
    ],
)
def test_nothing_moves_for_those_who_do_not_want_it(gallery, _motion, moves):
    gallery.visit()
    picture = gallery.link(1).locator("img")

    picture.hover()
    expect(picture).to_have_css("scale", "1.03" if moves else "none")
    gallery.open(1)
    expect(gallery.lightbox).to_have_css(
        "animation-name", "autogallery-appear" if moves else "none"
    )


def test_on_paper_there_are_pictures_and_no_controls(gallery):
    gallery.visit()
    gallery.page.emulate_media(media="print")

    expect(gallery.more).to_be_hidden()
    assert columns(gallery) == 3


def test_on_paper_a_strip_is_not_cut_off(gallery):
    gallery.visit("/above-the-treeline/")
    gallery.page.set_viewport_size({"width": 800, "height": 1100})
    gallery.page.emulate_media(media="print")

    for number in range(1, 7):
        box = gallery.link(number).bounding_box()
        assert 0 <= box["x"] < box["x"] + box["width"] <= 800


def test_on_paper_an_open_lightbox_does_not_cover_the_page(gallery):
    gallery.visit().open()
    gallery.page.emulate_media(media="print")

    expect(gallery.lightbox).to_be_hidden()
    expect(gallery.link(1)).to_be_visible()
