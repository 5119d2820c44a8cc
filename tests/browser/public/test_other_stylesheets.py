"""Galleries in pages of other people, whose stylesheets know nothing of them, and come last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.samples import sample

OURS = Path(__file__).parent / "stylesheets"

STYLESHEETS = {
    "none": "",
    "bakery": "bakery.css",
    "overbearing": "overbearing.css",
    "bootstrap": "bootstrap/dist/css/bootstrap.css",
    "bootstrap-rtl": "bootstrap/dist/css/bootstrap.rtl.css",
    "tailwind": "tailwindcss/preflight.css",
    "pico": "@picocss/pico/css/pico.css",
    "pico-classless": "@picocss/pico/css/pico.classless.css",
}

PAGES = ["/portfolio/", "/coast/", "/above-the-treeline/"]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
#: Sizes of the window on a desktop, and on phones.
DESKTOP, SMALL_PHONE = {"width": 1280, "height": 800}, {"width": 320, "height": 568}

#: How wide a gallery's parts are, and what is wrong with them.
MEASURE_GALLERY = """
(gallery) => {
  const problems = [];
  const box = (element) => element.getBoundingClientRect();
  const near = (a, b) => Math.abs(a - b) < 2;
  const layout = [...gallery.classList].at(-1).split("--")[1];
  const list = box(gallery.querySelector(".autogallery__images"));
  const style = getComputedStyle(gallery.parentElement);
  const width = gallery.parentElement.clientWidth
    - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  if (box(gallery).width < width - 2) problems.push("The gallery is narrower than its place");
  const items = [...gallery.querySelectorAll(".autogallery__item")];
  const boxes = items.map(box);
  items.forEach((item, index) => {
    const say = (text) => problems.push(`${layout} ${index + 1}: ${text}`);
    const link = box(item.querySelector(".autogallery__link"));
    const image = item.querySelector(".autogallery__image");
    const drawn = box(image);
    const caption = item.querySelector(".autogallery__caption");
    if (Math.min(link.width, link.height) < 80) say(`link of ${link.width} x ${link.height}`);
    if (!near(link.width, drawn.width) || !near(link.height, drawn.height))
      say(`image of ${drawn.width} x ${drawn.height} in ${link.width} x ${link.height}`);
    if (parseFloat(getComputedStyle(image).padding)) say("padding");
    // A site may draw lines around things.
    if (link.width < boxes[index].width - 12) say("link narrower than its place");
    if (layout !== "strip" && (link.left < list.left - 1 || link.right > list.right + 1))
      say("beside the list");
    if (layout === "grid" && !near(link.width, link.height)) say("not square");
    const ratio = image.getAttribute("width") / image.getAttribute("height");
    if (layout === "masonry" && Math.abs(drawn.width / drawn.height - ratio) > 0.05)
      say("out of shape");
    if (layout === "strip" && !near(link.height, box(items[0].querySelector("a")).height))
      say("of another height");
    if (caption && (box(caption).top < link.bottom - 1 || box(caption).width < link.width - 2))
      say("caption over the image");
    boxes.slice(0, index).forEach((other, before) => {
      if (other.left < boxes[index].right - 1 && boxes[index].left < other.right - 1
        && other.top < boxes[index].bottom - 1 && boxes[index].top < other.bottom - 1)
        say(`over ${before + 1}`);
    });
    for (const element of [item, ...item.querySelectorAll("[class*=autogallery__]")])
      for (const pseudo of ["::before", "::after"])
        if (!["none", "normal"].includes(getComputedStyle(element, pseudo).content))
          say(`${element.className}${pseudo}`);
  });
  const columns = new Set(boxes.map(({ left }) => Math.round(left))).size;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const fit = Math.floor((list.width + rem) / (Math.max(16 * rem, 256) + rem));
  if (layout === "grid" && columns !== Math.max(2, fit)) problems.push(`${columns} columns`);
  return problems;
}
"""

MEASURE_LIGHTBOX = """
(dialog) => {
  const problems = [];
  const box = (element) => element.getBoundingClientRect();
  // What is seen, which on phones may be less than the page is laid out in.
  const { offsetLeft: x, offsetTop: y, width, height } = visualViewport;
  const inside = (name, { left, top, right, bottom }) => {
    if (left < x - 1 || top < y - 1 || right > x + width + 1 || bottom > y + height + 1)
      problems.push(`${name} out of the screen: ${[left, top, right, bottom]}`);
  };
  const overlap = (a, b) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const all = box(dialog);
  inside("dialog", all);
  if (Math.abs(all.width - width) > 1 || Math.abs(all.height - height) > 1)
    problems.push(`dialog of ${[all.x, all.y, all.width, all.height]}`);
  const style = getComputedStyle(dialog);
  if (style.opacity !== "1" || style.backgroundColor !== "rgb(17, 17, 17)")
    problems.push(`dialog in ${style.backgroundColor} with opacity ${style.opacity}`);
  for (const part of dialog.querySelectorAll("div, figure, figcaption, svg")) {
    const { backgroundColor, backgroundImage } = getComputedStyle(part);
    if (backgroundColor !== "rgba(0, 0, 0, 0)" || backgroundImage !== "none")
      problems.push(`${part.getAttribute("class")} in ${backgroundColor} ${backgroundImage}`);
  }
  const image = box(dialog.querySelector(".autogallery__full"));
  if (Math.min(image.width, image.height) < 150)
    problems.push(`image of ${image.width} x ${image.height}`);
  inside("image", image);
  const text = document.createRange();
  const boxes = {};
  for (const name of ["position", "legend"]) {
    const element = dialog.querySelector(`.autogallery__${name}`);
    if (!element.textContent) continue;
    text.selectNodeContents(element);
    boxes[name] = box(text);
    if (getComputedStyle(element).color !== "rgb(255, 255, 255)") problems.push(`${name}: color`);
  }
  for (const button of dialog.querySelectorAll("button")) {
    const name = button.ariaLabel;
    boxes[name] = box(button);
    const { left, top, width, height } = boxes[name];
    if (Math.min(width, height) < 44) problems.push(`${name} of ${width} x ${height}`);
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (!button.contains(hit)) problems.push(`${name} lies under ${hit?.className}`);
    const icon = button.querySelector("svg");
    if (box(icon).width < 20 || box(icon).height < 20) problems.push(`${name}: no icon`);
    const path = getComputedStyle(icon.firstElementChild);
    if (path.stroke !== "rgb(255, 255, 255)" || path.fill !== "none")
      problems.push(`${name}: icon in ${path.stroke} and ${path.fill}`);
  }
  Object.entries(boxes).forEach(([name, one], index, all) => {
    inside(name, one);
    if (one.width < 10 || one.height < 10) problems.push(`${name} of ${one.width} x ${one.height}`);
    for (const [other, another] of all.slice(0, index))
      if (overlap(one, another)) problems.push(`${name} over ${other}`);
  });
  return problems;
}
"""


SETTLED = """
() => document.querySelector(".autogallery__full").complete
  && document.getAnimations().every((animation) => animation.playState === "finished")
