"""Where an image is in the tree of collections, and which galleries take images from there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, QuerySet
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from wagtail_autogallery.sync.kept import GivenMany, Kept, size_for

#: What a gallery follows: a collection's primary key, or ``ALL``.
Scope = int
ALL: Scope = 0


class Place(NamedTuple):
    """A collection with all around it, and how private it is."""

    #: Primary keys of the collections from the root to this one.
    ids: tuple[int, ...]
    #: The innermost of them that only some may see; ``None`` where all are open to everybody.
    restricted: int | None = None

    def scopes(self) -> set[Scope]:
        """
        What takes images that are here: the collections around, and all of them.

        Out of a private collection only what follows a collection inside of the restriction.
        """
        if self.restricted is None:
            return {ALL, *self.ids}
        return set(self.ids[self.ids.index(self.restricted) :])

    def as_it_was(self, collection: int, around: Place) -> Place:
        """
        Where this was before a collection around it was moved, or made private or public.

        :param collection: That collection.
        :param around: Where it was itself.
        """
        inside = self.ids[self.ids.index(collection) + 1 :]
        is_restricted_inside = self.restricted in inside
        restricted = self.restricted if is_restricted_inside else around.restricted
        return Place((*around.ids, *inside), restricted)

    def as_json(self) -> dict[str, Any]:
        return {"ids": list(self.ids), "restricted": self.restricted}

    @classmethod
    def from_json(cls, stored: Any) -> Place | None:
        return cls(tuple(stored["ids"]), stored["restricted"]) if stored else None


def places_of_paths(paths: Iterable[str]) -> dict[str, Place]:
    """:param paths: Those of Wagtail's collection tree."""
    step = Collection.steplen
    around = {path: [path[:end] for end in range(step, len(path) + 1, step)] for path in paths}
    rows = (
        Collection.objects.filter(
            path__in={prefix for chain in around.values() for prefix in chain}
        )
        .annotate(
            is_restricted=Exists(
                CollectionViewRestriction.objects.filter(collection=OuterRef("pk"))
            )
        )
        .values_list("path", "pk", "is_restricted")
    )
    found = {path: (pk, is_restricted) for path, pk, is_restricted in rows}
    places = {}
    for path, chain in around.items():
        known = [found[prefix] for prefix in chain if prefix in found]
        restricted = [pk for pk, is_restricted in known if is_restricted]
        places[path] = Place(tuple(pk for pk, _ in known), restricted[-1] if restricted else None)
    return places


def place_of_collection(collection_id: int) -> Place | None:
    """:return: ``None`` where it does not exist."""
    paths = list(Collection.objects.filter(pk=collection_id).values_list("path", flat=True))
    return places_of_paths(paths)[paths[0]] if paths else None


def places_of_images(image_ids: Iterable[str]) -> dict[str, tuple[Any, Place]]:
    """
    Where images are now, by primary key as text; deleted images are not in it.

    :return: For each its key as JSON stores it, and its place.
    """
    rows = list(_images(image_ids).values_list("pk", "collection__path"))
    places = places_of_paths({path for _, path in rows})
    return {str(pk): (as_json(pk), places[path]) for pk, path in rows}


class Image(NamedTuple):
    """What a visit has to know of an image."""

    title: str
    #: Where it is, if only some may see it there.
    restricted: Place | None


def images_that_exist(image_ids: Iterable[str]) -> dict[str, Image]:
    """:return: By primary key as text."""
    keys = keys_of(image_ids)
    images = _whether_restricted(size_for(keys))
    rows = images.ask(router.db_for_read(get_image_model()), keys=keys) if keys else []
    private = {path for _, _, path, is_restricted in rows if is_restricted}
    places = places_of_paths(private) if private else {}
    return {str(pk): Image(title, places.get(path)) for pk, title, path, _ in rows}


def images_in(scope: Scope) -> QuerySet[Any]:
    """The images that a gallery takes which follows this, as far as collections tell."""
    images: QuerySet[Any] = get_image_model()._base_manager.all()
    restrictions = CollectionViewRestriction.objects.all()
    if scope != ALL:
        path = Collection.objects.filter(pk=scope).values_list("path", flat=True).first()
        if path is None:
            return images.none()
        images = images.filter(collection__path__startswith=path)
        # One of this collection, or of what is around it, is around the gallery's images as well.
        restrictions = restrictions.filter(collection__path__startswith=path)
        restrictions = restrictions.exclude(collection=scope)
    return images.exclude(Exists(_around_image(restrictions)))


@lru_cache(maxsize=16)
def _whether_restricted(size: int) -> Kept:
    """As many images: their key, title, their collection's path, and whether that is private."""

    def images(using: str) -> QuerySet[Any]:
        model = get_image_model()
        around = _around_image(CollectionViewRestriction.objects.all())
        images = model._base_manager.annotate(is_restricted=Exists(around))
        rows: QuerySet[Any] = images.filter(pk__in=GivenMany("keys", model._meta.pk, size))
        return rows.values_list("pk", "title", "collection__path", "is_restricted")

    return Kept(images)


def _around_image(restrictions: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the collection that the image of an outer query is in, and of those around it."""
    path = ExpressionWrapper(OuterRef("collection__path"), output_field=CharField())
    return restrictions.annotate(path=path).filter(path__startswith=F("collection__path"))


def _images(image_ids: Iterable[str]) -> QuerySet[Any]:
    images: QuerySet[Any] = get_image_model()._base_manager.filter(pk__in=keys_of(image_ids))
    return images


def keys_of(image_ids: Iterable[str]) -> list[Any]:
    return [key for text in image_ids if (key := as_key(text)) is not None]


def as_key(text: str) -> Any:
    """The primary key of an image from its text; ``None`` where it cannot be one."""
    field = get_image_model()._meta.pk
    try:
        key = field.to_python(text)
        field.run_validators(key)
    except ValidationError:
        return None
    return key


def as_json(pk: Any) -> Any:
    """A primary key as blocks store it."""
    return pk if isinstance(pk, int) else str(pk)
