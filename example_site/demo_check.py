#!/usr/bin/env python
"""
Prove the main job on the example site, as an editor and a visitor would see it.

Serves a fresh copy of the site, uploads a picture through Wagtail's own upload view, drains the
queue, and looks for the picture on the public pages. Exits with 1 when anything goes wrong.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import CookieJar
from io import BytesIO
from pathlib import Path
from types import FrameType
from urllib.parse import urlencode

from PIL import Image

MANAGE = Path(__file__).resolve().parent / "manage.py"
USERNAME, PASSWORD = "admin", "changeme"
SECONDS_TO_START = 60
SECONDS_TO_APPEAR = 30
SECONDS_TO_STOP = 10
LOG_LINES = 40


class CheckFailed(Exception):
    """The site did not do what it should; the message says what."""


class Steps:
    """What was done, with its time."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        except BaseException:
            name += "  <- failed here"
            raise
        finally:
            self.rows.append((name, time.monotonic() - started))

    def print(self) -> None:
        rows = [*self.rows, ("Total", sum(seconds for _, seconds in self.rows))]
        width = max(len(name) for name, _ in rows)
        for name, seconds in rows:
            print(f"  {name:<{width}}  {seconds:7.2f} s")


class Site:
    """A copy of the example site with data of its own, and its server."""

    def __init__(self, data: Path) -> None:
        self.environment = {
            **os.environ,
            "EXAMPLE_SITE_DATA": str(data),
            "EXAMPLE_SITE_DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "example_site.settings",
            "PYTHONUNBUFFERED": "1",
        }
        self.log_path = data / "server.log"
        self.address = f"http://localhost:{free_port()}"
        self.server: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(MANAGE), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise CheckFailed(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}")
        return done.stdout

    def start(self) -> None:
        with self.log_path.open("wb") as log:
            self.server = subprocess.Popen(
                [
                    *(sys.executable, str(MANAGE), "runserver", "--noreload"),
                    self.address.removeprefix("http://"),
                ],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if self.server.poll() is not None:
                raise CheckFailed(f"The server ended at once with code {self.server.returncode}.")
            try:
                Browser(self.address).get("/")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return
        raise CheckFailed(f"The server did not answer within {SECONDS_TO_START} seconds.")

    def stop(self) -> None:
        if self.server is None:
            return
        self.server.terminate()
        try:
            self.server.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def log(self) -> str:
        if not self.log_path.exists():
            return ""
        lines = self.log_path.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])


