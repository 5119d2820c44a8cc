"""What Wagtail's content checks say of galleries, beside the preview and in the user bar."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.userbar import ContentCheckerItem

#: Wagtail's own rules take an empty alternative text for that of a decoration.
RULE = {
    "id": "autogallery-alt-text",
    "impact": "moderate",
    "selector": ".autogallery__image[alt='']",
    "tags": ["best-practice"],
    # One of axe's own, which is why no script is needed.
    "any": ["non-empty-alt"],
    "enabled": True,
}

MESSAGES = {
    "error_name": _("Gallery image without alternative text"),
    "help_text": _("Open the image in the gallery and say what it shows"),
}


def add_rule(checker: ContentCheckerItem) -> None:
    """
    Have a checker hear of images of galleries that have no alternative text.

    A site that has it run rules of its own choice only is not given another one.
    """
    if not set(checker.axe_run_only or []) & set(ContentCheckerItem.axe_run_only):
        return
    rule: dict[str, Any] = RULE
    checker.axe_custom_rules = [*checker.axe_custom_rules, rule]
    checker.axe_run_only = [*checker.axe_run_only, rule["id"]]
    checker.axe_messages = {**checker.axe_messages, rule["id"]: MESSAGES}
