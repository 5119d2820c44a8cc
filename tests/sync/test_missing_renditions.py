from __future__ import annotations

import errno
import logging

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db.models.signals import post_save
from django_tasks_db.models import DBTaskResult
from wagtail.images import get_image_model
from wagtail.tasks import update_reference_index_task

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    break_file_of,
    follows,
    image_of_size,
    lose_file_of,
    page_with,
    raw_gallery,
    synced_image,
)
from tests.storages import RemoteStorage
from tests.testapp.models import GalleryPage
from wagtail_autogallery.drain.draining import drain
from wagtail_autogallery.frontend.specs import specs_of
from wagtail_autogallery.models import Subscription
from wagtail_autogallery.queue import budget
from wagtail_autogallery.sync import missing_renditions
from wagtail_autogallery.sync.missing_renditions import make_missing_renditions
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.tasks import (
    OWN,
    enqueue_renditions,
    make_renditions,
    sync_media_to_galleries,
)

pytestmark = pytest.mark.django_db(transaction=True)

#: Of a small photograph in a grid: a square, and the whole for the lightbox.
EACH = 2


def made_of(*images):
    return [image.renditions.count() for image in images]


def rendition_files():
    return set(get_image_model().get_rendition_model().objects.values_list("file", flat=True))


def waiting(task=make_renditions):
    return list(DBTaskResult.objects.ready().filter(task_path=task.module_path))


@pytest.fixture
def quiet_queue():
    """Shows an image in a followed gallery, with nothing to do for the sync."""

    def show_image():
        image = ImageFactory()
        page_with(raw_gallery(image))
        DBTaskResult.objects.all().delete()
        return image

    return show_image


def show(page, client):
    response = client.get(page.get_url())
    assert response.status_code == 200
    return response.content.decode()


def test_a_view_right_after_a_drain_makes_nothing(client):
    page = page_with(raw_gallery())
    image_of_size(1300, 600)
    image_of_size(1000, 300, "picture.png")
    image_of_size(500, 300, "picture.gif")

    drain(limit=100)

    before = rendition_files()
    assert show(page, client).count("<picture>") == 3
    assert rendition_files() == before


def test_a_view_asks_twice_whatever_the_number_of_images(django_assert_num_queries):
    page = page_with(raw_gallery())
    for _ in range(3):
        ImageFactory()
    drain(limit=100)
    body = GalleryPage.objects.get(pk=page.pk).body

    # The images, and their renditions.
    with django_assert_num_queries(2):
        body.render_as_block()


def test_the_sync_comes_first():
    page_with(raw_gallery())
    make_renditions.enqueue()
    ImageFactory()

    drain(limit=1, only=OWN)

    assert not waiting(sync_media_to_galleries)
    assert len(waiting()) == 1


def test_a_sync_that_wrote_nothing_has_nothing_made():
    page_with(raw_gallery(follow=False))
    ImageFactory()

    drain(limit=100)

    assert not DBTaskResult.objects.filter(task_path=make_renditions.module_path).exists()


def test_while_one_is_waiting_no_other_is_enqueued():
    assert enqueue_renditions()
    assert enqueue_renditions() is None


def test_what_no_followed_gallery_shows_is_left_to_its_first_visitor():
    image, other = ImageFactory(), ImageFactory()
    page_with(raw_gallery(image, follow=False), raw_gallery(other))

    make_missing_renditions()

    assert made_of(image, other) == [0, EACH]


def test_images_chosen_by_hand_and_new_settings_are_seen_to_with_the_next_sync(settings):
    chosen = ImageFactory()
    page_with(raw_gallery(chosen))
    arrived = ImageFactory()
    drain(limit=100)
    assert made_of(chosen, arrived) == [EACH, EACH]

    settings.WAGTAIL_AUTOGALLERY_IMAGE_FORMATS = ["webp", "jpeg"]
    new = ImageFactory()
    drain(limit=100)

    assert made_of(chosen, arrived, new) == [EACH + 1] * 3


