"""Large pictures are on the page without a visitor who waits for them to be made."""

from __future__ import annotations

from tests.servers.serving import LONGEST_WAIT, Server, wait_until

#: The only thread of this server that answers requests.
VISITORS = "MainThread"


def test_no_view_makes_a_picture_of_what_is_uploaded_meanwhile(new_site):
    site = new_site(WAGTAIL_AUTOGALLERY_QUIET_PERIOD=0)
    titles = [f"Picture {number}" for number in range(6)]
    with Server("gunicorn sync", site) as server, server.client() as client:
        page = server.ask("/state/")["page"]

        def pictures_on_page() -> int:
            html = client.get(page).decode()
            assert "original_images" not in html
            return html.count("<picture")

        for title in titles:
            client.upload(title, "/upload-large/")
            pictures_on_page()
        # Making six of these takes its time on a busy machine.
        wait_until(lambda: pictures_on_page() == 6, "all are on the page", 2 * LONGEST_WAIT)

    assert len(site.makers_of_renditions()) >= 6
    assert VISITORS not in site.makers_of_renditions()
