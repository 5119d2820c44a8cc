"""
Kill who takes a run back, or who offers new images to drafts, until ``CRASH_KILLS`` were killed.

``CRASH_WORK`` says which. After each kill a holder is as before or as after, in all its contents at
once; then it is drained to the end, and all holders are as after.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from tests.crash.kills import DONE, PHASES, Progress, drain_to_the_end, never
from tests.crash.sites import fork, logged, set_up, wait_for

#: About so many statements write the holders.
MOMENTS_OF_WRITING = 60
IN_DECIDING = "while it is decided"

#: Of each content of a holder: what is in its title, and in each of its galleries.
State = dict[str, tuple[str, list[list[Any]]]]


class Work:
    """What a person or a drain does with one new image, and what is to become of it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.holders: list[Any] = []

    def before(self, image: Any) -> None:
        """Whatever comes before the process that is killed."""

    def decide(self) -> None:
        """What a person does in the process that is killed, before it drains."""

    def is_decided(self) -> bool:
        """Whether that was done, or at least begun, before the process was killed."""
        return True

    def as_after(self, holder: Any, before: State, image: Any) -> State:
        raise NotImplementedError

    def after(self) -> None:
        """What a person does once all is as after."""


class Undoing(Work):
    """A person takes a run back: everywhere, or in one page or snippet."""

    def __init__(self, chance: random.Random) -> None:
        from tests.factories import FullSnippetFactory, page_with, raw_body, raw_gallery

        super().__init__(chance)
        self.with_draft = page_with(raw_gallery())
        snippet = FullSnippetFactory(body=raw_body(raw_gallery()))
        snippet.save_revision().publish()
        self.holders = [page_with(raw_gallery()), self.with_draft, snippet]
        self.oldest: Any = None
        drain_to_the_end()

    def before(self, image: Any) -> None:
        from tests.testapp.models import GalleryPage
        from wagtail_autogallery.models import Delivery, HolderKey

        drain_to_the_end()
        draft = GalleryPage.objects.get(pk=self.with_draft.pk).get_latest_revision_as_object()
        draft.title = "Not yet"
        draft.save_revision()
        at_rest = GalleryPage.objects.get(pk=self.holders[0].pk)
        self.oldest = self.oldest or at_rest.live_revision
        self.captioned = None
        if self.chance.random() < 0.3:
            at_rest.body[0].value["images"][-1]["caption"] = "By a person"
            at_rest.save_revision().publish()
            self.captioned = self.holders[0].pk
        drain_to_the_end()
        self.where = self.chance.choice([None, *self.holders])
        self.key = HolderKey.of(self.where) if self.where else None
        (self.run,) = set(
            Delivery.objects.filter(image_id=image.pk).values_list("run_id", flat=True)
        )

    def decide(self) -> None:
        from wagtail_autogallery.sync.taking_back import undo

        undo([self.run], None, holder=self.key)

    def is_decided(self) -> bool:
        from django.utils import timezone

        from wagtail_autogallery.models import Delivery, Errand

        # A minute later.
        if Errand.objects.update(due_at=timezone.now()):
            return True
        return Delivery.objects.filter(run_id=self.run, mark=Delivery.Mark.UNDONE).exists()

    def as_after(self, holder: Any, before: State, image: Any) -> State:
        if self.where not in (None, holder):
            return before
        if holder.pk == self.captioned and holder == self.holders[0]:
            return before
        return without(before, image)

    def after(self) -> None:
        """Neither the draft nor the oldest content brings back what was undone."""
        from tests.testapp.models import GalleryPage

        if self.chance.random() < 0.3:
            page = self.chance.choice([self.holders[0], self.with_draft])
            expected = state_of(page)["row"][1]
            row = GalleryPage.objects.get(pk=page.pk)
            old = row.latest_revision if page == self.with_draft else self.oldest
            old.as_object().save_revision().publish()
            drain_to_the_end()
            assert sorted(state_of(page)["row"][1][0]) == sorted(expected[0])


class Offering(Work):
    """A drain offers an image to the drafts of galleries whose new images wait for somebody."""

    def __init__(self, chance: random.Random) -> None:
        from tests.factories import FullSnippetFactory, page_with, raw_body, raw_gallery

        super().__init__(chance)
        withheld = {"review_new_images": True}
        snippet = FullSnippetFactory(body=raw_body(raw_gallery(**withheld)))
        snippet.save_revision().publish()
        with_draft = page_with(raw_gallery(**withheld))
        with_draft.title = "Not yet"
        with_draft.save_revision()
        both = page_with(raw_gallery(), raw_gallery(**withheld))
        self.holders = [page_with(raw_gallery(**withheld)), with_draft, both, snippet]
        drain_to_the_end()

    def as_after(self, holder: Any, before: State, image: Any) -> State:
        after = deepcopy(before)
        for name, (_title, galleries) in after.items():
            for raw, images in zip(
                type(holder).objects.get(pk=holder.pk).body.raw_data, galleries, strict=True
            ):
                if name == "latest" or not raw["value"]["review_new_images"]:
                    images.append(image.pk)
        return after

    def after(self) -> None:
        """Now and then a person looks at a draft, removes an image, and publishes it."""
        if self.chance.random() < 0.4:
            holder = self.chance.choice(self.holders)
            draft = type(holder).objects.get(pk=holder.pk).get_latest_revision_as_object()
            images = draft.body[-1].value["images"]
            del images[self.chance.randrange(len(images))]
            draft.save_revision().publish()
            drain_to_the_end()
            state = state_of(holder)
            assert state["row"] == state["live"] == state["latest"], state


