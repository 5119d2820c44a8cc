from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from wagtail.models import ModelLogEntry, PageLogEntry, Revision

from tests.factories import (
    FullSnippetFactory,
    ImageFactory,
    deliveries_to,
    follows,
    images_in,
    images_in_revision,
    key_of,
    page_with,
    raw_body,
    raw_gallery,
    raw_item,
    stored_images,
    synced_image,
    unwritable,
)
from tests.testapp.models import FullSnippet, GalleryPage
from wagtail_autogallery.models import Delivery, Errand, HolderKey, Run, Subscription
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.history import LOG_ACTION, UNDO_ACTION
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.taking_back import never_here, undo

pytestmark = pytest.mark.django_db

Mark = Delivery.Mark


def images_of_one_run(count, **fields):
    """Images that came with one run, and its number."""
    images = [ImageFactory(**fields) for _ in range(count)]
    return images, sync().run


def fresh(page):
    return GalleryPage.objects.get(pk=page.pk)


def with_caption(body, image, caption):
    for item in body[0]["value"]["images"]:
        if item["value"]["image"] == key_of(image):
            item["value"]["caption"] = caption
    return body


def body_of(holder):
    return json.loads(json.dumps(list(holder.body.raw_data)))


def saved_as_draft(page, body):
    page = fresh(page).get_latest_revision_as_object()
    page.body = json.dumps(body)
    return page.save_revision()


def test_an_undone_run_is_taken_out_of_all_galleries_and_other_runs_stay(admin):
    coast, hills = page_with(raw_gallery()), page_with(raw_gallery())
    stays = synced_image()
    _, run = images_of_one_run(2)

    assert undo([run], admin) == 4
    sync()

    assert images_in(coast) == images_in(hills) == [stays.pk]
    undone = Run.objects.get(pk=run)
    assert undone.undone_by == str(admin.pk)
    assert undone.undone_at
    marked = deliveries_to(coast)
    assert [delivery.mark for delivery in marked.values()] == ["", Mark.UNDONE, Mark.UNDONE]
    assert {d.marked_by for d in marked.values() if d.mark} == {str(admin.pk)}


def test_in_one_gallery_the_others_keep_it(admin):
    page = page_with(raw_gallery(), raw_gallery())
    (image,), run = images_of_one_run(1)

    undo([run], admin, follows(page)[0])
    sync()

    assert images_in(page, 0) == []
    assert images_in(page, 1) == [image.pk]
    assert Run.objects.get(pk=run).undone_at is None


def test_in_one_page_the_others_keep_it_until_it_is_undone_there_too(admin):
    here, there = page_with(raw_gallery()), page_with(raw_gallery())
    (image,), run = images_of_one_run(1)

    undo([run], admin, holder=HolderKey.of(here))
    sync()

    assert images_in(here) == []
    assert images_in(there) == [image.pk]
    assert Run.objects.get(pk=run).undone_at is None
    undo([run], admin, holder=HolderKey.of(there))
    assert Run.objects.get(pk=run).undone_at


def test_what_a_person_has_captioned_replaced_or_chosen_stays(admin):
    page = page_with(raw_gallery())
    (captioned, replaced, chosen, plain), run = images_of_one_run(4)
    other = ImageFactory()
    body = with_caption(body_of(fresh(page)), captioned, "At dawn")
    items = body[0]["value"]["images"]
    items[1]["value"]["image"] = key_of(other)
    items[2] = raw_item(chosen)
    saved_as_draft(page, body).publish()

    undo([run], admin)
    sync()

    assert images_in(page) == [captioned.pk, other.pk, chosen.pk]
    marks = {image_id: d.mark for image_id, d in deliveries_to(page).items()}
    assert marks[str(captioned.pk)] == marks[str(chosen.pk)] == ""
    assert marks[str(plain.pk)] == Mark.UNDONE
    assert marks[str(replaced.pk)] == Mark.REMOVED


def test_what_is_captioned_before_the_page_is_written_stays(admin):
    page = page_with(raw_gallery())
    (captioned, plain), run = images_of_one_run(2)

    undo([run], admin)
    saved_as_draft(page, with_caption(body_of(fresh(page)), captioned, "At dawn")).publish()
    sync()

    assert images_in(page) == [captioned.pk]
    assert deliveries_to(page)[str(captioned.pk)].mark == ""
    assert deliveries_to(page)[str(plain.pk)].mark == Mark.UNDONE


