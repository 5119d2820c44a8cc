from wagtail.fields import StreamField
from wagtail.models import AbstractPage

from wagtail_autogallery.blocks import GalleryBlock


class BasePage(AbstractPage):
    """Every page of the site has a gallery in its header."""

    header = StreamField([("gallery", GalleryBlock())], blank=True)


class StoryPage(BasePage):
    body = StreamField([("gallery", GalleryBlock())], blank=True)
