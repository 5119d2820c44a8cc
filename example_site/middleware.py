"""The strict Content-Security-Policy of the public pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

Answer = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Answer) -> Answer:
    """
    Allow nothing that is not a file of this site.

    Wagtail's editors need more, so the admin is left out. What is no page is too: a browser styles
    a picture that is opened by itself. Django 6 has a middleware of its own.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_page = response.get("Content-Type", "").startswith("text/html")
        if is_page and not request.path.startswith(reverse("wagtailadmin_home")):
            response["Content-Security-Policy"] = "default-src 'self'"
        return response

    return middleware
