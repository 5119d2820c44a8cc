"""
A real browser: Debian's Chromium, driven by Playwright.

Screenshots are kept in ``test-results/``, a folder for each test, until the next run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.people import Editor, Photographer, Visitor
from tests.servers.serving import LONGEST_WAIT, Server, Site
from tests.shared import made_once

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

TOOLS = Path(__file__).parent / "node_modules"

#: A closed network answers none of what a browser asks for by itself.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=LONGEST_WAIT * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = os.path.dirname(__file__)
    for item in items:
        if str(item.path).startswith(here + os.sep):
            item.add_marker("slow")
            if not item.get_closest_marker("every_time"):
                item.add_marker("thorough")
            if not CHROMIUM:
                item.add_marker(
                    pytest.mark.skip(reason="There is no Chromium here; CHROMIUM names another")
                )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


class AdminSite(Site):
    module = "tests.browser.site"


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "admin-site", lambda folder: AdminSite(folder).create())


@pytest.fixture
def site_settings() -> dict[str, Any]:
    """What a test has set otherwise."""
    return {}


@pytest.fixture(scope="session")
def serve(
    tmp_path_factory: pytest.TempPathFactory, _template: Path
) -> Iterator[Callable[..., Server]]:
    """Serve a site with these settings, by one server for all tests that want the same."""
    servers: dict[str, Server] = {}

    with ExitStack() as running:

        def serve(**settings: Any) -> Server:
            name = repr(sorted(settings.items()))
            if name not in servers:
                folder = tmp_path_factory.mktemp("site") / "site"
                shutil.copytree(_template, folder)
                site = AdminSite(
                    folder,
                    ROOT_URLCONF=AdminSite.module,
                    MIDDLEWARE=[
                        f"{AdminSite.module}.note_what_is_asked",
                        *django_settings.MIDDLEWARE,
                    ],
                    TEMPLATE=str(_template),
                    WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0.2,
                    # Neither is there in a closed network.
                    WAGTAIL_ENABLE_UPDATE_CHECK=False,
                    WAGTAIL_GRAVATAR_PROVIDER_URL=None,
                    **settings,
                )
                servers[name] = running.enter_context(Server("gunicorn gthread", site))
            return servers[name]

        yield serve


@pytest.fixture
def server(serve: Callable[..., Server], site_settings: dict[str, Any]) -> Iterator[Server]:
    server = serve(**site_settings)
    with server.client() as client:
        client.get("/start-over/")
    before = len(server.logged())
    yield server
    # Shown when the test has failed.
    print(server.logged()[before:])  # noqa: T201


@pytest.fixture
def site(server: Server) -> Site:
    return server.site


@pytest.fixture
def open_browser(server: Server, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """Open a page with cookies of its own."""

    def open_browser(user: str = "", **options: Any) -> Page:
        context = new_context(
            **{
                "base_url": f"http://127.0.0.1:{server.port}",
                "viewport": {"width": 1280, "height": 1000},
                **options,
            }
        )
        if user:
            expect(context.request.get(f"/log-in/{user}/")).to_be_ok()
        return context.new_page()

    return open_browser


@pytest.fixture
def editor(open_browser: Callable[..., Page]) -> Editor:
    return Editor(open_browser("editor"))


@pytest.fixture
def photographer(open_browser: Callable[..., Page]) -> Photographer:
    return Photographer(open_browser("photographer"))


@pytest.fixture
def visitor(open_browser: Callable[..., Page]) -> Visitor:
    return Visitor(open_browser())


@pytest.fixture
def keep_screenshot(output_path: str) -> Callable[[Page, str], None]:
    """Keep a picture of the page with the artifacts of the test."""

    def keep_screenshot(page: Page, name: str) -> None:
        page.screenshot(path=Path(output_path) / f"{name}.png")

    return keep_screenshot


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the checkers from npm."""
    if not TOOLS.is_dir() or not shutil.which("node"):
        pytest.skip("The checkers are not installed: make browser-tools")
    return TOOLS


@pytest.fixture
def violations_in(tools: Path) -> Callable[[Page, str], list[Any]]:
    """What axe finds in a part of a page as it is now."""
    source = (tools / "axe-core" / "axe.min.js").read_text()

    def violations_in(page: Page, part: str) -> list[Any]:
        page.evaluate(source)
        found = page.evaluate("part => axe.run(part)", part)["violations"]
        return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]

    return violations_in
