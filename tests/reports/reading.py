"""What a report says, as the spreadsheet that it is exported to."""

from __future__ import annotations

import csv
from io import StringIO
from typing import Any

from django.test import Client
from django.urls import reverse


def report(client: Client, name: str, *args: Any, **parameters: Any) -> Any:
    return client.get(reverse(f"wagtail_autogallery_admin:{name}", args=args), parameters)


def rows(client: Client, name: str, *args: Any, **parameters: Any) -> list[dict[str, str]]:
    response = report(client, name, *args, export="csv", **parameters)
    return list(csv.DictReader(StringIO(b"".join(response.streaming_content).decode())))