def test_it_leaves_drafts_too_and_nothing_else_of_them_changes(admin):
    page = page_with(raw_gallery())
    stays = synced_image()
    (captioned, _), run = images_of_one_run(2)
    draft = saved_as_draft(page, with_caption(body_of(fresh(page)), captioned, "At dawn"))

    undo([run], admin)
    sync()

    assert images_in(page) == [stays.pk]
    assert images_in_revision(draft) == [key_of(stays), key_of(captioned)]
    live = fresh(page).live_revision
    assert images_in_revision(live) == [key_of(stays)]
    draft.publish()
    assert images_in(page) == [stays.pk, captioned.pk]


def test_it_leaves_what_is_scheduled(admin):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(1)
    later = fresh(page).get_latest_revision_as_object()
    later.go_live_at = timezone.now() + timedelta(days=1)
    scheduled = later.save_revision()
    scheduled.publish()

    undo([run], admin)
    sync()

    assert images_in_revision(scheduled) == []


def test_old_content_with_it_brings_it_back_to_nobody(admin):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(2)
    form = body_of(fresh(page))
    old = fresh(page).latest_revision
    undo([run], admin)
    sync()

    saved_as_draft(page, form).publish()

    assert images_in(page) == []
    fresh(page).revisions.get(pk=old.pk).publish()
    assert images_in(page) == []
    assert images_in_revision(fresh(page).live_revision) == []


def test_a_draft_of_an_old_form_does_not_have_it_either(admin):
    page = page_with(raw_gallery())
    (captioned, _), run = images_of_one_run(2)
    form = with_caption(body_of(fresh(page)), captioned, "At dawn")
    undo([run], admin)
    sync()

    draft = saved_as_draft(page, form)

    assert images_in_revision(draft) == [key_of(captioned)]
    assert images_in(page) == []


def test_who_chooses_it_again_has_it(admin):
    page = page_with(raw_gallery())
    (image,), run = images_of_one_run(1)
    undo([run], admin)
    sync()

    body = body_of(fresh(page))
    body[0]["value"]["images"] = [raw_item(image)]
    saved_as_draft(page, body).publish()
    sync()

    assert images_in(page) == [image.pk]
    assert deliveries_to(page)[str(image.pk)].mark == ""


def test_what_had_made_room_does_not_come_back_with_old_content_either(admin):
    page = page_with(raw_gallery(max_images=1))
    (first,), run = images_of_one_run(1)
    old = fresh(page).latest_revision
    second = synced_image()
    assert deliveries_to(page)[str(first.pk)].mark == Mark.MADE_ROOM

    undo([run], admin)
    sync()
    old.publish()

    assert images_in(page) == [second.pk]


def test_what_of_it_still_waits_never_comes(admin):
    page = page_with(raw_gallery())
    ImageFactory()
    run = decide().run

    undo([run], admin)
    sync()

    assert images_in(page) == []
    (delivery,) = deliveries_to(page).values()
    assert (delivery.mark, delivery.due_at, delivery.number) == (Mark.UNDONE, None, None)


def test_what_waits_in_a_draft_to_be_looked_at_leaves_it_and_what_is_captioned_there_stays(admin):
    page = page_with(raw_gallery(review_new_images=True))
    (captioned, _), run = images_of_one_run(2)
    draft = fresh(page).latest_revision
    assert len(images_in_revision(draft)) == 2
    body = json.loads(draft.content["body"])
    draft = saved_as_draft(page, with_caption(body, captioned, "At dawn"))

    undo([run], admin)
    sync()

    assert images_in_revision(draft) == [key_of(captioned)]
    assert images_in(page) == []
    assert {d.mark for d in deliveries_to(page).values()} == {Mark.UNDONE}
    draft.publish()
    sync()
    assert images_in(page) == [captioned.pk]
    assert deliveries_to(page)[str(captioned.pk)].mark == ""


def test_what_a_person_had_removed_stays_theirs(admin):
    page = page_with(raw_gallery())
    (image,), run = images_of_one_run(1)
    saved_as_draft(page, _emptied(fresh(page))).publish()
    before = deliveries_to(page)[str(image.pk)]
    assert before.mark == Mark.REMOVED

    undo([run], admin)

    after = deliveries_to(page)[str(image.pk)]
    assert (after.mark, after.marked_by) == (Mark.REMOVED, before.marked_by)


