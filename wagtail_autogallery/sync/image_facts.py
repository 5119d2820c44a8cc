"""
What there is to know of images, to say why they are, or are not, in galleries.

Read for all of them at once: the number of queries does not grow with theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Q

from wagtail_autogallery.frontend.failures import Failures
from wagtail_autogallery.models import Arrival, Delivery, RenditionFailure, Run
from wagtail_autogallery.sync.former_places import FormerPlaces
from wagtail_autogallery.sync.missed_uploads import LONGEST_TRANSACTION
from wagtail_autogallery.sync.places import Place, places_of_paths


@dataclass
class ImageFacts:
    """What is known of one image."""

    image: Any
    place: Place
    #: What happened to it and to the collections around it, now and formerly, in that order.
    arrivals: list[Arrival]
    #: What is wrong with its file.
    failure: RenditionFailure | None
    #: Since when the app is at work.
    beginning: datetime
    #: Nobody may have written down yet what was uploaded after this; the next drain does.
    not_looked_at_since: datetime
    #: What was decided, by the primary key of the subscription.
    deliveries: dict[int, Delivery]
    runs: dict[int, Run]
    #: Names by primary key as text.
    people: dict[str, str]

    @property
    def key(self) -> str:
        return str(self.image.pk)

    @cached_property
    def former_places(self) -> FormerPlaces:
        return FormerPlaces(a for a in self.arrivals if a.kind in Arrival.MOVES)


def facts_of_images(images: Iterable[Any]) -> list[ImageFacts]:
    """What is known of each of these images."""
    images = list(images)
    places = places_of_paths({image.collection.path for image in images})
    place_of = {str(image.pk): places[image.collection.path] for image in images}
    arrivals = _arrivals_around(place_of)
    failures = Failures(images)
    beginning, decided = Run.objects.beginning_and_last()
    deliveries: dict[str, dict[int, Delivery]] = defaultdict(dict)
    for row in Delivery.objects.filter(image_id__in=place_of):
        deliveries[row.image_id][row.subscription_id] = row
    rows = [row for of_image in deliveries.values() for row in of_image.values()]
    runs = Run.objects.in_bulk({row.run_id for row in rows})
    people = _names(
        {row.marked_by for row in rows}
        | {text for run in runs.values() for text in (run.user, run.undone_by)}
    )
    return [
        ImageFacts(
            image=image,
            place=place_of[str(image.pk)],
            arrivals=arrivals[str(image.pk)],
            failure=failures.of_original(image),
            beginning=beginning,
            not_looked_at_since=max(beginning, decided - LONGEST_TRANSACTION),
            deliveries=deliveries[str(image.pk)],
            runs=runs,
            people=people,
        )
        for image in images
    ]


def _arrivals_around(place_of: dict[str, Place]) -> dict[str, list[Arrival]]:
    """Those of each image, of the collections it is in, and of those it was in."""

    def read(collections: set[int]) -> list[Arrival]:
        of_collections = Q(kind=Arrival.Kind.COLLECTION, collection_id__in=collections)
        rows = Arrival.objects.filter(Q(image_id__in=place_of) | of_collections)
        return list(rows.order_by("pk"))

    def of_image(image_id: str, place: Place) -> list[Arrival]:
        return _with_former_collections(
            place.ids,
            lambda collections: [
                arrival
                for arrival in found
                if arrival.image_id == image_id
                or (arrival.is_of_collection and arrival.collection_id in collections)
            ],
        )

    today = {collection for place in place_of.values() for collection in place.ids}
    found = _with_former_collections(today, read)
    return {image_id: of_image(image_id, place) for image_id, place in place_of.items()}


def _with_former_collections(
    today: Iterable[int], arrivals_in: Callable[[set[int]], list[Arrival]]
) -> list[Arrival]:
    collections = set(today)
    while True:
        arrivals = arrivals_in(collections)
        befores = [Place.from_json(arrival.before) for arrival in arrivals]
        found = collections.union(*(before.ids for before in befores if before))
        if found == collections:
            return arrivals
        collections = found


def _names(users: set[str]) -> dict[str, str]:
    """The names of people by primary key as text."""
    model = get_user_model()
    keys = []
    for text in users - {""}:
        try:
            keys.append(model._meta.pk.to_python(text))
        except ValidationError:
            continue
    people = model._default_manager.in_bulk(keys) if keys else {}
    return {str(key): one.get_full_name() or one.get_username() for key, one in people.items()}
