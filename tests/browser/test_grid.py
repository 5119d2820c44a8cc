"""The images of a gallery in Wagtail's page editor: by mouse, by keyboard, and from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Editor, Photographer, Visitor, picture_file
from tests.samples import sample
from tests.servers.serving import Site

KeepScreenshot = Callable[[Page, str], None]

#: Nothing is saved by itself while a test is at it.
MANUAL = pytest.mark.parametrize(
    "site_settings", [{"WAGTAIL_AUTOSAVE_INTERVAL": 0}], ids=["manual"]
)


def stored(editor: Editor, slug: str) -> list[Any]:
    """The streams of a page, as its latest version holds them."""
    # The server may just have closed the connection.
    return editor.page.request.get(f"/stored/{slug}/", max_retries=3).json()


def stored_items(editor: Editor, slug: str) -> list[dict[str, Any]]:
    """The items of the page's gallery, as its latest version holds them."""
    body, sidebar = stored(editor, slug)
    return [*body, *sidebar][-1]["value"]["images"]


def saves(editor: Editor) -> None:
    editor.page.get_by_role("button", name="Save draft").click()
    expect(editor.page.locator(".messages")).to_contain_text("has been updated")


def elements(page: Page) -> int:
    return page.evaluate("document.querySelectorAll('*').length")


def form_fields(page: Page) -> int:
    return page.evaluate("[...new FormData(document.querySelector('[data-edit-form]'))].length")


@pytest.mark.parametrize(
    ("slug", "count", "size"),
    sample(
        [
            ("empty", 0, "large"),
            ("five", 5, "large"),
            ("hundred", 100, "small"),
            ("thousand", 1000, "small"),
        ],
        ("empty", 0, "large"),
        ("thousand", 1000, "small"),
    ),
)
@MANUAL
def test_a_gallery_of_any_length_is_one_field_and_is_saved_as_it_was(
    editor: Editor, keep_screenshot: KeepScreenshot, slug: str, count: int, size: str
) -> None:
    before = stored_items(editor, slug)
    editor.opens("five")
    fields, of_few = form_fields(editor.page), elements(editor.page)
    editor.opens(slug)
    grid = editor.page.locator(".autogallery-grid")
    grid.scroll_into_view_if_needed()
    expect(editor.items).to_have_count(count)
    expect(grid.locator(".autogallery-grid__list")).to_have_attribute("data-size", size)
    keep_screenshot(editor.page, "opened")
    assert form_fields(editor.page) == fields
    sent = editor.page.locator("[name=body-0-value-images]").input_value()
    assert len(sent) <= 150 * 1024
    assert elements(editor.page) <= 5 * of_few
    # Those that are far from view are not drawn.
    assert grid.locator("img").count() <= 400
    saves(editor)

    assert stored_items(editor, slug) == before
    assert len(before) == count


