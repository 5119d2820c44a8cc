"""Somebody who does what the README says, in a project of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.error
import venv
from html import unescape
from io import BytesIO
from pathlib import Path, PurePosixPath

from django.utils.html import strip_tags
from PIL import Image
from wagtail.test.utils.form_data import nested_form_data, streamfield

from example_site.demo_check import Browser, free_port, paint_picture
from tests.factories import raw_gallery
from tests.forms import gallery_form
from tests.packaging.processes import run
from tests.packaging.readme import ByHand, Command, Edit
from tests.servers.serving import wait_until

USERNAME, PASSWORD = "newcomer", "a-long-way-from-home"
# Others may be at work on the same machine.
SECONDS_TO_WAIT = 120


class Newcomer:
    def __init__(self, folder: Path, wheel: Path) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        self.log = folder / "server.log"
        self.server: subprocess.Popen[bytes] | None = None
        address = f"127.0.0.1:{free_port()}"
        self.browser = Browser(f"http://{address}")
        self.visitor = Browser(f"http://{address}")
        #: What is typed otherwise: this build of the package, a port that is free, no questions.
        self.liberties = {
            "wagtail-autogallery": str(wheel),
            "createsuperuser": "createsuperuser --no-input",
            "runserver": f"runserver {address}",
        }
        venv.create(folder / "venv", with_pip=True)
        self.environment = {
            **os.environ,
            "PATH": f"{folder / 'venv' / 'bin'}:{os.environ['PATH']}",
            "DJANGO_SUPERUSER_USERNAME": USERNAME,
            "DJANGO_SUPERUSER_EMAIL": "newcomer@example.com",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }
        # That of the tests.
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)

    def type(self, command: Command) -> None:
        line = " ".join(self.liberties.get(word, word) for word in command.line.split())
        if "runserver" in line:
            self._start(line)
        else:
            run("sh", "-c", line, cwd=self.project, env=self.environment)

    def edit(self, edit: Edit) -> None:
        path = self.project / edit.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"\n{edit.text}")

    def publish_page(self, step: ByHand) -> None:
        (admin,) = step.paths
        parent, kind, title, switch = step.names
        self._log_in(admin)
        kinds = self._link(f"{admin}pages/", parent).replace("/edit/", "/add_subpage/")
        form = self._link(kinds, kind)
        assert switch in self.browser.get(form).decode()
        gallery = gallery_form(raw_gallery(follow=True))
        fields = {
            "title": title,
            "slug": title.lower(),
            "body": streamfield([("gallery", gallery)]),
            "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0},
            "action-publish": "action-publish",
        }
        listing = self.browser.post(form, nested_form_data(fields)).decode()
        assert f"&#x27;{title}&#x27; created and published" in listing, strip_tags(listing)

    def drop_pictures(self, step: ByHand, *names: str) -> list[Image.Image]:
        """:return: They, as visitors get them once all of them are on the public page."""
        uploads, public_page = step.paths
        assert not self._on_page(public_page, names)
        for name in names:
            self.browser.get(uploads)
            answer = self.browser.upload(uploads, {"title": name}, f"{name}.jpg", paint_picture())
            assert json.loads(answer)["success"]
        wait_until(
            lambda: len(self._on_page(public_page, names)) == len(names),
            f"{', '.join(names)} are on {public_page}",
            SECONDS_TO_WAIT,
        )
        addresses = self._on_page(public_page, names)
        return [Image.open(BytesIO(self.visitor.get(address))) for address in addresses]

    def leave(self) -> None:
        if self.server:
            # With the process that its reloader has started.
            os.killpg(self.server.pid, signal.SIGTERM)
            self.server.wait()

    def _start(self, line: str) -> None:
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                ["sh", "-c", f"exec {line}"],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, "the site answers", SECONDS_TO_WAIT)

    def _answers(self) -> bool:
        try:
            self.visitor.get("/")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def _log_in(self, admin: str) -> None:
        self.browser.get(admin)
        self.browser.post(
            f"{admin}login/", {"username": USERNAME, "password": PASSWORD, "next": admin}
        )

    def _on_page(self, path: str, names: tuple[str, ...]) -> list[str]:
        """The addresses of those pictures that are there."""
        sources = re.findall(r'<img\s[^>]*?\bsrc="([^"]+)"', self.visitor.get(path).decode())
        return [source for source in sources if PurePosixPath(source).name.startswith(names)]

    def _link(self, path: str, name: str) -> str:
        """Where a link of this name on a page leads to."""
        page = self.browser.get(path).decode()
        links = re.findall(r'<a\s[^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
        (target, *_) = [href for href, text in links if unescape(strip_tags(text)).strip() == name]
        return target
