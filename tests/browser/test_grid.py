"""The images of a gallery in Wagtail's page editor, by mouse, by keyboard, and by drop."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Editor, Visitor, picture_file
from tests.browser.site import PICTURES
from tests.servers.serving import Site

KeepScreenshot = Callable[[Page, str], None]


def test_look(editor: Editor, keep_screenshot: KeepScreenshot) -> None:
    page = editor.page
    page.on("console", lambda m: print("CONSOLE", m.text))
    page.on("pageerror", lambda m: print("PAGEERROR", m))
    page.goto("/go-to/edit/following/")
    page.get_by_role("option", name="Harbor").scroll_into_view_if_needed()
    keep_screenshot(page, "three")
    page.evaluate("""() => { const g = window.autogalleryGrid; for (const n of ['open','close','leave','haveForm','keep']) { const o = g.Panel.prototype[n]; g.Panel.prototype[n] = function(...a){ (window.LOG=window.LOG||[]).push('CALL '+n+' '+(new Error().stack.split('\\n').slice(2,4).join('|'))); return o.apply(this,a);} } document.addEventListener('click', (e)=>(window.LOG=window.LOG||[]).push('CLICK '+e.target.outerHTML.slice(0,100)), true); }""")
    page.get_by_role("option", name="Dunes").click()
    page.wait_for_timeout(300)
    keep_screenshot(page, "opened")
    print("LOG", page.evaluate("JSON.stringify([window.LOG, typeof autogalleryGrid])"))
    print("DBG", page.evaluate("""() => { const p = document.querySelector('.autogallery-panel'); const r = p.getBoundingClientRect(); const t=[]; for (let e=p.parentElement; e; e=e.parentElement){const c=getComputedStyle(e); if (c.transform!=='none'||c.contain!=='none'||c.filter!=='none'||c.contentVisibility!=='visible'||c.willChange!=='auto') t.push([e.className,c.transform,c.contain,c.willChange])} return JSON.stringify([p.hidden, r, t, p.innerHTML.slice(0,300), document.querySelector('[name=body-1-value-images]').value])}"""))
    page.goto("/go-to/edit/thousand/")
    page.locator(".autogallery-grid__item").first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    keep_screenshot(page, "thousand")
    page.emulate_media(color_scheme="dark")
    page.locator(".autogallery-grid__item").nth(3).click()
    page.wait_for_timeout(300)
    keep_screenshot(page, "dark")
