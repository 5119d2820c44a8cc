"""
Which of the arrived images a gallery takes: by collection, and never out of a private one.

And which of them are gone again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

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


@dataclass(frozen=True)
class Scope:
    """What a gallery follows. Paths are those of Wagtail's collection tree."""

    #: Path of the followed collection; empty for all collections.
    root: str
    #: Paths of the collections with a view restriction of their own.
    restricted: Sequence[str]

    @classmethod
    def of(cls, collection_id: int | None) -> Scope | None:
        """:return: ``None`` when the collection was deleted."""
        root = ""
        if collection_id is not None:
            found = Collection.objects.filter(pk=collection_id).values_list("path", flat=True)
            if not (root := found.first() or ""):
                return None
        restricted = CollectionViewRestriction.objects.values_list("collection__path", flat=True)
        return cls(root, sorted(set(restricted)))

    def contains(self, path: str) -> bool:
        return path.startswith(self.root)

    def is_private(self, path: str) -> bool:
        """Whether a restriction covers this collection that does not cover the followed one."""
        return any(
            path.startswith(restricted) and not self.root.startswith(restricted)
            for restricted in self.restricted
        )

    def _admits(self, path: str) -> bool:
        return self.contains(path) and not self.is_private(path)

    def select(self, after: int, upto: int) -> Selection:
        """The images of the runs after ``after`` up to and including ``upto`` that are in scope."""
        selection = Selection()
        arrivals = Arrival.objects.between(after, upto).values_list(
            "image_id", "from_collection_id"
        )
        for chunk in _chunks(arrivals.iterator(IMAGES_PER_QUERY), IMAGES_PER_QUERY):
            places = _current_collections([image_id for image_id, _ in chunk])
            left = _paths({origin for _, origin in chunk if origin is not None})
            for image_id, origin in chunk:
                if image_id not in places:
                    selection.gone.add(image_id)
                    continue
                image, path = places[image_id]
                if not self.contains(path) or (origin in left and self._admits(left[origin])):
                    continue
                if self.is_private(path):
                    selection.left_out_private = True
                else:
                    selection.images.append(image)
        return selection


def _current_collections(image_ids: list[str]) -> dict[str, tuple[Any, str]]:
    """Where images are now, by primary key as text; deleted images are not in it."""
    rows = (
        get_image_model()
        ._base_manager.filter(pk__in=image_ids)
        .values_list("pk", "collection__path")
    )
    return {str(pk): (pk if isinstance(pk, int) else str(pk), path) for pk, path in rows}


def _paths(collection_ids: set[int]) -> dict[int, str]:
    if not collection_ids:
        return {}
    return dict(Collection.objects.filter(pk__in=collection_ids).values_list("pk", "path"))


def _chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, size)):
        yield chunk
