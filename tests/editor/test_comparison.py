from __future__ import annotations

import itertools
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    GalleryPageFactory,
    ImageFactory,
    RevisedSnippetFactory,
    image_of_size,
    page_with,
    raw_body,
    raw_gallery,
    raw_item,
    synced_image,
)
from wagtail_autogallery.editor.comparison import _longest_increasing

pytestmark = pytest.mark.django_db


@pytest.fixture
def compare(admin_client):
    """Compare two versions of a gallery, given as raw items."""

    def html_of(before, after):
        return compare_revisions(admin_client, *versions(before, after))

    return html_of


def versions(before, after):
    """A page, and two revisions of it with these items in its gallery."""
    page = GalleryPageFactory(body=raw_body(gallery_of(before)))
    first = page.save_revision()
    page.body = raw_body(gallery_of(after))
    # The same block in both.
    page.body.raw_data[0]["id"] = first.as_object().body.raw_data[0]["id"]
    return page, first, page.save_revision()


def compare_revisions(client, page, first, second):
    url = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, second.pk])
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def gallery_of(items):
    return {**raw_gallery(), "images": items}


def sections(html):
    """What is said, each with the titles of the images below."""
    (cell,) = [part for part in html.split("<td") if "comparison" in part.partition(">")[0]]
    found = {}
    for part in cell.replace("<summary>", "<p>").replace("</summary>", "</p>").split("<p>")[1:]:
        words, _, shown = part.partition("</p>")
        found[words] = [
            unescape(each.partition("</div>")[0].rpartition(">")[2])
            for each in shown.split('class="preview-image')[1:]
        ]
    return found


def test_what_came_and_went_is_shown_and_what_stayed_is_folded(compare):
    kept, gone, new = (ImageFactory(title=title) for title in ("Kept", "Gone", "New"))
    stays = raw_item(kept)

    html = compare([stays, raw_item(gone)], [stays, raw_item(new)])

    assert sections(html) == {
        "1 image added": ["New"],
        "1 image removed": ["Gone"],
        "1 image as before": ["Kept"],
    }
    assert "<details><summary>1 image as before" in html
    assert 'class="preview-image addition" title="New"' in html
    assert 'class="preview-image deletion" title="Gone"' in html


def test_what_was_moved_says_where_from_and_where_to(compare):
    items = [raw_item(ImageFactory(title=title)) for title in "ABCD"]

    html = compare(items, [items[3], *items[:3]])

    assert sections(html) == {"1 image moved": ["D"], "3 images as before": ["A", "B", "C"]}
    assert "from place 4 to 1" in html


def test_images_that_make_way_for_new_ones_have_not_moved(compare):
    items = [raw_item(ImageFactory(title=title)) for title in "AB"]

    html = compare(items, [raw_item(ImageFactory(title="New")), *items])

    assert sections(html) == {"1 image added": ["New"], "2 images as before": ["A", "B"]}


def test_texts_are_compared_for_those_of_which_they_are_others(compare):
    image, other = ImageFactory(title="Coast"), ImageFactory(title="Harbour")
    before = raw_item(image, caption="In the morning")
    stays = raw_item(other, caption="Never told")
    after = {**before, "value": {**before["value"], "caption": "In the evening"}}

    html = compare([before, stays], [after, stays])

    assert sections(html) == {"1 image changed": ["Coast"], "1 image as before": ["Harbour"]}
    assert '<span class="deletion">morning</span>' in html
    assert '<span class="addition">evening</span>' in html
    assert "Never told" not in html
    assert "Delivered" not in html


def test_another_image_in_the_same_item_is_shown_beside_the_old_one(compare):
    before = raw_item(ImageFactory(title="Old"))
    after = {**before, "value": raw_item(ImageFactory(title="New"))["value"]}

    html = compare([before], [after])

    assert sections(html) == {"1 image changed": ["Old", "New"]}


