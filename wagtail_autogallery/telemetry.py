"""OpenTelemetry spans, where the site has it. It is no dependency, and nothing is asked without."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from wagtail_autogallery import __version__

try:
    from opentelemetry import trace
except ImportError:
    trace = None

PREFIX = "wagtail_autogallery."


class _NoSpan:
    """Takes what a span is told, where nobody records it."""

    def set_attributes(self, attributes: dict[str, Any]) -> None:
        pass


_NOTHING: AbstractContextManager[Any] = nullcontext(_NoSpan())


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """
    Have a piece of work recorded, with the exception that ends it.

    :param name: What is done; it is recorded with the name of this app in front.
    :param attributes: What is known of it beforehand.
    :return: Gives the span, for :func:`describe`.
    """
    if trace is None:
        return _NOTHING
    tracer = trace.get_tracer("wagtail_autogallery", __version__)
    return tracer.start_as_current_span(PREFIX + name, attributes=_prefixed(attributes))


def describe(span: Any, **attributes: Any) -> None:
    """Tell of a span what came of it."""
    if trace is not None:
        span.set_attributes(_prefixed(attributes))


def _prefixed(attributes: dict[str, Any]) -> dict[str, Any]:
    return {PREFIX + name: value for name, value in attributes.items()}
