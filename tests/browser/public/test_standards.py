"""What others have to say about the pages: axe, an HTML checker, and the security policy."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import expect

from example_site.demo_check import PASSWORD, USERNAME
from tests.samples import sample

PAGES = ["/", "/portfolio/", "/coast/", "/above-the-treeline/", "/journal/"]


@pytest.fixture
def violations(page, tools):
    """What axe finds on the page as it is now."""
    source = (tools / "axe-core" / "axe.min.js").read_text()

    def violations():
        page.evaluate(source)
        found = page.evaluate("axe.run()")["violations"]
        return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]

    return violations


@pytest.fixture
def refusals(page):
    return lambda: page.evaluate("refusals")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "_scheme",
    [
        pytest.param("light", marks=pytest.mark.browser_context_args(color_scheme="light")),
        pytest.param(
            "dark",
            marks=[pytest.mark.browser_context_args(color_scheme="dark"), pytest.mark.thorough],
        ),
    ],
)
def test_axe_finds_nothing_on_a_page(page, violations, path, _scheme):
    page.goto(path)

    assert violations() == []


@pytest.mark.every_time
def test_axe_finds_nothing_in_the_lightbox(gallery, violations):
    gallery.visit().open(2)
    # It appears gradually, and a half transparent text has too little contrast.
    gallery.lightbox.evaluate(
        "dialog => Promise.all(dialog.getAnimations().map((a) => a.finished))"
    )

    assert violations() == []


def test_axe_finds_nothing_after_more_was_shown(gallery, violations):
    gallery.visit().more.click()
    expect(gallery.links).to_have_count(18)

    assert violations() == []


def test_axe_would_find_something(page, violations):
    page.goto("/portfolio/")
    page.locator("img").first.evaluate("image => image.removeAttribute('alt')")

    assert {"image-alt", "link-name"} & {name for name, _ in violations()}


def test_the_html_is_valid(page, tools, tmp_path):
    for path in PAGES:
        html = page.request.get(path).text()
        (tmp_path / f"{path.strip('/') or 'home'}.html").write_text(html)
    page.goto("/portfolio/")
    more = page.get_by_role("link", name="Show more").get_attribute("href")
    (tmp_path / "more.html").write_text(page.request.get(f"/portfolio/{more}").text())

    assert validate(tools, tmp_path) == ""


def test_the_validator_would_find_something(tools, tmp_path):
    (tmp_path / "wrong.html").write_text("<!doctype html><p><ul><img></ul>")

    assert "img" in validate(tools, tmp_path)


def validate(tools, folder):
    checked = subprocess.run(
        [
            *("node", tools / "html-validate" / "bin" / "html-validate.mjs"),
            *("--config", tools.parent / ".htmlvalidate.json", "--formatter", "text"),
            *sorted(folder.glob("*.html")),
        ],
        capture_output=True,
        text=True,
    )
    return checked.stdout + checked.stderr


def test_the_policy_is_strict_on_public_pages_and_spares_the_editors(page):
    policy = page.request.get("/portfolio/").headers["content-security-policy"]

    assert policy == "default-src 'self'"
    assert "content-security-policy" not in page.request.get("/admin/login/").headers


@pytest.mark.parametrize("path", sample(PAGES, "/", "/portfolio/"))
def test_a_visitor_is_refused_nothing(page, refusals, path):
    page.goto(path, wait_until="networkidle")

    assert refusals() == []


def test_nothing_is_refused_of_the_lightbox_and_of_more(gallery, refusals):
    gallery.visit().more.click()
    expect(gallery.links).to_have_count(18)
    gallery.open(14).press("ArrowRight").shows(15)
    gallery.press("Escape")

    assert refusals() == []


def test_an_editor_is_refused_nothing(page, refusals):
    page.goto("/admin/login/?next=/portfolio/")
    page.fill("[name=username]", USERNAME)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/portfolio/")

    page.get_by_role("button", name="View Wagtail quick actions").click()
    expect(page.get_by_role("menuitem", name="Edit this page")).to_be_visible()

    assert refusals() == []


def test_a_refusal_would_be_seen(page, refusals, problems):
    page.goto("/portfolio/")

    page.evaluate("document.body.setAttribute('style', 'color: red')")

    page.wait_for_function("() => refusals.length")
    assert "style-src" in refusals()[0]
    problems.clear()
