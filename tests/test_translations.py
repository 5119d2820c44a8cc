from __future__ import annotations

from django.utils.translation import override

from wagtail_autogallery.blocks import GalleryBlock
from wagtail_autogallery.models import Subscription


def test_what_editors_read_is_translated():
    toggle = GalleryBlock().child_blocks["auto_sync_media"]

    with override("de"):
        assert str(toggle.label) == "Neu hochgeladene Bilder automatisch aufnehmen"
        assert str(Subscription.State.LOCKED.label) == "Wartet: Die Seite ist gesperrt"
