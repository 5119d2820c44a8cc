"""The recipe of ``docs/headless.md``."""

import graphene
from grapple.helpers import register_streamfield_block
from grapple.models import GraphQLField, GraphQLStreamfield
from wagtail.fields import StreamField
from wagtail.models import Page

from wagtail_autogallery.blocks import GalleryBlock


class RenditionType(graphene.ObjectType):
    spec = graphene.String()
    url = graphene.String()
    full_url = graphene.String()
    width = graphene.Int()
    height = graphene.Int()


class GalleryImageType(graphene.ObjectType):
    id = graphene.ID()
    title = graphene.String()
    alt = graphene.String()
    renditions = graphene.List(RenditionType)


class GalleryItemType(graphene.ObjectType):
    image = graphene.Field(GalleryImageType)
    caption = graphene.String()


@register_streamfield_block
class PortfolioGalleryBlock(GalleryBlock):
    graphql_fields = [lambda: GraphQLField("items", GalleryItemType, is_list=True)]

    def items(self, info, values, **kwargs):
        images = self.get_api_representation(values)["images"]
        return [item["value"] for item in images]


class PortfolioPage(Page):
    body = StreamField([("gallery", PortfolioGalleryBlock())])

    graphql_fields = [GraphQLStreamfield("body")]
