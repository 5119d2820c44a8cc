"""Which galleries take what arrived: decided once, and written down as deliveries."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Min, Q
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_autogallery.models import Arrival, Delivery, Errand, Run, Start, Subscription
from wagtail_autogallery.queue import runner
from wagtail_autogallery.sync.former_places import FormerPlaces
from wagtail_autogallery.sync.places import Place, Scope, places_of_images, places_of_paths

logger = logging.getLogger(__name__)

ARRIVALS_PER_SLICE = 500
IMAGES_PER_SLICE = 500
STARTS_PER_SLICE = 100
#: A slice ends with the arrival that makes it more.
DELIVERIES_PER_SLICE = 10_000


@dataclass
class Decision:
    """What one slice came to."""

    #: The newest run.
    run: int = 0
    deliveries: int = 0
    #: Whether nothing is left to be decided.
    complete: bool = True


class _Candidate(NamedTuple):
    """An image that may have come into the scope of galleries."""

    arrival: Arrival
    image_id: str
    scopes: set[Scope]
    #: Galleries that follow since then or later had it before.
    newer_than: int


@dataclass
class _Followers:
    """The galleries that follow the scopes in question."""

    by_scope: dict[Scope, list[int]] = field(default_factory=lambda: defaultdict(list))
    scope_and_since: dict[int, tuple[Scope, int]] = field(default_factory=dict)
    #: Those whose new images wait for somebody to look at them.
    reviewing: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, scopes: set[Scope]) -> _Followers:
        followers = cls()
        rows = Subscription.objects.following().filter(scope__in=scopes).order_by("pk")
        columns = rows.values_list("pk", "scope", "since", "review_new_images")
        for pk, scope, since, reviews in columns:
            followers.by_scope[scope].append(pk)
            followers.scope_and_since[pk] = (scope, since)
            if reviews:
                followers.reviewing.add(pk)
        return followers

    def take(self, candidate: _Candidate) -> Iterator[int]:
        """The galleries that take it."""
        for scope in candidate.scopes:
            yield from (pk for pk in self.by_scope[scope] if self.takes(pk, candidate))

    def takes(self, pk: int, candidate: _Candidate) -> bool:
        if pk not in self.scope_and_since:
            return False
        scope, since = self.scope_and_since[pk]
        return scope in candidate.scopes and since < candidate.newer_than


def decide() -> Decision:
    """
    Decide for a slice of what waits, in a transaction under the lock of all deciding.

    Touches no row that an editor's transaction may hold, so it waits for no editor.
    """
    with transaction.atomic():
        Run.objects.lock()
        starts = list(Start.objects.order_by("pk")[:STARTS_PER_SLICE])
        waiting = list(Arrival.objects.waiting().order_by("pk")[:ARRIVALS_PER_SLICE])
        if not starts and not waiting:
            return Decision()
        slice_ = _Slice(waiting, starts)
        slice_.decide()
        return slice_.write()


class _Slice:
    def __init__(self, waiting: list[Arrival], starts: list[Start]) -> None:
        self.waiting = waiting
        self.starts = starts
        self.is_last = len(waiting) < ARRIVALS_PER_SLICE and len(starts) < STARTS_PER_SLICE
        self.decided: list[Arrival] = []
        self.deliveries: dict[tuple[int, str], Delivery] = {}
        self.changed_privacy: set[str] = set()
        self.followers = _Followers()

    def decide(self) -> None:
        seen_before = {start.subscription_id: self._missed_by(start) for start in self.starts}
        missed = {arrival.pk: arrival for each in seen_before.values() for arrival in each}
        candidates = _candidates([*missed.values(), *self.waiting], self.changed_privacy)
        scopes = {scope for of_one in candidates.values() for c in of_one for scope in c.scopes}
        self.followers = followers = _Followers.of(scopes) if scopes else _Followers()
        new = set(seen_before)
        for pk, arrivals in seen_before.items():
            for arrival in arrivals:
                for candidate in candidates[arrival.pk]:
                    if followers.takes(pk, candidate):
                        self._deliver(pk, candidate)
        for arrival in self.waiting:
            if len(self.deliveries) >= DELIVERIES_PER_SLICE:
                self.is_last = False
                break
            for candidate in candidates[arrival.pk]:
                for pk in followers.take(candidate):
                    if pk not in new:
                        self._deliver(pk, candidate)
            self.decided.append(arrival)

    def _missed_by(self, start: Start) -> list[Arrival]:
        """What arrived since a gallery follows, whatever run decided it for the others."""
        arrivals = Arrival.objects.filter(pk__gt=start.after).order_by("pk")
        if not self.is_last and self.waiting:
            arrivals = arrivals.filter(pk__lte=self.waiting[-1].pk)
        missed = list(arrivals[:ARRIVALS_PER_SLICE])
        start.is_done = len(missed) < ARRIVALS_PER_SLICE
        if missed:
            start.after = missed[-1].pk
        return missed

    def _deliver(self, subscription: int, candidate: _Candidate) -> None:
        self.deliveries.setdefault(
            (subscription, candidate.image_id),
            Delivery(
                subscription_id=subscription,
                image_id=candidate.image_id,
                arrival_id=candidate.arrival.pk,
                offer=0 if subscription in self.followers.reviewing else None,
            ),
        )

    def _showing_what_changed_privacy(self) -> list[tuple[int, str]]:
        """The holders whose galleries have to say so, or not any more."""
        if not self.changed_privacy:
            return []
        shown = Delivery.objects.numbered().filter(image_id__in=self.changed_privacy, mark="")
        holders = shown.values_list("subscription__content_type_id", "subscription__object_id")
        return list(holders.distinct())

    def write(self) -> Decision:
        run = Run.objects.open(by=runner.current()).number if self.deliveries else 0
        for delivery in self.deliveries.values():
            delivery.run_id = run
        # There is at most one for each gallery and image, ever.
        Delivery.objects.bulk_create(self.deliveries.values(), ignore_conflicts=True)
        showing_what_is_gone = [key for arrival in self.decided for key in arrival.holders]
        Errand.objects.bulk_create(
            Errand(content_type_id=content_type, object_id=pk)
            for content_type, pk in [*showing_what_is_gone, *self._showing_what_changed_privacy()]
        )
        unfinished = [arrival for arrival in self.decided if arrival.has_more]
        for arrival in unfinished:
            arrival.save(update_fields=["done_up_to"])
        finished = [arrival.pk for arrival in self.decided if not arrival.has_more]
        Arrival.objects.filter(pk__in=finished).update(run_id=run)
        for start in self.starts:
            if start.is_done:
                start.delete()
            else:
                start.save(update_fields=["after"])
        return Decision(
            run=run,
            deliveries=len(self.deliveries),
            complete=self.is_last
            and not unfinished
            and all(start.is_done for start in self.starts),
        )


def _candidates(
    arrivals: Iterable[Arrival], changed_privacy: set[str]
) -> dict[int, list[_Candidate]]:
    """
    What each arrival may bring to galleries, by the arrival's primary key.

    :param changed_privacy: Takes the images that became private, or are so no more.
    """
    arrivals = list({arrival.pk: arrival for arrival in arrivals}.values())
    of_images = [a for a in arrivals if a.kind in (Arrival.Kind.UPLOAD, Arrival.Kind.MOVE)]
    places = places_of_images({a.image_id for a in of_images}) if of_images else {}
    candidates: dict[int, list[_Candidate]] = {arrival.pk: [] for arrival in arrivals}
    for arrival in of_images:
        if arrival.image_id in places:
            _, place = places[arrival.image_id]
            before = Place.from_json(arrival.before)
            scopes = place.scopes() - (before.scopes() if before else set())
            if before and before.restricted != place.restricted:
                changed_privacy.add(arrival.image_id)
            candidates[arrival.pk].append(_Candidate(arrival, arrival.image_id, scopes, arrival.pk))
    for arrival in arrivals:
        if arrival.kind == Arrival.Kind.COLLECTION:
            candidates[arrival.pk] += _candidates_of_collection(arrival, changed_privacy)
    return candidates


def _candidates_of_collection(arrival: Arrival, changed_privacy: set[str]) -> Iterator[_Candidate]:
    """
    The images of a collection that was moved, or whose restriction was set or lifted.

    Only what was uploaded since a gallery follows is new to it.
    """
    inside, former = _images_inside(arrival)
    yield from _brought(arrival, inside, former, changed_privacy)
    if arrival.has_more:
        return
    left = former.images_that_left(former.inside(arrival.collection_id or 0))
    for start in range(0, len(left), IMAGES_PER_SLICE):
        found = places_of_images(left[start : start + IMAGES_PER_SLICE])
        places = {image_id: place for image_id, (_, place) in found.items()}
        yield from _brought(arrival, places, former, changed_privacy)


def _images_inside(arrival: Arrival) -> tuple[dict[str, Place], FormerPlaces]:
    """
    A slice of those that are in the collection still, or in one that left it, where they are now.

    :return: With them, what moved before they were read, and while.
    """
    former = FormerPlaces(Arrival.objects.moves_after(arrival.pk))
    while True:
        collections = former.inside(arrival.collection_id or 0)
        rows = _images_in(collections, arrival.done_up_to)
        former = FormerPlaces(Arrival.objects.moves_after(arrival.pk))
        if former.inside(arrival.collection_id or 0) == collections:
            break
    arrival.has_more = len(rows) == IMAGES_PER_SLICE
    if rows:
        arrival.done_up_to = str(rows[-1][0])
    places = places_of_paths({path for _, path in rows})
    return {str(pk): places[path] for pk, path in rows}, former


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


def _brought(
    arrival: Arrival, places: dict[str, Place], former: FormerPlaces, changed_privacy: set[str]
) -> Iterator[_Candidate]:
    """
    What a collection brought.

    :param places: Where each image is now.
    """
    if not places:
        return
    uploads = (
        Arrival.objects.of_images(places)
        .filter(kind=Arrival.Kind.UPLOAD)
        .values_list("image_id")
        .annotate(first=Min("pk"))
    )
    uploaded = dict(uploads)
    # In the order of their uploads: primary keys need not tell.
    for image_id in sorted(places, key=lambda image_id: uploaded.get(image_id, 0)):
        now = places[image_id]
        before = former.before(arrival, image_id, now)
        # What was uploaded into it later comes by that.
        if before is None or uploaded.get(image_id, 0) > arrival.pk:
            continue
        if before.restricted != now.restricted:
            changed_privacy.add(image_id)
        scopes = now.scopes() - before.scopes()
        if scopes and image_id in uploaded:
            yield _Candidate(arrival, image_id, scopes, newer_than=uploaded[image_id])