"""


@pytest.fixture(
    params=sample(
        [name for name in STYLESHEETS if name != "bootstrap-rtl"], "overbearing", "bootstrap"
    )
)
def stylesheet(request):
    return request.param


@pytest.fixture(params=sample(["ltr", "rtl"], "ltr"))
def direction(request):
    return request.param


@pytest.fixture
def dressed(page, stylesheet, direction, tools):
    """Pages get this stylesheet in place of the site's, and the class names it has rules for."""
    if stylesheet == "bootstrap" and direction == "rtl":
        stylesheet = "bootstrap-rtl"
    name = STYLESHEETS[stylesheet]
    file = (tools if "/" in name else OURS) / name

    def dress(route):
        html = route.fetch().text()
        html = html.replace('<html lang="en-GB">', f'<html lang="en-GB" dir="{direction}">')
        html = html.replace('<main id="content">', '<main id="content" class="homepage detail">')
        html = html.replace("<article>", '<article class="prose entry-content container">')
        html = re.sub(r'<link rel="stylesheet" href="[^"]*/site\.css">', "", html)
        # Without the site's stylesheet it is wider than a phone.
        html = re.sub(r"(?s)<nav.*?</nav>", "", html)
        link = '<link rel="stylesheet" href="/foreign.css">' if name else ""
        # Where nothing of ours can come after it.
        route.fulfill(body=html.replace("</body>", f"{link}</body>"), content_type="text/html")

    page.route(re.compile(r"/(portfolio|coast|above-the-treeline)/$"), dress)
    if name:
        page.route("**/foreign.css", lambda route: route.fulfill(path=file))
    return page


