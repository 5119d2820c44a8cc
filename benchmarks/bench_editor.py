"""
What an editor waits for, with 1,000 images in a gallery against 10, in one browser session.

    python benchmarks/bench_editor.py [--repeat 5]

Not a test: figures differ from machine to machine. Both pages are opened and saved in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET, AdminSite
from tests.servers.serving import Server

#: The next frame that the browser has drawn, when it has nothing more urgent to do.
DRAWN = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--repeat", type=int, default=5, help="turns of each measurement")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = AdminSite(
            Path(folder),
            ROOT_URLCONF=AdminSite.module,
            WAGTAIL_ENABLE_UPDATE_CHECK=False,
            WAGTAIL_GRAVATAR_PROVIDER_URL=None,
            WAGTAIL_AUTOSAVE_INTERVAL=0,
        )
        site.create()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with Server("gunicorn gthread", site) as server:
            page = browser.new_page(base_url=f"http://127.0.0.1:{server.port}")
            page.goto("/log-in/editor/")
            json.dump(compare(page, arguments.repeat), sys.stdout, indent=2)
            print()
        browser.close()


def compare(page: Page, repeat: int) -> dict[str, Any]:
    turns: dict[str, list[dict[str, float]]] = {"ten": [], "thousand": []}
    for turn in range(repeat + 1):
        for slug, figures in turns.items():
            measured = measure(page, slug)
            if turn:
                figures.append(measured)
    few, many = (
        {name: statistics.median(turn[name] for turn in of_page) for name in of_page[0]}
        for of_page in turns.values()
    )
    limits = {
        "interactive_ms": 2 * few["interactive_ms"] + 500,
        "save_ms": 1.2 * few["save_ms"] + 300,
        "sent_kib": 150,
        "fields": few["fields"],
        "elements": 5 * few["elements"],
    }
    return {
        name: {
            "10": few[name],
            "1000": many[name],
            "at_most": limit,
            "reached": many[name] <= limit,
        }
        for name, limit in limits.items()
    }


def measure(page: Page, slug: str) -> dict[str, float]:
    started = time.perf_counter()
    page.goto(f"/go-to/edit/{slug}/")
    page.locator(".autogallery-grid__item").first.wait_for()
    page.evaluate(DRAWN)
    opened = time.perf_counter()
    form = "[...new FormData(document.querySelector('[data-edit-form]'))]"
    sent = page.evaluate(f"new Blob({form}.flat()).size")
    figures = {
        "interactive_ms": (opened - started) * 1000,
        "sent_kib": sent / 1024,
        "fields": page.evaluate(f"{form}.length"),
        "elements": page.evaluate("document.querySelectorAll('*').length"),
    }
    with page.expect_response(lambda response: response.request.method == "POST") as saved:
        page.get_by_role("button", name="Save draft").click()
    page.locator(".messages").get_by_text("has been updated").wait_for()
    return {**figures, "save_ms": saved.value.request.timing["responseStart"]}


if __name__ == "__main__":
    main()
