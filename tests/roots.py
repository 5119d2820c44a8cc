"""What every Wagtail site has from its first migration; of no test app, so any settings will do."""

from __future__ import annotations

from wagtail.models import Collection


def root_collection() -> Collection:
    """The root of all collections, made anew where a test with real transactions emptied it."""
    return Collection.get_first_root_node() or Collection.add_root(name="Root")
