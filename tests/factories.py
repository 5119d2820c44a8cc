"""What tests are made of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import factory
import wagtail_factories
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.images import ImageFile
from django.db import DatabaseError, connection
from PIL import Image as PillowImage
from wagtail.images import get_image_model_string
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Locale,
    Page,
    Site,
)

from tests.roots import root_collection
from tests.testapp.models import (
    Album,
    AlbumPart,
    BookPage,
    Chapter,
    FeaturePage,
    FullSnippet,
    GalleryPage,
    PlainPage,
    PlainSnippet,
    Record,
    RevisedSnippet,
)
from wagtail_autogallery.models import Arrival, Delivery, HolderKey, Subscription
from wagtail_autogallery.sync.passes import sync


def root_page() -> Page:
    """
    The site's home page. Where a test with real transactions emptied the tables it is made anew,
    and the collection that every site has.
    """
    if site := Site.objects.first():
        return site.root_page
    root_collection()
    Locale.objects.get_or_create(language_code="en")
    home = Page.add_root(title="Root", slug="root").add_child(title="Home", slug="home")
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    return home


class ImageFactory(wagtail_factories.ImageFactory):
    title = factory.Sequence(lambda n: f"Picture {n}")
    file = factory.django.ImageField(width=40, height=30, color="teal")
    collection = factory.LazyFunction(root_collection)

    class Meta:
        model = get_image_model_string()


def picture_file(name: str = "picture.png") -> ImageFile:
    file = BytesIO()
    PillowImage.new("RGB", (40, 30), "teal").save(file, "PNG")
    file.seek(0)
    return ImageFile(file, name=name)


def image_of_size(
    width: int, height: int, name: str = "picture.jpg", title: str = "Picture", **options: Any
) -> Any:
    """An image with a file of its own; the options are those of Pillow."""
    file = BytesIO()
    kind = {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[name.rpartition(".")[2]]
    PillowImage.new("RGB", (width, height), "teal").save(file, kind, **options)
    return ImageFactory(title=title, file=ImageFile(file, name=name))


def drawing() -> ImageFile:
    """The file of an SVG."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"></svg>'
    return ImageFile(BytesIO(svg), name="drawing.svg")


def break_file_of(image: Any) -> None:
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(b"this is no picture")


def lose_file_of(image: Any) -> None:
    image.file.storage.delete(image.file.name)


class CollectionFactory(wagtail_factories.CollectionFactory):
    name = factory.Sequence(lambda n: f"Collection {n}")
    parent = factory.LazyFunction(root_collection)


def editor_choosing(
    *collections: Collection, actions: Sequence[str] = ("choose",), username: str = "coast-editor"
) -> Any:
    """Somebody who may edit and publish every page, and choose images of these collections."""
    group = Group.objects.create(name=username)
    group.permissions.add(Permission.objects.get(codename="access_admin"))
    for codename in ("add_page", "change_page", "publish_page"):
        GroupPagePermission.objects.create(
            group=group,
            page=root_page().get_root(),
            permission=Permission.objects.get(codename=codename),
        )
    for collection in collections:
        for action in actions:
            GroupCollectionPermission.objects.create(
                group=group,
                collection=collection,
                permission=Permission.objects.get(
                    content_type__app_label="wagtailimages", codename=f"{action}_image"
                ),
            )
    editor = get_user_model().objects.create_user(username, password="changeme")
    editor.groups.add(group)
    return editor


class GalleryPageFactory(wagtail_factories.PageFactory):
    title = factory.Sequence(lambda n: f"Gallery page {n}")
    parent = factory.LazyFunction(root_page)

    class Meta:
        model = GalleryPage


class FeaturePageFactory(GalleryPageFactory):
    title = factory.Sequence(lambda n: f"Feature page {n}")

    class Meta:
        model = FeaturePage


class PlainPageFactory(GalleryPageFactory):
    title = factory.Sequence(lambda n: f"Plain page {n}")

    class Meta:
        model = PlainPage


class BookPageFactory(GalleryPageFactory):
    title = factory.Sequence(lambda n: f"Book {n}")

    class Meta:
        model = BookPage


class FullSnippetFactory(factory.django.DjangoModelFactory):
    title = "Snippet"

    class Meta:
        model = FullSnippet


class RevisedSnippetFactory(FullSnippetFactory):
    class Meta:
        model = RevisedSnippet


class PlainSnippetFactory(FullSnippetFactory):
    class Meta:
        model = PlainSnippet


class RecordFactory(FullSnippetFactory):
    class Meta:
        model = Record


def raw_item(image: Any, **values: Any) -> dict[str, Any]:
    """A hand-picked list item, as stored."""
    return {
        "type": "item",
        "value": {
            "image": key_of(image),
            "caption": "",
            "alt_text": "",
            "delivered": "",
            **values,
        },
        "id": str(uuid.uuid4()),
    }


