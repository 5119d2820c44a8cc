"""
What the reports in the admin cost on a large site, against the same on a small one. Prints JSON.

    python benchmarks/bench_reports.py [--galleries N] [--runs N] [--deliveries N] [--postgres URL]

Each report is opened by a superuser and by somebody who may change the snippets that the galleries
are in: with a hundred of each, with many, and with a hundred again.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.database import fresh_database

FEW = 100
ROWS_AT_ONCE = 5000
NAMES = {"galleries": (), "runs": (), "run": (1,), "waiting": ()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--galleries", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--deliveries", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=9, help="turns of each measurement")
    parser.add_argument("--postgres", metavar="URL", help="measure on this server, not on SQLite")
    arguments = parser.parse_args()
    with fresh_database(arguments.postgres) as vendor:
        logging.disable(logging.INFO)
        figures = measure(
            arguments.galleries, arguments.runs, arguments.deliveries, arguments.repeat
        )
    json.dump({"database": vendor, **figures}, sys.stdout, indent=2)
    print()


def measure(galleries: int, runs: int, deliveries: int, repeat: int) -> dict[str, Any]:
    from benchmarks.measure import bound, summary

    readers = _readers()
    _fill(0, FEW, 0, FEW, FEW)
    before = _times(readers, repeat)
    _fill(FEW, galleries, FEW, runs, deliveries - FEW)
    many = _times(readers, repeat)
    _empty()
    after = _times(readers, repeat)
    return {
        "galleries": galleries,
        "runs": runs,
        "deliveries": deliveries,
        "reports": {
            name: {
                "few": summary([*before[name].seconds, *after[name].seconds]),
                "many": summary(many[name].seconds),
                "time": bound(
                    round(
                        statistics.median(many[name].seconds)
                        / statistics.median([*before[name].seconds, *after[name].seconds]),
                        3,
                    ),
                    1.5,
                ),
                "queries": bound(round(many[name].queries / before[name].queries, 3), 1.0),
            }
            for name in many
        },
    }


def _readers() -> dict[str, Any]:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Permission
    from django.test import Client

    model = get_user_model()
    editor = model.objects.create_user("editor", password="changeme")  # noqa: S106
    codenames = ["access_admin", "view_reports", "change_plainsnippet"]
    editor.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    readers = {"superuser": model.objects.create_superuser("admin"), "editor": editor}
    clients = {name: Client() for name in readers}
    for name, user in readers.items():
        clients[name].force_login(user)
    return clients


class _Taken:
    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.queries = 0


def _times(readers: dict[str, Any], repeat: int) -> dict[str, _Taken]:
    from django.urls import reverse

    from benchmarks.measure import queries, seconds

    taken = {f"{name} ({who})": _Taken() for name in NAMES for who in readers}
    for turn in range(repeat + 1):
        for name, parts in NAMES.items():
            url = reverse(f"wagtail_autogallery_admin:{name}", args=parts)
            for who, client in readers.items():

                def look(client: Any = client, url: str = url) -> None:
                    assert client.get(url).status_code == 200

                of_one = taken[f"{name} ({who})"]
                time = seconds(look)
                if turn:
                    of_one.seconds.append(time)
                else:
                    of_one.queries = len(queries(look))
    return taken


def _fill(first_gallery: int, galleries: int, first_run: int, runs: int, deliveries: int) -> None:
    """Galleries in snippets, every tenth of them full; runs; and deliveries spread over both."""
    from django.db import connection
    from django.utils import timezone

    from tests.testapp.models import PlainSnippet
    from wagtail_autogallery.models import Delivery, HolderKey, Run, Subscription

    now = timezone.now()
    snippets = PlainSnippet.objects.bulk_create(
        [PlainSnippet(title=f"Snippet {n}", body=[]) for n in range(first_gallery, galleries)],
        batch_size=ROWS_AT_ONCE,
    )
    subscriptions = Subscription.objects.bulk_create(
        [
            Subscription(
                content_type_id=HolderKey.of(snippet).content_type_id,
                object_id=str(snippet.pk),
                key=Subscription.new_key(),
                field="body",
                path="one",
                place="gallery#1",
                since=0,
                automatic=10,
                last_added_at=now - timedelta(seconds=number),
                state=Subscription.State.FULL if number % 10 == 0 else "following",
            )
            for number, snippet in enumerate(snippets)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    Run.objects.bulk_create(
        [Run(number=n, by="worker", opened_at=now) for n in range(first_run + 1, runs + 1)],
        batch_size=ROWS_AT_ONCE,
    )

    def rows() -> Iterator[Delivery]:
        for number in range(deliveries):
            subscription = subscriptions[number % len(subscriptions)]
            waits = subscription.state == Subscription.State.FULL and number < len(subscriptions)
            yield Delivery(
                subscription=subscription,
                image_id=str(10**9 + number),
                run_id=first_run + 1 + number * (runs - first_run) // deliveries,
                number=None if waits else number,
                placed_at=None if waits else now,
                due_at=now if waits else None,
                reason=Delivery.Reason.NO_ROOM if waits else "",
            )

    found = rows()
    while chunk := list(islice(found, ROWS_AT_ONCE)):
        Delivery.objects.bulk_create(chunk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _empty() -> None:
    """Leave the first hundred of each."""
    from django.db import connection
    from django.db.models import Max

    from wagtail_autogallery.models import Delivery, Run, Subscription

    last = Subscription.objects.order_by("pk")[:FEW].aggregate(last=Max("pk"))["last"]
    Delivery.objects.filter(run_id__gt=FEW)._raw_delete("default")
    Subscription.objects.filter(pk__gt=last)._raw_delete("default")
    Run.objects.filter(number__gt=FEW)._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
