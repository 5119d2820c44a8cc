from __future__ import annotations

import pytest
from playwright.sync_api import expect


def ids(gallery):
    return gallery.page.locator(".autogallery__item").evaluate_all(
        "items => items.map((item) => item.id)"
    )


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


def test_an_image_that_came_first_meanwhile_moves_nothing_twice(gallery):
    gallery.visit()
    # As if the page had been loaded before its first image came.
    gallery.page.locator(".autogallery__item").first.evaluate("item => item.remove()")

    gallery.more.click()

    expect(gallery.links).to_have_count(18)
    assert len(set(ids(gallery))) == 18


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
