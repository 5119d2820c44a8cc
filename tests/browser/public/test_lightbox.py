from __future__ import annotations

import pytest
from playwright.sync_api import expect

RIGHT_TO_LEFT = "addEventListener('DOMContentLoaded', () => document.documentElement.dir = 'rtl')"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def right_to_left(page):
    page.add_init_script(RIGHT_TO_LEFT)


@pytest.fixture
def swipe(page):
    """Move one or more fingers over the page, each from one place to another."""
    session = page.context.new_cdp_session(page)

    def swipe(*fingers):
        def send(kind, points):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        def at(step):
            return [
                {"x": x1 + (x2 - x1) * step / 5, "y": y1 + (y2 - y1) * step / 5, "id": finger}
                for finger, ((x1, y1), (x2, y2)) in enumerate(fingers)
            ]

        send("touchStart", at(0))
        for step in range(1, 6):
            send("touchMove", at(step))
        send("touchEnd", [])

    return swipe


@pytest.mark.every_time
def test_an_image_opens_with_its_caption_description_and_place(gallery):
    gallery.visit().open(2)

    expect(gallery.lightbox.locator("figcaption")).to_have_text("Stairwell, looking down")
    expect(gallery.image).to_have_attribute(
        "alt", gallery.link(2).locator("img").get_attribute("alt")
    )
    expect(gallery.lightbox.locator("[aria-live=polite]")).to_contain_text("2 of 18")
    expect(gallery.lightbox.locator("[aria-live=polite] img")).to_be_visible()


def test_an_image_fits_the_window_and_keeps_its_shape(gallery):
    gallery.visit().open(2)
    gallery.page.wait_for_function("() => document.querySelector('.autogallery__full').complete")

    width, height = gallery.image.evaluate("image => [image.clientWidth, image.clientHeight]")
    assert abs(width / height - 1600 / 2000) < 0.01
    assert 600 < height <= 800


@pytest.mark.every_time
def test_the_keyboard_is_enough(gallery):
    gallery.visit().link(2).focus()

    gallery.press("Enter").shows(2)
    gallery.press("ArrowRight").shows(3)
    gallery.press("ArrowLeft").press("ArrowLeft").shows(1)
    gallery.press("ArrowLeft").shows(1)
    gallery.press("End").shows(18)
    gallery.press("ArrowRight").shows(18)
    gallery.press("Home").shows(1)
    gallery.press("Escape")
    expect(gallery.lightbox).to_be_hidden()


def test_the_focus_returns_to_the_image_that_was_seen_last(gallery):
    gallery.visit().open(2).press("Escape")
    expect(gallery.link(2)).to_be_focused()

    gallery.press("Enter").press("ArrowRight").shows(3)
    gallery.press("Escape")
    expect(gallery.link(3)).to_be_focused()


def test_the_focus_stays_inside(gallery):
    gallery.visit().open()
    inside = "document.activeElement.matches('body, dialog, dialog *')"

    expect(gallery.button("Close")).to_be_focused()
    for key in ["Tab"] * 6 + ["Shift+Tab"] * 6:
        gallery.press(key)
        assert gallery.page.evaluate(inside)


def test_the_buttons_lead_on_and_say_where_the_ends_are(gallery):
    gallery.visit("/coast/").open()

    expect(gallery.button("Previous image")).to_be_disabled()
    gallery.button("Next image").click()
    gallery.shows(2)
    expect(gallery.button("Previous image")).to_be_enabled()
    gallery.press("End").shows(7)
    expect(gallery.button("Next image")).to_be_disabled()
    gallery.button("Previous image").click()
    gallery.shows(6)
    gallery.button("Close").click()
    expect(gallery.lightbox).to_be_hidden()


def test_a_click_beside_the_image_closes_and_one_on_it_does_not(gallery):
    gallery.visit().open(2)

    gallery.image.click()
    expect(gallery.lightbox).to_be_visible()
    gallery.page.mouse.click(200, 400)
    expect(gallery.lightbox).to_be_hidden()


def test_the_neighbors_are_loaded_ahead(gallery):
    gallery.visit()
    asked = []
    gallery.page.on("request", lambda request: asked.append(request.url))
    with (
        gallery.page.expect_request(gallery.address(1)),
        gallery.page.expect_request(gallery.address(3)),
    ):
        gallery.open(2)

    assert gallery.address(4) not in asked


def test_it_goes_on_to_images_that_are_not_on_the_page_yet(gallery):
    gallery.visit().open(12).press("ArrowRight").shows(13)

    expect(gallery.links).to_have_count(18)


def test_a_key_held_down_opens_the_image_elsewhere(gallery):
    gallery.visit()

    with gallery.page.context.expect_page():
        gallery.link(1).click(modifiers=["ControlOrMeta"])

    expect(gallery.lightbox).to_be_hidden()


@pytest.mark.usefixtures("right_to_left")
def test_from_right_to_left_the_next_image_is_on_the_left(gallery):
    gallery.visit().open(2).press("ArrowLeft").shows(3)
    gallery.press("ArrowRight").shows(2)

    assert gallery.button("Next image").bounding_box()["x"] < 640
    assert gallery.button("Close").bounding_box()["x"] < 640


@pytest.mark.usefixtures("right_to_left")
def test_from_right_to_left_english_words_do_not_lie_under_a_button(gallery):
    gallery.visit().open(2)

    position, close = gallery.position.bounding_box(), gallery.button("Close").bounding_box()
    assert position["x"] > close["x"] + close["width"]
    assert position["x"] + position["width"] == 1280


def test_a_big_image_that_fails_to_load_is_replaced_by_the_small_one(gallery, problems):
    gallery.visit()
    big = gallery.address(2)
    gallery.page.route(big, lambda route: route.fulfill(status=404))
    small = gallery.link(2).locator("img").evaluate("image => image.currentSrc")

    gallery.link(2).click()

    expect(gallery.image).to_have_js_property("src", small)
    gallery.page.wait_for_function(
        "() => document.querySelector('.autogallery__full').naturalWidth > 0"
    )
    gallery.page.unroute(big)
    gallery.press("ArrowRight").shows(3)
    # It is tried again.
    gallery.press("ArrowLeft").shows(2)
    problems.clear()


@pytest.mark.browser_context_args(**PHONE)
class TestOnAPhone:
    left = ((300, 400), (100, 410))
    right = ((100, 400), (300, 390))

    def test_a_swipe_leads_to_the_neighbor(self, gallery, swipe):
        gallery.visit().open(2)

        swipe(self.left)
        gallery.shows(3)
        swipe(self.right)
        gallery.shows(2)

    @pytest.mark.usefixtures("right_to_left")
    def test_from_right_to_left_a_swipe_leads_the_other_way(self, gallery, swipe):
        gallery.visit().open(2)

        swipe(self.left)
        gallery.shows(1)

    def test_what_is_no_swipe_leads_nowhere(self, gallery, swipe):
        gallery.visit().open(2)

        swipe(((200, 300), (190, 600)))
        swipe(((200, 400), (220, 400)))
        swipe(((180, 400), (60, 400)), ((210, 400), (330, 400)))
        gallery.shows(2)
        gallery.press("ArrowRight").shows(3)

    def test_the_buttons_are_large_enough_for_a_thumb(self, gallery):
        gallery.visit().open()

        for name in ("Close", "Previous image", "Next image"):
            box = gallery.button(name).bounding_box()
            assert min(box["width"], box["height"]) >= 44
