"""Rebuild the subscription table from content, or add to galleries what was there before."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.base import ProgressBar
from django.db.models import Model
from wagtail.models import Page

from wagtail_autogallery.frontend.failures import forget_failures
from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.replicas import read_where_written
from wagtail_autogallery.sync.backfill import backfill as add_what_was_there
from wagtail_autogallery.sync.backfill import count
from wagtail_autogallery.sync.subscriptions import (
    forget_lost_holders,
    holder_models,
    kinds_of_galleries,
    rebuild,
)
from wagtail_autogallery.tasks import enqueue_renditions, enqueue_sync


class Command(BaseCommand):
    help = (
        "Rebuild the table of followed galleries from all pages and snippets. Needed once on a "
        "site whose content has galleries already, and after restoring a backup."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--backfill",
            metavar="PAGE",
            type=int,
            help=(
                "Rebuild nothing. Add to the galleries of the page with this id the images that "
                "were there before they followed, as a run that can be undone."
            ),
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="With --backfill: only say how many images."
        )

    @read_where_written()
    def handle(
        self, *, verbosity: int, backfill: int | None, dry_run: bool, **options: Any
    ) -> None:
        if backfill is not None:
            self._backfill(backfill, is_dry_run=dry_run)
        elif dry_run:
            raise CommandError("--dry-run says what --backfill PAGE would do: name a page as well.")
        else:
            self._rebuild(verbosity)

    def _backfill(self, page_id: int, *, is_dry_run: bool) -> None:
        page = Page.objects.filter(pk=page_id).first()
        if page is None:
            raise CommandError(f"There is no page with the id {page_id}.")
        galleries = list(Subscription.objects.following().of(HolderKey.of(page)))
        if not galleries:
            raise CommandError(f"No gallery of the page {page.title!r} follows new uploads.")
        total = 0
        for gallery in galleries:
            to_add = count(gallery)
            total += to_add
            self.stdout.write(f"{gallery}: {_many(to_add, 'image')} to add.")
        if is_dry_run or not total:
            return
        added = sum(add_what_was_there(gallery, user=None) for gallery in galleries)
        enqueue_sync()
        self.stdout.write(f"Decided to add {_many(added, 'image')}: the next drain does.")

    def _rebuild(self, verbosity: int) -> None:
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
    plurals = {"gallery": "galleries", "image": "images", "page or snippet": "pages and snippets"}
    return f"{count} {what if count == 1 else plurals[what]}"
