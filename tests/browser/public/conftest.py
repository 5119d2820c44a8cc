"""The example site, as visitors see it: one copy for all tests, which change nothing in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from example_site.demo_check import Site
from tests.shared import made_once

# Others may be at work on the same machine.
expect.set_options(timeout=30_000)

#: Keeps what the browser refuses to load or to apply.
WATCH_FOR_REFUSALS = """
window.refusals = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
  refusals.push(`${violatedDirective} refuses ${blockedURI} of ${sourceFile}`));
"""


@pytest.fixture(scope="session")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a filled site."""

    def paint(folder: Path) -> None:
        site = Site(folder)
        site.manage("migrate", "--verbosity", "0")
        # A quarter of the work, and large enough for what is looked at here.
        site.manage("create_demo", "--width", "800", "--verbosity", "0")

    return made_once(tmp_path_factory, "painted", paint)


@pytest.fixture(scope="session")
def example(painted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(Path(shutil.copytree(painted, tmp_path_factory.mktemp("example") / "data")))
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="session")
def browser_context_args(
    request: pytest.FixtureRequest, browser_context_args: dict[str, Any]
) -> dict[str, Any]:
    # ``--base-url`` names a site that is served already. The fixture of that name is left alone:
    # other tests would be given what it is here.
    address = request.config.getoption("base_url") or request.getfixturevalue("example").address
    return {"viewport": {"width": 1280, "height": 800}, **browser_context_args, "base_url": address}


@pytest.fixture
def problems() -> list[str]:
    """What the browser complained of: errors, and refusals of the security policy."""
    return []


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    context.add_init_script(WATCH_FOR_REFUSALS)
    return context


@pytest.fixture
def page(page: Page, problems: list[str]) -> Iterator[Page]:
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield page
    assert problems == []


@pytest.fixture
def gallery(page: Page) -> Gallery:
    return Gallery(page)


class Gallery:
    """The gallery of a page, in the words of a visitor."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.links = page.locator(".autogallery__link")
        self.more = page.get_by_role("link", name="Show more")
        self.lightbox = page.get_by_role("dialog", name="Image viewer")
        self.position = self.lightbox.locator(".autogallery__position")
        self.image = self.lightbox.locator("img")

    def visit(self, path: str = "/portfolio/") -> Gallery:
        self.page.goto(path)
        return self

    def open(self, number: int = 1) -> Gallery:
        self.links.nth(number - 1).click()
        self.shows(number)
        return self

    def press(self, key: str) -> Gallery:
        self.page.keyboard.press(key)
        return self

    def shows(self, number: int) -> None:
        expect(self.position).to_have_text(f"{number} of {self.total}")
        expect(self.image).to_have_js_property("src", self.address(number))

    def button(self, name: str) -> Locator:
        return self.lightbox.get_by_role("button", name=name)

    def link(self, number: int) -> Locator:
        return self.links.nth(number - 1)

    def address(self, number: int) -> str:
        """Of the big image."""
        return self.link(number).evaluate("link => link.href")

    @property
    def total(self) -> int:
        return {"/portfolio/": 18, "/coast/": 7, "/above-the-treeline/": 6}[
            "/" + self.page.url.split("/")[3] + "/"
        ]
