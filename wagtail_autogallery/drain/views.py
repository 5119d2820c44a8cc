"""The URLs for cron and monitors. They identify the caller, translate, and call."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from wagtail_autogallery.conf import settings
from wagtail_autogallery.drain.credentials import Caller, NotIdentified, identify
from wagtail_autogallery.drain.draining import UnknownQueue, drain
from wagtail_autogallery.drain.openmetrics import CONTENT_TYPE, as_openmetrics
from wagtail_autogallery.drain.status import get_status
from wagtail_autogallery.models import By
from wagtail_autogallery.tables import MissingTables

logger = logging.getLogger(__name__)

#: As long as the database backend's column.
LONGEST_QUEUE_NAME = 32

PARAMETERS = ("limit", "queue", "all_queues")
LONGEST_NAME_TOLD = 40
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

FORMATS = ("json", "openmetrics")

View = Callable[[HttpRequest], HttpResponse]


class BadParameter(ValueError):
    """A parameter that cannot be obeyed; the message names it."""


def _guarded(*methods: str) -> Callable[[Callable[[HttpRequest, Caller], HttpResponse]], View]:
    """Wrap a view so that only known callers reach it, and every end is a JSON answer."""

    def decorate(view: Callable[[HttpRequest, Caller], HttpResponse]) -> View:
        @csrf_exempt
        @transaction.non_atomic_requests
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                return _failure(405, f"Use {' or '.join(methods)}.", Allow=", ".join(methods))
            try:
                return view(request, identify(request))
            except NotIdentified:
                return _unauthorized()
            except PermissionDenied as error:
                return _failure(403, str(error))
            except (BadParameter, UnknownQueue) as error:
                return _failure(400, str(error))
            except (SuspiciousOperation, MultiPartParserError, UnreadablePostError):
                return _failure(400, "The request's body cannot be read.")
            except MissingTables as error:
                logger.error(error)
                return _failure(503, str(error))
            except (OperationalError, InterfaceError):
                logger.exception("The database is not reachable")
                return _failure(503, "The database is not reachable.")
            except Exception:
                logger.exception("The call of %s failed", request.path)
                return _failure(500, "Something went wrong; the server's log tells what.")

        return guarded

    return decorate


@_guarded("GET", "POST")
def run(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Drain the queue. Parameters, in the query or the form: limit, queue, all_queues."""
    if caller is Caller.USER and request.method != "POST":
        # A link in a mail or an image in a page must not start anything in a user's name.
        return _failure(405, "Use POST with a CSRF token.", Allow="POST")
    started = time.monotonic()
    report = drain(time_budget=settings.RUN_TIME_BUDGET, by=By.URL, **_parameters(request))
    result = report.as_dict()
    # Which tasks failed is told; tracebacks are for the log.
    result["failures"] = [failure["task"] for failure in report.failures]
    elapsed = round((time.monotonic() - started) * 1000)
    return _answer(200, {"success": True, "result": result, "execution_time_ms": elapsed})


@_guarded("GET", "HEAD")
def status(request: HttpRequest, caller: Caller) -> HttpResponse:
    """
    Tell how the queue and the galleries are: 200 when all is well, else 503. Parameter: format.

    As OpenMetrics always 200: what is wrong is one of the gauges.
    """
    _refuse_unknown(request.GET, ("format",))
    wanted = request.GET.get("format", "json")
    if wanted not in FORMATS:
        raise BadParameter(f"'format' has to be one of: {', '.join(FORMATS)}.")
    # Machines read it, so it is in one language whatever the caller's.
    with translation.override(None):
        found = get_status()
    if wanted == "openmetrics":
        headers = {"Cache-Control": "no-store"}
        return HttpResponse(as_openmetrics(found), content_type=CONTENT_TYPE, headers=headers)
    facts = found.as_dict()
    # What failed is told; what an error says is for the log and the command.
    for task in facts["failed_tasks"]:
        del task["message"]
    for waiting in facts["waiting"]:
        waiting["error"] = waiting["error"].partition(":")[0]
    return _answer(200 if found.is_healthy else 503, facts)


def _parameters(request: HttpRequest) -> dict[str, Any]:
    given = request.GET.copy()
    if request.method == "POST":
        given.update(request.POST)
        # Django has looked at it, where a user's form sent it.
        given.pop("csrfmiddlewaretoken", None)
        if request.content_type not in FORM_TYPES and request.body.strip():
            raise BadParameter(
                "Send parameters in the URL or as a form; other bodies are not read."
            )
    _refuse_unknown(given, PARAMETERS)
    limit = _limit(given)
    all_queues = _flag(given, "all_queues")
    queue = given.get("queue") or None
    if queue and not (queue.isprintable() and len(queue) <= LONGEST_QUEUE_NAME):
        raise BadParameter("'queue' is not a name of a queue.")
    if queue and all_queues:
        raise BadParameter("Give either 'queue' or 'all_queues', not both.")
    return {"limit": limit, "queue_name": queue, "all_queues": all_queues}


def _refuse_unknown(given: QueryDict, known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            told = name if len(name) <= LONGEST_NAME_TOLD else f"{name[:LONGEST_NAME_TOLD]}…"
            raise BadParameter(f"There is no parameter {told!r}. There are: {', '.join(known)}.")


def _limit(given: QueryDict) -> int:
    text = given.get("limit")
    if text is None:
        return min(settings.DRAIN_LIMIT, settings.DRAIN_LIMIT_MAX)
    try:
        number = int(text) if text.isascii() else math.nan
    except ValueError:
        number = math.nan
    if not number >= 1:
        raise BadParameter("'limit' has to be a whole number above 0.")
    return min(int(number), settings.DRAIN_LIMIT_MAX)


def _flag(given: QueryDict, name: str) -> bool:
    text = given.get(name, "").lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("", "0", "false", "no", "off"):
        return False
    raise BadParameter(f"'{name}' has to be true or false.")


def _failure(status: int, message: str, **headers: str) -> JsonResponse:
    return _answer(status, {"success": False, "error": message}, **headers)


def _unauthorized() -> JsonResponse:
    message = "Send the header 'Authorization: Bearer <secret>'."
    response = _failure(401, message, **{"WWW-Authenticate": 'Bearer realm="autogallery"'})
    # Django would write a line for each. One for each source and minute has been written.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _answer(status: int, data: dict[str, Any], **headers: str) -> JsonResponse:
    return JsonResponse(data, status=status, headers={"Cache-Control": "no-store", **headers})