def test_items_that_an_api_gave_other_ids_are_known_by_their_image(compare):
    images = [ImageFactory(title=title) for title in "AB"]

    html = compare([raw_item(image) for image in images], [raw_item(image) for image in images])

    assert sections(html) == {"2 images as before": ["A", "B"]}


def test_an_image_that_was_deleted_since_is_told_of(compare):
    image = ImageFactory(title="Gone")
    items = [raw_item(image)]
    image.delete()

    assert sections(compare(items, [])) == {"1 image removed": ["An image that was deleted"]}


def test_titles_are_text(compare):
    html = compare([], [raw_item(ImageFactory(title='<script>"x"</script>'))])

    assert "<script>&quot;x" not in html
    assert sections(html) == {"1 image added": ['<script>"x"</script>']}
    assert 'title="&lt;script&gt;&quot;x&quot;' in html


def test_long_titles_are_cut_and_told_whole_on_demand(compare):
    title = "Coast " * 20

    html = compare([], [raw_item(ImageFactory(title=title))])

    ((shown,),) = sections(html).values()
    assert len(shown) == 40
    assert f'title="{title}"' in html


def test_thumbnails_are_those_that_are_there(admin_client):
    page = page_with(raw_gallery())
    first = page.latest_revision
    image_of_size(900, 600, title="Coast")
    image = synced_image(title="Harbour")
    page.refresh_from_db()
    made = image.get_rendition_model().objects.count()

    html = compare_revisions(admin_client, page, first, page.latest_revision)

    assert sections(html) == {"2 images added": ["Coast", "Harbour"]}
    assert html.count('loading="lazy"') == 2
    assert image.renditions.get().url in html
    assert 'width="100" height="100"' in html
    assert image.get_rendition_model().objects.count() == made


def test_comparing_makes_no_picture_of_what_has_none(compare):
    image = ImageFactory(title="Coast")

    html = compare([], [raw_item(image)])

    assert sections(html) == {"1 image added": ["Coast"]}
    assert not image.renditions.exists()


def test_a_whole_gallery_that_came_shows_its_images(admin_client):
    page = page_with()
    first = page.latest_revision
    page.body = raw_body(raw_gallery(ImageFactory(title="Coast"), ImageFactory(title="Harbour")))
    second = page.save_revision()

    html = compare_revisions(admin_client, page, first, second)

    assert html.count('class="preview-image "') == 2
    assert "Coast" in html
    assert "Harbour" in html
    assert "images added" not in html


def test_snippets_are_compared_as_pages_are(admin_client):
    snippet = RevisedSnippetFactory(body=raw_body(raw_gallery()))
    first = snippet.save_revision()
    body = snippet.body.raw_data
    body[0]["value"]["images"] = [raw_item(ImageFactory(title="Coast"))]
    second = snippet.save_revision()
    url_name = snippet.snippet_viewset.get_url_name("revisions_compare")

    html = admin_client.get(reverse(url_name, args=[snippet.pk, first.pk, second.pk]))

    assert sections(html.content.decode()) == {"1 image added": ["Coast"]}


def test_many_images_cost_the_queries_of_one(admin_client):
    images = [synced_image() for _ in range(10)]

    def queries_of_comparing(count):
        items = [raw_item(images[number % 10]) for number in range(count)]
        compared = versions(items, [raw_item(ImageFactory(title="New")), *items[::-1]])
        with CaptureQueriesContext(connection) as queries:
            html = compare_revisions(admin_client, *compared)
        assert sections(html)["1 image added"] == ["New"]
        return len(queries)

    # Of a thousand keys, Django makes two queries on SQLite.
    queries_of_comparing(1)
    assert queries_of_comparing(1) == queries_of_comparing(900)


def test_the_fewest_are_said_to_have_moved():
    for places in itertools.permutations(range(5)):
        stay = _longest_increasing(places)

        kept = [place for place in places if place in stay]
        assert kept == sorted(kept)
        longest = max(
            length
            for length in range(6)
            if any(list(each) == sorted(each) for each in itertools.combinations(places, length))
        )
        assert len(stay) == longest
    assert _longest_increasing([]) == set()
