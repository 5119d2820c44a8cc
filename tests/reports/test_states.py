from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import override
from django_tasks_db.models import DBTaskResult
from wagtail.models import CollectionViewRestriction

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainSnippetFactory,
    follows,
    page_with,
    raw_body,
    raw_gallery,
    unwritable,
)
from tests.testapp.models import GalleryPage
from wagtail_autogallery.models import HolderKey, Run, Subscription
from wagtail_autogallery.reports.states import lines_of
from wagtail_autogallery.sync.decide import decide
from wagtail_autogallery.sync.passes import sync

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator(django_user_model):
    """Somebody who may edit all pages and choose all images, and nothing else."""
    return django_user_model.objects.create_superuser("moderator", "moderator@example.com", "x")


@pytest.fixture
def editor_of_nothing(django_user_model):
    user = django_user_model.objects.create_user("stranger", "stranger@example.com", "x")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


def told(page, user):
    (subscription,) = follows(page)
    return lines_of(subscription, user)


def ago(**time):
    return timezone.now() - timedelta(**time)


def test_one_that_has_got_nothing_says_what_it_follows(moderator):
    assert told(page_with(raw_gallery()), moderator) == ["Following all collections."]


def test_it_names_its_collection_and_what_came_last(moderator, settings):
    settings.USE_TZ = True
    weddings = CollectionFactory(name="Weddings")
    page = page_with(raw_gallery(collection=weddings.pk))
    ImageFactory(collection=weddings)
    sync()
    for _ in range(3):
        ImageFactory(collection=weddings)
    sync()
    at = timezone.localtime().replace(hour=15, minute=47)
    Run.objects.update(opened_at=at)

    assert told(page, moderator) == [
        "Following “Weddings”.",
        "3 images added today at 15:47.",
    ]

    Run.objects.update(opened_at=at.replace(year=2020, month=2, day=29))

    assert told(page, moderator)[1] == "3 images added on Feb. 29, 2020 at 15:47."


def test_what_is_decided_and_not_written_is_on_its_way(moderator):
    page = page_with(raw_gallery())
    ImageFactory()
    decide()

    assert told(page, moderator)[1:] == ["1 image is on its way."]


def test_a_locked_page_says_who_locked_it_and_since_when(moderator):
    page = page_with(raw_gallery())
    by = get_user_model().objects.create_user("ada", first_name="Ada", last_name="Lovelace")
    at = timezone.localtime().replace(hour=9, minute=5)
    GalleryPage.objects.filter(pk=page.pk).update(locked=True, locked_by=by, locked_at=at)
    ImageFactory()
    sync()

    assert told(page, moderator)[1:] == [
        "Waiting: the page is locked, by Ada Lovelace, since today at 09:05."
    ]

    GalleryPage.objects.filter(pk=page.pk).update(locked_by=None)

    assert told(page, moderator)[1:] == ["Waiting: the page is locked."]


def test_a_full_one_says_by_what(moderator):
    page = page_with(raw_gallery(ImageFactory(), ImageFactory(), max_images=2))
    ImageFactory()
    sync()

    assert told(page, moderator)[-1] == "Full: 2 of 2 were chosen by hand, and 1 wait."


def test_images_of_a_private_collection_are_counted(moderator):
    private = CollectionFactory()
    page = page_with(raw_gallery())
    for _ in range(2):
        ImageFactory(collection=private)
    decide()
    CollectionViewRestriction.objects.create(
        collection=private, restriction_type=CollectionViewRestriction.LOGIN
    )
    sync()

    assert told(page, moderator)[1:] == [
        "2 images were left out: they are in a private collection."
    ]


def test_one_that_shows_what_became_private_says_so(moderator):
    coast = CollectionFactory()
    page = page_with(raw_gallery())
    ImageFactory(collection=coast)
    sync()
    CollectionViewRestriction.objects.create(
        collection=coast, restriction_type=CollectionViewRestriction.LOGIN
    )
    sync()

    assert told(page, moderator)[-1] == ("It shows images that are in a private collection by now.")


def test_one_whose_collection_was_deleted_follows_nothing(moderator):
    coast = CollectionFactory()
    page = page_with(raw_gallery(collection=coast.pk))
    coast.delete()

    assert told(page, moderator) == [
        "Follows nothing: its collection was deleted. Choose another one."
    ]


