"""Each answer comes out of what people do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.images import get_image_model
from wagtail.models import CollectionViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainSnippetFactory,
    album_with,
    book_with,
    break_file_of,
    follows,
    images_in,
    key_of,
    page_with,
    picture_file,
    raw_body,
    raw_gallery,
    raw_item,
    root_collection,
    synced_image,
    unwritable,
)
from tests.samples import sample
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import Delivery, HolderKey, Run, subscriptions
from wagtail_autogallery.sync.adding import add_now
from wagtail_autogallery.sync.answers import Answer
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.explain import explain_in
from wagtail_autogallery.sync.gallery_facts import holders_referring_to, holders_to_ask
from wagtail_autogallery.sync.passes import sync
from wagtail_autogallery.sync.pictures import make_smallest
from wagtail_autogallery.sync.taking_back import never_here, undo
from wagtail_autogallery.sync.withheld import release

pytestmark = pytest.mark.django_db

STORIES = {}


def tells(answer):
    """A story that ends with this answer for the image and the page that it returns."""

    def register(story):
        STORIES[story.__name__.replace("_", " ")] = (story, answer)
        return story

    return register


def why(image, holder):
    (explanation,) = explain_in(image, [HolderKey.of(holder)])
    return explanation


def edit(page, change, *, publish=True, user=None):
    """Change the first gallery of a page, as stored, and publish that or leave it a draft."""
    page = GalleryPage.objects.get(pk=page.pk)
    body = json.loads(json.dumps(list(page.body.raw_data)))
    change(body[0]["value"])
    page.body = body
    revision = page.save_revision(user=user)
    if publish:
        revision.publish()
    return page


def take_out(image):
    def change(gallery):
        kept = [item for item in gallery["images"] if item["value"]["image"] != key_of(image)]
        gallery["images"] = kept

    return change


def put_in(image):
    return lambda gallery: gallery["images"].append(raw_item(image))


def switch(on):
    return lambda gallery: gallery.update(auto_sync_media=on)


def follow(collection):
    return lambda gallery: gallery.update(collection=collection.pk)


def restrict(collection):
    return CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=CollectionViewRestriction.LOGIN
    )


@pytest.fixture
def ada(django_user_model):
    return django_user_model.objects.create_user("ada", first_name="Ada", last_name="Lovelace")


# What is there


@tells(Answer.ADDED)
def an_upload_comes():
    page = page_with(raw_gallery())
    return synced_image(), page


@tells(Answer.ADDED)
def somebody_writes_a_caption_for_what_came():
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, lambda gallery: gallery["images"][0]["value"].update(caption="The sea"))
    return image, page


@tells(Answer.ADDED)
def what_came_stays_when_the_gallery_is_switched_off():
    page = page_with(raw_gallery())
    image = synced_image()
    return image, edit(page, switch(on=False))


@tells(Answer.ADDED)
def a_page_is_copied_with_what_came():
    page = page_with(raw_gallery())
    image = synced_image()
    return image, GalleryPage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"})


@tells(Answer.ADDED)
def somebody_adds_now_what_was_there_before():
    image = ImageFactory()
    page = page_with(raw_gallery())
    add_now(*follows(page), [str(image.pk)], somebody())
    sync()
    return image, page


@tells(Answer.ADDED)
def somebody_writes_a_caption_between_an_undo_and_the_drain():
    page = page_with(raw_gallery())
    image = synced_image()
    undo([1], somebody())
    edit(page, lambda gallery: gallery["images"][0]["value"].update(caption="The sea"))
    return image, page


@tells(Answer.BY_HAND)
def an_editor_chooses_an_image():
    image = ImageFactory()
    return image, page_with(raw_gallery(image))


@tells(Answer.BY_HAND)
def an_editor_chooses_one_of_a_gallery_that_never_followed():
    image = ImageFactory()
    return image, page_with(raw_gallery(image, follow=False))


@tells(Answer.BY_HAND)
def an_editor_puts_another_image_in_the_place_of_what_came():
    page = page_with(raw_gallery(max_images=1))
    synced_image()
    other = ImageFactory()
    edit(page, lambda gallery: gallery["images"][0]["value"].update(image=key_of(other)))
    return other, page


@tells(Answer.BY_HAND)
def an_editor_brings_back_what_they_had_taken_out():
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, take_out(image))
    return image, edit(page, put_in(image))


@tells(Answer.ADDED)
def a_broken_file_is_replaced():
    image, page = a_broken_file_is_uploaded()
    image.file = picture_file("whole.png")
    image.file_hash = ""
    image.save()
    return image, page


@tells(Answer.COPIED)
def content_of_another_site_is_imported():
    image = ImageFactory()
    item = raw_item(image, delivered=str(image.pk))
    return image, page_with(raw_gallery(follow=False, images=[item]))


@tells(Answer.BROKEN)
def a_broken_file_is_uploaded():
    page = page_with(raw_gallery())
    image = ImageFactory()
    break_file_of(image)
    sync()
    return image, page


# What is not there any more


@tells(Answer.REMOVED)
def an_editor_takes_an_image_out():
    page = page_with(raw_gallery())
    image = synced_image()
    return image, edit(page, take_out(image))


@tells(Answer.REMOVED)
def a_script_takes_an_image_out():
    page = page_with(raw_gallery())
    image = synced_image()
    body = json.loads(json.dumps(list(GalleryPage.objects.get(pk=page.pk).body.raw_data)))
    take_out(image)(body[0]["value"])
    GalleryPage.objects.filter(pk=page.pk).update(body=body)
    return image, page


@tells(Answer.REMOVED)
def a_draft_from_before_still_holds_what_was_taken_out():
    page = page_with(raw_gallery())
    image = synced_image()
    draft = GalleryPage.objects.get(pk=page.pk).save_revision()
    edit(page, take_out(image))
    GalleryPage.objects.filter(pk=page.pk).update(latest_revision=draft)
    return image, page


@tells(Answer.MADE_ROOM)
def a_newer_image_takes_the_only_place():
    page = page_with(raw_gallery(max_images=1))
    image = synced_image()
    synced_image()
    return image, page


@tells(Answer.UNDONE)
def a_run_is_undone():
    page = page_with(raw_gallery())
    image = synced_image()
    undo([1], somebody())
    sync()
    return image, page


@tells(Answer.UNDONE)
def a_run_is_undone_and_no_drain_has_taken_it_out_yet():
    page = page_with(raw_gallery())
    image = synced_image()
    undo([1], somebody())
    return image, page


@tells(Answer.UNDONE)
def somebody_says_never_here_of_what_came():
    page = page_with(raw_gallery())
    image = synced_image()
    never_here(*follows(page), [str(image.pk)], somebody())
    sync()
    return image, page


@tells(Answer.KEPT_OUT)
def somebody_says_never_here_of_what_has_not_come():
    image = ImageFactory()
    page = page_with(raw_gallery())
    never_here(*follows(page), [str(image.pk)], somebody())
    sync()
    return image, page


@tells(Answer.GONE)
def an_image_is_deleted_and_restored_from_a_backup():
    page = page_with(raw_gallery())
    image = synced_image()
    key, name = image.pk, image.file.name
    image.delete()
    sync()
    get_image_model().objects.bulk_create(
        [
            get_image_model()(
                pk=key, title="Back", file=name, width=4, height=3, collection=root_collection()
            )
        ]
    )
    return get_image_model().objects.get(pk=key), page


# What is on its way, or held up


@tells(Answer.WAITING)
def an_upload_waits_for_the_next_drain():
    page = page_with(raw_gallery())
    return ImageFactory(), page


@tells(Answer.WAITING)
def an_upload_with_its_picture_waits_for_the_page_to_be_written():
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    make_smallest(60)
    return image, page


@tells(Answer.WAITING)
def nobody_wrote_an_import_down_yet():
    page = page_with(raw_gallery())
    return imported(), page


@tells(Answer.WAITING)
def it_came_between_the_last_run_and_the_page():
    ImageFactory()
    sync()
    page = page_with(raw_gallery())
    return ImageFactory(), page


@tells(Answer.WAITING)
def what_was_private_was_opened_since():
    page, image, restriction = left_out_as_private()
    restriction.delete()
    return image, page


@tells(Answer.NO_PICTURE)
def its_picture_is_not_made_yet():
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    return image, page


@tells(Answer.NO_PICTURE)
def somebody_adds_now_what_was_taken_out():
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, take_out(image))
    add_now(*follows(page), [str(image.pk)], somebody())
    return image, page


@tells(Answer.LOCKED)
def the_page_is_locked_when_it_comes():
    page = page_with(raw_gallery())
    lock(page)
    return synced_image(), page


@tells(Answer.LOCKED)
def the_page_is_locked_while_it_is_on_its_way():
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    lock(page)
    return image, page


@tells(Answer.FULL)
def images_chosen_by_hand_take_all_places():
    page = page_with(raw_gallery(ImageFactory(), max_images=1))
    return synced_image(), page


@tells(Answer.FAILED)
def the_database_refuses_to_write_the_page():
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()
    return image, page


@tells(Answer.WAITING)
def it_leaves_a_collection_that_was_moved_into_what_is_followed_and_nothing_is_decided():
    coast, inland = CollectionFactory(), CollectionFactory()
    beach = CollectionFactory(parent=inland)
    page = page_with(raw_gallery(collection=coast.pk))
    image = synced_image(collection=beach)
    inland.refresh_from_db()
    inland.move(coast, "sorted-child")
    image.collection = coast
    image.save()
    return image, page


@tells(Answer.CAME_WITH_COLLECTION)
def it_left_a_collection_that_was_moved_into_what_is_followed_later_than_it_was_uploaded():
    coast, inland = CollectionFactory(), CollectionFactory()
    beach = CollectionFactory(parent=inland)
    image = synced_image(collection=beach)
    page = page_with(raw_gallery(collection=coast.pk))
    inland.refresh_from_db()
    inland.move(coast, "sorted-child")
    image.collection = coast
    image.save()
    sync()
    return image, page


@tells(Answer.PRIVATE)
def its_collection_is_made_private_before_it_is_placed():
    page, image, _restriction = left_out_as_private()
    return image, page


@tells(Answer.PRIVATE)
def it_is_uploaded_into_a_private_collection():
    family = CollectionFactory()
    restrict(family)
    page = page_with(raw_gallery())
    return synced_image(collection=family), page


@tells(Answer.WITHHELD)
def new_images_wait_for_somebody_to_look_at_them():
    page = page_with(raw_gallery(review_new_images=True))
    return synced_image(), page


@tells(Answer.WITHHELD)
def new_images_wait_and_somebody_publishes_an_earlier_version():
    page = page_with(raw_gallery(review_new_images=True))
    earlier = GalleryPage.objects.get(pk=page.pk).latest_revision
    image = synced_image()
    earlier.publish()
    return image, page


@tells(Answer.REMOVED)
def somebody_takes_out_of_the_draft_what_waited_there():
    page = page_with(raw_gallery(review_new_images=True))
    image = synced_image()
    draft = GalleryPage.objects.get(pk=page.pk).get_latest_revision_as_object()
    body = json.loads(json.dumps(list(draft.body.raw_data)))
    take_out(image)(body[0]["value"])
    draft.body = body
    draft.save_revision().publish()
    return image, page


@tells(Answer.REMOVED)
def somebody_takes_out_of_the_page_what_waited_and_was_published():
    page = page_with(raw_gallery(review_new_images=True))
    image = synced_image()
    GalleryPage.objects.get(pk=page.pk).latest_revision.publish()
    return image, edit(page, take_out(image))


@tells(Answer.ADDED)
def somebody_publishes_the_draft_in_which_it_waited():
    page = page_with(raw_gallery(review_new_images=True))
    image = synced_image()
    GalleryPage.objects.get(pk=page.pk).latest_revision.publish()
    return image, page


@tells(Answer.ADDED)
def what_waited_is_released():
    page = page_with(raw_gallery(review_new_images=True))
    image = synced_image()
    release(*follows(page), somebody())
    sync()
    return image, page


# What was never taken


@tells(Answer.BEFORE)
def it_was_there_first():
    image = ImageFactory()
    return image, page_with(raw_gallery())


@tells(Answer.BEFORE)
def it_was_there_before_this_app():
    image = imported()
    long_ago = timezone.now() - timedelta(days=30)
    type(image).objects.filter(pk=image.pk).update(created_at=long_ago)
    image.refresh_from_db()
    page = page_with(raw_gallery())
    synced_image()
    return image, page


@tells(Answer.BEFORE)
def it_was_moved_into_the_collection_before_the_gallery_followed():
    coast = CollectionFactory()
    image = ImageFactory()
    image.collection = coast
    image.save()
    sync()
    return image, page_with(raw_gallery(collection=coast.pk))


@tells(Answer.OUTSIDE)
def it_is_uploaded_into_another_collection():
    page = page_with(raw_gallery(collection=CollectionFactory().pk))
    return synced_image(), page


@tells(Answer.SCOPE_DELETED)
def the_collection_that_is_followed_is_deleted():
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    coast.delete()
    return synced_image(), page


@tells(Answer.FOLLOWED_ELSE)
def the_gallery_followed_another_collection_when_it_came():
    coast, inland = CollectionFactory(), CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = synced_image(collection=inland)
    return image, edit(page, follow(inland))


@tells(Answer.SWITCHED_OFF)
def the_gallery_never_followed():
    return ImageFactory(), page_with(raw_gallery(follow=False))


@tells(Answer.SWITCHED_OFF)
def the_gallery_does_not_follow_any_more():
    page = page_with(raw_gallery())
    edit(page, switch(on=False))
    return synced_image(), page


@tells(Answer.SWITCHED_OFF)
def the_gallery_was_switched_off_for_a_while():
    page = page_with(raw_gallery())
    synced_image()
    edit(page, switch(on=False))
    image = synced_image()
    return image, edit(page, switch(on=True))


@tells(Answer.SWITCHED_OFF)
def the_gallery_was_switched_off_and_on_while_an_upload_waited():
    page = page_with(raw_gallery())
    image = ImageFactory()
    edit(page, switch(on=False))
    edit(page, switch(on=True))
    sync()
    return image, page


@tells(Answer.SWITCHED_OFF)
def the_gallery_was_switched_off_while_something_was_owed_to_it():
    page = page_with(raw_gallery())
    image = ImageFactory()
    decide()
    return image, edit(page, switch(on=False))


@tells(Answer.CAME_WITH_COLLECTION)
def an_old_image_comes_when_its_collection_is_opened():
    family = CollectionFactory()
    restriction = restrict(family)
    image = synced_image(collection=family)
    page = page_with(raw_gallery())
    restriction.delete()
    sync()
    return image, page


@tells(Answer.NOT_WRITTEN_DOWN)
def a_script_moves_it_into_the_collection():
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    image = synced_image()
    type(image).objects.filter(pk=image.pk).update(collection=coast)
    image.refresh_from_db()
    return image, page


# What is about the gallery


@tells(Answer.DRAFT_ONLY)
def an_editor_chooses_it_in_a_draft():
    image = ImageFactory()
    page = page_with(raw_gallery())
    return image, edit(page, put_in(image), publish=False)


@tells(Answer.DRAFT_ONLY)
def an_editor_adds_a_gallery_with_it_in_a_draft():
    image = ImageFactory()
    page = page_with()
    page.body = raw_body(raw_gallery(image))
    page.save_revision()
    return image, page


@tells(Answer.NO_GALLERY)
def the_gallery_is_taken_out_of_the_page():
    page = page_with(raw_gallery())
    page.body = []
    page.save_revision().publish()
    return synced_image(), page


@tells(Answer.ALIAS)
def the_page_is_an_alias():
    page = page_with(raw_gallery())
    alias = page.create_alias(update_slug="alias")
    return synced_image(), alias


def imported():
    """An image that a script has made without a signal."""
    model = get_image_model()
    values = {"file": picture_file(), "width": 40, "height": 30, "collection": root_collection()}
    model.objects.bulk_create([model(title="Imported", **values)])
    return model.objects.get(title="Imported")


def somebody():
    return get_user_model().objects.create_superuser(
        "somebody", first_name="Some", last_name="Body"
    )


def lock(page, by=None):
    page.locked, page.locked_by, page.locked_at = True, by, timezone.now()
    page.save(update_fields=["locked", "locked_by", "locked_at"])


def left_out_as_private():
    family = CollectionFactory()
    page = page_with(raw_gallery())
    image = ImageFactory(collection=family)
    decide()
    restriction = restrict(family)
    sync()
    return page, image, restriction


@pytest.mark.parametrize("name", STORIES)
def test_each_story_ends_with_its_answer(name):
    story, answer = STORIES[name]

    image, holder = story()

    explanation = why(image, holder)
    assert explanation.answer == answer
    is_shown = bool(images_of_holder(holder)) and image.pk in images_of_holder(holder)
    assert explanation.is_in_row == is_shown


def images_of_holder(holder):
    body = type(holder).objects.get(pk=holder.pk).body
    return images_in(holder) if body else []


def test_so_many_earlier_periods_are_known_of_a_gallery_and_no_more(monkeypatch):
    monkeypatch.setattr(subscriptions, "MOST_PERIODS", 2)
    page = page_with(raw_gallery())
    for on in (False, True) * 3:
        edit(page, switch(on=on))

    (subscription,) = follows(page)
    assert len(subscription.followed_before) == 2


def test_an_import_that_was_committed_too_late_to_be_found_says_so(let_time_pass):
    page = page_with(raw_gallery())
    let_time_pass(timedelta(hours=3))
    image = imported()
    an_hour_and_more_ago = timezone.now() - timedelta(hours=2)
    type(image).objects.filter(pk=image.pk).update(created_at=an_hour_and_more_ago)
    synced_image()

    explanation = why(type(image).objects.get(pk=image.pk), page)

    assert explanation.answer == Answer.NOT_WRITTEN_DOWN
    assert explanation.at == an_hour_and_more_ago
    assert explanation.can_be_added


# What an answer knows besides


def test_what_came_names_its_run_and_when_it_was_placed():
    page = page_with(raw_gallery())
    image = synced_image()

    explanation = why(image, page)

    (delivery,) = Delivery.objects.all()
    assert explanation.run == Run.objects.get(pk=delivery.run_id)
    assert explanation.at == delivery.placed_at
    assert not explanation.came_with_collection
    assert not explanation.can_be_added
    assert explanation.can_be_kept_out


def test_what_came_when_its_collection_was_opened_says_so():
    family = CollectionFactory()
    restriction = restrict(family)
    page = page_with(raw_gallery())
    image = synced_image(collection=family)
    restriction.delete()
    sync()

    explanation = why(image, page)

    assert explanation.answer == Answer.ADDED
    assert explanation.came_with_collection


@pytest.mark.parametrize(
    "story",
    [
        somebody_adds_now_what_was_there_before,
        a_run_is_undone,
        somebody_says_never_here_of_what_came,
        somebody_says_never_here_of_what_has_not_come,
    ],
)
def test_whose_doing_it_was_is_told(story):
    image, page = story()

    explanation = why(image, page)

    assert explanation.by == "Some Body"
    assert explanation.at is not None


@pytest.mark.parametrize("name", sample(STORIES, *list(STORIES)[::8]))
def test_add_now_is_offered_only_where_it_brings_the_image(name):
    image, holder = STORIES[name][0]()
    explanation = why(image, holder)

    if explanation.can_be_added:
        user = get_user_model().objects.create_superuser("adder")
        assert add_now(explanation.gallery.subscription, [str(image.pk)], user)
        sync()
        assert image.pk in images_of_holder(holder)


@pytest.mark.parametrize("name", sample(STORIES, *list(STORIES)[::8]))
def test_never_here_is_offered_only_where_it_keeps_the_image_out(name):
    image, holder = STORIES[name][0]()
    explanation = why(image, holder)

    if explanation.can_be_kept_out:
        user = get_user_model().objects.create_superuser("keeper")
        assert never_here(explanation.gallery.subscription, [str(image.pk)], user)
        sync()
        found = why(image, holder)
        assert found.answer in {Answer.UNDONE, Answer.KEPT_OUT, Answer.REMOVED}
        assert found.by == "keeper"
        assert image.pk not in images_of_holder(holder)


def test_what_was_taken_out_names_who_did_it_and_when(ada):
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, take_out(image), user=ada)

    explanation = why(image, page)

    assert explanation.by == "Ada Lovelace"
    assert explanation.at == GalleryPage.objects.get(pk=page.pk).live_revision.created_at
    assert explanation.can_be_added
    assert not explanation.can_be_kept_out


def test_whose_account_was_deleted_is_named_by_nothing(ada):
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, take_out(image), user=ada)
    ada.delete()

    assert why(image, page).by == ""


def test_a_person_whose_key_is_none_of_this_sites_user_model_is_named_by_nothing():
    page = page_with(raw_gallery())
    image = synced_image()
    edit(page, take_out(image))
    Delivery.objects.update(marked_by="of another model")

    assert why(image, page).by == ""


def test_what_is_held_up_tells_when_it_is_tried_again_and_what_went_wrong():
    page = page_with(raw_gallery())
    image = ImageFactory()
    with unwritable(page):
        sync()

    explanation = why(image, page)

    assert explanation.retry_at == Delivery.objects.get().due_at
    assert "The disk is full" in explanation.error
    assert not explanation.can_be_added
    assert explanation.can_be_kept_out


def test_what_was_there_before_tells_when_it_came_and_can_be_added():
    image = ImageFactory()
    page = page_with(raw_gallery())

    explanation = why(image, page)

    assert timezone.now() - explanation.at < timedelta(minutes=10)
    assert explanation.can_be_added


def test_a_draft_that_still_holds_what_was_taken_out_is_told_of():
    image, page = a_draft_from_before_still_holds_what_was_taken_out()

    assert why(image, page).is_in_draft


def test_nothing_can_be_done_for_a_gallery_that_never_followed():
    explanation = why(ImageFactory(), page_with(raw_gallery(follow=False)))

    assert not explanation.can_be_added
    assert not explanation.can_be_kept_out


def test_each_gallery_of_a_page_has_its_own_answer():
    coast = CollectionFactory()
    page = page_with(raw_gallery(), raw_gallery(collection=coast.pk), raw_gallery(follow=False))
    image = synced_image()

    found = explain_in(image, [HolderKey.of(page)])

    assert [one.answer for one in found] == [Answer.ADDED, Answer.OUTSIDE, Answer.SWITCHED_OFF]


@pytest.mark.parametrize("make_holder", [book_with, album_with])
def test_galleries_in_child_objects_have_their_answers(make_holder):
    chosen = ImageFactory()
    holder = make_holder(raw_gallery(chosen), raw_gallery())
    image = synced_image()

    key = [HolderKey.of(holder)]

    assert [one.answer for one in explain_in(image, key)] == [Answer.ADDED, Answer.ADDED]
    assert [one.answer for one in explain_in(chosen, key)] == [Answer.BY_HAND, Answer.BEFORE]


def test_a_snippet_without_drafts_has_its_answers():
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))
    image = synced_image()

    assert why(image, snippet).answer == Answer.ADDED


def test_what_does_not_exist_any_more_has_no_answer():
    page = page_with(raw_gallery())
    image = synced_image()
    type_of_pages = ContentType.objects.get_for_model(GalleryPage).pk
    lost = [HolderKey(type_of_pages, "0"), HolderKey(type_of_pages, "x"), HolderKey(0, "1")]

    assert [one.gallery.key for one in explain_in(image, [*lost, HolderKey.of(page)])] == [
        HolderKey.of(page)
    ]


def test_asked_are_the_holders_that_follow_and_those_that_show_the_image():
    following = page_with(raw_gallery())
    image = synced_image()
    showing = page_with(raw_gallery(image, follow=False))
    page_with(raw_gallery(follow=False))
    call_command("rebuild_references_index", verbosity=0)

    assert holders_to_ask() == {HolderKey.of(following)}
    assert holders_referring_to(image) == {HolderKey.of(following), HolderKey.of(showing)}


@pytest.mark.parametrize(
    "pages", [1, pytest.param(11, marks=[pytest.mark.slow, pytest.mark.thorough])]
)
def test_many_galleries_cost_no_more_queries_than_ten(ada, pages):
    few = [page_with(*(raw_gallery() for _ in range(10)))]
    many = 10 + 90 * pages
    for _ in range(pages):
        page_with(*(raw_gallery() for _ in range(90)))
    image = synced_image()
    edit(few[0], take_out(image), user=ada)
    edit(few[0], put_in(ImageFactory()), publish=False)
    keys = holders_to_ask()

    with CaptureQueriesContext(connection) as for_ten:
        assert len(explain_in(image, [HolderKey.of(page) for page in few])) == 10
    with CaptureQueriesContext(connection) as for_many:
        found = explain_in(image, keys)

    assert [one.answer for one in found].count(Answer.ADDED) == many - 1
    assert len(found) == many
    assert len(for_many) == len(for_ten) <= 12
