"""A deployment that brings the code before the tables, as an editor meets it."""

from __future__ import annotations

import pytest
from wagtail.images import get_image_model_string

from tests.servers.editing import Editor
from tests.servers.serving import Server

pytestmark = pytest.mark.skipif(
    get_image_model_string() == "testapp.UUIDImage",
    reason="Wagtail's own image forms take integer keys only",
)


@pytest.mark.thorough
@pytest.mark.parametrize("atomic", [False, True])
def test_what_is_uploaded_meanwhile_is_added_by_the_next_drain(new_migrated_site, atomic):
    site = new_migrated_site(database={"ATOMIC_REQUESTS": atomic})
    site.command("migrate", "wagtail_autogallery", "zero")
    with Server("gunicorn sync", site) as server:
        editor = Editor(server)
        editor.upload("Heron")
        editor.upload("Gull")
        assert server.logged().count("Run 'python manage.py migrate'") == 1

        site.command("migrate")
        site.command("autogallery_drain", "--limit=100")
        assert server.gallery() == ["Heron", "Gull"]

        editor.upload("Plover")
        server.wait_for_picture("Plover")
