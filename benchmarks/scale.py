"""What a large site costs: many galleries that follow something else, and a long ledger."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import F, Max
from wagtail.images import get_image_model
from wagtail.models import Collection

from benchmarks.measure import bound, peak_kilobytes, queries, ratio, seconds, summary
from benchmarks.scenarios import Figures, followed_pages, start_over
from tests.factories import (
    CollectionFactory,
    ImageFactory,
    page_with,
    raw_body,
    raw_gallery,
    root_collection,
)
from tests.testapp.models import PlainSnippet
from wagtail_autogallery.models import Arrival, Delivery, HolderKey, Subscription
from wagtail_autogallery.sync.cursors import Cursor
from wagtail_autogallery.sync.decide import ARRIVALS_PER_SLICE
from wagtail_autogallery.sync.passes import sync

ROWS_AT_ONCE = 5000


def galleries_of_their_own(many: int, repeat: int) -> Figures:
    """
    One upload for one of ten galleries that each follow a collection of their own, against the same
    while ``many`` others follow theirs.

    The others are snippets, subscriptions and collections that were put into their tables.
    """
    start_over()
    collections = [CollectionFactory() for _ in range(10)]
    for collection in collections:
        page_with(raw_gallery(collection=collection.pk))
    others = _followers_of_their_own(many)
    number = iter(range(10**9))

    def upload() -> None:
        ImageFactory(collection=collections[next(number) % 10])
        assert sync().holders == 1

    def among_many() -> None:
        Subscription.objects.bulk_create(others, batch_size=ROWS_AT_ONCE)

    def among_ten() -> None:
        _forget(others)

    times: dict[str, list[float]] = {"among ten": [], "among many": []}
    asked: dict[str, int] = {}
    for turn in range(repeat + 1):
        for name, work in (("among many", among_many), ("among ten", among_ten)):
            work()
            upload()
            taken = seconds(upload)
            asked[name] = len(queries(upload))
            if turn:
                times[name].append(taken)
    among_many()
    ImageFactory()
    nobody = [sql for sql in queries(sync) if not sql.startswith(("BEGIN", "COMMIT"))]
    among_ten()
    PlainSnippet.objects.all()._raw_delete("default")
    # They are not in the order that the tree wants for further ones.
    own = Collection.objects.filter(pk__range=(others[0].scope, others[-1].scope))
    own._raw_delete("default")
    Collection.objects.filter(pk=root_collection().pk).update(numchild=F("numchild") - many)
    return {
        "galleries": many,
        **{name: summary(taken) for name, taken in times.items()},
        "time": bound(ratio(times["among many"], times["among ten"]), 1.5),
        "more_queries": bound(asked["among many"] - asked["among ten"], 10),
        "queries_of_an_upload_that_nobody_follows": bound(len(nobody), 8),
    }


def _followers_of_their_own(count: int) -> list[Subscription]:
    """Snippets that each follow a collection of their own; their subscriptions, not saved yet."""
    root = root_collection()
    first = root.numchild + 1
    collections = Collection.objects.bulk_create(
        [
            Collection(
                name=f"Collection {number}",
                depth=root.depth + 1,
                path=Collection._get_path(root.path, root.depth + 1, number),
            )
            for number in range(first, first + count)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    root.numchild += count
    root.save()
    keys = [Subscription.new_key() for _ in collections]
    first = _next_pk()
    bodies = [
        raw_body(raw_gallery(collection=collection.pk, cursor=str(Cursor(key))))
        for collection, key in zip(collections, keys, strict=True)
    ]
    snippets = PlainSnippet.objects.bulk_create(
        [PlainSnippet(title="Snippet", body=body) for body in bodies], batch_size=ROWS_AT_ONCE
    )
    return [
        _subscription(
            first + number,
            key,
            collection.pk,
            object_id=str(snippet.pk),
            content_type_id=HolderKey.of(snippet).content_type_id,
            path=body[0]["id"],
        )
        for number, (snippet, body, key, collection) in enumerate(
            zip(snippets, bodies, keys, collections, strict=True)
        )
    ]


def _next_pk() -> int:
    return (Subscription.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


def _forget(subscriptions: list[Subscription]) -> None:
    """Nobody listens: they were put into their table, too."""
    first, last = subscriptions[0].pk, subscriptions[-1].pk
    Subscription.objects.filter(pk__range=(first, last))._raw_delete("default")


def _subscription(pk: int, key: str, scope: int, **columns: Any) -> Subscription:
    since = Arrival.objects.newest_id()
    return Subscription(pk=pk, key=key, scope=scope, since=since, field="body", **columns)


def memory_of_history(arrivals: int, deliveries: int) -> Figures:
    """
    Peak memory of a sync of one upload for ten galleries: with one slice of arrivals that nobody
    follows, with many, and with a long ledger.
    """
    start_over()
    coast, elsewhere = CollectionFactory(), CollectionFactory()
    for _ in range(10):
        page_with(raw_gallery(collection=coast.pk))
    own = list(Subscription.objects.following())
    Subscription.objects.filter(pk__in=[row.pk for row in own]).update(number=deliveries)

    def peak(others: int) -> float:
        _arrivals(others, elsewhere)
        ImageFactory(collection=coast)
        return peak_kilobytes(sync)

    # The database driver keeps the last some hundred statements it was given: fill that first.
    peak(ARRIVALS_PER_SLICE)
    peaks = {
        f"{ARRIVALS_PER_SLICE} arrivals": peak(ARRIVALS_PER_SLICE),
        f"{arrivals} arrivals": peak(arrivals),
    }
    rows = _old_deliveries(deliveries, own, [])
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        Delivery.objects.bulk_create(chunk)
    peaks[f"{deliveries} deliveries"] = peak(ARRIVALS_PER_SLICE)
    Delivery.objects.filter(arrival_id=0)._raw_delete("default")
    first, *others = peaks.values()
    return {"peak_kB": peaks, "growth": bound(round(max(others) / first, 3), 1.25)}


def _arrivals(count: int, collection: Any) -> None:
    """Uploads into a collection, put into their tables."""
    model = get_image_model()
    images = model.objects.bulk_create(
        [
            model(title="Picture", file="p.png", width=40, height=30, collection=collection)
            for _ in range(count)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Arrival.objects.bulk_create(
        [Arrival(kind=Arrival.Kind.UPLOAD, image_id=str(image.pk)) for image in images],
        batch_size=ROWS_AT_ONCE,
    )


def long_ledger(deliveries: int, galleries: int, repeat: int) -> Figures:
    """
    Decide and write for a few galleries, with a ledger that has nothing else, and with a long one.

    Half of the old deliveries are those of the very galleries that are written, whose editors have
    removed the images; the others are those of a thousand galleries that do not follow any more.
    It is measured before they are there, with them, and when they are gone again; on SQLite, whose
    work is done by this process, in processor time, which nobody else on the machine makes longer.
    """
    followed_pages(galleries)
    own = list(Subscription.objects.following())
    Subscription.objects.filter(pk__in=[row.pk for row in own]).update(number=deliveries)
    first = _next_pk()
    others = Subscription.objects.bulk_create(
        _subscription(
            first + number,
            Subscription.new_key(),
            0,
            is_following=False,
            object_id=f"lost-{number}",
            content_type_id=own[0].content_type_id,
            path="one",
        )
        for number in range(1000)
    )

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter

    def upload() -> None:
        assert sync().holders == galleries

    def measured() -> list[float]:
        times = []
        for _ in range(repeat + 1):
            ImageFactory()
            times.append(seconds(upload, clock))
        return times[1:]

    def asked() -> int:
        ImageFactory()
        return len(queries(upload))

    before, queries_before = measured(), asked()
    rows = _old_deliveries(deliveries // 2, own, others)
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        Delivery.objects.bulk_create(chunk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    count = Delivery.objects.count()
    long, queries_long = measured(), asked()
    Delivery.objects.filter(arrival_id=0)._raw_delete("default")
    _forget(others)
    after = measured()
    short = statistics.median([*before, *after])
    return {
        "deliveries": count,
        "before": summary(before, per=galleries),
        "long": summary(long, per=galleries),
        "after": summary(after, per=galleries),
        "time": bound(round(statistics.median(long) / short, 3), 1.2),
        "queries": bound(round(queries_long / queries_before, 3), 1.0),
    }


def _old_deliveries(
    of_each_kind: int, own: list[Subscription], others: list[Subscription]
) -> Iterator[Delivery]:
    for galleries in filter(None, (own, others)):
        for number in range(of_each_kind):
            nth = number // len(galleries) + 1
            yield Delivery(
                subscription_id=galleries[number % len(galleries)].pk,
                # Of images that were deleted since.
                image_id=str(10**9 + nth),
                arrival_id=0,
                run_id=0,
                number=nth,
                numbers=[nth],
                due_at=None,
                reason="",
                mark=Delivery.Mark.REMOVED,
            )