def state_of(holder: Any) -> State:
    """All contents of a holder: its row, its live and its latest revision."""
    row = type(holder).objects.get(pk=holder.pk)
    contents = {"row": row, "live": row.live_revision, "latest": row.latest_revision}
    return {name: _state_of_content(content) for name, content in contents.items()}


def _state_of_content(content: Any) -> tuple[str, list[list[Any]]]:
    from tests.factories import raw_images

    if hasattr(content, "body"):
        title, body = content.title, content.body.raw_data
    else:
        title, body = content.content["title"], json.loads(content.content["body"])
    return title, [raw_images(block["value"]) for block in body]


def without(state: State, image: Any) -> State:
    return {
        name: (title, [[one for one in images if one != image.pk] for images in galleries])
        for name, (title, galleries) in state.items()
    }


def main() -> None:
    set_up()
    from tests.crash.content import pages_written_half
    from tests.factories import ImageFactory
    from wagtail_autogallery.drain.draining import drain
    from wagtail_autogallery.models import Delivery, Errand
    from wagtail_autogallery.tasks import enqueue_sync

    wanted = int(os.environ["CRASH_KILLS"])
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(10**6))
    sys.stderr.write(f"seed {seed}\n")
    chance = random.Random(seed)
    work = {"undo": Undoing, "offer": Offering}[os.environ["CRASH_WORK"]](chance)
    hits: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    progress = Progress()

    def start(fatal: Callable[[Progress], bool] = never) -> int:
        from django.db import connection

        progress.phase = progress.moments = progress.decided = 0

        def run() -> None:
            with connection.execute_wrapper(progress.wrapper(fatal)):
                work.decide()
                progress.decided = progress.moments
                enqueue_sync()
                drain(limit=30)
            progress.phase = DONE

        return fork(run)

    def end_of_one(kind: str, moments: tuple[int, int]) -> Callable[[Progress], bool]:
        """At a random moment: while it is decided, while holders are written, or at any."""
        if kind == "writing":
            left = Counter(moments=chance.randint(1, MOMENTS_OF_WRITING))

            def in_writing(now: Progress) -> bool:
                left["moments"] -= now.phase == 2
                return left["moments"] == 0

            return in_writing
        moment = chance.randint(1, moments[kind == "any"] or moments[1])
        return lambda now: now.moments == moment

    def differences(before: list[State], after: list[State]) -> Iterator[str]:
        for holder, was, will_be in zip(work.holders, before, after, strict=True):
            state = state_of(holder)
            if state not in (was, will_be):
                yield f"{holder!r} is {state}, was {was}"
            if was != will_be:
                seen["as before" if state == was else "as after"] += 1

    moments = (0, 0)
    rounds = 0
    while sum(hits.values()) < wanted:
        assert rounds < 4 * wanted + 2, hits
        rounds += 1
        image = ImageFactory()
        work.before(image)
        before = [state_of(holder) for holder in work.holders]
        after = [
            work.as_after(holder, state, image)
            for holder, state in zip(work.holders, before, strict=True)
        ]
        if not moments[1]:
            assert wait_for(start()) == 0
            moments = (progress.decided, progress.moments)
        else:
            pid = start(end_of_one(chance.choice(("deciding", "any", "writing")), moments))
            if wait_for(pid) == -signal.SIGKILL:
                is_deciding = bool(moments[0]) and not progress.decided
                hits[IN_DECIDING if is_deciding else PHASES[progress.phase]] += 1
        assert not (faults := [*differences(before, after), *pages_written_half()]), faults
        if not work.is_decided():
            assert [state_of(holder) for holder in work.holders] == before
            work.decide()
        enqueue_sync()
        drain_to_the_end()
        assert [state_of(holder) for holder in work.holders] == after, (before, after)
        assert not Errand.objects.exists()
        assert not Delivery.objects.waiting().exists()
        work.after()
    facts = {
        "seed": seed,
        "rounds": rounds,
        "hits": dict(hits),
        "seen": dict(seen),
        "errors": logged("error"),
    }
    sys.stdout.write(json.dumps(facts))


if __name__ == "__main__":
    main()