def raw_gallery(*images: Any, follow: bool = True, **children: Any) -> dict[str, Any]:
    """The value of a gallery, as stored."""
    return {
        "images": [raw_item(image) for image in images],
        "auto_sync_media": follow,
        "collection": None,
        "max_images": None,
        "new_images": "last",
        "review_new_images": False,
        "layout": "grid",
        "add_existing": "",
        **children,
    }


def raw_block(name: str, value: Any, block_id: str | None = None) -> dict[str, Any]:
    """A child of a stream, as stored."""
    return {"type": name, "value": value, "id": block_id or str(uuid.uuid4())}


def raw_body(*galleries: dict[str, Any]) -> list[dict[str, Any]]:
    """A stream with these galleries."""
    return [raw_block("gallery", gallery) for gallery in galleries]


def page_with(*galleries: dict[str, Any], **fields: Any) -> GalleryPage:
    """A published page with these galleries in its body."""
    page = GalleryPageFactory(body=raw_body(*galleries), **fields)
    page.save_revision().publish()
    page.refresh_from_db()
    return page


def synced_image(**fields: Any) -> Any:
    """An image that the galleries which follow have been given."""
    image = ImageFactory(**fields)
    sync()
    return image


def book_with(*galleries: dict[str, Any], **fields: Any) -> BookPage:
    """A published page with a chapter for each of these galleries."""
    book = BookPageFactory(**fields)
    for number, gallery in enumerate(galleries, 1):
        book.chapters.add(
            Chapter(title=f"Chapter {number}", sort_order=number, body=raw_body(gallery))
        )
    book.save()
    book.save_revision().publish()
    return BookPage.objects.get(pk=book.pk)


def album_with(*galleries: dict[str, Any]) -> Album:
    """A published snippet with a part for each of these galleries."""
    album = Album(title="Album")
    for number, gallery in enumerate(galleries, 1):
        album.parts.add(AlbumPart(sort_order=number, body=raw_body(gallery)))
    album.save()
    album.save_revision().publish()
    return Album.objects.get(pk=album.pk)


def images_in_children(holder: Any) -> list[list[Any]]:
    """The keys in the first gallery of each child object of a holder's row, in their order."""
    return [
        raw_images(child.body.raw_data[0]["value"]) if child.body else []
        for child in child_rows(holder)
    ]


def child_rows(holder: Any) -> list[Any]:
    if isinstance(holder, Album):
        return list(AlbumPart.objects.filter(album=holder.pk))
    return list(Chapter.objects.filter(book=holder.pk))


def images_in_children_of_revision(revision: Any) -> list[list[Any]]:
    """The same of the content of a revision."""
    revision.refresh_from_db()
    content = revision.content
    streams = [json.loads(child["body"]) for child in content.get("chapters") or content["parts"]]
    return [raw_images(stream[0]["value"]) if stream else [] for stream in streams]


@contextmanager
def unwritable(holder: Any) -> Iterator[None]:
    """Let the database refuse to write the row of a holder."""
    table = connection.ops.quote_name(type(holder)._meta.db_table)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f"UPDATE {table}") and params[-1] == holder.pk:
            raise DatabaseError("The disk is full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def follows(holder: Any) -> list[Subscription]:
    """The galleries of a holder that follow."""
    return list(Subscription.objects.following().of(HolderKey.of(holder)))


def deliveries_to(holder: Any) -> dict[str, Delivery]:
    """What the ledgers of a holder say, by the image's key as text, in the order of deciding."""
    deliveries = Delivery.objects.of(HolderKey.of(holder)).order_by("pk")
    return {delivery.image_id: delivery for delivery in deliveries}


def images_in(holder: Any, index: int = 0) -> list[Any]:
    """Primary keys of the images in a gallery of a holder's row, in order."""
    body = type(holder).objects.get(pk=holder.pk).body
    return [item["image"] and item["image"].pk for item in body[index].value["images"]]


def stored_images(holder: Any, index: int = 0) -> list[Any]:
    """The keys in a gallery of a holder's row as they are stored, of deleted images too."""
    body = type(holder).objects.get(pk=holder.pk).body.raw_data
    return raw_images(body[index]["value"])


def images_in_revision(revision: Any, index: int = 0) -> list[Any]:
    """The keys in a gallery of a revision as they are stored."""
    revision.refresh_from_db()
    return raw_images(json.loads(revision.content["body"])[index]["value"])


def raw_images(gallery: Any) -> list[Any]:
    return [item["value"]["image"] for item in gallery["images"]]


def arrivals_of(image: Any) -> list[Arrival]:
    return list(Arrival.objects.filter(image_id=str(image.pk)))


def key_of(image: Any) -> Any:
    """An image's primary key as JSON stores it."""
    key = getattr(image, "pk", image)
    return str(key) if isinstance(key, uuid.UUID) else key
