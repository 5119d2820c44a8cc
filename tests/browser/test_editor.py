"""People at work in Wagtail's own editor while pictures arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Editor, Photographer, Visitor
from tests.browser.site import PICTURES, TEXT
from tests.samples import sample
from tests.servers.serving import Site, wait_until

KeepScreenshot = Callable[[Page, str], None]
OpenBrowser = Callable[..., Page]

#: Nothing is done but by the drain that the test runs in a process of its own.
AFTER_RESPONSE_OFF = {"WAGTAIL_AUTOGALLERY_AFTER_RESPONSE": "off"}


def test_an_editor_types_while_pictures_arrive_and_nothing_is_lost(
    site: Site,
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    keep_screenshot: KeepScreenshot,
) -> None:
    editor.opens("following")
    photographer.uploads("before-1", "before-2")
    visitor.waits_for("before-2", "following")
    editor.types(" with a sentence")
    photographer.uploads("between")
    visitor.waits_for("between", "following")
    editor.types(", went on")
    photographer.uploads("meanwhile")
    editor.types(", and ended.")
    editor.sees_no_conflict()
    keep_screenshot(editor.page, "after-three-arrivals")
    editor.publishes()

    arrived = ["before-1", "before-2", "between", "meanwhile"]
    wait_until(
        lambda: visitor.pictures("following") == [*PICTURES, *arrived],
        "the published page shows every picture once",
    )
    site.command("autogallery_drain")
    assert visitor.pictures("following") == [*PICTURES, *arrived]
    text = f"{TEXT} with a sentence, went on, and ended."
    expect(visitor.page.locator("body")).to_contain_text(text)
    keep_screenshot(visitor.page, "published")


@pytest.mark.parametrize("site_settings", [{"WAGTAIL_AUTOSAVE_INTERVAL": 0}], ids=["manual"])
def test_without_autosave_no_dialog_comes_between_the_editor_and_publishing(
    editor: Editor, photographer: Photographer, visitor: Visitor
) -> None:
    editor.opens("following")
    editor.text.fill("Written at a stretch")
    photographer.uploads("meanwhile")
    visitor.waits_for("meanwhile", "following")
    editor.sees_no_conflict()
    editor.publishes()
    wait_until(
        lambda: visitor.pictures("following") == [*PICTURES, "meanwhile"],
        "the published page shows every picture once",
    )
    expect(visitor.page.locator("body")).to_contain_text("Written at a stretch")


@pytest.mark.parametrize("site_settings", [AFTER_RESPONSE_OFF], ids=["drain"])
def test_a_picture_the_editor_removes_while_others_arrive_stays_removed(
    site: Site,
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    keep_screenshot: KeepScreenshot,
) -> None:
    editor.opens("following")
    photographer.uploads("before")
    site.command("autogallery_drain")
    with editor.autosaved():
        editor.removes("Dunes")
    photographer.uploads("after")
    site.command("autogallery_drain")
    assert visitor.pictures("following") == [*PICTURES, "before", "after"]
    editor.sees_no_conflict()
    keep_screenshot(editor.page, "removed")
    editor.publishes()
    assert visitor.pictures("following") == ["harbor", "lighthouse", "before", "after"]


def test_a_gallery_follows_once_its_toggle_is_on_and_published(
    site: Site,
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    keep_screenshot: KeepScreenshot,
) -> None:
    photographer.uploads("too-early")
    visitor.waits_for("too-early", "following")
    editor.opens("standing-still")
    with editor.autosaved():
        editor.page.get_by_label("Auto-sync new media uploads").check()
    keep_screenshot(editor.page, "toggle")
    editor.publishes()
    photographer.uploads("other-tab")
    visitor.waits_for("other-tab", "standing-still")

    editor.opens("standing-still")
    editor.item("other-tab").scroll_into_view_if_needed()
    keep_screenshot(editor.page, "arrived-in-the-form")
    with editor.autosaved():
        editor.adds("chosen")
    visitor.waits_for("chosen", "standing-still")
    editor.sees_no_conflict()
    keep_screenshot(editor.page, "chosen-in-the-form")
    editor.publishes()
    site.command("autogallery_drain")
    assert visitor.pictures("standing-still") == [*PICTURES, "other-tab", "chosen"]


@pytest.mark.parametrize("site_settings", [AFTER_RESPONSE_OFF], ids=["drain"])
def test_page_history_tells_in_plain_words_what_was_added_and_compares(
    site: Site, editor: Editor, photographer: Photographer, keep_screenshot: KeepScreenshot
) -> None:
    photographer.uploads("one", "two", "three")
    site.command("autogallery_drain")
    page = editor.page
    page.goto("/go-to/history/following/")
    entry = page.get_by_role("row").filter(has_text="Gallery sync added “one”, “two”, “three”")
    keep_screenshot(page, "history")
    entry.get_by_role("button").first.click()
    page.get_by_role("link", name="Compare with previous version").click()
    expect(page.locator(".addition img")).to_have_count(3)
    keep_screenshot(page, "comparison")


@pytest.mark.parametrize("user", sample(["editor", "right-to-left-reader"], "editor"))
def test_the_form_shows_all_but_the_cursor_and_what_is_folded_says_what_is_in_it(
    open_browser: OpenBrowser, keep_screenshot: KeepScreenshot, user: str
) -> None:
    page = open_browser(user)
    page.set_viewport_size({"width": 1280, "height": 2600})
    page.goto("/go-to/edit/columns/")
    for side in ("left", "right"):
        gallery = page.locator(f"[data-contentpath={side}]")
        gallery.locator("[data-streamfield-action=SETTINGS]").click()
        for name in ("auto_sync_media", "collection", "max_images", "new_images", "images"):
            expect(gallery.locator(f"[data-contentpath={name}]")).to_be_visible()
        expect(gallery.locator("[data-contentpath=cursor]")).to_be_hidden()
    keep_screenshot(page, "light")
    page.emulate_media(color_scheme="dark")
    keep_screenshot(page, "dark")

    left = page.locator("[data-contentpath=left]")
    left.locator("[data-panel-toggle]").first.click()
    titles = left.locator(".c-sf-block__title").filter(visible=True)
    expect(titles).to_have_text(["Harbor, Dunes, Lighthouse"])
    keep_screenshot(page, "gallery-folded")


def test_an_editor_keeps_a_collection_they_may_not_choose_and_is_told_so_of_a_new_gallery(
    open_browser: OpenBrowser, keep_screenshot: KeepScreenshot
) -> None:
    editor = Editor(open_browser("coast-editor"))
    menus = editor.page.get_by_label("Collection", exact=True)
    editor.opens("house")
    not_all = "All collections (you may not choose this)"
    expect(menus.locator("option")).to_have_text([not_all, "Coast", "Another collection"])
    expect(menus.locator("option:checked")).to_have_text("Another collection")
    expect(menus.locator("option:disabled")).to_have_text(not_all)
    keep_screenshot(editor.page, "another-collection")
    editor.page.get_by_role("button", name="Settings").last.click()
    with editor.autosaved():
        editor.page.get_by_label("Maximum number of images").fill("9")
    editor.publishes()
    editor.opens("house")
    expect(menus.locator("option:checked")).to_have_text("Another collection")

    body = editor.page.locator("[data-contentpath=body]")
    # Or its autosave may come while the draft is saved: that would be another version to Wagtail.
    with editor.autosaved():
        body.get_by_role("button", name="Insert a block").last.click()
        editor.page.get_by_role("option", name="Gallery", exact=True).click()
    expect(menus.last.locator("option:checked")).to_have_text(not_all)
    editor.page.get_by_label("Auto-sync new media uploads").last.check()
    editor.page.get_by_role("button", name="Save draft").click()
    refusal = editor.page.get_by_text("You may not choose images of all collections.")
    expect(refusal).to_be_visible()
    refusal.scroll_into_view_if_needed()
    keep_screenshot(editor.page, "refused")
    menus.last.select_option("Coast")
    editor.publishes()
    editor.opens("house")
    expect(menus.locator("option:checked")).to_have_text(["Another collection", "Coast"])


def test_a_line_below_the_toggle_says_what_the_gallery_is_doing(
    editor: Editor,
    photographer: Photographer,
    visitor: Visitor,
    keep_screenshot: KeepScreenshot,
) -> None:
    editor.opens("following")
    line = editor.page.locator(".autogallery-state")
    expect(line).to_have_text("Following all collections.")

    photographer.uploads("arrived")
    visitor.waits_for("arrived", "following")
    # As when somebody comes back to this window.
    editor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(line).to_contain_text("1 image added today at ")
    keep_screenshot(editor.page, "state")
    editor.page.get_by_label("Auto-sync new media uploads").uncheck()
    expect(line).to_be_hidden()


@pytest.mark.every_time
def test_a_gallery_that_is_just_switched_on_says_from_when_it_follows(editor: Editor) -> None:
    editor.opens("standing-still")
    line = editor.page.locator(".autogallery-state")
    expect(line).to_be_hidden()

    editor.page.get_by_label("Auto-sync new media uploads").check()

    expect(line).to_have_text("Follows from when it is published.")
