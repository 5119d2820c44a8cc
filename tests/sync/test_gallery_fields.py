from __future__ import annotations

from tests.testapp.models import Chapter, GalleryPage, PlainPage, PlainSnippet
from wagtail_autogallery.sync.gallery_fields import gallery_fields, is_holder


def test_only_fields_that_can_hold_a_gallery_are_looked_at():
    assert [field.name for field in gallery_fields(GalleryPage)] == ["body", "sidebar"]
    assert [field.name for field in gallery_fields(PlainSnippet)] == ["body"]
    assert gallery_fields(PlainPage) == ()


def test_what_can_hold_a_gallery_is_a_holder_but_no_child_object_of_another():
    assert is_holder(GalleryPage)
    assert is_holder(PlainSnippet)
    assert not is_holder(PlainPage)
    assert not is_holder(Chapter)
