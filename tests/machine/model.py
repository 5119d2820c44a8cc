"""
What a followed gallery has to hold, said without cursors and runs.

Every content of a holder (its row, and each revision) keeps the set of events it has *seen*. A pass
of the sync shows a followed content everything it has not seen; a form that is saved has seen what
the content it was loaded from had seen. That is all the app's cursors are for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

#: The collections, each with the one it is in.
PARENTS = {"root": None, "coast": "root", "beach": "coast", "inland": "root"}


def is_inside(collection: str | None, outer: str) -> bool:
    while collection is not None and collection != outer:
        collection = PARENTS[collection]
    return collection == outer


@dataclass(frozen=True)
class Event:
    """An image was uploaded, moved or deleted."""

    image: Any
    origin: str | None = None
    #: The followed collections in which a moved image was in scope already.
    in_scope_before: frozenset[str] = frozenset()


@dataclass
class Library:
    """The images, where they are, and what happened to them."""

    where: dict[Any, str] = field(default_factory=dict)
    restricted: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    #: Ids of the items that the sync made.
    automatic: set[str] = field(default_factory=set)

    def upload(self, image: Any, collection: str) -> None:
        self.where[image] = collection
        self.events.append(Event(image))

    def move(self, image: Any, collection: str) -> None:
        if (origin := self.where[image]) != collection:
            before = frozenset(followed for followed in PARENTS if self.shows(origin, followed))
            self.where[image] = collection
            self.events.append(Event(image, origin, before))

    def delete(self, image: Any) -> None:
        del self.where[image]
        self.events.append(Event(image))

    def shows(self, collection: str, followed: str) -> bool:
        """Whether a gallery that follows the one may show what is in the other, restrictions
        being what they are now."""
        return is_inside(collection, followed) and not any(
            is_inside(collection, restricted) and not is_inside(followed, restricted)
            for restricted in self.restricted
        )

    def adds(self, event: Event, followed: str) -> bool:
        """Whether an event brings its image into a gallery."""
        return (
            event.image in self.where
            and self.shows(self.where[event.image], followed)
            # A move within what the gallery follows brings nothing new.
            and followed not in event.in_scope_before
        )

    def may_add(self, event: Event, followed: str) -> bool:
        """
        Whether an event may bring its image into a gallery.

        Nobody writes down how private a collection was when an image left it: if it was restricted
        since, the move looks like one out of a private collection.
        """
        return (
            event.image in self.where
            and self.shows(self.where[event.image], followed)
            and (event.origin is None or not self.shows(event.origin, followed))
        )

    def happened_once(self, image: Any) -> bool:
        return sum(event.image == image for event in self.events) == 1

    def newest_event(self, image: Any) -> int:
        return max(n for n, event in enumerate(self.events) if event.image == image)


def image_of(item: dict[str, Any]) -> Any:
    return item["value"]["image"]


@dataclass
class Gallery:
    """One gallery in one content."""

    followed: str
    maximum: int | None
    newest_first: bool
    follows: bool = True
    items: list[dict[str, Any]] = field(default_factory=list)
    #: Numbers of events.
    seen: frozenset[int] = frozenset()
    #: Numbers of events of which it is nobody's business whether they add their image.
    doubtful: frozenset[int] = frozenset()

    def copy(self) -> Gallery:
        return replace(self, items=list(self.items))

    def holds(self, image: Any) -> bool:
        return any(image_of(item) == image for item in self.items)

    def unseen(self, library: Library, started: int) -> set[int]:
        """Events that count: those from the moment on from which the holder follows."""
        return set(range(started, len(library.events))) - self.seen

    # What a person does

    def remove(self, position: int, library: Library) -> None:
        """
        What this content has seen and a person removes stays removed.

        Of an event it has not seen (the image was put in by hand before) nobody can tell whether
        the person knew: the image may come.
        """
        image = image_of(self.items.pop(position))
        events = {n for n, event in enumerate(library.events) if event.image == image}
        self.doubtful |= events - self.seen

    def toggle(self, library: Library) -> None:
        """
        Switched on again, it follows from now on, when the row is what is switched on.

        In a draft of a page that follows all the time, what came in between may come.
        """
        self.follows = not self.follows
        if self.follows:
            self.doubtful |= frozenset(range(len(library.events))) - self.seen

    def settle(self, library: Library) -> None:
        """Whatever was until now adds nothing any more."""
        self.seen = frozenset(range(len(library.events)))
        self.doubtful = frozenset()

    # What the sync does

    def wants(self, library: Library, started: int) -> tuple[list[Any], set[Any]]:
        """The images that have to come, in order, and those that may come."""
        unseen = self.unseen(library, started)
        required: list[Any] = []
        optional: set[Any] = set()
        for n, event in enumerate(library.events):
            adds = library.adds(event, self.followed)
            if n in unseen and n not in self.doubtful and adds:
                if not self.holds(event.image) and event.image not in required:
                    required.append(event.image)
            elif (n in unseen and adds) or (
                n >= started and library.may_add(event, self.followed) and not adds
            ):
                optional.add(event.image)
        return required, {image for image in optional if not self.holds(image)}

    def pass_over(self, actual: list[dict[str, Any]], library: Library, started: int) -> None:
        """Check what the sync left of this content, which it has seen to the end."""
        gone = {
            library.events[n].image
            for n in self.unseen(library, started)
            if library.events[n].image not in library.where
        }
        assert not any(image_of(item) in gone for item in actual), "a deleted image is left"

        # Items of images that were deleted before it followed are not shown, and no matter.
        before = [item for item in self.items if image_of(item) in library.where]
        after = [item for item in actual if image_of(item) in library.where]
        fresh = [item for item in after if item not in before]
        if self.newest_first:
            fresh.reverse()
        new = [image_of(item) for item in fresh]
        required, optional = self.wants(library, started)
        assert len({image_of(item) for item in after}) == len(after), "an image is there twice"
        assert set(new) <= {*required, *optional}, "an image came that must not come"

        room = self._room(before, library)
        is_full = room <= 0 and bool(required or optional)
        kept = before
        if self.maximum is None:
            assert set(required) <= set(new), "an image is missing"
        elif optional or len(after) < len(actual):
            kept = [
                item for item in before if item in after or not self._is_automatic(item, library)
            ]
            assert len(after) <= max(self.maximum, len(before)), "there are too many images"
        else:
            required = required[-room:] if room > 0 else []
            assert set(required) == set(new), "these are not the newest images"
            if excess := max(0, len(before) + len(new) - self.maximum) if new else 0:
                kept = self._without_oldest(before, excess, library)
        placed = [*reversed(fresh), *kept] if self.newest_first else [*kept, *fresh]
        assert after == placed, "what people arranged was touched"
        # A draft may look at an upload again for which it was not the image's time yet.
        once = [image for image in required if library.happened_once(image)]
        assert [image for image in new if image in once] == [
            image for image in once if image in new
        ], "they are not in the order in which they came"

        self.items = list(actual)
        library.automatic |= {item["id"] for item in fresh}
        if not is_full:
            self.settle(library)

    def _room(self, items: list[dict[str, Any]], library: Library) -> float:
        """How many places are not taken by hand."""
        if self.maximum is None:
            return float("inf")
        return self.maximum - sum(not self._is_automatic(item, library) for item in items)

    def _is_automatic(self, item: dict[str, Any], library: Library) -> bool:
        return item["id"] in library.automatic and not item["value"]["caption"]

    def _without_oldest(
        self, items: list[dict[str, Any]], excess: int, library: Library
    ) -> list[dict[str, Any]]:
        automatic = [item for item in items if self._is_automatic(item, library)]
        automatic.sort(key=lambda item: library.newest_event(image_of(item)))
        return [item for item in items if item not in automatic[:excess]]
