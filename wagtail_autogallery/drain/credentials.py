"""Who may call the URLs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from enum import Enum

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.crypto import constant_time_compare

from wagtail_autogallery.conf import PREFIX, settings

logger = logging.getLogger(__name__)

PERMISSION = "wagtail_autogallery.run_drain"
SECONDS_BETWEEN_LOG_LINES = 60.0
SOURCES_REMEMBERED = 1000

_logged_at: dict[tuple[str, str], float] = {}


class Caller(Enum):
    """Who a request comes from."""

    #: Cron, with the secret or the trusted header.
    CRON = "cron"
    #: A logged-in user with the permission.
    USER = "user"


class NotIdentified(Exception):
    """No credentials, or wrong ones."""


def secrets() -> list[str]:
    """The configured secrets; more than one while one is being replaced."""
    configured: str | Sequence[str] = settings.CRON_SECRET
    if isinstance(configured, str):
        configured = [configured]
    return [secret for secret in configured or [] if isinstance(secret, str) and secret]


def identify(request: HttpRequest) -> Caller:
    """
    Find out who is calling.

    :raises NotIdentified: Nobody known.
    :raises PermissionDenied: A user without the permission, or without a CSRF token.
    """
    if _has_secret(request) or _has_trusted_header(request):
        return Caller.CRON
    user = getattr(request, "user", None)
    # A wrong secret is wrong, whoever is logged in. Another scheme is none of our business: a
    # staging site may stand behind a web server's own password.
    if _bearer(request) is not None or user is None or not user.is_authenticated:
        _log_refusal(request)
        raise NotIdentified
    if not user.has_perm(PERMISSION):
        raise PermissionDenied("You need the permission to run waiting background tasks.")
    if request.method == "POST" and _CsrfCheck(_no_response).fails(request):
        raise PermissionDenied("The CSRF token is missing or wrong.")
    return Caller.USER


def _bearer(request: HttpRequest) -> str | None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def _has_secret(request: HttpRequest) -> bool:
    given = _bearer(request)
    if given is None:
        return False
    # All are compared, so that the time does not tell which one was close.
    matches = [constant_time_compare(given, secret) for secret in secrets()]
    return any(matches)


def _has_trusted_header(request: HttpRequest) -> bool:
    name: str = settings.CRON_HEADER
    return bool(name) and bool(request.headers.get(name))


def _no_response(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, asked by a view that is exempt from it for callers with a secret."""

    def fails(self, request: HttpRequest) -> bool:
        request.csrf_processing_done = False  # type: ignore[attr-defined]
        self.process_request(request)
        return self.process_view(request, _no_response, (), {}) is not None

    def _reject(self, request: HttpRequest, reason: str) -> object:  # type: ignore[override]
        return reason


def _why_refused(request: HttpRequest) -> str:
    """For the log alone: who is refused learns nothing from the answer."""
    if not secrets():
        return f"{PREFIX}CRON_SECRET is not set"
    if "Authorization" not in request.headers:
        return "no secret was sent"
    given = _bearer(request)
    if given is None:
        return "its Authorization header is not 'Bearer <secret>'"
    return "the secret it sent is wrong" if given else "the secret it sent is empty"


def _log_refusal(request: HttpRequest) -> None:
    """Once for each source, reason and minute: an attacker must not fill the disk."""
    source, why = request.META.get("REMOTE_ADDR") or "unknown", _why_refused(request)
    now = time.monotonic()
    if now - _logged_at.get((source, why), -math.inf) < SECONDS_BETWEEN_LOG_LINES:
        return
    if len(_logged_at) >= SOURCES_REMEMBERED:
        _logged_at.clear()
    _logged_at[source, why] = now
    logger.warning("Refused a call of %s from %s: %s", request.path, source, why)
