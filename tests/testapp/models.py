"""Every kind of holder, and an image model of the site's own."""

import uuid

from django.contrib.auth.models import Group
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models.functions import Upper
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from taggit.managers import TaggableManager
from taggit.models import GenericUUIDTaggedItemBase, TaggedItemBase
from wagtail import VERSION, blocks
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.images.models import AbstractImage, AbstractRendition, Image
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    Page,
    RevisionMixin,
    Task,
    WorkflowMixin,
)
from wagtail.snippets.models import register_snippet

from wagtail_autogallery.blocks import GalleryBlock, GalleryImagesBlock, GalleryItemBlock

#: An API field that can be written, where Wagtail can do that.
WRITABLE = {"writable": True} if VERSION >= (8, 0) else {}


class CustomImage(AbstractImage):
    photographer = models.CharField(max_length=255, blank=True)

    admin_form_fields = (*Image.admin_form_fields, "photographer")


class CustomRendition(AbstractRendition):
    image = models.ForeignKey(CustomImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = [("image", "filter_spec", "focal_point_key")]


class DroneImage(Image):
    """Images of one kind, as some sites tell them apart."""

    class Meta:
        proxy = True


class UUIDTag(GenericUUIDTaggedItemBase, TaggedItemBase):
    pass


class UUIDImage(AbstractImage):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Taggit's own table holds integer keys only.
    tags = TaggableManager(through=UUIDTag, blank=True)

    admin_form_fields = Image.admin_form_fields


class UUIDRendition(AbstractRendition):
    image = models.ForeignKey(UUIDImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = [("image", "filter_spec", "focal_point_key")]


class CreditedItemBlock(GalleryItemBlock):
    credit = blocks.CharBlock(required=False, default="unknown")


class CreditedGalleryBlock(GalleryBlock):
    images = GalleryImagesBlock(CreditedItemBlock())
    heading = blocks.CharBlock(required=False)


class RichItemBlock(GalleryItemBlock):
    """With fields whose form is not what is stored."""

    story = blocks.RichTextBlock(required=False)
    related = blocks.PageChooserBlock(required=False)
    place = blocks.StructBlock(
        [
            ("name", blocks.CharBlock(required=False)),
            ("links", blocks.ListBlock(blocks.URLBlock(), default=[])),
        ]
    )


class RichGalleryBlock(GalleryBlock):
    images = GalleryImagesBlock(RichItemBlock())


class ColumnsBlock(blocks.StructBlock):
    left = GalleryBlock()
    right = GalleryBlock()


class BodyBlock(blocks.StreamBlock):
    text = blocks.CharBlock()
    gallery = GalleryBlock()
    credited_gallery = CreditedGalleryBlock()
    columns = ColumnsBlock()
    sections = blocks.ListBlock(blocks.StructBlock([("gallery", GalleryBlock())]))
    nested = blocks.StreamBlock([("gallery", GalleryBlock())])


class GalleryPage(Page):
    body = StreamField(BodyBlock(), blank=True)
    sidebar = StreamField(
        [("gallery", GalleryBlock()), ("rich_gallery", RichGalleryBlock())], blank=True
    )

    content_panels = [*Page.content_panels, FieldPanel("body"), FieldPanel("sidebar")]
    api_fields = [APIField("body", **WRITABLE)]


class FeaturePage(GalleryPage):
    """A page type that inherits its galleries, and has more."""

    aside = StreamField([("gallery", GalleryBlock())], blank=True)

    content_panels = [*GalleryPage.content_panels, FieldPanel("aside")]


class PlainPage(Page):
    body = StreamField([("text", blocks.CharBlock())], blank=True)


class BookPage(Page):
    """A page whose galleries are in its children."""

    content_panels = [*Page.content_panels, InlinePanel("chapters")]
    api_fields = [APIField("chapters", **WRITABLE)]


class Chapter(Orderable, ClusterableModel):
    book = ParentalKey(BookPage, on_delete=models.CASCADE, related_name="chapters")
    title = models.CharField(max_length=255, blank=True)
    body = StreamField([("gallery", GalleryBlock())], blank=True)

    panels = [FieldPanel("title"), FieldPanel("body")]
    api_fields = [APIField("body", **WRITABLE)]


class Footnote(Orderable):
    chapter = ParentalKey(Chapter, on_delete=models.CASCADE, related_name="footnotes")
    text = models.CharField(max_length=255)


class WithBody(models.Model):
    title = models.CharField(max_length=255)
    body = StreamField(BodyBlock(), blank=True)

    panels = [FieldPanel("title"), FieldPanel("body")]

    class Meta:
        abstract = True

    def __str__(self):
        return self.title


@register_snippet
class FullSnippet(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, WithBody):
    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        for_concrete_model=False,
    )


@register_snippet
class RevisedSnippet(RevisionMixin, WithBody):
    pass


@register_snippet
class PlainSnippet(WithBody):
    pass


@register_snippet
class Album(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, ClusterableModel):
    """A snippet whose galleries are in its children."""

    title = models.CharField(max_length=255)

    panels = [FieldPanel("title"), InlinePanel("parts")]
    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        for_concrete_model=False,
    )

    def __str__(self):
        return self.title


class AlbumPart(Orderable):
    album = ParentalKey(Album, on_delete=models.CASCADE, related_name="parts")
    body = StreamField([("gallery", GalleryBlock())], blank=True)

    panels = [FieldPanel("body")]


class Record(WithBody):
    """Neither a page nor a snippet."""


class ClosedTask(Task):
    """A workflow step in which nobody edits."""

    def locked_for_user(self, obj, user):
        return True


class EverythingPage(Page):
    """A page with a field of each kind that is written in a way of its own."""

    body = StreamField([("gallery", GalleryBlock())], blank=True)
    notes = StreamField([("text", blocks.CharBlock())], blank=True)
    subtitle = models.CharField(max_length=255, blank=True)
    loud_subtitle = models.GeneratedField(
        expression=Upper("subtitle"),
        output_field=models.CharField(max_length=255),
        db_persist=True,
    )
    facts = models.JSONField(default=dict)
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)
    opens_at = models.DateTimeField(null=True, blank=True)
    touched_at = models.DateTimeField(auto_now=True)
    cover = models.ForeignKey(
        "wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    attachment = models.FileField(upload_to="attachments", blank=True)
    tags = ClusterTaggableManager(through="testapp.PageTag", blank=True)
    readers = ParentalManyToManyField(Group, blank=True)


class PageTag(TaggedItemBase):
    content_object = ParentalKey(
        EverythingPage, on_delete=models.CASCADE, related_name="tagged_items"
    )


class PageLink(Orderable):
    page = ParentalKey(EverythingPage, on_delete=models.CASCADE, related_name="links")
    url = models.URLField()