def test_each_layout_has_what_it_shows(client):
    image = image_of_size(900, 500)
    pages = [page_with(raw_gallery(image, layout=layout)) for layout in ("grid", "masonry")]
    page_with(raw_gallery(image, follow=False, layout="strip"))

    make_missing_renditions()

    assert set(image.renditions.values_list("filter_spec", flat=True)) == {
        *specs_of(image, "grid").all,
        *specs_of(image, "masonry").all,
    }
    before = rendition_files()
    for page in pages:
        show(page, client)
    assert rendition_files() == before


def test_a_new_focal_point_has_new_squares_and_nothing_else():
    page_with(raw_gallery())
    image = image_of_size(900, 500)
    drain(limit=100)
    before = rendition_files()
    image.focal_point_x, image.focal_point_y = 700, 250
    image.focal_point_width = image.focal_point_height = 100
    image.save()

    report = make_missing_renditions()

    assert report.made == len(specs_of(image, "grid").fallback)
    assert rendition_files() > before


def test_an_image_in_many_galleries_and_one_deleted_since_cost_nothing(django_assert_num_queries):
    image, deleted = ImageFactory(), ImageFactory()
    for _ in range(3):
        page_with(raw_gallery(image, image, deleted), raw_gallery(image, "no key"))
    make_missing_renditions()
    deleted.delete()
    # Are others wanted? Is anything to be looked at?
    with django_assert_num_queries(2):
        make_missing_renditions()
    Subscription.objects.have_pictures_made()

    # Are others wanted? The list of galleries to its end; of each holder its row and its galleries;
    # of each gallery the images, the renditions, and what is done with it, in a transaction.
    with django_assert_num_queries(1 + 2 + 3 * 2 + 3 * 2 * (2 + 4)):
        report = make_missing_renditions()

    assert report.as_dict() == {"made": 0, "failed": [], "complete": True}


def test_a_gallery_whose_images_or_model_are_gone_does_no_harm():
    image = ImageFactory()
    page = page_with(raw_gallery(image))
    lost = follows(page)[0]
    lost.pk, lost.key = None, "another"
    lost.content_type_id = ContentType.objects.create(app_label="removed", model="removed").pk
    lost.save()
    image.delete()

    assert make_missing_renditions().complete


def test_galleries_that_were_just_written_come_first():
    chosen = ImageFactory()
    page_with(raw_gallery(chosen, collection=CollectionFactory().pk))
    page_with(raw_gallery())
    arrived = ImageFactory()
    sync()

    with budget.limited_to(0.0):
        make_missing_renditions()

    # One as it was placed, and one now.
    assert made_of(chosen, arrived) == [0, 2]


@pytest.mark.parametrize("spoil", [break_file_of, lose_file_of])
def test_a_broken_image_does_not_stop_the_others(spoil, caplog):
    page_with(raw_gallery())
    images = [ImageFactory() for _ in range(3)]
    spoil(images[1])

    with caplog.at_level(logging.ERROR):
        report = drain(limit=100)

    assert report.failed == 0
    assert made_of(*images) == [EACH, 0, EACH]
    (row,) = DBTaskResult.objects.filter(task_path=make_renditions.module_path)
    # The smallest are made as the images are placed, and what fails then is known.
    assert row.return_value == {"made": 2 * (EACH - 1), "failed": [], "complete": True}
    assert f"image {images[1].pk}" in caplog.text
    assert "Traceback" in caplog.text


def test_it_stops_when_its_time_is_used_up_and_goes_on_with_the_next_task(quiet_queue):
    image = quiet_queue()

    with budget.limited_to(0.0):
        report = make_renditions.func()

    assert report == {"made": 1, "failed": [], "complete": False}
    assert made_of(image) == [1]
    assert len(waiting()) == 1
    drain(limit=100)
    assert made_of(image) == [EACH]
    assert not waiting()


def test_it_stops_when_the_process_is_told_to(quiet_queue):
    image = quiet_queue()
    make_renditions.enqueue()

    drain(keep_on=lambda: made_of(image) == [0])

    assert made_of(image) == [1]
    assert len(waiting()) == 1


def test_a_task_makes_so_many_and_no_more(quiet_queue, monkeypatch):
    monkeypatch.setattr(missing_renditions, "RENDITIONS_PER_PASS", 3)
    images = [quiet_queue() for _ in range(2)]

    make_renditions.func()

    assert sum(made_of(*images)) == 3
    drain(limit=100)
    assert sum(made_of(*images)) == 2 * EACH


