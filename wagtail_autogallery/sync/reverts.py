"""A revert to an earlier version is a choice of content: it gets nothing that it does not show."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from wagtail.models import DraftStateMixin, Revision

from wagtail_autogallery.models import HolderKey, Subscription
from wagtail_autogallery.sync import ledger_rows, placement, streams
from wagtail_autogallery.sync.columns import write_streams
from wagtail_autogallery.sync.galleries import galleries_of
from wagtail_autogallery.sync.holders import Content
from wagtail_autogallery.sync.ledger import Who
from wagtail_autogallery.sync.matching import known, match
from wagtail_autogallery.sync.revisions import write_revisions
from wagtail_autogallery.sync.saves import ADDED
from wagtail_autogallery.sync.subscriptions import describe

LOG_ACTION = "wagtail.revert"


def take_back(revision: Revision) -> None:
    """
    Take out of a revision that repeats an earlier one what saving it has put in.

    It has seen all there is from then on. The row too, where that was written along.

    :param revision: The new one. Its content is changed in memory too: whoever made it may go on
        to publish it.
    """
    holder: Any = revision.content_object
    of_holder = Subscription.objects.of(HolderKey.of(holder))
    if not of_holder.exists():
        return
    model = type(holder)
    added = getattr(revision, ADDED, {})
    with transaction.atomic():
        subscriptions = list(of_holder.select_for_update())
        raw = streams.raw_data_of_revision(model, revision.content)
        names = _take_out(model, raw, subscriptions, added)
        write_revisions([Content(raw, names, revision)])
        if not (isinstance(holder, DraftStateMixin) and holder.live):
            _take_back_row(holder, subscriptions, added, Who(str(revision.user_id or "")))


def _take_back_row(
    holder: models.Model, subscriptions: list[Subscription], added: Any, who: Who
) -> None:
    rows = type(holder)._base_manager.filter(pk=holder.pk)
    raw = streams.raw_data(streams.with_raw_data(rows).get())
    names = _take_out(type(holder), raw, subscriptions, added, who)
    write_streams(holder, raw, names)


def _take_out(
    model: type[models.Model],
    raw: dict[str, Any],
    subscriptions: list[Subscription],
    added: dict[str, dict[str, list[str]]],
    who: Who | None = None,
) -> set[str]:
    """
    :param who: With it, this is the row: what it lacks then was removed by them.
    :return: The fields that were changed.
    """
    found = known(match(galleries_of(model, raw), subscriptions))
    ledgers = ledger_rows.load([(one.subscription, one.gallery) for one in found], None)
    for name, gallery, subscription in found:
        images = added.get(name, {}).get(gallery.path, [])
        kept = [item for item in gallery.items if placement.image_id_of(item) not in images]
        book = ledgers[subscription.pk]
        gallery.write(kept, book.cursor(book.offers_of(gallery.cursor)))
        if who:
            book.learn_from_row(gallery, who, is_live=False)
            describe(subscription, gallery, is_live=False)
            subscription.save(update_fields=["digest", "automatic", "by_hand", "updated_at"])
    ledger_rows.save(ledgers.values())
    return {one.field for one in found}
