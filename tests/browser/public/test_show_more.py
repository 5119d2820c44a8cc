from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect


def ids(gallery):
    return gallery.page.locator(".autogallery__item").evaluate_all(
        "items => items.map((item) => item.id)"
    )


@pytest.mark.every_time
def test_more_images_come_without_leaving_the_page(gallery):
    gallery.visit()
    gallery.page.evaluate("window.stayed = true")

    gallery.more.click()

    expect(gallery.links).to_have_count(18)
    expect(gallery.more).to_be_hidden()
    expect(gallery.link(13)).to_be_focused()
    assert len(set(ids(gallery))) == 18
    assert gallery.page.evaluate("window.stayed")
    assert gallery.page.locator(".autogallery__images").count() == 1


def test_a_reload_shows_as_much_as_before(gallery):
    gallery.visit().more.click()
    expect(gallery.links).to_have_count(18)

    gallery.page.reload()

    expect(gallery.links).to_have_count(18)


def test_the_lightbox_knows_the_new_images(gallery):
    gallery.visit().more.click()
    expect(gallery.links).to_have_count(18)

    gallery.open(14).press("ArrowLeft").press("ArrowLeft").shows(12)


@pytest.mark.parametrize(("came", "next_one"), [([0], 13), ([3, 4], 13), ([0, 11], 12)])
def test_images_that_came_meanwhile_are_put_in_their_places(gallery, came, next_one):
    gallery.visit().more.click()
    expect(gallery.links).to_have_count(18)
    complete = ids(gallery)
    gallery.visit()
    # As if the page had been loaded before they came.
    forget_items(gallery, came)

    gallery.more.click()

    expect(gallery.links).to_have_count(18)
    assert ids(gallery) == complete
    # The first after what was seen last.
    expect(gallery.link(next_one)).to_be_focused()


def test_the_lightbox_goes_on_where_it_is_though_images_came_in_front(gallery):
    gallery.visit()
    shown = gallery.address(12), gallery.link(12).locator("img").get_attribute("alt")
    forget_items(gallery, [0, 1])
    gallery.page.locator(".autogallery__link").last.click()
    expect(gallery.image).to_have_js_property("src", shown[0])

    gallery.press("ArrowRight").shows(13)
    gallery.press("ArrowLeft").shows(12)

    expect(gallery.image).to_have_attribute("alt", shown[1])


def forget_items(gallery, places):
    gallery.page.locator(".autogallery__item").evaluate_all(
        "(items, places) => places.forEach((place) => items[place].remove())", places
    )


def test_the_address_keeps_what_else_is_in_it(gallery):
    gallery.visit("/portfolio/?gallery-7=3")
    # As if this had been shown after the link was written.
    gallery.page.evaluate("history.replaceState(null, '', '?gallery-7=3&gallery-8=all')")

    gallery.more.click()

    expect(gallery.links).to_have_count(18)
    assert gallery.page.url.endswith("/portfolio/?gallery-7=3&gallery-1=2&gallery-8=all")


def test_the_end_of_the_gallery_is_one_key_away(gallery):
    gallery.visit().open(1).press("End").shows(18)

    assert gallery.page.url.endswith("/portfolio/?gallery-1=all")


class TestOffline:
    def test_it_stays_on_the_page_and_says_so(self, gallery, problems):
        gallery.visit()
        gallery.page.evaluate("window.stayed = true")
        gallery.page.context.set_offline(True)

        gallery.more.click()

        status = gallery.page.get_by_role("status")
        expect(status).to_have_text(OFFLINE)
        assert gallery.page.evaluate("window.stayed")
        assert gallery.page.url.endswith("/portfolio/")
        gallery.page.context.set_offline(False)
        gallery.more.click()
        expect(gallery.links).to_have_count(18)
        expect(status).to_have_count(0)
        problems.clear()

    def test_so_does_the_lightbox(self, gallery, problems):
        gallery.visit().open(12)
        gallery.page.context.set_offline(True)

        gallery.press("ArrowRight")

        expect(gallery.lightbox.locator("figcaption")).to_have_text(OFFLINE)
        gallery.shows(12)
        gallery.page.context.set_offline(False)
        gallery.press("ArrowRight").shows(13)
        problems.clear()


OFFLINE = "The next images could not be loaded. Check your connection and try again."


class TestTheSameGalleryTwice:
    """As a page from a cache may have it; what we render has ids of its own."""

    @pytest.fixture
    def twice(self, gallery):
        def repeat(route):
            html = route.fetch().text()
            start = html.index('<div class="autogallery ')
            end = html.index("</dialog>") + len("</dialog></div>") + 4
            route.fulfill(body=html[:end] + html[start:end] + html[end:], content_type="text/html")

        gallery.page.route(re.compile(r"/portfolio/(\?.*)?$"), repeat)
        gallery.visit()
        return [gallery.page.locator(".autogallery").nth(number) for number in (0, 1)]

    def test_each_shows_more_of_itself(self, gallery, twice):
        first, second = (one.locator(".autogallery__link") for one in twice)

        gallery.more.nth(1).click()
        expect(second).to_have_count(18)
        expect(first).to_have_count(12)
        gallery.more.first.click()
        expect(first).to_have_count(18)

    def test_each_lightbox_opens_its_own(self, twice):
        for one, other in (twice, twice[::-1]):
            one.locator(".autogallery__link").nth(1).click()
            expect(one.locator("dialog")).to_be_visible()
            expect(other.locator("dialog")).to_be_hidden()
            one.page.keyboard.press("Escape")
            expect(one.locator(".autogallery__link").nth(1)).to_be_focused()


def test_when_loading_fails_the_link_leads_there(gallery, problems):
    def refuse_scripts(route):
        if route.request.resource_type == "fetch":
            route.fulfill(status=500)
        else:
            route.continue_()

    gallery.visit()
    gallery.page.route("**/portfolio/?*", refuse_scripts)
    gallery.page.evaluate("window.stayed = true")

    gallery.more.click()

    expect(gallery.links).to_have_count(18)
    assert not gallery.page.evaluate("window.stayed")
    assert any("answered 500" in problem for problem in problems)
    problems.clear()


@pytest.mark.browser_context_args(java_script_enabled=False)
class TestWithoutJavaScript:
    def test_the_link_leads_to_the_first_new_image(self, gallery):
        gallery.visit().more.click()

        expect(gallery.links).to_have_count(18)
        expect(gallery.more).to_be_hidden()
        expect(gallery.link(13)).to_be_in_viewport()

    def test_an_image_leads_to_the_big_one(self, gallery):
        gallery.visit()
        href = gallery.link(1).get_attribute("href")

        with gallery.page.expect_response(f"**{href}") as response:
            gallery.link(1).click()

        assert response.value.headers["content-type"] == "image/webp"
        assert gallery.page.url.endswith(href)

    def test_the_lightbox_is_out_of_sight(self, gallery):
        gallery.visit()

        expect(gallery.page.locator("dialog")).to_be_hidden()
