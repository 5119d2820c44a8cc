"""Rebuild the subscription table from content."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.base import ProgressBar
from django.db.models import Model

from wagtail_autogallery.frontend.failures import forget_failures
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.sync.subscriptions import (
    forget_lost_holders,
    holder_models,
    kinds_of_galleries,
    rebuild,
)
from wagtail_autogallery.tasks import enqueue_renditions


class Command(BaseCommand):
    help = (
        "Rebuild the table of followed galleries from all pages and snippets. Needed once on a "
        "site whose content has galleries already, and after restoring a backup."
    )

    @read_where_written()
    def handle(self, *, verbosity: int, **options: Any) -> None:
        models = holder_models()
        total = sum(model._base_manager.count() for model in models)
        progress = ProgressBar(sys.stdout if verbosity and sys.stdout.isatty() else None, total)
        looked_at = 0
        found = {}
        for model in models:
            found[model] = Findings()
            for holder in rebuild(model):
                found[model].add(holder)
                looked_at += 1
                progress.update(looked_at)
        forgotten = forget_lost_holders()
        # Whoever calls this may have repaired what failed.
        forget_failures()
        enqueue_renditions()
        if verbosity:
            self._tell(found, forgotten)

    def _tell(self, found: dict[type[Model], Findings], forgotten: int) -> None:
        if not found:
            self.stdout.write("No page type and no snippet of this site has a GalleryBlock.")
        else:
            self.stdout.write(f"Found {sum(found.values(), Findings())}")
        for model, findings in found.items():
            self.stdout.write(f"    {model._meta.label}: {findings}")
        if forgotten:
            self.stdout.write(f"Forgot {_many(forgotten, 'gallery')} of what no longer exists.")


@dataclass
class Findings:
    """How many galleries there are, and in how many pages or snippets."""

    holders: int = 0
    galleries: Counter[str] = field(default_factory=Counter)

    def add(self, holder: Any) -> None:
        # A page of a type that inherits from this one is counted as what it is.
        if getattr(holder, "specific_class", type(holder)) is type(holder):
            self.holders += 1
            self.galleries.update(kinds_of_galleries(holder))

    def __add__(self, other: Findings) -> Findings:
        return Findings(self.holders + other.holders, self.galleries + other.galleries)

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.galleries.items()))
        total = _many(self.galleries.total(), "gallery")
        told = f": {kinds}" if kinds else ""
        return f"{total} in {_many(self.holders, 'page or snippet')}{told}."


def _many(count: int, what: str) -> str:
    plurals = {"gallery": "galleries", "page or snippet": "pages and snippets"}
    return f"{count} {what if count == 1 else plurals[what]}"
