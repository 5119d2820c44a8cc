"""Who is told by mail that a page got images, and which of the images they may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from wagtail.admin.utils import get_user_display_name

from wagtail_autogallery.editor.choosable import image_permission_policy
from wagtail_autogallery.models import MailRefusal, Run

#: Of so many images, the first that somebody may see are looked for.
LOOKED_THROUGH = 500


def recipients(page: Any, runs: Sequence[int]) -> list[Any]:
    """
    Who follows a page and is told of it, by name.

    Whoever may not edit it any more is told nothing, nor is who did all of it themselves.

    :param page: The specific page.
    :param runs: The numbers of the runs that are told of; none where nobody can have done it all.
    """
    refusals = set(MailRefusal.objects.values_list("user", flat=True))
    doers = set(Run.objects.filter(number__in=runs).values_list("user", flat=True))
    return sorted(
        (
            user
            for user in _followers(page)
            if getattr(user, "email", "")
            and user.is_active
            and str(user.pk) not in refusals
            and doers != {str(user.pk)}
            and user.has_perm("wagtailadmin.access_admin")
            and page.permissions_for_user(user).can_edit()
        ),
        key=get_user_display_name,
    )


def may_undo(user: Any, page: Any) -> bool:
    """Whether somebody who may edit a page may also change what visitors see of it."""
    return not page.live or bool(page.permissions_for_user(user).can_publish())


def _followers(page: Any) -> QuerySet[Any]:
    following = page.subscribers.filter(comment_notifications=True)
    users = get_user_model()._default_manager.filter(pk__in=following.values("user"))
    return users.select_related("wagtail_userprofile")


def visible_images(user: Any, image_ids: Sequence[str], most: int) -> list[Any]:
    """The first of these images that a user may choose, in their order."""
    allowed = image_permission_policy().instances_user_has_permission_for(user, "choose")
    first = image_ids[:LOOKED_THROUGH]
    found = {str(image.pk): image for image in allowed.filter(pk__in=first)}
    return [found[image_id] for image_id in first if image_id in found][:most]
