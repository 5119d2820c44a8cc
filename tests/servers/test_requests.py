"""Whatever kind of request uploads a picture, it is in the gallery without another request."""

from __future__ import annotations

import socket
import struct

import pytest

from tests.samples import sample
from tests.servers.serving import Server, upload_url, wait_until


@pytest.fixture(params=sample(["gunicorn gthread", "uvicorn"], "uvicorn"))
def server(request, new_site):
    site = new_site(database={"ATOMIC_REQUESTS": True}, WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    with Server(request.param, site) as server:
        yield server


def test_every_kind_of_request_is_followed_by_the_sync(server):
    for path in ("/upload/", "/upload-async/", "/upload-and-stream/", "/upload-in-stream/"):
        with server.client() as client:
            client.upload(path, path)

        server.wait_for_picture(path)


def test_a_client_that_is_gone_before_the_response_is_followed_by_the_sync(server):
    connection = server.send("POST", upload_url("Picture", "/upload-slowly/"))
    wait_until((server.site.folder / "uploading").exists, "the view is at work")
    reset(connection)

    server.wait_for_picture("Picture")


def test_a_client_that_is_gone_in_mid_response_is_followed_by_the_sync(server):
    connection = server.send("POST", upload_url("Picture", "/upload-and-stream/"))
    connection.recv(1)
    reset(connection)

    server.wait_for_picture("Picture")


def reset(connection: socket.socket) -> None:
    """Close it as a browser does whose window is closed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
