from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.userbar import ContentCheckerItem

from tests.factories import ImageFactory, page_with, raw_gallery
from wagtail_autogallery.editor.content_checks import RULE

pytestmark = pytest.mark.django_db


def configuration(client):
    """What Wagtail's checks run in the editor of a page with a gallery."""
    page = page_with(raw_gallery(ImageFactory(), follow=False))
    html = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    (told,) = re.findall(
        r'<script id="[a-z]*-axe-configuration" type="application/json">(.*?)</script>', html
    )
    return json.loads(told)


def test_wagtails_checks_hear_of_gallery_images_without_alternative_text(admin_client):
    told = configuration(admin_client)

    assert RULE in told["spec"]["rules"]
    assert {RULE["id"], *ContentCheckerItem.axe_run_only} == set(told["options"]["runOnly"])
    assert told["messages"][RULE["id"]]["error_name"] == "Gallery image without alternative text"
    # Of the item that is shown, and of no other.
    assert RULE not in ContentCheckerItem.axe_custom_rules


class OwnChecker(ContentCheckerItem):
    axe_messages = {"link-name": {"error_name": "Say where it leads", "help_text": ""}}


class CheckerOfTags(ContentCheckerItem):
    axe_run_only = ["wcag2a"]


@pytest.mark.parametrize("checker", [OwnChecker, CheckerOfTags])
def test_a_sites_own_checker_keeps_what_it_says_and_what_it_runs(admin_client, checker):
    def replace(request, items, page):
        items[:] = [checker()]

    with hooks.register_temporarily("construct_wagtail_userbar", replace):
        told = configuration(admin_client)

    if checker is OwnChecker:
        assert told["messages"]["link-name"]["error_name"] == "Say where it leads"
        assert RULE["id"] in told["options"]["runOnly"]
    else:
        assert told["options"]["runOnly"] == ["wcag2a"]
        assert RULE not in told["spec"]["rules"]
