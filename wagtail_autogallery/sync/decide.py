"""Which galleries take what arrived: decided once, and written down as deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from django.db import transaction

from wagtail_autogallery.models import (
    Arrival,
    Delivery,
    Errand,
    HolderKey,
    Run,
    Start,
    Subscription,
)
from wagtail_autogallery.queue import runner
from wagtail_autogallery.sync.candidates import Candidate, candidates_of
from wagtail_autogallery.sync.places import Scope

ARRIVALS_PER_SLICE = 500
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

    def take(self, candidate: Candidate) -> Iterator[int]:
        """The galleries that take it."""
        for scope in candidate.scopes:
            yield from (pk for pk in self.by_scope[scope] if self.takes(pk, candidate))

    def takes(self, pk: int, candidate: Candidate) -> bool:
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
        decided_up_to = {start.subscription_id: start.after for start in self.starts}
        missed = [(start, self._missed_by(start)) for start in self.starts]
        singly = {a.pk: a for _, arrivals in missed for a in arrivals if not a.is_of_collection}
        candidates = candidates_of([*singly.values(), *self.waiting], self.changed_privacy)
        brought = {start: self._brought_to(start, each, candidates) for start, each in missed}
        everything = chain(*candidates.values(), *brought.values())
        scopes = {scope for candidate in everything for scope in candidate.scopes}
        self.followers = followers = _Followers.of(scopes) if scopes else _Followers()
        for start, of_start in brought.items():
            for candidate in of_start:
                if followers.takes(start.subscription_id, candidate):
                    self._deliver(start.subscription_id, candidate)
        for arrival in self.waiting:
            if len(self.deliveries) >= DELIVERIES_PER_SLICE:
                self.is_last = False
                break
            for candidate in candidates[arrival.pk]:
                for pk in followers.take(candidate):
                    # What came after that is its start's. What came before was committed late.
                    if arrival.pk <= decided_up_to.get(pk, arrival.pk):
                        self._deliver(pk, candidate)
            self.decided.append(arrival)

    def _missed_by(self, start: Start) -> list[Arrival]:
        """What arrived since a gallery follows, whatever run decided it for the others."""
        arrivals = Arrival.objects.filter(pk__gt=start.after).order_by("pk")
        if not self.is_last and self.waiting:
            arrivals = arrivals.filter(pk__lte=self.waiting[-1].pk)
        missed = list(arrivals[:ARRIVALS_PER_SLICE])
        start.is_done = len(missed) < ARRIVALS_PER_SLICE
        return missed

    def _brought_to(
        self, start: Start, missed: list[Arrival], candidates: dict[int, list[Candidate]]
    ) -> list[Candidate]:
        """
        How far others have come with a collection is nothing to a gallery that begins.

        :param candidates: Of those that are not of a collection.
        """
        found: list[Candidate] = []
        for arrival in missed:
            if arrival.is_of_collection:
                arrival.done_up_to = start.done_up_to
                found += candidates_of([arrival], self.changed_privacy)[arrival.pk]
                if arrival.has_more:
                    start.after, start.done_up_to = arrival.pk - 1, arrival.done_up_to
                    start.is_done = False
                    break
                start.done_up_to = ""
            else:
                found += candidates[arrival.pk]
            start.after = arrival.pk
        return found

    def _deliver(self, subscription: int, candidate: Candidate) -> None:
        self.deliveries.setdefault(
            (subscription, candidate.image_id),
            Delivery(
                subscription_id=subscription,
                image_id=candidate.image_id,
                arrival_id=candidate.arrival.pk,
                offer=0 if subscription in self.followers.reviewing else None,
            ),
        )

    def _showing_what_changed_privacy(self) -> set[HolderKey]:
        """The holders whose galleries have to say so, or not any more."""
        if not self.changed_privacy:
            return set()
        shown = Delivery.objects.numbered().filter(image_id__in=self.changed_privacy, mark="")
        return shown.holder_keys()

    def write(self) -> Decision:
        run = Run.objects.open(by=runner.current()).number if self.deliveries else 0
        for delivery in self.deliveries.values():
            delivery.run_id = run
        # There is at most one for each gallery and image, ever.
        Delivery.objects.bulk_create(self.deliveries.values(), ignore_conflicts=True)
        holders = [key for arrival in self.decided for key in arrival.holders]
        showing_what_is_gone = [HolderKey(*key) for key in holders]
        Errand.objects.send_to([*showing_what_is_gone, *self._showing_what_changed_privacy()])
        unfinished = [arrival for arrival in self.decided if arrival.has_more]
        for arrival in unfinished:
            arrival.save(update_fields=["done_up_to"])
        finished = [arrival.pk for arrival in self.decided if not arrival.has_more]
        Arrival.objects.filter(pk__in=finished).update(run_id=run)
        for start in self.starts:
            if start.is_done:
                start.delete()
            else:
                start.save(update_fields=["after", "done_up_to"])
        return Decision(
            run=run,
            deliveries=len(self.deliveries),
            complete=self.is_last
            and not unfinished
            and all(start.is_done for start in self.starts),
        )
