"""Which pictures a browser loads, when, and what a click on them does."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.public.test_appearance import PAGES, PHONE

#: The lazy picture that was the largest painted before anybody scrolled, if it was one. Of pictures
#: of the same size a browser takes any, by what is left when it rounds to pixels.
LAZY_AND_THE_LARGEST = """
() => new Promise((resolve) => {
  const size = (image) => {
    const { left, top, right, bottom, width, height } = image.getBoundingClientRect();
    const seen = Math.max(0, Math.min(right, innerWidth) - left)
      * Math.max(0, Math.min(bottom, innerHeight) - top);
    // What is drawn larger than it is counts for less.
    return seen * Math.min(1, image.naturalWidth * image.naturalHeight / (width * height));
  };
  new PerformanceObserver((list) => {
    const images = list.getEntries().filter(({ element }) => element?.matches(".autogallery img"));
    if (!images.length) return;
    const { element, size: largest } = images.at(-1);
    const eager = [...document.querySelectorAll(".autogallery img:not([loading])")].map(size);
    resolve(element.loading === "lazy" && largest > 1.01 * Math.max(...eager) && element.alt);
  }).observe({ type: "largest-contentful-paint", buffered: true });
})
"""

IS_BELOW_THE_FIRST_ROW = """
image => image.getBoundingClientRect().top
  >= document.querySelector(".autogallery__image").getBoundingClientRect().bottom
"""


@pytest.mark.parametrize("path", PAGES)
def test_the_largest_picture_in_sight_is_not_lazy(gallery, path):
    for width in (390, 700, 1000, 1280, 1440, 1900):
        gallery.page.set_viewport_size({"width": width, "height": 900})
        gallery.visit(path).page.wait_for_load_state("networkidle")

        assert gallery.page.evaluate(LAZY_AND_THE_LARGEST) is False, width


@pytest.mark.every_time
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.browser_context_args(**PHONE)
def test_the_first_picture_comes_before_all_else(gallery, path):
    images = gallery.visit(path).page.locator(".autogallery__image")

    expect(images.first).to_have_attribute("fetchpriority", "high")
    expect(images.first).not_to_have_attribute("loading", "lazy")
    expect(gallery.page.locator("[fetchpriority]")).to_have_count(1)


@pytest.mark.parametrize("path", ["/portfolio/", "/above-the-treeline/"])
@pytest.mark.browser_context_args(**PHONE)
def test_nothing_below_the_first_row_of_a_phone_is_loaded_at_once(gallery, path):
    images = gallery.visit(path).page.locator(".autogallery__image:not([loading])")

    assert images.count() == 2
    assert not [image for image in images.all() if image.evaluate(IS_BELOW_THE_FIRST_ROW)]


@pytest.mark.browser_context_args(**PHONE)
def test_of_a_masonry_what_is_the_largest_in_wider_windows_is_loaded_at_once_as_well(gallery):
    images = gallery.visit("/coast/").page.locator(".autogallery__image")
    at_once = gallery.page.locator(".autogallery__image:not([loading])").all()

    assert images.count() == 7
    assert all(image.evaluate(IS_BELOW_THE_FIRST_ROW) for image in at_once[1:])
    assert len(at_once) == 4


DRAWING = """
<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 20'>
  <rect width='30' height='20' fill='red'/><script>document.title = 'it ran'</script></svg>
"""

#: What the template writes for an SVG, put into a page that has none.
MAKE_A_DRAWING_OF = """
(link, source) => {
  link.href = "#" + link.closest("li").id;
  link.dataset.src = source;
}
"""


@pytest.fixture
def drawing(gallery):
    gallery.page.route(
        "**/drawing.svg", lambda route: route.fulfill(body=DRAWING, content_type="image/svg+xml")
    )
    gallery.visit()
    gallery.link(1).evaluate(MAKE_A_DRAWING_OF, "/media/drawing.svg")
    return gallery.link(1)


def test_a_drawing_is_opened_in_the_lightbox_and_runs_nothing(gallery, drawing):
    drawing.click()

    expect(gallery.image).to_have_js_property("complete", True)
    assert gallery.image.evaluate("image => image.naturalWidth > 0 && image.src").endswith(
        "/media/drawing.svg"
    )
    assert "it ran" not in gallery.page.title()


def test_without_its_script_a_click_on_a_drawing_leads_nowhere(gallery, drawing):
    gallery.page.locator(".autogallery__lightbox").first.evaluate("dialog => dialog.remove()")
    before = gallery.page.url.partition("#")[0]

    drawing.click()

    assert gallery.page.url.partition("#")[0] == before
    assert "it ran" not in gallery.page.title()