@pytest.mark.usefixtures("dressed")
def test_nothing_collapses_and_no_control_is_lost(measure):
    assert measure(DESKTOP) == {}


@pytest.mark.usefixtures("dressed")
@pytest.mark.browser_context_args(**PHONE)
def test_nor_on_a_phone(measure):
    assert measure(PHONE["viewport"], SMALL_PHONE) == {}


@pytest.mark.every_time
@pytest.mark.browser_context_args(**PHONE)
def test_nor_where_the_page_is_wider_than_the_phone(gallery):
    gallery.visit().page.evaluate(
        "document.querySelector('h1').append('_'.repeat(80)); document.body.style.fontSize = '24px'"
    )
    assert gallery.page.evaluate("document.documentElement.scrollWidth") > 500

    gallery.open(2)
    gallery.page.wait_for_function(SETTLED)

    assert gallery.lightbox.evaluate(MEASURE_LIGHTBOX) == []


@pytest.mark.parametrize(
    "stylesheet", sample(["bakery", "overbearing"], "overbearing"), indirect=True
)
@pytest.mark.parametrize("direction", ["ltr"], indirect=True)
@pytest.mark.usefixtures("dressed")
def test_what_collapses_would_be_seen(gallery):
    def be_polite(route):
        css = route.fetch().text().replace("!important", "")
        route.fulfill(body=css, content_type="text/css")

    gallery.page.route("**/gallery.css", be_polite)
    for path in PAGES:
        gallery.visit(path)
        assert gallery.page.locator(".autogallery").evaluate(MEASURE_GALLERY)
        # Wherever it is.
        gallery.link(2).dispatch_event("click")
        assert gallery.page.locator("dialog").first.evaluate(MEASURE_LIGHTBOX)


@pytest.fixture
def measure(gallery, keep):
    """What is wrong with each page and its lightbox in windows of these sizes."""

    def measure(*windows):
        wrong = {}
        for path in PAGES:
            gallery.visit(path)
            # First the page: where the pointer has opened the lightbox, a picture moves.
            for problems_of in (problems_of_page, problems_of_lightbox):
                for window in windows:
                    gallery.page.set_viewport_size(window)
                    if problems := problems_of(path, window):
                        wrong[problems_of.__name__, path, window["width"]] = problems
        return wrong

    def problems_of_page(path, window):
        problems = gallery.page.locator(".autogallery").evaluate(MEASURE_GALLERY)
        if gallery.lightbox.is_visible():
            problems.append("The closed lightbox can be seen")
        if problems:
            keep(path, window)
        return problems

    def problems_of_lightbox(path, window):
        gallery.open(2)
        gallery.page.wait_for_function(SETTLED)
        problems = gallery.lightbox.evaluate(MEASURE_LIGHTBOX)
        if problems:
            keep(f"{path}lightbox", window)
        gallery.press("Escape")
        expect(gallery.lightbox).to_be_hidden()
        return problems

    return measure


@pytest.fixture
def keep(page, output_path):
    """Keep a picture of the window, in which something is wrong, with the test's artifacts."""

    def keep(name, window):
        name = f"{window['width']}-{name.strip('/').replace('/', '-')}.png"
        page.screenshot(path=Path(output_path) / name)

    return keep
