"""Who looks at the site, each through a browser session of their own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.servers.serving import wait_until

#: Counts the events of Wagtail's editor that a test waits for.
COUNT_EVENTS = """
window.events = {};
for (const name of [
  "w-unsaved:ready", "w-unsaved:watch-edits", "w-autosave:success", "w-autosave:error",
]) {
  window.events[name] = 0;
  document.addEventListener(name, () => { window.events[name] += 1; });
}
"""


class Visitor:
    """Somebody who looks at the public pages."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def pictures(self, slug: str) -> list[str]:
        """The names of the pictures on a page, in order."""
        self.page.goto(f"/{slug}/")
        sources = self.page.locator("img").evaluate_all("images => images.map(image => image.src)")
        return [PurePosixPath(urlsplit(source).path).name.split(".")[0] for source in sources]

    def waits_for(self, picture: str, slug: str) -> None:
        wait_until(lambda: picture in self.pictures(slug), f"{picture} is on {slug}")


class Photographer:
    """Somebody who is logged in and uploads."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def uploads(self, *names: str) -> None:
        self.page.goto("/admin/images/multiple/add/")
        self.page.set_input_files("#fileupload", [picture_file(name) for name in names])
        expect(self.page.locator("#upload-list .upload-success")).to_have_count(len(names))


class Editor:
    """Somebody who is logged in and works in Wagtail's page editor."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(COUNT_EVENTS)

    def opens(self, slug: str) -> None:
        self.page.goto(f"/go-to/edit/{slug}/")
        # Each time its script starts, Wagtail takes what the form holds two seconds later for what
        # it was loaded with: what is typed before that is not seen as an edit.
        self.page.wait_for_function(
            "events['w-unsaved:ready'] && "
            "events['w-unsaved:watch-edits'] >= events['w-unsaved:ready']"
        )

    @contextmanager
    def autosaved(self) -> Iterator[None]:
        """Wait until what is done to the form was saved by itself."""
        saved = "events['w-autosave:success']"
        before = self.page.evaluate(saved)
        yield
        self.page.wait_for_function(f"{saved} > {before} || events['w-autosave:error']")
        assert self.page.evaluate("events['w-autosave:error']") == 0, "Autosave was refused"
        expect(self.autosave_indicator).to_have_text("Saved")

    def types(self, text: str) -> None:
        """Add to the page's text, a key at a time."""
        with self.autosaved():
            self.text.press("End")
            self.text.press_sequentially(text)

    def removes(self, picture: str) -> None:
        self.item(picture).press("Delete")

    def adds(self, picture: str) -> None:
        """Upload a picture in the chooser, to the end of the page's gallery."""
        self.page.get_by_role("button", name="Choose images").last.click()
        chooser = self.page.locator(".modal-content")
        chooser.get_by_role("tab", name="Upload").click()
        chooser.locator("[type=file]").set_input_files(picture_file(picture))
        # Wagtail makes a title of the file's name.
        title = chooser.get_by_role("tabpanel", name="Upload").get_by_label("Title")
        expect(title).to_have_value(picture)
        chooser.get_by_role("button", name="Upload").click()
        expect(self.item(picture)).to_be_visible()

    def draws_box(self, around: list[Locator]) -> None:
        """Draw one with the mouse from above the images around some of them, or around none."""
        grid = self.page.locator(".autogallery-grid__list")
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        boxes = [image.bounding_box() for image in around]
        left = min((one["x"] for one in boxes), default=box["x"])
        right = max((one["x"] + one["width"] for one in boxes), default=box["x"] + 9)
        down = 30 if around else 2
        mouse = self.page.mouse
        mouse.move(left + 2, box["y"] + 2)
        mouse.down()
        mouse.move(right - 2, box["y"] + down, steps=4)
        mouse.up()

    def drops(self, target: Locator, *files: FilePayload) -> None:
        """Drop files from the disk."""
        sent = [{**file, "buffer": b64encode(file["buffer"]).decode()} for file in files]
        data = self.page.evaluate_handle(
            """files => {
              const data = new DataTransfer();
              for (const { name, mimeType, buffer } of files) {
                const bytes = Uint8Array.from(atob(buffer), (char) => char.charCodeAt(0));
                data.items.add(new File([bytes], name, { type: mimeType }));
              }
              return data;
            }""",
            sent,
        )
        for event in ("dragenter", "dragover", "drop"):
            target.dispatch_event(event, {"dataTransfer": data})

    def sees_no_conflict(self) -> None:
        """Come back to the browser's tab, whereupon Wagtail asks who else was here."""
        assert not self._who_else_saved()
        expect(self.conflict_dialog).to_be_hidden()

    def sees_a_conflict(self) -> None:
        assert self._who_else_saved()

    def _who_else_saved(self) -> list[dict[str, Any]]:
        with self.page.expect_response("**/editing-sessions/ping/**") as asked:
            self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        others = asked.value.json()["other_sessions"]
        return [session for session in others if session["revision_id"]]

    def publishes(self) -> None:
        self.page.get_by_role("button", name="More actions").click()
        self.page.get_by_role("button", name="Publish", exact=True).click()
        expect(self.conflict_dialog).to_be_hidden()
        expect(self.page.locator(".messages")).to_contain_text("published")

    @property
    def text(self) -> Locator:
        return self.page.locator("[name=body-0-value]")

    @property
    def autosave_indicator(self) -> Locator:
        return self.page.locator(".w-autosave-indicator__state:visible")

    @property
    def conflict_dialog(self) -> Locator:
        return self.page.locator("#w-save-confirmation-dialog")

    @property
    def items(self) -> Locator:
        """The images of the galleries in the form."""
        return self.page.locator(".autogallery-grid__item")

    def item(self, picture: str) -> Locator:
        return self.page.get_by_role("option", name=picture)

    @property
    def selected(self) -> Locator:
        return self.page.locator(".autogallery-grid__item[aria-selected=true]")

    def titles(self) -> list[str]:
        """Of the images in the form, in order."""
        labels = self.items.evaluate_all("all => all.map((one) => one.ariaLabel)")
        return [label.split(", ")[0] for label in labels]

    @property
    def panel(self) -> Locator:
        """In which an image is opened."""
        return self.page.locator(".autogallery-panel:visible")


def picture_file(name: str) -> FilePayload:
    """A picture as a file input takes it. Each looks different, or Wagtail warns of duplicates."""
    file = BytesIO()
    Image.effect_noise((60, 40), 80).convert("RGB").save(file, "PNG")
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": file.getvalue()}
