"""Why a gallery that follows was never given an image."""

from __future__ import annotations

from datetime import datetime

from wagtail_autogallery.models import Arrival, Subscription
from wagtail_autogallery.sync.answers import Answer
from wagtail_autogallery.sync.image_facts import ImageFacts
from wagtail_autogallery.sync.places import Place

Found = tuple[Answer, datetime | None]


class NeverTaken:
    def __init__(
        self, image: ImageFacts, subscription: Subscription, decided_up_to: int | None
    ) -> None:
        """
        :param decided_up_to: The arrival up to which all is decided for this gallery, where that is
            another one than for others.
        """
        self.image = image
        self.subscription = subscription
        self.decided_up_to = decided_up_to

    def why(self) -> Found:
        """:return: The answer, and when the image came."""
        if not self.subscription.is_following:
            return Answer.SWITCHED_OFF, None
        if self.subscription.state == Subscription.State.COLLECTION_DELETED:
            return Answer.SCOPE_DELETED, None
        if is_closed_to(self.image.place, self.subscription):
            return Answer.PRIVATE, None
        if self.subscription.scope not in self.image.place.scopes():
            return Answer.OUTSIDE, None
        if any(self._is_to_be_decided(arrival) for arrival in self.image.arrivals):
            return Answer.WAITING, None
        entries = [arrival for arrival in self.image.arrivals if self._brought_it(arrival)]
        if not entries:
            return self._nobody_wrote_it_down()
        return self._came_at_the_wrong_time(entries[-1])

    def _nobody_wrote_it_down(self) -> Found:
        created_at = self.image.image.created_at
        if created_at >= self.image.not_looked_at_since:
            return Answer.WAITING, None
        if created_at < max(self.image.beginning, self.subscription.followed_at):
            return Answer.BEFORE, created_at
        return Answer.NOT_WRITTEN_DOWN, created_at

    @property
    def _uploaded(self) -> int | None:
        uploads = (a.pk for a in self.image.arrivals if a.kind == Arrival.Kind.UPLOAD)
        return min(uploads, default=None)

    def _brought_it(self, arrival: Arrival) -> bool:
        """Whether it came into what the gallery follows today by this."""
        if arrival.kind == Arrival.Kind.GONE:
            return False
        if arrival.is_of_collection:
            if self._uploaded is not None and self._uploaded > arrival.pk:
                return False
            before = self.image.former_places.before(arrival, self.image.key, self.image.place)
            return before is not None and self.subscription.scope not in before.scopes()
        before = Place.from_json(arrival.before)
        return before is None or self.subscription.scope not in before.scopes()

    def _is_to_be_decided(self, arrival: Arrival) -> bool:
        after = self.decided_up_to
        is_open = arrival.run_id is None or (after is not None and arrival.pk > after)
        newer_than = self._newer_than(arrival)
        return (
            is_open
            and newer_than is not None
            and self.subscription.since < newer_than
            and self._brought_it(arrival)
        )

    def _newer_than(self, arrival: Arrival) -> int | None:
        """Of a collection, only what was uploaded since a gallery follows is new to it."""
        if not arrival.is_of_collection:
            return arrival.pk
        return self._uploaded

    def _came_at_the_wrong_time(self, arrival: Arrival) -> Found:
        """
        :param arrival: That by which it came into what the gallery follows.
        """
        subscription, at = self.subscription, arrival.created_at
        if arrival.pk > subscription.since:
            newer_than = self._newer_than(arrival)
            if newer_than is None or newer_than <= subscription.since:
                return Answer.CAME_WITH_COLLECTION, at
            # When that was decided, it was elsewhere; and how it came back nobody knows.
            return Answer.NOT_WRITTEN_DOWN, at
        for scope, since, until in subscription.followed_before:
            if since < arrival.pk <= until:
                is_same = scope == subscription.scope
                return (Answer.SWITCHED_OFF if is_same else Answer.FOLLOWED_ELSE), at
        had_followed = any(since < arrival.pk for _, since, _ in subscription.followed_before)
        return (Answer.SWITCHED_OFF if had_followed else Answer.BEFORE), at


def is_closed_to(place: Place, subscription: Subscription) -> bool:
    """Whether a gallery would take images of a place if that were open to everybody."""
    around = place._replace(restricted=None)
    return subscription.scope not in place.scopes() and subscription.scope in around.scopes()
