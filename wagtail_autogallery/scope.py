"""
Which of the arrived images a gallery takes: by collection, and never out of a private one.

And which of them are gone again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Value
from wagtail.images import get_image_model
from wagtail.models import Collection, CollectionViewRestriction

from wagtail_autogallery.models import Arrival

IMAGES_PER_QUERY = 500


@dataclass
class Selection:
    """The images for a gallery, and why others are not among them."""

    #: Primary keys in order of arrival, in the form JSON stores them.
    images: list[Any] = field(default_factory=list)
    #: Primary keys, as text, of those that do not exist any more.
    gone: set[str] = field(default_factory=set)
    left_out_private: bool = False


class Selections:
    """
    What the galleries of one holder take of the arrivals up to and including a run.

    Row, live revision and draft mostly ask the same: the database is asked once.
    """

    def __init__(self, upto: int) -> None:
        self.upto = upto
        self._scopes: dict[int | None, Scope | None] = {}
        self._selections: dict[tuple[int | None, int], Selection] = {}

    def of(self, collection_id: int | None, after: int) -> Selection | None:
        """:return: ``None`` when the followed collection was deleted."""
        if collection_id not in self._scopes:
            self._scopes[collection_id] = Scope.of(collection_id)
        scope = self._scopes[collection_id]
        if scope is None:
            return None
        if (collection_id, after) not in self._selections:
            self._selections[collection_id, after] = scope.select(after, self.upto)
        return self._selections[collection_id, after]


@dataclass(frozen=True)
class Scope:
    """What a gallery follows. Paths are those of Wagtail's collection tree."""

    #: Path of the followed collection; empty for all collections.
    root: str

    @classmethod
    def of(cls, collection_id: int | None) -> Scope | None:
        """:return: ``None`` when the collection was deleted."""
        if collection_id is None:
            return cls("")
        found = Collection.objects.filter(pk=collection_id).values_list("path", flat=True)
        return cls(found[0]) if found else None

    def contains(self, path: str) -> bool:
        return path.startswith(self.root)

    def select(self, after: int, upto: int) -> Selection:
        """The images of the runs after ``after`` up to and including ``upto`` that are in scope."""
        selection = Selection()
        arrivals = Arrival.objects.between(after, upto).values_list(
            "image_id", "from_collection_id"
        )
        for chunk in in_chunks(arrivals.iterator(IMAGES_PER_QUERY), IMAGES_PER_QUERY):
            places = self._current_places([image_id for image_id, _ in chunk])
            left = self._admitting({origin for _, origin in chunk if origin is not None})
            for image_id, origin in chunk:
                if image_id not in places:
                    selection.gone.add(image_id)
                    continue
                image, path, is_private = places[image_id]
                if not self.contains(path) or origin in left:
                    continue
                if is_private:
                    selection.left_out_private = True
                else:
                    selection.images.append(image)
        return selection

    def _current_places(self, image_ids: list[str]) -> dict[str, tuple[Any, str, bool]]:
        """
        Where images are now, by primary key as text; deleted images are not in it.

        :return: For each its key as JSON stores it, its collection's path, and whether that is
            private to this scope.
        """
        rows = (
            get_image_model()
            ._base_manager.filter(pk__in=image_ids)
            .annotate(is_private=self._is_private("collection__path"))
            .values_list("pk", "collection__path", "is_private")
        )
        return {
            str(pk): (pk if isinstance(pk, int) else str(pk), path, is_private)
            for pk, path, is_private in rows
        }

    def _admitting(self, collection_ids: set[int]) -> set[int]:
        """Those of the collections out of which this scope takes images."""
        if not collection_ids:
            return set()
        collections = Collection.objects.filter(pk__in=collection_ids, path__startswith=self.root)
        admitting = collections.exclude(self._is_private("path"))
        return set(admitting.values_list("pk", flat=True))

    def _is_private(self, path: str) -> Exists:
        """Whether a restriction covers the collection at ``path`` but not the followed one."""
        restrictions = CollectionViewRestriction.objects.annotate(
            path=ExpressionWrapper(OuterRef(path), output_field=CharField()),
            root=Value(self.root, output_field=CharField()),
        )
        return Exists(
            restrictions.filter(path__startswith=F("collection__path")).exclude(
                root__startswith=F("collection__path")
            )
        )


def in_chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, size)):
        yield chunk
