"""What the line below the toggle says of a gallery in each of its states."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import Editor
from tests.servers.serving import Site

#: By the page's slug, see ``site.py``.
SAID = {
    "following-nothing": r"Follows nothing: its collection was deleted. Choose another one\.",
    "got-one": r"Following “Got-One”\. 1 image added today at \d\d:\d\d\.",
    "on-the-way": r"1 image is on its way\.",
    "locked": r"Waiting: the page is locked, by Ada Lovelace, since today at \d\d:\d\d\.",
    "full": r"Full: 1 of 1 were chosen by hand, and 1 wait\.",
    "private": r"1 image was left out: it is in a private collection\.",
    "private-by-now": r"It shows images that are in a private collection by now\.",
    "refused": r"The last change could not be written\. It is tried again\.",
    "offered": r"1 new image waits in the draft for you to publish\.",
}
NOBODY_DRAINS = "Nothing is drained: no worker or cron has run for 2 hours."


@pytest.mark.parametrize(
    "site_settings", [{"WAGTAIL_AUTOGALLERY_AFTER_RESPONSE": "off"}], ids=["by-hand"]
)
def test_each_state_is_told_when_the_form_opens(site: Site, editor: Editor) -> None:
    site.call("have_every_state")

    for slug, said in SAID.items():
        editor.page.goto(f"/go-to/edit/{slug}/")
        line = editor.page.locator(".autogallery-state")
        expect(line).to_contain_text(re.compile(said))
        expect(line).to_contain_text(NOBODY_DRAINS)
