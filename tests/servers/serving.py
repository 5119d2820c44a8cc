"""A site, a real server that serves it, and clients on real sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 60
#: For whatever is waited for. Reached only by a test that fails.
LONGEST_WAIT = 30

#: The thread that works after the response.
THREAD = "autogallery-after-response"

SERVERS = {
    "gunicorn sync": "gunicorn --no-control-socket --bind={address} tests.servers.wsgi",
    "gunicorn gthread": "gunicorn --no-control-socket --bind={address} "
    "--worker-class=gthread --threads=4 tests.servers.wsgi",
    "uvicorn": "uvicorn --host={host} --port={port} tests.servers.asgi:application",
    "waitress": "waitress --threads=1 --listen={address} tests.servers.wsgi:application",
}


class Site:
    """A folder, a database, and the settings that differ from ``tests.servers.settings``."""

    #: Holds what can be called.
    module = "tests.servers.site"

    def __init__(
        self,
        folder: Path,
        database_url: str = "",
        database: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.database_url = database_url or f"sqlite:///{folder / 'db.sqlite3'}"
        self.database = database or {}
        self.settings = settings

    def create(self) -> None:
        """Make the tables, and a page with a followed gallery."""
        self.command("migrate", "--run-syncdb", "--verbosity=0")
        self.call("set_up")

    def command(self, *arguments: str) -> str:
        """Run a management command to its end, and return what it printed."""
        return self._run("-m", "django", *arguments)

    def call(self, name: str) -> Any:
        """Call a function of ``module`` in a process of its own, as a shell would."""
        code = f"import json, django; django.setup(); from {self.module} import {name} as f"
        return json.loads(self._run("-c", f"{code}; print(json.dumps(f()))").splitlines()[-1])

    def start(self, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python process of this site, in a session of its own."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment(),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.servers.settings",
            "DATABASE_URL": self.database_url,
            "SITE_FOLDER": str(self.folder),
            "SITE_DATABASE": json.dumps(self.database),
            "SITE_SETTINGS": json.dumps(self.settings),
            "PYTHONUNBUFFERED": "1",
            # What processes leave in there goes with the test.
            "TMPDIR": str(self.folder),
        }

    def publishings(self) -> list[dict[str, Any]]:
        """
        Each beginning to publish the page: in which process and thread, with which pictures.

        Asks no server, because a request has an end, after which what an earlier one left is done.
        """
        noted = self.folder / "publishings"
        return [json.loads(line) for line in noted.open()] if noted.exists() else []

    def makers_of_renditions(self) -> list[str]:
        """The thread that made each rendition."""
        noted = self.folder / "renditions"
        return noted.read_text().splitlines() if noted.exists() else []

    def wait_until_publishing(self, title: str) -> dict[str, Any]:
        def with_title() -> list[dict[str, Any]]:
            return [entry for entry in self.publishings() if title in entry["pictures"]]

        wait_until(with_title, f"the page is published with {title}")
        return with_title()[0]

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert not done.returncode, f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout


class Client:
    """One connection. Keeps it alive if the server does, and connects again if not."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    def request(
        self, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, names)
        response = self.connection.getresponse()
        return response, response.read()

    def get(self, path: str, method: str = "GET") -> bytes:
        response, body = self.request(method, path)
        assert response.status == 200, f"{method} {path} answered {response.status}: {body[:500]!r}"
        return body

    def upload(self, title: str, path: str = "/upload/", **query: Any) -> bytes:
        return self.get(upload_url(title, path, **query), method="POST")


def upload_url(title: str, path: str = "/upload/", **query: Any) -> str:
    return f"{path}?{urlencode({'title': title, **query})}"


class Server:
    """
    A server and its processes, from its first answer to the end of the block.

    When the block fails, the server's log is shown.
    """

    def __init__(self, name: str, site: Site, *options: str) -> None:
        """
        :param name: A key of ``SERVERS``.
        :param options: More for the server's command line.
        """
        self.name = name
        self.site = site
        self.options = options
        self.log = site.folder / f"{name.replace(' ', '-')}.log"

    def __enter__(self) -> Server:
        self.port = free_port()
        address = {"host": "127.0.0.1", "port": self.port, "address": f"127.0.0.1:{self.port}"}
        module, *arguments = SERVERS[self.name].format(**address).split()
        self.process = self.site.start(self.log, "-m", module, *self.options, *arguments)
        try:
            wait_until(self.answers, f"{self.name} answers", SECONDS_TO_START)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        # The whole session: gunicorn's worker would outlive its master.
        if self.has_processes():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if exception[0]:
            print(f"The log of {self.name}:\n{self.logged()}")  # noqa: T201

    def answers(self) -> bool:
        assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}"
        try:
            with self.client() as client:
                return client.get("/plain/") == b"plain"
        except OSError:
            return False

    def client(self) -> Client:
        return Client(self.port)

    def send(self, method: str, path: str) -> socket.socket:
        """Send a request after whose response the server closes the connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(
            f"{method} {path} HTTP/1.1\r\n"
            "Host: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        return connection

    def ask(self, path: str) -> Any:
        """What the site answers as JSON, on a connection of its own."""
        with self.client() as client:
            return json.loads(client.get(path))

    def gallery(self) -> list[str]:
        return self.ask("/state/")["gallery"]

    def wait_for_picture(self, title: str) -> None:
        """Wait until a picture is in the gallery, with no request before the work has begun."""
        self.site.wait_until_publishing(title)
        wait_until(lambda: title in self.gallery(), f"{title} is in the gallery")

    def terminate(self) -> None:
        """Send SIGTERM, and wait until no process of the server is left."""
        self.process.terminate()
        self.process.wait(LONGEST_WAIT)
        wait_until(lambda: not self.has_processes(), f"{self.name} is gone")

    def has_processes(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


def wait_until(condition: Callable[[], Any], what: str, seconds: float = LONGEST_WAIT) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain until {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