def test_it_makes_room_for_a_sync_that_waits():
    image = ImageFactory()
    page_with(raw_gallery(image))

    make_renditions.func()

    assert made_of(image) == [1]
    assert len(waiting()) == 1


def test_it_makes_room_for_what_wagtail_enqueues_meanwhile(quiet_queue, request):
    image = quiet_queue()
    model = type(image).get_rendition_model()

    def save_a_page(**kwargs):
        update_reference_index_task.enqueue("wagtailcore", "page", "1")

    request.addfinalizer(lambda: post_save.disconnect(save_a_page, sender=model))
    post_save.connect(save_a_page, sender=model)
    make_renditions.func()

    assert made_of(image) == [1]
    assert len(waiting()) == 1


def test_it_makes_no_room_for_what_was_waiting_before_and_nobody_runs(quiet_queue):
    image = quiet_queue()
    update_reference_index_task.enqueue("wagtailcore", "page", "1")

    make_renditions.func()

    assert made_of(image) == [EACH]


def test_what_failed_is_left_alone_by_the_next_pass(quiet_queue, caplog):
    whole, broken = quiet_queue(), quiet_queue()
    break_file_of(broken)

    with budget.limited_to(0.0):
        make_renditions.func()
        caplog.clear()
        for _ in range(2):
            make_renditions.func()

    assert made_of(broken) == [0]
    assert made_of(whole)[0] >= 1
    assert not caplog.records


def test_whoever_rebuilds_has_everything_tried_again(quiet_queue):
    image = quiet_queue()
    content = image.file.read()
    break_file_of(image)
    make_missing_renditions()
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(content)
    assert make_missing_renditions().made == 0

    call_command("autogallery_rebuild", verbosity=0)

    assert make_missing_renditions().made == EACH


def test_a_storage_that_fails_ends_the_pass(monkeypatch, caplog):
    images = [ImageFactory() for _ in range(3)]
    page_with(raw_gallery(*images))
    monkeypatch.setattr(FileSystemStorage, "_save", read_only)

    reports = [make_missing_renditions() for _ in range(2)]

    # The pass goes by the images' keys, which need not be in the order of their uploads.
    first = min(images, key=lambda image: image.pk)
    assert [report.as_dict() for report in reports] == [
        {"made": 0, "failed": [str(first.pk)], "complete": True},
        {"made": 0, "failed": [], "complete": True},
    ]
    assert len(caplog.records) == 1


def read_only(*args, **kwargs):
    raise OSError(errno.EROFS, "Read-only file system")


def test_a_queue_that_is_away_is_logged(caplog, monkeypatch):
    monkeypatch.setattr(type(make_renditions), "enqueue", lambda *args, **kwargs: 1 / 0)

    assert enqueue_renditions() is None

    assert "the next sync will" in caplog.text


@pytest.fixture
def remote(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "tests.storages.RemoteStorage"},
    }
    RemoteStorage.files.clear()
    RemoteStorage.opened.clear()


def test_a_storage_that_is_remote_and_private_works(client, remote):
    page = page_with(raw_gallery())
    image = ImageFactory()
    RemoteStorage.opened.clear()

    drain(limit=100)

    assert made_of(image) == [len(specs_of(image, "grid").all)]
    originals = [name for name in RemoteStorage.opened if name == image.file.name]
    # Once for the smallest, once for the others.
    assert len(originals) == 2
    RemoteStorage.opened.clear()
    html = show(page, client)
    assert "https://bucket.example/images/" in html
    assert "?expires=60&amp;signature=" in html
    assert html != show(page, client)
    assert RemoteStorage.opened == []


def test_its_log_line_has_fields_that_programs_read(caplog):
    page_with(raw_gallery())
    synced_image()

    with caplog.at_level(logging.INFO, "wagtail_autogallery.sync.missing_renditions"):
        report = make_missing_renditions()

    (record,) = caplog.records
    assert (record.made, record.failures, record.complete) == (report.made, 0, True)
    assert record.made > 0
    assert record.seconds > 0
