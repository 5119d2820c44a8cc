"""Rebuild the subscription table from content."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.core.serializers.base import ProgressBar

from wagtail_autogallery.failures import forget_failures
from wagtail_autogallery.subscriptions import forget_lost_holders, holder_models, rebuild
from wagtail_autogallery.tasks import enqueue_renditions


class Command(BaseCommand):
    help = (
        "Rebuild the table of followed galleries from all pages and snippets. Needed once on a "
        "site whose content has galleries already, and after restoring a backup."
    )

    def handle(self, *, verbosity: int, **options: Any) -> None:
        models = holder_models()
        total = sum(model._default_manager.count() for model in models)
        progress = ProgressBar(sys.stdout if verbosity and sys.stdout.isatty() else None, total)
        looked_at = 0
        for model in models:
            for _holder in rebuild(model):
                looked_at += 1
                progress.update(looked_at)
        forgotten = forget_lost_holders()
        # Whoever calls this may have repaired what failed.
        forget_failures()
        enqueue_renditions()
        if verbosity:
            self.stdout.write(
                f"Looked at {looked_at} pages and snippets of {len(models)} types, "
                f"forgot {forgotten} galleries that no longer exist."
            )
