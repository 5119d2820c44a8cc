"""A revert to an earlier version is a choice of content: what arrived before it is settled."""

from __future__ import annotations

from typing import Any

from wagtail.models import DraftStateMixin, Revision

from wagtail_autogallery import streams
from wagtail_autogallery.holders import Content, write_revisions
from wagtail_autogallery.missed_uploads import open_run
from wagtail_autogallery.models import HolderKey, Subscription

LOG_ACTION = "wagtail.revert"


def follow_from_revert(revision: Revision) -> None:
    """
    Let the galleries in a revision that repeats an earlier one take only what arrives from now on.

    Its content carries the cursor of the earlier one, and would be taken for stale without this.

    :param revision: The new one. Its content is changed in memory too: whoever made it may go on
        to publish it.
    """
    holder: Any = revision.content_object
    model = type(holder)
    raw = streams.raw_data_of_revision(model, revision.content)
    followed = list(streams.followed_galleries(model, raw))
    if not followed:
        return
    run = open_run()
    for _, gallery in followed:
        gallery.write(gallery.items, run)
    names = {name for name, _ in followed}
    write_revisions([Content(raw, names, revision)])
    if not (isinstance(holder, DraftStateMixin) and holder.live):
        # The row of what is not live, or knows no drafts, was written with the revision.
        rows = model._base_manager.filter(pk=holder.pk)
        rows.update(**{name: raw[name] for name in names})
        for subscription in Subscription.objects.of(HolderKey.of(holder)):
            subscription.settle(run)
