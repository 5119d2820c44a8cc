"""The images that what arrived may bring into the scope of galleries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Min, Q
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_autogallery.models import Arrival
from wagtail_autogallery.sync.former_places import FormerPlaces
from wagtail_autogallery.sync.places import Place, Scope, places_of_images, places_of_paths

IMAGES_PER_SLICE = 500


class Candidate(NamedTuple):
    """An image that may have come into the scope of galleries."""

    arrival: Arrival
    image_id: str
    scopes: set[Scope]
    #: Galleries that follow since then or later had it before.
    newer_than: int


def candidates_of(
    arrivals: Iterable[Arrival], changed_privacy: set[str]
) -> dict[int, list[Candidate]]:
    """
    What each arrival may bring to galleries, by the arrival's primary key.

    :param changed_privacy: Takes the images that became private, or are so no more.
    """
    arrivals = list({arrival.pk: arrival for arrival in arrivals}.values())
    of_images = [a for a in arrivals if a.kind in (Arrival.Kind.UPLOAD, Arrival.Kind.MOVE)]
    places = places_of_images({a.image_id for a in of_images}) if of_images else {}
    candidates: dict[int, list[Candidate]] = {arrival.pk: [] for arrival in arrivals}
    for arrival in of_images:
        if arrival.image_id in places:
            _, place = places[arrival.image_id]
            before = Place.from_json(arrival.before)
            scopes = place.scopes() - (before.scopes() if before else set())
            if before and before.restricted != place.restricted:
                changed_privacy.add(arrival.image_id)
            candidates[arrival.pk].append(Candidate(arrival, arrival.image_id, scopes, arrival.pk))
    of_collections = [a for a in arrivals if a.is_of_collection]
    if of_collections:
        collections = _Collections(min(arrival.pk for arrival in of_collections), changed_privacy)
        for arrival in of_collections:
            candidates[arrival.pk] += collections.bring(arrival)
    return candidates


class _Collections:
    """
    Collections that were moved, or whose restriction was set or lifted, with the images in them.

    Only what was uploaded since a gallery follows is new to it.
    """

    def __init__(self, oldest: int, changed_privacy: set[str]) -> None:
        """:param oldest: Primary key of the first arrival of a collection."""
        self.moves = Arrival.objects.moves_after(oldest)
        self.former_places = FormerPlaces(self.moves.iterator())
        self.changed_privacy = changed_privacy

    def bring(self, arrival: Arrival) -> Iterator[Candidate]:
        """A slice of what is in it still, or in one that left it; with the last what left both."""
        yield from self._of_images(arrival, self._images_inside(arrival))
        if arrival.has_more:
            return
        left = self.former_places.images_that_left(arrival)
        for start in range(0, len(left), IMAGES_PER_SLICE):
            found = places_of_images(left[start : start + IMAGES_PER_SLICE])
            places = {image_id: place for image_id, (_, place) in found.items()}
            yield from self._of_images(arrival, places)

    def _images_inside(self, arrival: Arrival) -> dict[str, Place]:
        """Where the next of the images are now."""
        while True:
            collections = self.former_places.collections_of(arrival)
            rows = _images_in(collections, arrival.done_up_to)
            if self.former_places.count == self.moves.count():
                break
            # Somebody has moved what was just being read.
            self.former_places = FormerPlaces(self.moves.iterator())
        arrival.has_more = len(rows) == IMAGES_PER_SLICE
        if rows:
            arrival.done_up_to = str(rows[-1][0])
        places = places_of_paths({path for _, path in rows})
        return {str(pk): places[path] for pk, path in rows}

    def _of_images(self, arrival: Arrival, places: dict[str, Place]) -> Iterator[Candidate]:
        """
        :param places: Where the images are now, by primary key as text.
        """
        uploads = (
            Arrival.objects.of_images(places)
            .filter(kind=Arrival.Kind.UPLOAD)
            .values_list("image_id")
            .annotate(first=Min("pk"))
        )
        uploaded = dict(uploads) if places else {}
        # In the order of their uploads: primary keys need not tell.
        for image_id in sorted(places, key=lambda image_id: uploaded.get(image_id, 0)):
            now = places[image_id]
            before = self.former_places.before(arrival, image_id, now)
            # What was uploaded into it later comes by that.
            if before is None or uploaded.get(image_id, 0) > arrival.pk:
                continue
            if before.restricted != now.restricted:
                self.changed_privacy.add(image_id)
            scopes = now.scopes() - before.scopes()
            if scopes and image_id in uploaded:
                yield Candidate(arrival, image_id, scopes, newer_than=uploaded[image_id])


def _images_in(collections: set[int], done_up_to: str) -> list[tuple[Any, str]]:
    """The key and path of a slice of the images in these collections, and in what is in them."""
    paths = Collection.objects.filter(pk__in=collections).values_list("path", flat=True)
    around = [Q(collection__path__startswith=path) for path in paths]
    if not around:
        return []
    images = get_image_model()._base_manager.filter(reduce(or_, around))
    if done_up_to:
        images = images.filter(pk__gt=done_up_to)
    return list(images.order_by("pk").values_list("pk", "collection__path")[:IMAGES_PER_SLICE])
