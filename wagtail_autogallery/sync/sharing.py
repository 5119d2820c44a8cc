"""Which holders a sync visits, and in which order, where others may be about the same."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

from django.db.models import Min

from wagtail_autogallery.conf import settings
from wagtail_autogallery.models import Delivery, Errand, HolderKey

#: Where so many wait, helpers are called.
HOLDERS_PER_QUERY = 100
#: Where several share the work, each chooses among so many.
HOLDERS_TO_CHOOSE_FROM = 1000


class Share:
    """
    The holders that one sync visits, each once, with whether it has an errand.

    Those come first to which is owed for longest. Where several share the work, each begins
    anywhere among them and goes on in that order until it comes to one that another has in hand
    or has written: what follows is most likely done. Then it begins elsewhere.
    """

    def __init__(self, call_helpers: Callable[[int], None], *, is_helper: bool) -> None:
        """
        :param call_helpers: Called once with the number of holders that wait, where they are many.
        :param is_helper: Whether others have begun before.
        """
        self.call_helpers = call_helpers
        self.is_alone = not is_helper
        #: To be set of the holder that was visited last.
        self.meets_others = False

    def __iter__(self) -> Iterator[tuple[HolderKey, bool]]:
        done: set[HolderKey] = set()
        while True:
            owed = (
                Delivery.objects.due()
                .placeable()
                .values_list("subscription__content_type_id", "subscription__object_id")
                .annotate(oldest=Min("pk"))
            )
            most = HOLDERS_PER_QUERY if self.is_alone else HOLDERS_TO_CHOOSE_FROM
            first = owed.order_by("oldest")[: most + len(done)]
            found = [HolderKey(*row[:2]) for row in first]
            errands = set(Errand.objects.due().holder_keys())
            keys = [key for key in dict.fromkeys([*found, *errands]) if key not in done]
            if not keys:
                return
            if self.is_alone and len(found) >= HOLDERS_PER_QUERY:
                self.is_alone = False
                self.call_helpers(owed.count())
            if not self.is_alone:
                # Also whoever called them: two syncs may have begun at once.
                begin = random.randrange(len(keys))  # noqa: S311
                keys = keys[begin:] + keys[:begin]
            for key in keys:
                done.add(key)
                self.meets_others = False
                yield key, key in errands
                if self.meets_others:
                    self.is_alone = False
                    break


def useful_helpers(waiting: int) -> int:
    """
    How many others can share the writing of so many holders: one for each hundred.

    Where the site has not said how many at most, one for each further processor of this machine.
    More syncs than processors only take the time from each other: four on two wrote a tenth fewer
    pages a second than two. One at least, for it may be of another machine.
    """
    most = settings.SYNC_HELPERS
    if most is None:
        most = max(1, _processors() - 1)
    return min(most, waiting // HOLDERS_PER_QUERY)


def _processors() -> int:
    """As many as this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
