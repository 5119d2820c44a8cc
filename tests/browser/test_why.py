"""Somebody wonders why an image is, or is not, in a gallery."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Editor, Photographer, Visitor

KeepScreenshot = Callable[[Page, str], None]
Violations = Callable[[Page, str], list[Any]]


def test_below_the_form_of_an_image_it_is_added_to_a_gallery_that_it_was_there_before(
    photographer: Photographer,
    visitor: Visitor,
    violations_in: Violations,
    keep_screenshot: KeepScreenshot,
) -> None:
    page = photographer.page
    page.goto("/admin/images/?ordering=title")
    page.get_by_role("link", name="Harbor").first.click()
    galleries = page.get_by_role("region", name="Galleries")
    expect(galleries).to_contain_text("A person chose it.")
    house = galleries.get_by_role("listitem").filter(has_text="house")
    expect(house).to_be_visible()
    assert violations_in(page, ".autogallery-image") == []
    keep_screenshot(page, "galleries-of-an-image")

    photographer.uploads("dawn")
    visitor.waits_for("dawn", "following")
    page.goto("/admin/images/")
    page.get_by_role("link", name="dawn").first.click()
    following = galleries.get_by_role("listitem").filter(has_text="following").first
    expect(following).to_contain_text(re.compile(r"Added by run \d+ today at"))
    following.get_by_role("button", name="Never here").click()

    expect(page.locator(".messages")).to_contain_text("It stays out of this gallery")
    assert re.search(r"/admin/images/\d+/$", page.url)
    expect(following).to_contain_text("undid its coming")


@pytest.mark.every_time
def test_in_the_page_editor_an_image_has_its_answer_and_one_asks_for_another(
    editor: Editor,
    violations_in: Violations,
    keep_screenshot: KeepScreenshot,
) -> None:
    editor.opens("following")
    editor.item("Dunes").click()
    expect(editor.panel).to_contain_text("A person chose it.")
    keep_screenshot(editor.page, "opened-with-its-answer")
    editor.panel.get_by_role("button", name="Close").click()

    with editor.page.expect_popup() as opened:
        editor.page.get_by_role("link", name="Why is an image missing?").click()
    page = opened.value
    page.get_by_role("button", name="Choose an image").click()
    chooser = page.locator(".modal-content")
    chooser.get_by_label("Search term").fill("Picture 0001")
    chooser.locator(".image-choice").first.click()
    page.get_by_role("button", name="Tell me why").click()

    expect(page.locator(".autogallery-answers")).to_contain_text("before the gallery followed")
    assert violations_in(page, "#main") == []
    keep_screenshot(page, "why-is-an-image-missing")
