"""What a gallery is doing, in the words that its editors read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Collection

from wagtail_autogallery.drain.problems import duration
from wagtail_autogallery.drain.unattended import unattended_tasks
from wagtail_autogallery.editor.choosable import ChoosableCollections
from wagtail_autogallery.models import Delivery, HolderKey, Run, Subscription
from wagtail_autogallery.reports.permissions import may_change_live, may_edit
from wagtail_autogallery.reports.releasing import release_url
from wagtail_autogallery.reports.taking_back import undo_url
from wagtail_autogallery.sync import streams
from wagtail_autogallery.sync.gallery_fields import is_holder
from wagtail_autogallery.sync.matching import gallery_of
from wagtail_autogallery.sync.taking_back import undoable
from wagtail_autogallery.sync.withheld import images_in_draft

Reason = Delivery.Reason
State = Subscription.State


def lines_of(subscription: Subscription, user: Any) -> list[str]:
    """
    What there is to say about a gallery, for somebody.

    :return: Sentences; none where it does not follow, or where the user may not edit the page or
        snippet it is in.
    """
    holder = holder_of(subscription)
    if holder is None or not subscription.is_following or not may_edit(user, holder):
        return []
    return [*_lines(subscription, holder, user), *_nobody_drains(user)]


def undo_of(subscription: Subscription, user: Any) -> dict[str, str] | None:
    """
    Where somebody may take back what was added last: a label and a URL.

    :return: ``None`` where nothing of it is left to be taken back, or it is not theirs to do.
    """
    newest = _newest_in(subscription)
    if newest is None or not undoable([newest.run_id], subscription).exists():
        return None
    holder = holder_of(subscription)
    if holder is None or not may_change_live(user, holder):
        return None
    return {"label": _("Undo"), "url": undo_url([newest.run_id], gallery=subscription.pk)}


def release_of(subscription: Subscription, user: Any) -> dict[str, str] | None:
    """
    Where somebody may release what waits to be looked at: a label and a URL.

    :return: ``None`` where nothing does, or it is not theirs to do.
    """
    count = Delivery.objects.of_subscriptions([subscription]).withheld().count()
    holder = holder_of(subscription) if count else None
    if holder is None or not may_change_live(user, holder):
        return None
    label = ngettext("Release %(count)d image", "Release %(count)d images", count)
    return {"label": label % {"count": count}, "url": release_url(subscription)}


def holder_of(subscription: Subscription) -> Any:
    """With its streams as they are stored; ``None`` where it, or its model, is no more."""
    return holder_at(subscription.holder_key)


def holder_at(key: HolderKey) -> Any:
    """With its streams as they are stored; ``None`` where it, or its model, is no more."""
    model: Any = key.model
    if model is None or not is_holder(model):
        return None
    try:
        pk = model._meta.pk.to_python(key.object_id)
    except ValidationError:
        # Somebody made it up.
        return None
    return streams.with_raw_data(model._base_manager.filter(pk=pk)).first()


def _lines(subscription: Subscription, holder: Any, user: Any) -> Iterator[str]:
    if subscription.state == State.COLLECTION_DELETED:
        yield _("Follows nothing: its collection was deleted. Choose another one.")
        return
    yield _following(subscription, user)
    if added := _last_added(subscription):
        yield added
    yield from _held_up(subscription, holder)
    yield from _withheld(subscription, holder)
    if on_their_way := _waiting(subscription).filter(reason__in=["", Reason.NO_PICTURE]).count():
        yield _on_their_way(on_their_way)


def _following(subscription: Subscription, user: Any) -> str:
    if not subscription.scope:
        return _("Following all collections.")
    if not ChoosableCollections(user).may_follow(subscription.scope):
        return _("Following another collection.")
    name = Collection.objects.filter(pk=subscription.scope).values_list("name", flat=True).first()
    return _("Following “%(collection)s”.") % {"collection": name}


def _last_added(subscription: Subscription) -> str:
    newest = _newest_in(subscription)
    if newest is None:
        return ""
    count = _added_to(subscription).filter(run_id=newest.run_id).count()
    run = Run.objects.filter(pk=newest.run_id).first()
    if run is None:
        return ""
    message = ngettext("%(count)d image added %(when)s.", "%(count)d images added %(when)s.", count)
    return message % {"count": count, "when": when(run.opened_at)}


def _newest_in(subscription: Subscription) -> Delivery | None:
    """What reached the row last."""
    return _added_to(subscription).order_by("-number").first()


def _added_to(subscription: Subscription) -> Any:
    """What reached the row and was not taken back."""
    numbered = Delivery.objects.of_subscriptions([subscription]).numbered()
    return numbered.exclude(mark=Delivery.Mark.UNDONE)


def _held_up(subscription: Subscription, holder: Any) -> Iterator[str]:
    if subscription.state == State.LOCKED:
        yield _lock(holder)
    if subscription.state == State.FAILED:
        yield _("The last change could not be written. It is tried again.")
    if full := _waiting(subscription).filter(reason=Reason.NO_ROOM).count():
        yield _full(subscription, holder, full)
    if private := _waiting(subscription).filter(reason=Reason.PRIVATE).count():
        yield ngettext(
            "%(count)d image was left out: it is in a private collection.",
            "%(count)d images were left out: they are in a private collection.",
            private,
        ) % {"count": private}
    if subscription.state == State.SHOWS_PRIVATE:
        yield _("It shows images that are in a private collection by now.")


def _withheld(subscription: Subscription, holder: Any) -> Iterator[str]:
    """What waits for somebody to look at it: in the draft, before it, or nowhere any more."""
    withheld = Delivery.objects.of_subscriptions([subscription]).withheld()
    offers = dict(withheld.values_list("image_id", "offer"))
    if not offers:
        return
    subscriptions = Subscription.objects.of(subscription.holder_key)
    in_draft = offers.keys() & images_in_draft(holder, subscriptions).get(subscription.pk, set())
    if in_draft:
        yield ngettext(
            "%(count)d new image waits in the draft for you to publish.",
            "%(count)d new images wait in the draft for you to publish.",
            len(in_draft),
        ) % {"count": len(in_draft)}
    if to_come := sum(not offer for offer in offers.values()):
        yield ngettext(
            "%(count)d new image comes into the draft when nobody edits or reviews it.",
            "%(count)d new images come into the draft when nobody edits or reviews it.",
            to_come,
        ) % {"count": to_come}
    if left := sum(bool(offers[image_id]) for image_id in offers.keys() - in_draft):
        yield ngettext(
            "%(count)d image is withheld, and not in the draft any more.",
            "%(count)d images are withheld, and not in the draft any more.",
            left,
        ) % {"count": left}


def _waiting(subscription: Subscription) -> Any:
    return Delivery.objects.of_subscriptions([subscription]).waiting()


def _lock(holder: Any) -> str:
    if not getattr(holder, "locked", False):
        return _("Waiting: the page is locked by its workflow.")
    by, at = getattr(holder, "locked_by", None), getattr(holder, "locked_at", None)
    if by is None or at is None:
        return _("Waiting: the page is locked.")
    who = by.get_full_name() or by.get_username()
    return _("Waiting: the page is locked, by %(who)s, since %(when)s.") % {
        "who": who,
        "when": when(at),
    }


def _full(subscription: Subscription, holder: Any, waiting: int) -> str:
    gallery = gallery_of(holder, subscription)
    if gallery is None or gallery.max_images is None:
        return ngettext(
            "%(count)d image waits for a place.", "%(count)d images wait for a place.", waiting
        ) % {"count": waiting}
    by_hand = sum(not gallery.is_automatic(item) for item in gallery.items if _has_image(item))
    return _("Full: %(by_hand)d of %(most)d were chosen by hand, and %(waiting)d wait.") % {
        "by_hand": by_hand,
        "most": gallery.max_images,
        "waiting": waiting,
    }


def _has_image(item: Any) -> bool:
    return item["value"].get("image") is not None


def _nobody_drains(user: Any) -> Iterator[str]:
    """For those who may do something about it."""
    if user.has_perm("wagtail_autogallery.run_drain") and (tasks := unattended_tasks()):
        yield _(
            "Nothing is drained: no worker or cron has run for %(time)s. "
            "Is cron running? It should call autogallery_drain."
        ) % {"time": duration(tasks.age)}


def when(at: datetime) -> str:
    """As part of a sentence."""
    at = timezone.localtime(at)
    time = time_format(at, "H:i")
    if at.date() == timezone.localdate():
        return _("today at %(time)s") % {"time": time}
    return _("on %(date)s at %(time)s") % {"date": date_format(at, "DATE_FORMAT"), "time": time}


def in_short(subscription: Subscription, waiting: Mapping[str, int]) -> str:
    """
    The state of a gallery for a list of many.

    :param waiting: How many images wait for each reason.
    """
    if not subscription.is_following:
        return _("Switched off")
    words = [str(subscription.get_state_display()) + "."]
    on_their_way = waiting.get("", 0) + waiting.get(Reason.NO_PICTURE, 0)
    if on_their_way:
        words.append(_on_their_way(on_their_way))
    if held_up := sum(waiting.values()) - on_their_way:
        words.append(
            ngettext("%(count)d image waits.", "%(count)d images wait.", held_up)
            % {"count": held_up}
        )
    return " ".join(words)


def _on_their_way(count: int) -> str:
    message = ngettext(
        "%(count)d image is on its way.", "%(count)d images are on their way.", count
    )
    return message % {"count": count}