class Browser:
    """Just enough of one: cookies, forms and uploads."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(
            # A proxy set in the environment has no business with a server on this machine.
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(self.cookies),
        )

    def get(self, path: str) -> bytes:
        return self._open(urllib.request.Request(self.address + path))

    def post(self, path: str, fields: Mapping[str, str]) -> bytes:
        body = urlencode({**fields, "csrfmiddlewaretoken": self._csrf_token()}).encode()
        return self._open(urllib.request.Request(self.address + path, body))

    def upload(self, path: str, fields: Mapping[str, str], name: str, file: bytes) -> bytes:
        boundary = uuid.uuid4().hex
        head = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        )
        head += (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="files[]"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        request = urllib.request.Request(
            self.address + path,
            head.encode() + file + f"\r\n--{boundary}--\r\n".encode(),
            {
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "X-CSRFToken": self._csrf_token(),
                "X-Requested-With": "XMLHttpRequest",
            },
        )
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> bytes:
        try:
            with self.opener.open(request, timeout=60) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise CheckFailed(
                f"{request.get_method()} {request.full_url} answered {error.code}:\n{text[:2000]}"
            ) from None

    def _csrf_token(self) -> str:
        for cookie in self.cookies:
            if cookie.name == "csrftoken" and cookie.value:
                return cookie.value
        raise CheckFailed("The site has set no CSRF cookie.")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def paint_picture() -> bytes:
    """A picture no other run has made, so that Wagtail does not take it for a duplicate."""
    size = (1200, 800)
    picture = Image.effect_noise(size, 60).convert("RGB")
    file = BytesIO()
    Image.blend(picture, Image.new("RGB", size, "#2b6f8f"), 0.7).save(file, "JPEG")
    return file.getvalue()


def log_in(browser: Browser) -> None:
    browser.get("/admin/login/")
    browser.post("/admin/login/", {"username": USERNAME, "password": PASSWORD, "next": "/admin/"})
    if "sessionid" not in {cookie.name for cookie in browser.cookies}:
        raise CheckFailed(f"{USERNAME} / {PASSWORD} could not log in.")


def upload_picture(browser: Browser, name: str) -> None:
    page = browser.get("/admin/images/multiple/add/").decode()
    root = re.search(r'<option value="(\d+)"[^>]*>\s*Root', page)
    if root is None:
        raise CheckFailed("The upload form offers no collection named Root.")
    answer = json.loads(
        browser.upload(
            "/admin/images/multiple/add/",
            {"title": name, "collection": root[1]},
            f"{name}.jpg",
            paint_picture(),
        )
    )
    if not answer.get("success") or not answer.get("image_id"):
        raise CheckFailed(f"Wagtail did not take the picture: {answer}")


def find_picture(browser: Browser, path: str, name: str) -> str | None:
    """The address of the picture on a page, whatever its size there."""
    found = re.search(rf'src="([^"]*/{name}[^"]*)"', browser.get(path).decode())
    return found[1] if found else None


def wait_for_picture(browser: Browser, path: str, name: str) -> str:
    # The drain may find the sync already running in the server, which then finishes it.
    deadline = time.monotonic() + SECONDS_TO_APPEAR
    while time.monotonic() < deadline:
        address = find_picture(browser, path, name)
        if address:
            return address
        time.sleep(0.2)
    raise CheckFailed(f"The picture is not on {path}, {SECONDS_TO_APPEAR} seconds after the drain.")


def check(site: Site, steps: Steps) -> None:
    # So short that Wagtail does not cut it off in the names of renditions.
    name = f"check{uuid.uuid4().hex[:4]}"
    with steps.step("Make the database"):
        site.manage("migrate", "--verbosity", "0")
    with steps.step("Paint 18 pictures and make the pages"):
        site.manage("create_demo")
    with steps.step("Start the server"):
        site.start()
    editor, visitor = Browser(site.address), Browser(site.address)
    with steps.step("Log in"):
        log_in(editor)
    with steps.step("Upload a picture"):
        upload_picture(editor, name)
    with steps.step("Drain the queue"):
        report = site.manage("autogallery_drain").strip()
    with steps.step("Find the picture in the portfolio"):
        address = wait_for_picture(visitor, "/portfolio/", name)
    with steps.step("Load the picture itself"):
        Image.open(BytesIO(visitor.get(address))).verify()
    with steps.step("Find it nowhere else"):
        for path in ("/coast/", "/above-the-treeline/"):
            if find_picture(visitor, path, name):
                raise CheckFailed(
                    f"The picture is on {path}, which does not follow its collection."
                )
    print(f"{report}\n{site.address}{address}\n")


def stop_on_signal(number: int, frame: FrameType | None) -> None:
    # Ends the server and removes the data on the way out.
    raise SystemExit(128 + number)


def main() -> int:
    signal.signal(signal.SIGTERM, stop_on_signal)
    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="autogallery-demo-check-") as data:
        site = Site(Path(data))
        try:
            check(site, steps)
        except Exception as error:
            problem = str(error) if isinstance(error, CheckFailed) else repr(error)
            print(f"demo-check FAILED: {problem}", file=sys.stderr)
            if log := site.log():
                print(f"\nThe server's last words:\n{log}\n", file=sys.stderr)
            return 1
        finally:
            site.stop()
            steps.print()
    print("\ndemo-check passed: an uploaded picture appeared in the gallery that follows.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
