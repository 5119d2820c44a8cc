"""What an operator sees in the admin when galleries need somebody, and what helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.samples import sample
from tests.servers.serving import Site

#: Nothing is done but by the drain that the test runs in a process of its own.
pytestmark = pytest.mark.parametrize(
    "site_settings", [{"WAGTAIL_AUTOGALLERY_AFTER_RESPONSE": "off"}], ids=["by-hand"]
)

REPORTS = "/admin/autogallery/reports"
PATHS = {
    "galleries": f"{REPORTS}/galleries/",
    "runs": f"{REPORTS}/runs/",
    "run": f"{REPORTS}/runs/1/",
    "waiting": f"{REPORTS}/waiting/",
    "failed-tasks": f"{REPORTS}/failed-tasks/",
}
TABLE = "#listing-results"


@pytest.mark.parametrize("scheme", sample(["light", "dark"], "light"))
def test_axe_finds_nothing_in_the_reports_and_the_panel(
    site: Site,
    open_browser: Callable[..., Page],
    violations_in: Callable[..., Any],
    keep_screenshot: Callable[[Page, str], None],
    scheme: str,
) -> None:
    site.call("get_into_trouble")
    page = open_browser("editor")
    page.emulate_media(color_scheme=scheme)
    page.goto("/admin/")
    panel = "#autogallery-problems-section"
    expect(page.locator(panel)).to_contain_text("2 galleries could not be synced.")
    keep_screenshot(page, "panel")
    assert violations_in(page, panel) == []
    for name, path in PATHS.items():
        page.goto(path)
        expect(page.locator(f"{TABLE} tbody tr").first).to_be_visible()
        keep_screenshot(page, name)
        assert violations_in(page, TABLE) == []


def test_what_failed_is_tried_now_with_a_button(
    site: Site, open_browser: Callable[..., Page]
) -> None:
    site.call("get_into_trouble")
    page = open_browser("editor")
    page.goto("/admin/")
    page.get_by_role("link", name="Waiting galleries").click()
    row = page.get_by_role("row", name="Columns").first
    expect(row).to_contain_text("The disk is full")

    row.get_by_role("button", name="Try now").click()

    expect(page.locator(".messages")).to_contain_text("“Columns” is synced by the next drain.")
    site.command("autogallery_drain", "--limit=100")
    page.reload()
    expect(page.get_by_role("row", name="Columns")).to_have_count(0)


@pytest.mark.every_time
def test_the_reports_lead_to_each_other_and_to_the_gallery_in_its_form(
    site: Site, open_browser: Callable[..., Page]
) -> None:
    site.call("get_into_trouble")
    page = open_browser("editor")
    page.goto(PATHS["galleries"])
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page).to_have_url(PATHS["runs"])
    page.get_by_role("table").get_by_role("link", name="1", exact=True).click()
    expect(page).to_have_url(PATHS["run"])
    page.locator(TABLE).get_by_role("link", name="Following").first.click()
    expect(page.locator(".autogallery-grid").first).to_be_in_viewport()
