#!/usr/bin/env python
"""
Take the pictures of the README and the docs: the example site in a real browser, its admin, and a
film of an upload.

    python example_site/screenshots.py [folder]

Needs Chromium on the path, or named by ``CHROMIUM``.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from example_site.demo_check import PASSWORD, USERNAME, Site
from example_site.portfolio.pictures import MOUNTAINS, Picture, mountains

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
WINDOW, FILM_WINDOW, ADMIN_WINDOW = (1280, 800), (1200, 750), (1280, 900)
FILM_SIZE = (800, 500)

UPLOAD = Picture(
    "valley-fog",
    "Valley fog, six in the morning",
    "Ridges of mountains rise out of a valley full of fog.",
    MOUNTAINS,
    (1600, 1067),
    mountains.dawn_ridges,
)


class Film:
    """Screenshots, each shown for a while."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.frames: list[Image.Image] = []
        self.milliseconds: list[int] = []

    def take(self, seconds: float) -> None:
        frame = Image.open(BytesIO(self.page.screenshot()))
        self.frames.append(frame.convert("RGB").resize(FILM_SIZE, Image.Resampling.LANCZOS))
        self.milliseconds.append(int(seconds * 1000))

    def save(self, path: Path) -> None:
        first, *others = self.frames
        first.save(
            path,
            save_all=True,
            append_images=others,
            duration=self.milliseconds,
            loop=0,
            quality=72,
            method=6,
        )


def open_page(browser: Browser, site: Site, size: tuple[int, int], **options: object) -> Page:
    width, height = size
    context = browser.new_context(
        base_url=site.address,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        **options,
    )
    return context.new_page()


def take(page: Page, path: str, name: Path, open_first: bool = False) -> None:
    page.goto(path)
    if open_first:
        page.locator(".autogallery__link").first.click()
    save(page, name)


def take_screenshots(browser: Browser, site: Site, folder: Path) -> None:
    take(open_page(browser, site, WINDOW), "/portfolio/", folder / "grid.webp")
    dark = open_page(browser, site, WINDOW, color_scheme="dark")
    take(dark, "/coast/", folder / "masonry.webp")
    take(open_page(browser, site, WINDOW), "/above-the-treeline/", folder / "strip.webp")
    take(open_page(browser, site, WINDOW), "/coast/", folder / "lightbox.webp", open_first=True)


def take_admin(browser: Browser, site: Site, folder: Path) -> None:
    """What an editor sees of it, from the gallery in the form to the reports."""
    page = open_page(browser, site, ADMIN_WINDOW)
    log_in(page)
    page.goto("/portfolio/")
    edit_url = page.locator("wagtail-userbar").evaluate(
        "bar => bar.shadowRoot.querySelector('a[href*=\"/edit/\"]').getAttribute('href')"
    )
    page.goto(edit_url)
    line = page.locator(".autogallery-state")
    expect(line).to_contain_text("Following")
    why = page.get_by_role("link", name="Why is an image missing?").get_attribute("href")
    line.evaluate("line => line.closest('.autogallery-block').scrollIntoView()")
    page.mouse.wheel(0, -150)
    page.wait_for_timeout(2500)
    save(page, folder / "editor.webp")
    undo = line.get_by_role("link", name="Undo").get_attribute("href")
    page.goto(undo)
    save(page, folder / "undo.webp")
    page.goto(f"{why}?image=1")
    save(page, folder / "why.webp")
    page.goto("/admin/autogallery/reports/galleries/")
    save(page, folder / "reports.webp")


def save(page: Page, name: Path) -> None:
    page.wait_for_load_state("networkidle")
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(name, quality=82, method=6)


def film_upload(browser: Browser, site: Site, folder: Path) -> None:
    page = open_page(browser, site, FILM_WINDOW)
    film = Film(page)
    log_in(page)
    page.goto("/portfolio/")
    without_user_bar(page)
    film.take(2)
    upload(page, film)
    show_arrival(page, film)
    film.save(folder / "upload.webp")


def log_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.fill("[name=username]", USERNAME)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")


def upload(page: Page, film: Film) -> None:
    page.goto("/admin/images/multiple/add/")
    film.take(1.2)
    page.set_input_files(
        "input[type=file]",
        {"name": UPLOAD.file_name, "mimeType": "image/jpeg", "buffer": UPLOAD.jpeg().getvalue()},
    )
    form = page.locator("#upload-list form")
    expect(form).to_be_visible(timeout=30_000)
    expect(page.locator("#upload-list .progress")).to_have_css("opacity", "0", timeout=30_000)
    page.wait_for_load_state("networkidle")
    film.take(2)


def show_arrival(page: Page, film: Film) -> None:
    first = page.locator(".autogallery__link").first
    page.goto("/portfolio/")
    while UPLOAD.name not in (first.get_attribute("href") or ""):
        # The picture comes after the response of the upload.
        page.wait_for_timeout(500)
        page.reload()
    page.wait_for_load_state("networkidle")
    without_user_bar(page)
    film.take(2.5)
    first.click()
    page.wait_for_load_state("networkidle")
    film.take(2)
    for _ in range(2):
        page.get_by_role("button", name="Next image").click()
        page.wait_for_load_state("networkidle")
        page.wait_for_function("document.querySelector('.autogallery__full').complete")
        film.take(1.2)


def without_user_bar(page: Page) -> None:
    page.locator("wagtail-userbar").evaluate("bar => bar.remove()")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="autogallery-screenshots-") as data:
        site = Site(Path(data))
        site.manage("migrate", "--verbosity", "0")
        site.manage("create_demo", "--verbosity", "0")
        site.start()
        try:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
                    args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
                )
                take_screenshots(browser, site, folder)
                film_upload(browser, site, folder)
                take_admin(browser, site, folder)
                browser.close()
        finally:
            site.stop()
    for path in sorted(folder.iterdir()):
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
