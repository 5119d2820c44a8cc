"""The form of a gallery as a whole: its toggle, its options, and what it says of itself."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Editor, Visitor
from tests.samples import sample
from tests.servers.serving import wait_until

KeepScreenshot = Callable[[Page, str], None]
ViolationsIn = Callable[[Page, str], list[Any]]

SYNC_OPTIONS = ("collection", "max_images", "new_images", "review_new_images")


@pytest.fixture
def toggle(editor: Editor) -> Locator:
    return editor.page.get_by_label("Auto-sync new media uploads")


@pytest.fixture
def settings_button(editor: Editor) -> Locator:
    return editor.page.locator("[data-contentpath=body]").get_by_role("button", name="Settings")


def option(editor: Editor, name: str) -> Locator:
    return editor.page.locator(f".autogallery-block [data-contentpath={name}]")


def stored_gallery(editor: Editor, slug: str) -> dict[str, Any]:
    """The page's gallery, as its latest version holds it."""
    body, _sidebar = editor.page.request.get(f"/stored/{slug}/").json()
    return body[-1]["value"]


def test_the_options_are_folded_and_those_of_the_sync_are_there_while_it_is_on(
    editor: Editor, toggle: Locator, settings_button: Locator, keep_screenshot: KeepScreenshot
) -> None:
    editor.opens("standing-still")
    expect(option(editor, "auto_sync_media")).to_be_visible()
    expect(option(editor, "images")).to_be_visible()
    expect(option(editor, "cursor")).to_be_hidden()
    for name in (*SYNC_OPTIONS, "layout"):
        expect(option(editor, name)).to_be_hidden()
    keep_screenshot(editor.page, "folded")

    settings_button.press("Enter")
    expect(option(editor, "layout")).to_be_visible()
    for name in SYNC_OPTIONS:
        expect(option(editor, name)).to_be_hidden()

    toggle.press("Space")
    for name in SYNC_OPTIONS:
        expect(option(editor, name)).to_be_visible()
    above = option(editor, "auto_sync_media").bounding_box()
    below = option(editor, "collection").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
    keep_screenshot(editor.page, "unfolded")


def test_switching_on_unfolds_the_options_and_off_again_keeps_what_they_say(
    editor: Editor, toggle: Locator
) -> None:
    editor.opens("standing-still")
    toggle.check()
    editor.page.get_by_label("Maximum number of images").fill("9")
    with editor.autosaved():
        toggle.uncheck()
    expect(option(editor, "max_images")).to_be_hidden()

    editor.opens("standing-still")
    toggle.check()
    expect(editor.page.get_by_label("Maximum number of images")).to_have_value("9")


def test_an_error_in_an_option_that_is_out_of_sight_is_shown(
    editor: Editor, toggle: Locator, keep_screenshot: KeepScreenshot
) -> None:
    editor.opens("standing-still")
    toggle.check()
    editor.page.get_by_label("Maximum number of images").fill("0")
    toggle.uncheck()
    editor.page.get_by_role("button", name="Save draft").click()

    error = editor.page.get_by_text("Ensure this value is greater than or equal to 1.")
    expect(error).to_be_visible()
    expect(toggle).not_to_be_checked()
    expect(option(editor, "collection")).to_be_hidden()
    keep_screenshot(editor.page, "error")


def offer(editor: Editor) -> Locator:
    return editor.page.get_by_role("checkbox", name="Also add the")


def test_switching_on_offers_the_images_that_are_there_and_publishing_brings_them(
    editor: Editor, visitor: Visitor, toggle: Locator, keep_screenshot: KeepScreenshot
) -> None:
    editor.opens("empty")
    expect(offer(editor)).to_be_hidden()
    toggle.press("Space")
    expect(editor.page.get_by_label("Also add the 1003 images that are already")).to_be_visible()
    menu = editor.page.get_by_label("Collection", exact=True)
    menu.select_option(menu.locator("option").filter(has_text="Coast").get_attribute("value"))
    expect(offer(editor)).to_be_hidden()
    menu.select_option("All collections")
    editor.page.get_by_label("Maximum number of images").fill("2")
    editor.page.get_by_label("Maximum number of images").blur()
    expect(editor.page.get_by_label("Also add the 2 images that are already")).to_be_visible()
    keep_screenshot(editor.page, "offered")
    wait_until(lambda: stored_gallery(editor, "empty")["max_images"] == 2, "the maximum is saved")
    # What is done while an autosave is on its way, Wagtail takes for saved.
    expect(editor.autosave_indicator).to_have_text("Saved")
    offer(editor).press("Space")
    wait_until(lambda: stored_gallery(editor, "empty")["add_existing"], "the wish is saved")
    assert visitor.pictures("empty") == []

    editor.opens("empty")
    expect(offer(editor)).to_be_checked()
    editor.publishes()

    wait_until(lambda: len(visitor.pictures("empty")) == 2, "the newest two are there")
    editor.opens("empty")
    expect(editor.page.locator(".autogallery-state")).to_contain_text("2 images added today")
    expect(offer(editor)).to_be_hidden()


def test_a_duplicate_of_a_gallery_wishes_nothing(editor: Editor, toggle: Locator) -> None:
    editor.opens("empty")
    toggle.check()
    offer(editor).check()
    with editor.autosaved():
        editor.page.get_by_role("button", name="Duplicate").first.click()

    wishes = editor.page.locator("input[name$=add_existing]")
    expect(wishes).to_have_count(2)
    assert [wish.input_value() for wish in wishes.all()] == ["yes", ""]


@pytest.mark.every_time
@pytest.mark.parametrize(
    ("scheme", "width"),
    sample(itertools.product(["light", "dark"], [1280, 390]), ("light", 1280), ("dark", 390)),
)
def test_the_form_is_readable_in_light_and_in_dark_and_on_a_phone(
    editor: Editor,
    toggle: Locator,
    keep_screenshot: KeepScreenshot,
    violations_in: ViolationsIn,
    scheme: str,
    width: int,
) -> None:
    page = editor.page
    page.set_viewport_size({"width": width, "height": 1400})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    editor.opens("standing-still")
    toggle.check()
    expect(option(editor, "collection")).to_be_visible()
    expect(offer(editor)).to_be_visible()
    keep_screenshot(page, "open")
    assert violations_in(page, ".autogallery-block") == []
