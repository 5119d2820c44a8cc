"""Why an image is, or is not, in a gallery, in the words that people read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_autogallery.reports.states import when
from wagtail_autogallery.sync.answers import Answer, Explanation

#: What can be done about it.
ADVICE = {
    Answer.BROKEN: gettext_lazy("Upload its file again."),
    Answer.LOCKED: gettext_lazy("It comes when the page is unlocked."),
    Answer.FULL: gettext_lazy("It comes when there is room: take one out, or allow more."),
    Answer.PRIVATE: gettext_lazy(
        "It comes when it is where everybody may see it, or where the gallery follows a collection "
        "inside of what is private."
    ),
    Answer.WITHHELD: gettext_lazy(
        "It is live when a draft with it is published, or when somebody releases it."
    ),
    Answer.OUTSIDE: gettext_lazy("It comes when it is moved there."),
    Answer.SCOPE_DELETED: gettext_lazy("Choose another collection in the gallery."),
    Answer.DRAFT_ONLY: gettext_lazy("It is live when the draft is published."),
    Answer.NO_GALLERY: gettext_lazy("It may be in a draft, or in an earlier version."),
    Answer.ALIAS: gettext_lazy("Ask about the page that it is an alias of."),
}
#: That which a drain does.
_BY_A_DRAIN = {Answer.WAITING, Answer.NO_PICTURE}


def in_words(explanation: Explanation, nobody_drains: str = "") -> str:
    """
    The answer with its time, its run, and what can be done.

    :param nobody_drains: What to say of it where no drain runs that would bring the image.
    """
    return " ".join(str(sentence) for sentence in _sentences(explanation, nobody_drains))


def _sentences(explanation: Explanation, nobody_drains: str) -> Iterator[str]:
    answer = explanation.answer
    yield _what_happened(explanation)
    if explanation.came_with_collection:
        yield _("It came when its collection was moved or opened.")
    if answer == Answer.UNDONE and explanation.is_in_row:
        yield _("The next drain takes it out.")
    if explanation.retry_at:
        yield _("It is tried again %(when)s.") % {"when": when(explanation.retry_at)}
    if nobody_drains and _needs_a_drain(explanation):
        yield nobody_drains
    if answer in ADVICE:
        yield str(ADVICE[answer])
    if explanation.can_be_added:
        yield _("It can be added now.")
    if explanation.is_in_draft and not explanation.is_in_row and answer in _TELL_OF_DRAFT:
        yield _("A draft holds it: it is live again when that is published.")
    if explanation.is_in_row and not explanation.gallery.is_live:
        yield _("The page itself is not published.")


def _needs_a_drain(explanation: Explanation) -> bool:
    is_taken_out = explanation.answer == Answer.UNDONE and explanation.is_in_row
    return is_taken_out or explanation.answer in _BY_A_DRAIN


_TELL_OF_DRAFT = {Answer.REMOVED, Answer.MADE_ROOM}


def _what_happened(explanation: Explanation) -> str:
    told = {
        Answer.ADDED: _added,
        Answer.REMOVED: _removed,
        Answer.KEPT_OUT: _kept_out,
        Answer.UNDONE: _undone,
        Answer.MADE_ROOM: _made_room,
        Answer.BEFORE: _before,
    }
    return told.get(explanation.answer, _as_it_is)(explanation)


def _as_it_is(explanation: Explanation) -> str:
    label = str(explanation.answer.label)
    if explanation.answer in _BY_A_DRAIN and explanation.run and explanation.at:
        return _("%(answer)s Run %(run)d took it %(when)s.") % {
            "answer": label,
            "run": explanation.run.number,
            "when": when(explanation.at),
        }
    return label


def _added(explanation: Explanation) -> str:
    run, at, by = explanation.run, explanation.at, explanation.by
    known = {
        "run": run.number if run else 0,
        "when": when(at) if at else "",
        "who": by,
    }
    if run and at and by:
        return _("Added by %(who)s %(when)s, in run %(run)d.") % known
    if run and at:
        return _("Added by run %(run)d %(when)s.") % known
    return str(explanation.answer.label)


def _removed(explanation: Explanation) -> str:
    return _by_somebody(
        explanation,
        _("%(who)s took it out %(when)s."),
        _("A person took it out %(when)s."),
    )


def _kept_out(explanation: Explanation) -> str:
    return _by_somebody(
        explanation,
        _("%(who)s decided %(when)s that it never comes here."),
        _("A person decided %(when)s that it never comes here."),
    )


def _undone(explanation: Explanation) -> str:
    return _by_somebody(
        explanation,
        _("%(who)s undid its coming %(when)s."),
        _("A person undid its coming %(when)s."),
    )


def _made_room(explanation: Explanation) -> str:
    return _by_somebody(explanation, "", _("It made room for newer images %(when)s."))


def _before(explanation: Explanation) -> str:
    subscription = explanation.gallery.subscription
    if explanation.at is None or subscription is None:
        return str(explanation.answer.label)
    return _("It came %(when)s, before the gallery followed this: that began %(since)s.") % {
        "when": when(explanation.at),
        "since": when(subscription.followed_at),
    }


def _by_somebody(explanation: Explanation, named: str, unnamed: str) -> str:
    if explanation.at is None:
        return str(explanation.answer.label)
    known = {"who": explanation.by, "when": when(explanation.at)}
    return (named if explanation.by and named else unnamed) % known


def title_of(explanation: Explanation) -> str:
    """That of the page or snippet that the gallery is in."""
    holder = explanation.gallery.holder
    titled = getattr(holder, "get_admin_display_title", None)
    return str(titled() if titled else holder)


def name_of(explanation: Explanation) -> str:
    """The gallery, to tell it from all others."""
    gallery = explanation.gallery
    return f"{title_of(explanation)} ({gallery.key}, {gallery.field} {gallery.path})"


def as_dict(explanation: Explanation, nobody_drains: str = "") -> dict[str, Any]:
    """For programs; its words are in the language that is active."""
    gallery, run = explanation.gallery, explanation.run
    subscription = gallery.subscription
    return {
        "holder": str(gallery.key),
        "title": title_of(explanation),
        "field": gallery.field,
        "path": gallery.path,
        "gallery": subscription.key if subscription else None,
        "answer": explanation.answer.value,
        "message": in_words(explanation, nobody_drains),
        "is_shown": explanation.is_in_row,
        "is_in_draft": explanation.is_in_draft,
        "at": explanation.at,
        "by": explanation.by,
        "run": run.number if run else None,
        "retry_at": explanation.retry_at,
        "error": explanation.error,
        "can_be_added": explanation.can_be_added,
        "can_be_kept_out": explanation.can_be_kept_out,
    }
