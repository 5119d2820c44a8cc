"""What an editor does in Wagtail's admin, on real sockets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.factories import picture_file
from tests.servers.serving import Server


class Editor:
    """Somebody at work in Wagtail's admin."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.headers: dict[str, str] = {}
        response, answer = self.request("GET", "/log-in/editor/")
        cookies = [cookie.partition(";")[0] for cookie in response.headers.get_all("Set-Cookie")]
        self.headers = {"Cookie": "; ".join(cookies), "X_CSRFToken": json.loads(answer)["token"]}

    def request(self, method: str, path: str, body: Any = "", **headers: str) -> tuple[Any, str]:
        with self.server.client() as client:
            response, answer = client.request(method, path, body, **self.headers, **headers)
        assert response.status < 400, f"{method} {path} answered {response.status}: {answer!r}"
        return response, answer.decode()

    def upload(self, title: str) -> int:
        """Drop a file on the page for many uploads. :return: The image's key."""
        body = encode_multipart(BOUNDARY, {"title": title, "files[]": picture_file()})
        _, answer = self.request(
            "POST",
            "/admin/images/multiple/add/",
            body,
            Content_Type=MULTIPART_CONTENT,
            X_Requested_With="XMLHttpRequest",
        )
        return json.loads(answer)["image_id"]

    def publish_page_with(self, image: int) -> None:
        _, answer = self.request("GET", f"/edit-form-with/{image}/")
        edit = json.loads(answer)
        response, _ = self.request(
            "POST",
            edit["path"],
            urlencode(edit["form"]),
            Content_Type="application/x-www-form-urlencoded",
        )
        assert response.status == 302, "The form has errors"

    def finds(self, title: str) -> bool:
        """Whether the admin's image search does."""
        _, answer = self.request("GET", f"/admin/images/results/?{urlencode({'q': title})}")
        return title in answer and "no images match" not in answer

    def sees_used_once(self, image: int) -> bool:
        _, answer = self.request("GET", f"/admin/images/{image}/")
        return "Used 1 time<" in answer
