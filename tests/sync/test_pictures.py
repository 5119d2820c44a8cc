"""No image is placed before its smallest picture is there, and no visitor makes one."""

from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from wagtail.models import PageLogEntry
from wagtail.signals import page_published

from tests.factories import (
    ImageFactory,
    break_file_of,
    image_of_size,
    images_in,
    page_with,
    raw_gallery,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.frontend.specs import specs_of
from wagtail_autogallery.models import Delivery, Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync import passes, pictures
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.pictures import make_smallest

pytestmark = pytest.mark.django_db(transaction=True)

Reason = Delivery.Reason


def made_of(image):
    return set(image.renditions.values_list("filter_spec", flat=True))


def shown(page, client):
    response = client.get(GalleryPage.objects.get(pk=page.pk).get_url())
    assert response.status_code == 200
    return response.content.decode()


def is_shown(image, page, client):
    """Whether the page has a picture of it, of its own renditions."""
    html = shown(page, client)
    return any(rendition.url in html for rendition in image.renditions.all())


@pytest.fixture
def published():
    """How often each page was published since."""
    pages = []

    def note(instance, **kwargs):
        pages.append(instance.pk)

    page_published.connect(note)
    yield pages
    page_published.disconnect(note)


def test_what_a_sync_places_has_its_smallest_picture_and_a_view_makes_no_other(client):
    page = page_with(raw_gallery())
    image = image_of_size(1300, 900)

    sync()

    assert images_in(page) == [image.pk]
    smallest = {specs_of(image, "grid").smallest}
    assert made_of(image) == smallest
    assert is_shown(image, page, client)
    assert made_of(image) == smallest


def test_each_layout_has_its_own(client):
    pages = [page_with(raw_gallery(layout=layout)) for layout in ("grid", "masonry")]
    image = image_of_size(1300, 900)

    sync()

    assert made_of(image) == {specs_of(image, layout).smallest for layout in ("grid", "masonry")}
    assert all(is_shown(image, page, client) for page in pages)


def test_until_then_it_waits_and_says_so():
    page = page_with(raw_gallery())
    ImageFactory()
    decide()

    assert Delivery.objects.get().reason == Reason.NO_PICTURE
    assert images_in(page) == []

    assert make_smallest(seconds=60)

    assert Delivery.objects.get().reason == ""


def test_large_pictures_come_in_a_few_writes_and_one_entry_of_the_history(monkeypatch, published):
    monkeypatch.setattr(passes, "PICTURE_SECONDS", 0.0)
    page = page_with(raw_gallery())
    published.clear()
    images = [ImageFactory() for _ in range(3)]

    report = sync()

    assert report.complete
    assert images_in(page) == [image.pk for image in images]
    assert published == [page.pk] * 3
    entry = PageLogEntry.objects.get(page=page, action="wagtail_autogallery.sync")
    assert entry.data["count"] == 3


def test_a_burst_whose_pictures_are_there_is_written_once(published):
    page = page_with(raw_gallery())
    published.clear()
    for _ in range(3):
        ImageFactory()

    sync()

    assert published == [page.pk]


def test_a_pass_without_time_does_one_and_the_next_goes_on():
    page = page_with(raw_gallery())
    images = [ImageFactory() for _ in range(3)]

    with budget.limited_to(0.0):
        sync()
        assert images_in(page) == [images[0].pk]
        reports = [sync() for _ in range(2)]

    assert [report.complete for report in reports] == [False, True]
    assert images_in(page) == [image.pk for image in images]


def test_one_of_which_none_can_be_made_takes_its_place_and_is_left_out_of_the_page(client):
    page = page_with(raw_gallery())
    broken, whole = ImageFactory(), ImageFactory()
    break_file_of(broken)

    sync()

    assert images_in(page) == [broken.pk, whole.pk]
    html = shown(page, client)
    assert html.count("<picture>") == 1
    assert "not-found" not in html
    assert broken.file.url not in html


def test_one_that_is_deleted_meanwhile_holds_nothing_up():
    page = page_with(raw_gallery())
    deleted, other = ImageFactory(), ImageFactory()
    decide()
    deleted.delete()

    sync()

    assert images_in(page) == [other.pk]
    assert not Delivery.objects.due().exists()


def test_one_for_a_locked_page_is_made_and_then_waits_for_the_page():
    page = page_with(raw_gallery())
    GalleryPage.objects.filter(pk=page.pk).update(locked=True)
    image = ImageFactory()

    sync()

    assert made_of(image) == {specs_of(image, "grid").smallest}
    assert Delivery.objects.get().reason == Reason.LOCKED
    assert not Delivery.objects.due().exists()


def test_pictures_that_are_there_are_not_made_again():
    page_with(raw_gallery())
    image = ImageFactory()
    image.get_rendition(specs_of(image, "grid").smallest)
    (before,) = image.renditions.all()

    sync()

    assert image.renditions.get() == before


def test_how_much_is_asked_does_not_depend_on_how_many_wait(django_assert_max_num_queries):
    page_with(raw_gallery())
    for _ in range(20):
        image = ImageFactory()
        image.get_rendition(specs_of(image, "grid").smallest)
    decide()

    # What waits, the images, their renditions; which of them nobody else has in hand, and that they
    # can be placed, in a transaction; and no more waits.
    with django_assert_max_num_queries(3 + 4 + 1):
        make_smallest(seconds=60)


def test_another_layout_shows_what_there_is_until_the_job_has_made_its_own(client):
    page = page_with(raw_gallery())
    image = image_of_size(1300, 900)
    drain(limit=100)
    before = made_of(image)
    (block,) = page.body.raw_data
    page.body = [{**block, "value": {**block["value"], "layout": "masonry"}}]
    page.save_revision().publish()

    assert is_shown(image, page, client)
    assert made_of(image) == before

    drain(limit=100)

    assert made_of(image) >= set(specs_of(image, "masonry").all)


def test_a_new_focal_point_shows_the_old_square_until_the_job_has_made_the_new(client):
    page = page_with(raw_gallery())
    image = image_of_size(1300, 900)
    drain(limit=100)
    image.focal_point_x, image.focal_point_y = 1000, 250
    image.focal_point_width = image.focal_point_height = 100
    image.save()
    before = image.renditions.count()

    assert is_shown(image, page, client)
    assert image.renditions.count() == before

    drain(limit=100)

    assert image.renditions.count() > before


def test_other_settings_show_what_there_is_until_the_job_has_made_what_they_ask_for(
    client, settings
):
    page = page_with(raw_gallery())
    image = image_of_size(1300, 900)
    drain(limit=100)
    settings.WAGTAIL_AUTOGALLERY_IMAGE_WIDTHS = [300, 600]

    assert is_shown(image, page, client)

    page_with(raw_gallery(ImageFactory()))
    ImageFactory()
    drain(limit=100)

    assert made_of(image) >= set(specs_of(image, "grid").all)


def test_renditions_that_were_thrown_away_are_made_again_by_the_next_drain(client):
    page = page_with(raw_gallery())
    image = image_of_size(1300, 900)
    drain(limit=100)
    before = made_of(image)

    call_command("wagtail_update_image_renditions", purge_only=True, verbosity=0)
    assert made_of(image) == set()
    drain(limit=100)

    assert made_of(image) == before
    assert is_shown(image, page, client)


def test_an_image_that_is_deleted_has_nothing_made_of_it():
    page_with(raw_gallery())
    image = ImageFactory()
    drain(limit=100)
    assert not Subscription.objects.lacking_pictures().exists()

    image.delete()

    assert not Subscription.objects.lacking_pictures().exists()


def test_what_a_person_chose_is_made_for_the_first_who_looks(client):
    image = image_of_size(1300, 900)
    page = page_with(raw_gallery(image))

    assert is_shown(image, page, client)

    assert made_of(image) == set(specs_of(image, "grid").all)


def test_what_somebody_has_in_hand_is_waited_for_by_nobody_and_comes_later(monkeypatch):
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("This database locks as a whole")
    monkeypatch.setattr(pictures, "PATIENCE_SECONDS", 0.0)
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    is_held, may_go_on = threading.Event(), threading.Event()

    def edit():
        with transaction.atomic():
            list(Delivery.objects.select_for_update())
            is_held.set()
            may_go_on.wait(30)
        connection.close()

    editor = threading.Thread(target=edit)
    editor.start()
    is_held.wait(30)
    try:
        assert make_smallest(seconds=60)
        assert Delivery.objects.get().reason == Reason.NO_PICTURE
    finally:
        may_go_on.set()
        editor.join()

    sync()

    assert images_in(page) == [image.pk]
