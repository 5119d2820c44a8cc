"""
The example site, whose process can be told that it is warm: ``?freeze`` with any address.

CPython goes through all objects of a process now and then to find those that refer to each other
only. In a Wagtail site that stops everything for 120 ms, about once in a hundred uploads and
whether or not this app is there; it would be the slowest request of every run.
"""

import gc
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from example_site.settings import *  # noqa: F403
from example_site.settings import MIDDLEWARE


def freeze_when_told(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "freeze" in request.GET:
            gc.collect()
            gc.freeze()
        return response

    return respond


MIDDLEWARE = [*MIDDLEWARE, "benchmarks.with_app.freeze_when_told"]
