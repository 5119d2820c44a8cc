"""
Where images were before a collection was moved or opened, walked back from where they are today.

What is decided later than it happened finds another tree: images may have left the collection, and
collections inside of it too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from wagtail_autogallery.models import Arrival
from wagtail_autogallery.sync.places import Place


class _Move(NamedTuple):
    #: Primary key of the arrival that tells of it.
    arrival: int
    #: The collection that moved, or became private or public; ``None`` for an image.
    collection: int | None
    #: Where it was; ``None`` where the database did not know that any more.
    before: Place | None

    def is_out_of(self, collections: set[int]) -> bool:
        return self.before is not None and not collections.isdisjoint(self.before.ids)


class FormerPlaces:
    def __init__(self, moves: Iterable[Arrival]) -> None:
        """
        :param moves: All that moved, or became private or public, since what is asked about, in
            that order.
        """
        self.count = 0
        self._of_collections: list[_Move] = []
        self._of_images: dict[str, list[_Move]] = defaultdict(list)
        # Of very many images most came from the same few places.
        places: dict[Place | None, Place | None] = {}
        for arrival in moves:
            self.count += 1
            before = Place.from_json(arrival.before)
            before = places.setdefault(before, before)
            move = _Move(arrival.pk, arrival.collection_id, before)
            if move.collection is None:
                self._of_images[arrival.image_id].append(move)
            else:
                self._of_collections.append(move)

    def before(self, arrival: Arrival, image_id: str, today: Place) -> Place | None:
        """
        Where an image was before a collection was moved, or made private or public.

        :param arrival: That of the collection.
        :param today: Where the image is now.
        :return: ``None`` for an image that was not in the collection then.
        """
        place = self._after(arrival.pk, image_id, today)
        around = Place.from_json(arrival.before)
        collection = arrival.collection_id
        if place is None or around is None or collection not in place.ids:
            return None
        return place.as_it_was(collection, around)

    def _after(self, arrival: int, image_id: str, today: Place) -> Place | None:
        moves = [*self._of_collections, *self._of_images.get(image_id, ())]
        place: Place | None = today
        for move in sorted((m for m in moves if m.arrival > arrival), reverse=True):
            if move.collection is None:
                place = move.before
            elif place and move.before and move.collection in place.ids:
                place = place.as_it_was(move.collection, move.before)
        return place

    def collections_of(self, arrival: Arrival) -> set[int]:
        """The collection of an arrival, and those that left it since, or left one that did."""
        found = {arrival.collection_id or 0}
        for move in self._of_collections:
            if move.arrival > arrival.pk and move.is_out_of(found):
                found.add(move.collection or 0)
        return found

    def images_that_left(self, arrival: Arrival) -> list[str]:
        """The images that were moved since out of the collection of an arrival, or about in it."""
        collections = self.collections_of(arrival)
        return [
            image_id
            for image_id, moves in self._of_images.items()
            if any(m.arrival > arrival.pk and m.is_out_of(collections) for m in moves)
        ]