def _emptied(page):
    body = body_of(page)
    body[0]["value"]["images"] = []
    return body


def test_the_history_tells_it_as_a_change_of_its_own_by_whoever_did_it(admin):
    page = page_with(raw_gallery())
    images, run = images_of_one_run(2)
    of_sync = fresh(page).latest_revision

    undo([run], admin)
    sync()

    entry = PageLogEntry.objects.get(action=UNDO_ACTION)
    assert entry.user == admin
    assert entry.data == {
        "runs": [run],
        "images": sorted(str(image.pk) for image in images),
        "titles": [image.title for image in images],
        "count": 2,
    }
    latest = fresh(page).latest_revision
    assert entry.revision == latest == fresh(page).live_revision
    assert latest != of_sync
    assert images_in_revision(of_sync) == [key_of(image) for image in images]
    comes_next = synced_image()
    assert fresh(page).latest_revision != latest
    assert images_in_revision(latest) == []
    assert images_in(page) == [comes_next.pk]


def test_what_comes_in_the_same_write_is_told_beside_it(admin):
    page = page_with(raw_gallery())
    (image,), run = images_of_one_run(1)
    undo([run], admin)

    comes = synced_image()

    assert images_in(page) == [comes.pk]
    told = PageLogEntry.objects.filter(revision=fresh(page).latest_revision)
    data = {entry.action: entry.data["images"] for entry in told}
    assert data == {LOG_ACTION: [str(comes.pk)], UNDO_ACTION: [str(image.pk)]}


def test_a_page_with_a_draft_is_told_of_too(admin):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(1)
    saved_as_draft(page, body_of(fresh(page)))

    undo([run], admin)
    sync()

    assert PageLogEntry.objects.get(action=UNDO_ACTION).user == admin


def test_a_snippet_too(admin):
    snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
    snippet.save_revision().publish()
    _, run = images_of_one_run(1)

    undo([run], admin)
    sync()

    assert images_in(FullSnippet.objects.get(pk=snippet.pk)) == []
    assert ModelLogEntry.objects.get(action=UNDO_ACTION).user == admin


def test_a_gallery_that_was_switched_off_gives_it_back_as_well(admin):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(1)
    body = body_of(fresh(page))
    body[0]["value"]["auto_sync_media"] = False
    saved_as_draft(page, body).publish()

    undo([run], admin)
    sync()

    assert images_in(page) == []


def test_undoing_twice_is_undoing_once(admin):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(1)
    undo([run], admin)
    first = Run.objects.get(pk=run)

    assert undo([run], None) == 0
    sync()

    assert images_in(page) == []
    assert Run.objects.get(pk=run).undone_at == first.undone_at
    assert PageLogEntry.objects.filter(action=UNDO_ACTION).count() == 1
    assert not Errand.objects.exists()


def test_a_locked_page_gives_it_back_when_it_is_unlocked(admin):
    page = page_with(raw_gallery())
    (image,), run = images_of_one_run(1)
    page = fresh(page)
    page.locked = True
    page.save(update_fields=["locked"])

    undo([run], admin)
    sync()
    assert images_in(page) == [image.pk]

    page = fresh(page)
    page.locked = False
    page.save(update_fields=["locked"])
    sync()
    assert images_in(page) == []


def test_a_page_that_cannot_be_written_gives_it_back_at_the_next_try(admin, let_time_pass):
    page = page_with(raw_gallery())
    (image,), run = images_of_one_run(1)
    undo([run], admin)
    with unwritable(page):
        sync()
    assert images_in(page) == [image.pk]

    let_time_pass(timedelta(minutes=5))
    sync()

    assert images_in(page) == []


def test_who_dies_between_noting_it_and_marking_leaves_it_to_the_visits(admin, let_time_pass):
    page = page_with(raw_gallery())
    _, run = images_of_one_run(2)
    Errand.objects.create(
        **HolderKey.of(page)._asdict(), undone_runs=[run], undone_by=str(admin.pk)
    )

    sync()

    assert images_in(page) == []
    assert {d.marked_by for d in deliveries_to(page).values()} == {str(admin.pk)}
    assert PageLogEntry.objects.get(action=UNDO_ACTION).user == admin


class KilledError(BaseException):
    """The process dies here."""


