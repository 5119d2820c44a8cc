from __future__ import annotations

from typing import Any

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import CharBlock, RichTextBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model_string
from wagtail.models import Page, PageQuerySet

from wagtail_autogallery.blocks import GalleryBlock


def picture_field(**options: Any) -> models.ForeignKey:
    """A picture a page can do without: the page outlives it."""
    return models.ForeignKey(
        get_image_model_string(),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        **options,
    )


class HomePage(Page):
    introduction = models.TextField(blank=True)
    picture = picture_field()

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("picture"),
    ]
    max_count = 1

    @property
    def portfolios(self) -> PageQuerySet:
        return GalleryPage.objects.child_of(self).live().select_related("picture")

    @property
    def journal(self) -> PageQuerySet:
        entries = PlainPage.objects.descendant_of(self).live().exclude(date=None)
        return entries.select_related("picture").order_by("-date")[:2]


class GalleryPage(Page):
    introduction = models.TextField(blank=True)
    picture = picture_field(help_text="Stands for this page on the home page.")
    body = StreamField(
        [
            ("heading", CharBlock(form_classname="title", icon="title")),
            ("paragraph", RichTextBlock(features=["bold", "italic", "link"])),
            ("gallery", GalleryBlock(page_size=12)),
        ],
        blank=True,
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("picture"),
        FieldPanel("body"),
    ]


class PlainPage(Page):
    date = models.DateField(null=True, blank=True)
    introduction = models.TextField(blank=True)
    picture = picture_field()
    body = RichTextField(blank=True, features=["h2", "bold", "italic", "link", "ul"])

    content_panels = [
        *Page.content_panels,
        FieldPanel("date"),
        FieldPanel("introduction"),
        FieldPanel("picture"),
        FieldPanel("body"),
    ]

    @property
    def entries(self) -> PageQuerySet:
        return PlainPage.objects.child_of(self).live().select_related("picture").order_by("-date")