def test_one_that_could_not_be_written_says_that_it_is_tried_again(moderator):
    page = page_with(raw_gallery())
    ImageFactory()
    with unwritable(page):
        sync()

    assert "The last change could not be written. It is tried again." in told(page, moderator)


def test_who_may_drain_is_told_that_nobody_does(moderator, editor_of_nothing):
    page = page_with(raw_gallery())
    ImageFactory()
    DBTaskResult.objects.update(enqueued_at=ago(hours=2))

    assert told(page, moderator)[-1] == (
        "Nothing is drained: no worker or cron has run for 2 hours. "
        "Is cron running? It should call autogallery_drain."
    )


def test_one_that_is_switched_off_has_nothing_to_say(moderator):
    page = page_with(raw_gallery())
    Subscription.objects.update(is_following=False)

    assert lines_of(Subscription.objects.get(), moderator) == []
    assert page


def test_who_may_not_edit_the_page_or_snippet_is_told_nothing(editor_of_nothing):
    page = page_with(raw_gallery())
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery()))

    assert told(page, editor_of_nothing) == told(snippet, editor_of_nothing) == []


def test_who_may_edit_a_snippet_is_told_but_not_the_name_of_what_they_may_not_choose(
    editor_of_nothing,
):
    secret = CollectionFactory(name="Secret")
    snippet = PlainSnippetFactory(body=raw_body(raw_gallery(collection=secret.pk)))
    editor_of_nothing.user_permissions.add(
        Permission.objects.get(codename=f"change_{snippet._meta.model_name}")
    )
    user = get_user_model().objects.get(pk=editor_of_nothing.pk)

    assert told(snippet, user) == ["Following another collection."]


def test_all_of_it_is_translated(moderator):
    page = page_with(raw_gallery())

    with override("de"):
        assert told(page, moderator) == ["Folgt allen Sammlungen."]


# What the editor's form asks


STATES = reverse_lazy("wagtail_autogallery_admin:states")


def ask(client, page, *cursors):
    return client.get(STATES, {"holder": HolderKey.of(page).as_text(), "cursor": cursors})


def test_the_form_is_told_of_each_gallery_it_names(admin_client):
    page = page_with(raw_gallery(), raw_gallery())
    cursors = [f"{row.key}:0:" for row in follows(page)]

    response = ask(admin_client, page, *cursors, "unknown:0:")

    said = {"state": ["Following all collections."]}
    assert response.json() == dict.fromkeys(cursors, said)


def test_the_form_of_a_copied_page_is_told_of_the_copy(admin_client):
    page = page_with(raw_gallery())
    (original,) = follows(page)
    copy = GalleryPage.objects.get(pk=page.pk).copy(update_attrs={"slug": "copy"})
    assert follows(copy)[0].origin_key == original.key
    ImageFactory()
    sync()
    follows(page)[0].delete()

    told_now = ask(admin_client, copy, original.key).json()

    assert told_now[original.key]["state"][1].startswith("1 image added today")


def test_a_gallery_of_another_page_is_none_of_this_one(admin_client):
    page, other = page_with(raw_gallery()), page_with(raw_gallery(follow=False))

    assert ask(admin_client, other, follows(page)[0].key).json() == {}


@pytest.mark.parametrize("holder", ["", "1", "x-1", "1-", "-1", "999999999999-1"])
def test_what_is_no_page_has_no_galleries(admin_client, holder):
    assert admin_client.get(STATES, {"holder": holder, "cursor": "any"}).json() == {}


def test_who_is_not_signed_in_is_sent_away(client):
    page = page_with(raw_gallery())

    assert ask(client, page, follows(page)[0].key).status_code == 302


def test_a_stranger_in_the_admin_learns_nothing(client, editor_of_nothing):
    page = page_with(raw_gallery())
    client.force_login(editor_of_nothing)

    assert ask(client, page, follows(page)[0].key).json() == {}


def test_a_form_is_told_nothing_while_the_tables_are_not_there(admin_client, monkeypatch):
    page = page_with(raw_gallery())
    monkeypatch.setattr("wagtail_autogallery.tables.are_there", lambda: False)

    assert ask(admin_client, page, "any").json() == {}
