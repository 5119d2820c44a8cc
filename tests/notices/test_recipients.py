from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from wagtail.models import GroupPagePermission

from tests.factories import (
    CollectionFactory,
    ImageFactory,
    PlainPageFactory,
    editor_choosing,
    page_with,
    raw_gallery,
    root_collection,
)
from tests.notices.conftest import follow, superuser
from wagtail_autogallery.models import MailRefusal, Run
from wagtail_autogallery.notices.recipients import recipients, visible_images

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(editor):
    page = page_with(raw_gallery())
    follow(page, editor)
    return page


def test_who_follows_a_page_is_told(page, editor, admin):
    other = superuser("zoe")
    follow(page, other)
    page.subscribers.create(user=admin, comment_notifications=False)

    assert recipients(page, []) == [editor, other]


def test_who_follows_another_page_is_not(page, editor):
    assert recipients(PlainPageFactory(), []) == []


def test_an_inactive_user_is_not(page, editor):
    editor.is_active = False
    editor.save()

    assert recipients(page, []) == []


def test_a_user_without_an_address_is_not(page, editor):
    editor.email = ""
    editor.save()

    assert recipients(page, []) == []


def test_who_wants_no_mail_is_not(page, editor):
    MailRefusal.objects.set(editor, False)
    assert recipients(page, []) == []

    MailRefusal.objects.set(editor, True)
    assert recipients(page, []) == [editor]


def test_who_may_not_edit_the_page_any_more_is_not(page, editor):
    GroupPagePermission.objects.all().delete()

    assert recipients(page, []) == []


def test_who_may_edit_another_part_of_the_site_only_is_not(page, editor):
    GroupPagePermission.objects.all().update(page=PlainPageFactory())

    assert recipients(page, []) == []


def test_who_may_not_enter_the_admin_any_more_is_not(page, editor):
    Group.objects.get(name="coast-editor").permissions.clear()

    assert recipients(page, []) == []


def test_who_did_it_all_needs_no_mail(page, editor):
    own = Run.objects.open(kind=Run.Kind.BACKFILL, user=str(editor.pk)).number
    machine = Run.objects.open().number

    assert recipients(page, [own]) == []
    assert recipients(page, [own, machine]) == [editor]


def test_images_are_seen_in_the_order_in_which_they_came(editor):
    images = [ImageFactory() for _ in range(4)]
    ids = [str(image.pk) for image in reversed(images)]

    assert visible_images(editor, ids, 3) == list(reversed(images))[:3]


def test_images_of_a_collection_that_a_user_may_not_choose_from_are_not_seen():
    coast, secret = CollectionFactory(), CollectionFactory()
    editor = editor_choosing(coast)
    seen, hidden = ImageFactory(collection=coast), ImageFactory(collection=secret)
    elsewhere = ImageFactory(collection=root_collection())
    ids = [str(image.pk) for image in (hidden, seen, elsewhere)]

    assert visible_images(editor, ids, 12) == [seen]
    assert len(visible_images(superuser("root"), ids, 12)) == 3


def test_deleted_images_are_not_seen(editor):
    image = ImageFactory()
    key = str(image.pk)
    image.delete()

    assert visible_images(editor, [key], 12) == []
