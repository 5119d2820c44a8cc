"""Who looks at the reports, and may see more or less of them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from wagtail.models import GroupPagePermission, Page

#: Whether each of them sees the reports, and what is in the section *here*.
PEOPLE = {
    "anonymous": (False, False),
    "no rights": (False, False),
    "editor of another section": (True, False),
    "editor": (False, True),
    "moderator": (True, True),
    "superuser": (True, True),
}


def client_of(who: str, here: Page, elsewhere: Page) -> Client:
    """A client that is signed in as one of ``PEOPLE``."""
    client = Client()
    if who != "anonymous":
        client.force_login(person(who, here, elsewhere))
    return client


def person(who: str, here: Page, elsewhere: Page) -> Any:
    if who == "superuser":
        return get_user_model().objects.create_superuser(who, "root@example.com", "changeme")
    sees_reports, may_edit_here = PEOPLE[who]
    sections = [here] if may_edit_here else [elsewhere] if sees_reports else []
    return make_person(who, *sections, sees_reports=sees_reports)


def make_person(
    name: str, *sections: Page, sees_reports: bool = True, permissions: tuple[str, ...] = ()
) -> Any:
    """Somebody who may edit and publish in these sections."""
    group = Group.objects.create(name=name)
    codenames = ["access_admin", *permissions, *(["view_reports"] if sees_reports else [])]
    group.permissions.set(Permission.objects.filter(codename__in=codenames))
    for section in sections:
        for codename in ("add_page", "change_page", "publish_page"):
            GroupPagePermission.objects.create(
                group=group, page=section, permission=Permission.objects.get(codename=codename)
            )
    user = get_user_model().objects.create_user(name, password="changeme")
    user.groups.add(group)
    return user
