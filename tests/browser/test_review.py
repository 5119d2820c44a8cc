"""An editor who wants to look at new images first: the option, the draft, and what is released."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Editor, Photographer, Visitor
from tests.browser.site import PICTURES
from tests.samples import sample
from tests.servers.serving import Site

KeepScreenshot = Callable[[Page, str], None]
ViolationsIn = Callable[[Page, str], list[Any]]

#: Nothing is done but by the drain that the test runs in a process of its own.
pytestmark = pytest.mark.parametrize(
    "site_settings",
    [{"WAGTAIL_AUTOGALLERY_AFTER_RESPONSE": "off", "WAGTAIL_AUTOSAVE_INTERVAL": 0}],
    ids=["by-hand"],
)


def wants_to_look_first(editor: Editor) -> None:
    """Choose the option in the gallery's form, publish it, and leave the page."""
    editor.opens("following")
    editor.page.locator("[data-contentpath=body]").get_by_role("button", name="Settings").click()
    editor.page.get_by_label("New images wait for me").check()
    editor.publishes()
    # Wagtail takes an editor for present until a ping is missed.
    editor.page.goto("/plain/")


def state_line(editor: Editor) -> Locator:
    return editor.page.locator(".autogallery-state").first


def is_new(item: Locator) -> Locator:
    return item.locator(".autogallery-grid__new")


@pytest.mark.parametrize("scheme", sample(["light", "dark"], "light"))
def test_new_images_are_marked_in_the_draft_until_it_is_published(
    site: Site,
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    violations_in: ViolationsIn,
    keep_screenshot: KeepScreenshot,
    scheme: str,
) -> None:
    page = editor.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    wants_to_look_first(editor)
    site.call("leave_the_editor")
    photographer.uploads("island", "reef")
    site.command("autogallery_drain")
    assert visitor.pictures("following") == list(PICTURES)

    editor.opens("following")
    expect(state_line(editor)).to_contain_text("2 new images wait in the draft for you to publish.")
    for name in ("island", "reef"):
        expect(is_new(editor.item(name))).to_have_text("New")
        expect(editor.item(name)).to_have_attribute("aria-label", re.compile("new, waits for you"))
        expect(editor.item(name).locator("[data-mark=automatic]")).to_have_count(0)
    expect(is_new(editor.item("Harbor"))).to_have_count(0)
    page.locator(".autogallery-block").first.scroll_into_view_if_needed()
    keep_screenshot(page, "waiting")
    assert violations_in(page, ".autogallery-block") == []

    editor.removes("reef")
    editor.publishes()
    editor.opens("following")
    expect(state_line(editor)).to_be_visible()
    expect(editor.item("island")).to_have_attribute("aria-label", re.compile("added automatic"))
    expect(is_new(editor.items)).to_have_count(0)
    assert visitor.pictures("following") == [*PICTURES, "island"]


@pytest.mark.parametrize("scheme", sample(["light", "dark"], "light"))
def test_what_a_form_from_before_buried_is_released_by_a_link(
    site: Site,
    open_browser: Callable[..., Page],
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    violations_in: ViolationsIn,
    keep_screenshot: KeepScreenshot,
    scheme: str,
) -> None:
    page = editor.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    wants_to_look_first(editor)
    other = Editor(open_browser("editor"))
    other.opens("following")
    # They close the lid of their computer.
    other.page.context.set_offline(True)
    site.call("leave_the_editor")
    photographer.uploads("island", "reef")
    site.command("autogallery_drain")
    other.page.context.set_offline(False)
    other.sees_a_conflict()
    other.page.get_by_role("button", name="More actions").click()
    other.page.get_by_role("button", name="Publish", exact=True).click()
    other.conflict_dialog.get_by_role("button", name="Publish").click()
    expect(other.page.locator(".messages")).to_contain_text("published")

    editor.opens("following")
    line = state_line(editor)
    expect(line).to_contain_text("2 images are withheld, and not in the draft any more.")
    assert violations_in(page, ".autogallery-block") == []
    keep_screenshot(page, "withheld")
    line.get_by_role("link", name="Release 2 images").click()
    expect(page.get_by_role("heading", name="Release withheld images")).to_be_visible()
    assert violations_in(page, "main") == []
    keep_screenshot(page, "asked")
    page.get_by_role("button", name="Yes, release").click()

    expect(page).to_have_url(re.compile(r"/admin/pages/\d+/edit/"))
    site.command("autogallery_drain")
    assert visitor.pictures("following") == [*PICTURES, "island", "reef"]