def killed_before_statement(number):
    """An execute wrapper; what rolls back is let through, or it could not be."""
    left = number

    def count(execute, sql, *args):
        nonlocal left
        if "SAVEPOINT" not in sql:
            left -= 1
            if not left:
                raise KilledError
        return execute(sql, *args)

    return connection.execute_wrapper(count)


@pytest.mark.parametrize("where", ["everywhere", "in one page"])
def test_wherever_it_is_killed_a_run_that_is_said_to_be_undone_is_and_another_try_does_it(
    admin, where
):
    page = page_with(raw_gallery())
    key = None if where == "everywhere" else HolderKey.of(page)
    statement, is_done = 0, False
    while not is_done:
        statement += 1
        _, run = images_of_one_run(2)
        with killed_before_statement(statement):
            try:
                undo([run], admin, holder=key)
                is_done = True
            except KilledError:
                pass
        Errand.objects.update(due_at=timezone.now())
        sync()
        is_noted = Run.objects.get(pk=run).undone_at is not None
        if key is None:
            assert len(images_in(page)) == (0 if is_noted else 2)
        else:
            assert len(images_in(page)) in ({0} if is_noted else {0, 2})
        undo([run], admin, holder=key)
        sync()
        assert images_in(page) == []
        assert Run.objects.get(pk=run).undone_at
    assert statement > 5


#: SQLite locks all or nothing.
among_several = pytest.mark.skipif(connection.vendor == "sqlite", reason="One writer at a time")


@among_several
@pytest.mark.django_db(transaction=True)
def test_it_waits_for_no_editor_and_takes_back_later_what_they_leave_untouched(
    django_user_model,
):
    user = django_user_model.objects.create_superuser("admin", "admin@example.com", "x")
    held, other = page_with(raw_gallery()), page_with(raw_gallery())
    (captioned, _), run = images_of_one_run(2)
    body = with_caption(body_of(fresh(held)), captioned, "At dawn")
    is_held, may_go_on = threading.Event(), threading.Event()
    errors = []

    def edit():
        try:
            with transaction.atomic():
                list(GalleryPage.objects.select_for_update().filter(pk=held.pk))
                list(Subscription.objects.of(HolderKey.of(held)).select_for_update())
                is_held.set()
                assert may_go_on.wait(30)
                saved_as_draft(held, body).publish()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    editor = threading.Thread(target=edit)
    editor.start()
    assert is_held.wait(30)
    try:
        assert undo([run], user) == 4
        assert {d.mark for d in deliveries_to(held).values()} == {""}
        assert {d.mark for d in deliveries_to(other).values()} == {Mark.UNDONE}
    finally:
        may_go_on.set()
        editor.join(30)
    sync()

    assert errors == []
    assert images_in(held) == [captioned.pk]
    assert images_in(other) == []
    assert {d.mark for d in deliveries_to(held).values()} == {"", Mark.UNDONE}


