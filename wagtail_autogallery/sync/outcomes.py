"""What became of one holder, and what its history tells about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wagtail_autogallery.models import Announcement, Delivery, Subscription
from wagtail_autogallery.sync import history
from wagtail_autogallery.sync.ledger import Change
from wagtail_autogallery.sync.places import Image


@dataclass
class Outcome:
    """What became of one holder."""

    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    #: What was put into a draft only, for somebody to look at it.
    offered: list[Delivery] = field(default_factory=list)
    #: Primary keys of the subscriptions of those in which something changed.
    galleries: set[int] = field(default_factory=set)
    written: bool = False
    waiting: bool = False
    #: Whether somebody else has it in hand, be it an editor or another worker.
    is_taken: bool = False
    #: Whether another worker was quicker.
    is_done: bool = False
    runs: set[int] = field(default_factory=set)
    to_announce: list[tuple[Announcement, Any]] = field(default_factory=list)
    #: Of the first images that were added.
    titles: list[str] = field(default_factory=list)
    #: What somebody took back: each with the title of its image.
    undone: list[tuple[Delivery, str]] = field(default_factory=list)

    def add(self, subscription: Subscription, change: Change, images: Mapping[str, Image]) -> None:
        new = [image_id for image_id in change.added if image_id not in self.added]
        self.titles += [images[image_id].title for image_id in new if image_id in images]
        del self.titles[history.MOST_TITLES :]
        self.added |= set(new)
        self.removed |= set(change.removed)
        for delivery in change.undone:
            title = images[delivery.image_id].title if delivery.image_id in images else ""
            self.undone.append((delivery, title))
        if change.is_visible:
            self.galleries.add(subscription.pk)

    def told(self) -> list[history.Entry]:
        """What the holder's history tells about it."""
        if not self.undone:
            return [self._of_sync()]
        if not self.added and not self.removed:
            return [self._of_undo()]
        return [self._of_sync(), self._of_undo()]

    def of_offer(self, images: Mapping[str, Image]) -> history.Entry:
        """What the history tells of the draft."""
        offered = {delivery.image_id for delivery in self.offered}
        runs = {delivery.run_id for delivery in self.offered}
        titles = [images[delivery.image_id].title for delivery in self.offered]
        most = list(dict.fromkeys(titles))[: history.MOST_TITLES]
        return history.Entry(history.OFFER_ACTION, _log_data(runs, offered, most))

    def _of_sync(self) -> history.Entry:
        data = _log_data(self.runs, self.added, self.titles)
        if self.removed:
            data["removed"] = sorted(self.removed)
        return history.Entry(history.LOG_ACTION, data)

    def _of_undo(self) -> history.Entry:
        titles = {delivery.image_id: title for delivery, title in self.undone}
        users = {delivery.marked_by for delivery, _ in self.undone}
        runs = {delivery.run_id for delivery, _ in self.undone}
        named = [title for title in titles.values() if title][: history.MOST_TITLES]
        data = _log_data(runs, set(titles), named)
        return history.Entry(history.UNDO_ACTION, data, users.pop() if len(users) == 1 else "")


def _log_data(runs: set[int], images: set[str], titles: list[str]) -> dict[str, Any]:
    return {
        "runs": sorted(runs),
        "images": sorted(images),
        "titles": titles,
        "count": len(images),
    }