@MANUAL
def test_images_are_moved_by_mouse_several_at_once_and_back(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    editor.opens("five")
    one, two, three, four, five = editor.titles()
    editor.item(two).click(modifiers=["Shift"])
    expect(editor.selected).to_have_count(2)
    editor.item(four).click(modifiers=["ControlOrMeta"])
    width = editor.item(five).bounding_box()["width"]
    editor.item(one).drag_to(editor.item(five), target_position={"x": width - 5, "y": 20})
    assert editor.titles() == [three, five, one, two, four]
    expect(editor.page.locator(".autogallery-grid .w-sr-only[role=status]")).to_have_text(
        "Moved to place 3 of 5"
    )
    editor.page.get_by_role("button", name="Undo").click()
    assert editor.titles() == [one, two, three, four, five]
    editor.item(five).drag_to(editor.item(one), target_position={"x": 5, "y": 20})
    editor.page.get_by_role("button", name="Undo").click()
    editor.item(four).drag_to(editor.item(two), target_position={"x": 5, "y": 20})
    assert editor.titles() == [one, four, two, three, five]
    editor.draws_box(around=[editor.item(four), editor.item(two)])
    keep_screenshot(editor.page, "selected-by-a-box")
    expect(editor.selected).to_have_count(2)
    expect(editor.item(two)).to_have_attribute("aria-selected", "true")
    editor.page.get_by_role("button", name="Move", exact=True).click()
    editor.item(five).click()
    assert editor.titles() == [one, three, five, four, two]
    editor.draws_box(around=[])
    expect(editor.selected).to_have_count(0)
    expect(editor.page.get_by_text("unsaved edits")).to_be_visible()
    saves(editor)

    editor.opens("five")
    assert editor.titles() == [one, three, five, four, two]


@pytest.mark.every_time
@MANUAL
def test_all_of_it_goes_by_keyboard(editor: Editor) -> None:
    page = editor.page
    editor.opens("five")
    one, two, three, four, five = editor.titles()
    editor.item(one).focus()
    keyboard = page.keyboard
    keyboard.press("ArrowRight")
    expect(editor.item(two)).to_be_focused()
    keyboard.press("Control+ArrowRight")
    expect(editor.item(two)).to_be_focused()
    assert editor.titles() == [one, three, two, four, five]
    keyboard.press("Space")
    keyboard.press("End")
    keyboard.press("Space")
    expect(editor.selected).to_have_count(2)
    keyboard.press("Control+Home")
    assert editor.titles() == [two, five, one, three, four]
    keyboard.press("Delete")
    assert editor.titles() == [one, three, four]
    expect(page.locator(".autogallery-grid .w-sr-only[role=status]")).to_have_text("2 removed")
    keyboard.press("Control+z")
    assert editor.titles() == [two, five, one, three, four]
    keyboard.press("Home")
    keyboard.press("Shift+ArrowRight")
    keyboard.press("Shift+ArrowRight")
    expect(editor.selected).to_have_count(3)
    keyboard.press("Escape")
    keyboard.press("Home")
    keyboard.press("Enter")
    expect(editor.panel).to_contain_text("Image 1 of 5")
    keyboard.press("Escape")
    expect(editor.panel).to_have_count(0)
    expect(editor.item(two)).to_be_focused()
    assert page.locator(".autogallery-grid__item[tabindex='0']").count() == 1
    saves(editor)

    editor.opens("five")
    assert editor.titles() == [two, five, one, three, four]


@MANUAL
def test_captions_are_typed_through_a_gallery_without_leaving_the_keyboard(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("five")
    fields = form_fields(page)
    editor.items.first.click()
    expect(editor.panel.get_by_label("Caption")).to_be_focused()
    for number in range(1, 6):
        page.keyboard.type(f"Caption {number}")
        keep_screenshot(page, f"caption-{number}")
        page.keyboard.press("Enter")
    page.keyboard.press("PageUp")
    expect(editor.panel.get_by_label("Caption")).to_have_value("Caption 4")
    editor.panel.get_by_role("button", name="Close").click()
    assert form_fields(page) == fields
    saves(editor)

    captions = [item["value"]["caption"] for item in stored_items(editor, "five")]
    assert captions == [f"Caption {number}" for number in range(1, 6)]


@MANUAL
def test_what_lacks_an_alternative_text_is_counted_and_found(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("hundred")
    lacking = page.get_by_role("button", name="without alternative text")
    expect(lacking).to_have_text("90 without alternative text")
    lacking.click()
    expect(editor.items).to_have_count(90)
    editor.items.first.click()
    editor.panel.get_by_label("Alternative text").fill("Waves at night")
    expect(lacking).to_have_text("89 without alternative text")
    editor.panel.get_by_role("button", name="Next image").click()
    expect(editor.panel).to_contain_text("Picture 0002")
    editor.panel.get_by_role("button", name="Close").click()
    lacking.click()
    expect(editor.items).to_have_count(100)
    saves(editor)

    assert stored_items(editor, "hundred")[0]["value"]["alt_text"] == "Waves at night"
    # Wagtail's own checks of the preview hear of them, too.
    page.get_by_role("button", name="Toggle checks").click()
    checks = page.locator("[data-side-panel=checks]")
    expect(checks).to_contain_text("Gallery image without alternative text")
    expect(checks).to_contain_text("Open the image in the gallery and say what it shows")
    keep_screenshot(page, "checks")


@MANUAL
def test_images_are_sorted_by_name_and_date_and_reversed(editor: Editor) -> None:
    editor.opens("following")
    menu = editor.page.get_by_label("Sort")
    menu.select_option("By name")
    assert editor.titles() == ["Dunes", "Harbor", "Lighthouse"]
    menu.select_option("By upload date, newest first")
    assert editor.titles() == ["Lighthouse", "Dunes", "Harbor"]
    menu.select_option("Reverse the order")
    assert editor.titles() == ["Harbor", "Dunes", "Lighthouse"]


@MANUAL
def test_five_images_are_chosen_by_seven_clicks_and_another_one_in_place_of_one(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("empty")
    count_clicks = "addEventListener('pointerdown', () => { clicks += 1; }, true)"
    page.evaluate(f"window.clicks = 0; {count_clicks}")
    page.get_by_role("button", name="Choose images").click()
    chooser = page.locator(".modal-content")
    for number in range(1000, 995, -1):
        chooser.get_by_role("checkbox", name=f"Picture {number:04}").check()
    keep_screenshot(page, "choosing")
    chooser.get_by_role("button", name="Confirm selection").click()
    expect(editor.items).to_have_count(5)
    assert page.evaluate("clicks") == 7
    # What was asked of the chooser is asked again the next time.
    collection = chooser.locator("[data-chooser-modal-search]").get_by_label("Collection")
    page.get_by_role("button", name="Choose images").click()
    collection.select_option(index=2)
    expect(chooser.get_by_role("checkbox", name="Picture")).to_have_count(0)
    collection.select_option(index=1)
    chooser.get_by_role("checkbox", name="Picture 0995").check()
    chooser.get_by_role("button", name="Confirm selection").click()
    expect(editor.items).to_have_count(6)
    page.get_by_role("button", name="Choose images").click()
    expect(collection.locator("option:checked")).to_contain_text("Root")
    chooser.locator("[data-dismiss=modal]").click()
    expect(chooser).to_be_hidden()
    keep_screenshot(page, "chosen")
    first = editor.titles()[0]
    editor.items.first.click()
    editor.panel.get_by_role("button", name="Actions").click()
    page.get_by_role("button", name="Change image").click()
    chooser.get_by_title("Picture 0990").click()
    expect(editor.panel.locator("h2")).to_have_text("Picture 0990")
    keep_screenshot(page, "replaced")
    expect(editor.items.first).to_have_accessible_name("Picture 0990")
    assert first not in editor.titles()
    saves(editor)

    editor.opens("empty")
    assert editor.titles()[0] == "Picture 0990"
    assert len(editor.titles()) == 6


def test_twenty_files_are_dropped_at_once_one_is_broken_and_none_comes_twice(
    site: Site, editor: Editor, visitor: Visitor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("house")
    names = [f"dropped-{number:02}" for number in range(1, 20)]
    files = [picture_file(name) for name in names]
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"this is no picture"}
    progress = page.locator(".autogallery-grid__progress")
    with editor.autosaved():
        editor.drops(editor.item("Harbor"), *files[:10], broken, *files[10:])
        expect(progress).to_have_text(re.compile(r"Uploading \d+ of 20"))
        keep_screenshot(page, "uploading")
        expect(progress).to_be_hidden()
    told = page.get_by_role("alert").filter(has_text="broken.png")
    expect(told.get_by_role("listitem")).to_have_count(1)
    expect(told).to_contain_text("broken.png could not be uploaded")
    assert editor.titles() == [*names, "Harbor"]
    told.scroll_into_view_if_needed()
    keep_screenshot(page, "dropped")
    key = stored_items(editor, "house")[0]["value"]["image"]
    editor.publishes()
    site.command("autogallery_drain")

    assert sorted(visitor.pictures("house")) == sorted(["harbor", *names])
    # Where the gallery looks for new ones.
    page.goto(f"/admin/images/{key}/")
    expect(page.get_by_label("Collection").locator("option:checked")).to_have_text(
        re.compile("House")
    )


@MANUAL
def test_what_came_while_the_form_was_open_is_told_and_shown_without_losing_an_edit(
    site: Site, editor: Editor, photographer: Photographer, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("following")
    editor.item("Harbor").click()
    editor.panel.get_by_label("Caption").fill("Boats")
    editor.panel.get_by_role("button", name="Close").click()
    editor.removes("Lighthouse")
    photographer.uploads("island", "pier", "reef")
    site.command("autogallery_drain")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    line = page.get_by_role("status").filter(has_text="3 images arrived since you opened this page")
    expect(line).to_contain_text("They are kept.")
    assert editor.titles() == ["Harbor", "Dunes"]
    keep_screenshot(page, "told")
    line.get_by_role("button", name="Show them").click()
    expect(editor.item("island")).to_be_focused()
    assert editor.titles() == ["Harbor", "Dunes", "island", "pier", "reef"]
    keep_screenshot(page, "shown")
    # What is undone is what this editor did, and nothing else.
    page.get_by_role("button", name="Undo").click()
    assert editor.titles() == ["Harbor", "Dunes", "Lighthouse", "island", "pier", "reef"]
    editor.removes("pier")
    editor.publishes()

    items = stored_items(editor, "following")
    assert items[0]["value"]["caption"] == "Boats"
    editor.opens("following")
    shown = ["Harbor", "Dunes", "Lighthouse", "island", "reef"]
    assert editor.titles() == shown
    site.command("autogallery_drain")
    assert len(stored_items(editor, "following")) == len(shown)


@MANUAL
def test_a_refused_item_is_opened_with_its_error_and_told_in_the_grid(
    editor: Editor, photographer: Photographer, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    key = stored_items(editor, "thousand")[699]["value"]["image"]
    editor.opens("thousand")
    editor.item("Picture 0700").click()
    editor.panel.get_by_label("Caption").fill("Of what?")
    editor.panel.get_by_role("button", name="Close").click()
    photographer.page.goto(f"/admin/images/{key}/delete/")
    photographer.page.get_by_role("button", name="Yes, delete").click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Publish", exact=True).click()

    expect(editor.panel).to_contain_text("This field is required.")
    expect(editor.panel).to_contain_text("Image 700 of 1000")
    expect(editor.panel.get_by_label("Caption")).to_have_value("Of what?")
    expect(page.get_by_role("option", name="has an error")).to_be_in_viewport()
    keep_screenshot(page, "refused")
    editor.panel.get_by_role("button", name="Close").click()
    editor.item("Deleted image").press("Delete")
    saves(editor)
    assert len(stored_items(editor, "thousand")) == 999


@pytest.mark.thorough
@MANUAL
def test_of_two_editors_the_later_one_is_asked_and_neither_loses_the_grid(
    editor: Editor, open_browser: Callable[..., Page]
) -> None:
    other = Editor(open_browser("photographer"))
    editor.opens("five")
    other.opens("five")
    one, two, three, four, five = editor.titles()
    other.removes(five)
    saves(other)
    editor.item(one).click()
    editor.panel.get_by_label("Caption").fill("Mine")
    editor.panel.get_by_role("button", name="Close").click()
    editor.item(two).press("Control+End")
    editor.sees_a_conflict()
    editor.page.get_by_role("button", name="Save draft").click()
    expect(editor.conflict_dialog).to_be_visible()
    editor.conflict_dialog.locator("[data-w-dialog-target=confirm]").click()
    expect(editor.page.locator(".messages")).to_contain_text("has been updated")

    assert editor.titles() == [one, three, four, five, two]
    assert stored_items(editor, "five")[0]["value"]["caption"] == "Mine"


@MANUAL
def test_a_sites_own_fields_keep_what_they_hold_when_they_are_opened(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    before = stored_items(editor, "rich")
    editor.opens("rich")
    editor.items.first.scroll_into_view_if_needed()
    editor.items.first.click()
    expect(editor.panel.get_by_text("A bold story")).to_be_visible()
    expect(editor.panel.get_by_text("Following", exact=True)).to_be_visible()
    keep_screenshot(page, "opened")
    page.keyboard.press("Escape")
    saves(editor)
    assert stored_items(editor, "rich") == before

    editor.items.first.click()
    editor.panel.get_by_label("Name").fill("Cove")
    saves(editor)
    (item,) = stored_items(editor, "rich")
    assert item["value"] == {
        **before[0]["value"],
        "place": {**before[0]["value"]["place"], "name": "Cove"},
    }


@MANUAL
def test_a_gallery_is_duplicated_with_what_was_just_written(editor: Editor) -> None:
    page = editor.page
    editor.opens("rich")
    editor.items.first.click()
    editor.panel.get_by_label("Caption").fill("Just written")
    editor.panel.get_by_role("button", name="Close").click()
    block = page.locator("[data-contentpath=sidebar] [data-streamfield-child]").first
    block.locator("[data-streamfield-action=DUPLICATE]").first.click()
    expect(editor.items).to_have_count(2)
    # Draftail writes its field a moment later.
    expect(page.locator("[name$=-value-story]").last).to_have_value(re.compile("bold"))
    saves(editor)

    _, (first, second) = stored(editor, "rich")
    (item,), (copy,) = first["value"]["images"], second["value"]["images"]
    assert copy["value"]["caption"] == item["value"]["caption"] == "Just written"
    assert copy["value"]["story"] == item["value"]["story"]
    assert copy["id"] != item["id"]


@MANUAL
def test_a_comment_is_written_on_a_field_of_an_item(
    editor: Editor, keep_screenshot: KeepScreenshot
) -> None:
    page = editor.page
    editor.opens("following")
    editor.item("Dunes").click()
    caption = editor.panel.locator("[data-contentpath=caption]")
    caption.hover()
    caption.locator("[data-comment-add]").click()
    keep_screenshot(page, "comment")
    page.get_by_placeholder("Enter your comments").fill("Which dunes?")
    # Comments glide to where they belong: what is pressed at a place may be let go beside it.
    page.get_by_role("button", name="Comment", exact=True).press("Enter")
    expect(editor.panel).to_be_visible()
    saves(editor)

    editor.opens("following")
    item_id = stored_items(editor, "following")[1]["id"]
    path = page.locator("[name=comments-0-contentpath]").input_value()
    assert path.endswith(f".images.{item_id}.caption")
    expect(editor.item("Dunes")).to_have_accessible_name("Dunes, no alternative text, commented")
    expect(editor.item("Harbor")).not_to_have_accessible_name(re.compile("commented"))
    expect(editor.panel).to_have_count(0)
    saves(editor)
    assert stored_items(editor, "following")[1]["id"] == item_id
    # Wagtail remembers that its comments are shown.
    page.get_by_text("Which dunes?").dispatch_event("click")
    expect(editor.panel).to_contain_text("Dunes")
    keep_screenshot(page, "commented")
    key = page.locator("[name=comments-0-id]").input_value()

    # As links in mails about a comment do.
    page.goto(f"{page.url.split('?')[0]}?comment={key}")
    expect(editor.panel).to_contain_text("Dunes")


@pytest.mark.parametrize("scheme", sample(["light", "dark"], "light"))
def test_axe_finds_nothing_in_the_grid_and_its_panel(
    editor: Editor, violations_in: Callable[..., Any], scheme: str
) -> None:
    editor.page.emulate_media(color_scheme=scheme)
    editor.opens("five")
    editor.items.first.press("Space")
    editor.page.get_by_role("button", name="Move", exact=True).click()
    expect(editor.page.get_by_text("Choose the image whose place they take.").first).to_be_visible()
    assert violations_in(editor.page, ".autogallery-grid") == []
    editor.items.first.press("Escape")
    editor.items.last.click()
    assert violations_in(editor.page, ".autogallery-grid") == []


@pytest.mark.parametrize("user", sample(["right-to-left-reader", "editor"], "right-to-left-reader"))
@MANUAL
def test_it_goes_by_touch_on_a_phone_and_in_writing_from_right_to_left(
    open_browser: Callable[..., Page], keep_screenshot: KeepScreenshot, user: str
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = open_browser(user, **phone)
    editor = Editor(page)
    page.goto("/go-to/edit/five/")
    one, two, three, four, five = editor.titles()
    editor.items.first.scroll_into_view_if_needed()
    assert page.evaluate(
        "document.querySelector('.autogallery-grid').scrollWidth <= "
        "document.querySelector('.autogallery-grid').clientWidth"
    )
    for title in (one, three):
        # Cells that are far from view are empty.
        editor.item(title).scroll_into_view_if_needed()
        editor.item(title).locator(".autogallery-grid__check").tap()
    expect(editor.selected).to_have_count(2)
    page.locator(".autogallery-grid__tools button[aria-pressed]").first.tap()
    keep_screenshot(page, "placing")
    editor.item(four).tap()
    assert editor.titles() == [two, four, one, three, five]
    expect(editor.panel).to_have_count(0)
    keep_screenshot(page, "grid")
    editor.item(two).tap()
    expect(editor.panel).to_be_visible()
    box = editor.panel.bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    keep_screenshot(page, "panel")
    page.keyboard.press("Escape")
    forward = "ArrowLeft" if user == "right-to-left-reader" else "ArrowRight"
    page.keyboard.press(forward)
    expect(editor.item(four)).to_be_focused()
    page.keyboard.press(f"Control+{forward}")
    assert editor.titles() == [two, one, four, three, five]