@among_several
@pytest.mark.django_db(transaction=True)
def test_several_who_undo_and_drain_at_once_write_a_page_once(django_user_model):
    user = django_user_model.objects.create_superuser("admin", "admin@example.com", "x")
    pages = [page_with(raw_gallery()) for _ in range(3)]
    _, run = images_of_one_run(3)
    stays = synced_image()
    start = threading.Barrier(5)
    errors = []

    def work(do):
        try:
            start.wait(30)
            do()
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    works = [
        lambda: undo([run], user),
        lambda: undo([run], user),
        lambda: undo([run], user, holder=HolderKey.of(pages[0])),
        sync,
        sync,
    ]
    threads = [threading.Thread(target=work, args=[do]) for do in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    sync()

    assert errors == []
    for page in pages:
        assert images_in(page) == [stays.pk]
    entries = PageLogEntry.objects.filter(action=UNDO_ACTION)
    assert sorted(entries.values_list("page_id", flat=True)) == [page.pk for page in pages]
    assert not Errand.objects.exists()


@pytest.mark.parametrize(
    ("image_count", "page_count", "queries"),
    [
        (20, 5, 25),
        pytest.param(200, 50, 160, marks=[pytest.mark.slow, pytest.mark.thorough]),
    ],
)
def test_a_run_of_many_images_in_many_pages_is_undone_with_one_write_a_page(
    admin, django_assert_max_num_queries, image_count, page_count, queries
):
    pages = [page_with(raw_gallery()) for _ in range(page_count)]
    file = ImageFactory().file.name
    sync()
    for _ in range(image_count - 1):
        ImageFactory(file=file, width=40, height=30)
    run = sync().run
    Delivery.objects.update(run_id=run)
    assert all(len(stored_images(page)) == image_count for page in pages)
    revisions = Revision.objects.count()

    with django_assert_max_num_queries(queries):
        assert undo([run], admin) == image_count * page_count
    report = sync()

    assert report.holders == page_count
    assert Revision.objects.count() == revisions + page_count
    entries = PageLogEntry.objects.filter(action=UNDO_ACTION)
    assert sorted(entries.values_list("page_id", flat=True)) == sorted(p.pk for p in pages)
    assert all(stored_images(page) == [] for page in pages)
    assert sync().holders == 0


def test_what_never_came_is_never_to_come(admin):
    page = page_with(raw_gallery())
    waits = ImageFactory()

    assert never_here(follows(page)[0], [str(waits.pk)], admin) == [str(waits.pk)]
    sync()

    assert images_in(page) == []
    delivery = deliveries_to(page)[str(waits.pk)]
    assert (delivery.mark, delivery.marked_by) == (Mark.REMOVED, str(admin.pk))


def test_what_was_decided_and_waits_is_never_to_come(admin):
    page = page_with(raw_gallery())
    waits = ImageFactory()
    decide()

    never_here(follows(page)[0], [str(waits.pk)], admin)
    sync()

    assert images_in(page) == []
    assert deliveries_to(page)[str(waits.pk)].mark == Mark.REMOVED


def test_what_is_there_is_taken_out_and_stays_out(admin):
    page = page_with(raw_gallery())
    (image, stays), _ = images_of_one_run(2)
    form = body_of(fresh(page))

    never_here(follows(page)[0], [str(image.pk)], admin)
    sync()
    assert images_in(page) == [stays.pk]

    saved_as_draft(page, form).publish()
    assert images_in(page) == [stays.pk]
    assert deliveries_to(page)[str(image.pk)].marked_by == str(admin.pk)


def test_what_a_person_chose_is_theirs_to_take_out(admin):
    chosen = ImageFactory()
    page = page_with(raw_gallery(chosen))

    assert never_here(follows(page)[0], [str(chosen.pk)], admin) == []
    sync()

    assert images_in(page) == [chosen.pk]
    assert deliveries_to(page) == {}


def test_what_a_person_wrote_about_keeps_its_place_in_the_ledger(admin):
    page = page_with(raw_gallery())
    image = synced_image()
    page = fresh(page)
    page.body[0].value["images"][0]["caption"] = "Dunes at noon"
    page.save_revision().publish()

    assert never_here(follows(page)[0], [str(image.pk)], admin) == []
    sync()

    assert images_in(page) == [image.pk]
    assert deliveries_to(page)[str(image.pk)].mark == ""


def test_what_came_along_with_a_copy_is_taken_out(admin):
    image = ImageFactory()
    page = page_with(raw_gallery())
    page.body.raw_data[0]["value"]["images"] = [raw_item(image, delivered=str(image.pk))]
    page.save()

    assert never_here(follows(page)[0], [str(image.pk)], admin) == [str(image.pk)]
    sync()

    assert images_in(page) == []


def test_what_made_room_comes_back_with_no_older_draft(admin):
    page = page_with(raw_gallery(max_images=1))
    image = synced_image()
    fresh(page).save_revision()
    newer = synced_image()

    never_here(follows(page)[0], [str(image.pk)], admin)
    sync()
    fresh(page).latest_revision.publish()

    assert images_in(page) == [newer.pk]


def test_what_was_undone_stays_undone(admin):
    page = page_with(raw_gallery())
    image = ImageFactory()
    run = sync().run
    undo([run], admin)

    never_here(follows(page)[0], [str(image.pk)], admin)
    sync()

    assert images_in(page) == []
    assert deliveries_to(page)[str(image.pk)].mark == Mark.UNDONE


def test_what_was_offered_to_a_draft_is_taken_out_of_it(admin):
    page = page_with(raw_gallery(review_new_images=True))
    image, stays = synced_image(), synced_image()

    never_here(follows(page)[0], [str(image.pk)], admin)
    sync()
    fresh(page).latest_revision.publish()

    assert images_in(page) == [stays.pk]
