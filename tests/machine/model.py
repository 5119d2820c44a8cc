"""
What a followed gallery has to hold, said without numbers, marks and cursors of the app.

A gallery of a page has a *ledger*: the images that the sync has put into its row, in order. Each
content of a page (its row, each revision, each form that is open) knows how much of the ledger it
has *seen*. What it has seen and lacks, a person took out; what it has not seen, it gets.

Where new images wait for somebody to look at them, a draft is *offered* them. A row that is live
and holds one has taken it: then it is given. One that was offered it and lacks it has refused it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

#: The collections, each with the one it is in, as they are at first.
PARENTS = {"root": None, "coast": "root", "beach": "coast", "inland": "root"}

Items = list[dict[str, Any]]


# Images


@dataclass(frozen=True)
class Place:
    """The collections from the root to one, and the innermost of them that is restricted."""

    chain: tuple[str, ...]
    restricted: str | None

    @property
    def followed(self) -> set[str]:
        """What a gallery has to follow to take images that are here."""
        return set(
            self.chain[self.chain.index(self.restricted) :] if self.restricted else self.chain
        )


@dataclass
class Event:
    """An image was uploaded or moved; or a collection, with all in it, was opened or moved."""

    #: Each image that this was about, and where that was before, if it was.
    before: dict[Any, Place | None]
    #: Whether it was a collection.
    is_of_collection: bool = False


@dataclass
class Library:
    """The images, where they are, and what happened to them."""

    where: dict[Any, str] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=lambda: dict(PARENTS))
    restricted: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    uploaded: dict[Any, int] = field(default_factory=dict)
    #: How many of the events galleries have decided for.
    decided: int = 0

    def chain(self, collection: str | None) -> tuple[str, ...]:
        return (*self.chain(self.parents[collection]), collection) if collection else ()

    def place(self, collection: str | None) -> Place:
        chain = self.chain(collection)
        return Place(chain, next((c for c in reversed(chain) if c in self.restricted), None))

    def upload(self, image: Any, collection: str) -> None:
        self.where[image] = collection
        self.uploaded[image] = len(self.events)
        self.events.append(Event({image: None}))

    def move(self, image: Any, collection: str) -> None:
        if self.where[image] != collection:
            before = self.place(self.where[image])
            self.where[image] = collection
            self.events.append(Event({image: before}))

    def lift(self, collection: str) -> None:
        self.events.append(self._event_of(collection))
        self.restricted.remove(collection)

    def move_collection(self, collection: str, target: str) -> None:
        self.events.append(self._event_of(collection))
        self.parents[collection] = target

    def _event_of(self, collection: str) -> Event:
        places = {image: self.place(where) for image, where in sorted(self.where.items())}
        before = {i: place for i, place in places.items() if collection in place.chain}
        return Event(before, is_of_collection=True)

    def brings(self, number: int, followed: str, since: int) -> Iterator[Any]:
        """The images that an event brings to a gallery that follows something since then."""
        event = self.events[number]
        for image, before in event.before.items():
            if image not in self.where:
                continue
            newer = min(number, self.uploaded[image]) if event.is_of_collection else number
            now = self.place(self.where[image])
            was_in_scope = before is not None and followed in before.followed
            if newer >= since and followed in now.followed and not was_in_scope:
                yield image

    def is_open_to(self, image: Any, followed: str) -> bool:
        place = self.place(self.where[image])
        return place.restricted is None or followed in place.followed


# Galleries


@dataclass
class Ledger:
    """What became of one gallery of a page."""

    name: str
    holder: int
    #: Id of the gallery's block in the row.
    place: str
    followed: str
    since: int
    follows: bool = True
    #: Whether the row has it, or only drafts and old forms.
    is_in_row: bool = True
    #: The name by which older contents, and those that were copied, know it.
    origin: str = ""
    #: The first event that others have decided for while nobody could see this one.
    undecided_from: int | None = None
    given: list[Any] = field(default_factory=list)
    waiting: list[Any] = field(default_factory=list)
    #: Whether new images wait for somebody to look at them.
    reviews: bool = False
    #: Of what waits, that which somebody has to look at.
    to_review: set[Any] = field(default_factory=set)
    #: What a person has asked for, and has seen.
    released: set[Any] = field(default_factory=set)
    #: What drafts were given, in order.
    offers: list[Any] = field(default_factory=list)
    taken: set[Any] = field(default_factory=set)
    removed: set[Any] = field(default_factory=set)
    made_room: set[Any] = field(default_factory=set)
    undone: set[Any] = field(default_factory=set)
    #: What was undone before it came.
    never: set[Any] = field(default_factory=set)

    def stop(self) -> None:
        self.follows = False
        self.waiting.clear()

    def start(self, followed: str, since: int) -> None:
        self.follows, self.followed, self.since = True, followed, since

    def decide(self, library: Library, events: Iterable[int]) -> None:
        for number in events:
            for image in library.brings(number, self.followed, self.since):
                if self.follows and image not in self.taken:
                    self.taken.add(image)
                    self.waiting.append(image)
                    if self.reviews:
                        self.to_review.add(image)

    def has_to_offer(self, image: Any) -> bool:
        return image not in self.released and (self.reviews or image in self.to_review)

    def undo(self) -> None:
        """All that the sync has done for it is taken back."""
        again = set(self.waiting) & set(self.given)
        self.removed -= again
        self.undone |= {*self.given, *self.offers} - self.removed
        self.never |= self.taken - set(self.given)
        self.made_room.clear()
        self.waiting.clear()

    def add_again(self, image: Any) -> None:
        """It is on its way, whatever became of it before, and nobody has to look at it first."""
        self.taken.add(image)
        self.waiting.append(image)
        self.released.add(image)
        if image in self.offers and image in self.ended:
            self.offers.remove(image)

    @property
    def withheld(self) -> set[Any]:
        """What waits for somebody to look at it."""
        offered = set(self.offers) - set(self.given)
        held_back = {image for image in self.waiting if self.has_to_offer(image)}
        return (offered | held_back) - self.ended - self.never - self.released

    def release(self, images: list[Any]) -> None:
        """Nobody has to look at these any more."""
        self.waiting = [image for image in self.waiting if image not in images] + images
        self.released |= set(images)

    def give(self, image: Any) -> None:
        """It comes into the row now: all contents lack it, also those that knew it before."""
        self.waiting.remove(image)
        self.given.append(image)
        for ended in (self.removed, self.made_room, self.undone, self.never):
            ended.discard(image)

    @property
    def ended(self) -> set[Any]:
        return self.removed | self.made_room | self.undone

    def newest(self, image: Any) -> int:
        """Where in the order it is; what came again is where it came last."""
        return len(self.given) - 1 - self.given[::-1].index(image)

    def backfill(self, library: Library, row: Gallery) -> None:
        """What was there before is on its way; with a maximum, the newest for which is room."""
        found = [
            image
            for image in sorted(library.where, key=library.uploaded.__getitem__)
            if self.followed in library.place(library.where[image]).followed
            and image not in self.taken
            and not row.holds(image)
        ]
        if row.raw["max_images"] is not None:
            room = max(0, row.raw["max_images"] - len(row.items))
            found = found[-room:] if room else []
        self.waiting += found
        self.released |= set(found)
        self.taken |= set(found)

    def adopted_by(self, name: str, holder: int, place: str) -> Ledger:
        adopter = deepcopy(self)
        adopter.name, adopter.origin = name, self.name
        adopter.holder, adopter.place, adopter.is_in_row = holder, place, True
        return adopter

    def forget_after(self, seen: int) -> None:
        forgotten = set(self.given[seen:]) - set(self.given[:seen])
        del self.given[seen:]
        self.offers = [image for image in self.offers if image not in forgotten]
        self.removed &= {*self.given, *self.offers}
        self.made_room &= set(self.given)
        self.undone &= {*self.given, *self.offers}


def image_of(item: dict[str, Any]) -> Any:
    return item["value"]["image"]


def new_item(image: Any) -> dict[str, Any]:
    return {"value": {"image": image, "caption": "", "delivered": str(image)}, "id": ""}


def is_automatic(item: dict[str, Any]) -> bool:
    """Whether the sync made it and no person wrote into it."""
    return item["value"]["delivered"] == str(image_of(item)) and not item["value"]["caption"]


@dataclass
class Gallery:
    """One gallery in one content."""

    #: Id of its block.
    place: str
    #: As stored.
    raw: dict[str, Any]
    #: What it says it is.
    name: str
    #: How much of the ledger it has seen.
    seen: int = 0
    #: How much of it the person saw who arranged it.
    known: int = 0
    #: What it was offered, in order.
    offered: list[Any] = field(default_factory=list)

    @property
    def items(self) -> Items:
        return self.raw["images"]

    @property
    def follows(self) -> bool:
        return bool(self.raw["auto_sync_media"])

    def holds(self, image: Any) -> bool:
        return any(image_of(item) == image for item in self.items)

    def has_room(self) -> bool:
        maximum = self.raw["max_images"]
        return maximum is None or sum(not is_automatic(i) for i in self.items) < maximum

    def settle(self, ledger: Ledger) -> None:
        """Whatever was until now is a matter of choice."""
        self.seen = self.known = len(ledger.given)
        self.name = ledger.name

    def offers_of(self, ledger: Ledger) -> set[Any]:
        """What it was offered, if the ledger knows of it."""
        is_borne_out = bool(self.offered) and self.offered[-1] in ledger.offers
        # What was added again is new to whoever was offered it.
        return {i for i in self.offered if i in ledger.offers} if is_borne_out else set()

    def take_offers(self, ledger: Ledger, library: Library) -> bool:
        """:return: Whether it has taken any."""
        taken = [
            image
            for image in ledger.offers
            if image not in ledger.given and self.holds(image) and image in library.where
        ]
        ledger.removed |= {
            image
            for image in self.offers_of(ledger)
            if image in ledger.offers
            and image not in ledger.given
            and image not in ledger.undone
            and not self.holds(image)
        }
        ledger.removed -= set(taken)
        ledger.given += taken
        settled = ledger.removed | set(taken)
        ledger.waiting = [
            image for image in ledger.waiting if not (image in ledger.offers and image in settled)
        ]
        return bool(taken)

    def be_offered(self, ledger: Ledger, images: list[Any]) -> None:
        self.offered = [i for i in self.offered if i in self.offers_of(ledger)]
        fresh = [new_item(image) for image in images if not self.holds(image)]
        self._insert(fresh)
        ledger.offers += images
        self.offered += images
        self.seen, self.name = len(ledger.given), ledger.name

    def become_row(self, ledger: Ledger, library: Library, is_live: bool) -> None:
        """
        What it has seen and lacks, a person removed; what it holds was not removed.

        What had made room and comes back with older content makes room again.
        """
        before = self.items
        self.give_back(ledger, is_row=True)
        has_taken = is_live and self.take_offers(ledger, library)
        has_returned = any(is_automatic(i) and image_of(i) in ledger.made_room for i in self.items)
        offered = self.offers_of(ledger) & set(ledger.given)
        seen = set(ledger.given[: self.seen]) - set(ledger.given[self.seen :])
        for image in seen | offered:
            if not self.holds(image) and image not in ledger.ended:
                ledger.removed.add(image)
                if image in ledger.waiting:
                    ledger.waiting.remove(image)
        held = {image for image in ledger.given if self.holds(image)}
        ledger.removed -= held
        ledger.made_room -= held
        self.replay(ledger, library, is_row=True, has_returned=has_returned or has_taken)
        if self.items != before:
            self.seen, self.name = len(ledger.given), ledger.name

    def replay(
        self, ledger: Ledger, library: Library, is_row: bool, has_returned: bool = False
    ) -> None:
        """It gets what it has not seen. Ids of new items are nobody's business."""
        before = self.items
        self.give_back(ledger, is_row)
        offered = self.offers_of(ledger)
        new = [
            image
            for number, image in enumerate(ledger.given)
            if number >= self.seen
            and number == ledger.newest(image)
            and image in library.where
            and image not in ledger.removed | ledger.undone
            and image not in offered
            and not self.holds(image)
        ]
        self._insert([new_item(image) for image in new])
        if is_row and (new or has_returned) and self.raw["max_images"] is not None:
            self._make_room(ledger, library)
        if is_row:
            ledger.made_room -= {image for image in ledger.given if self.holds(image)}
        if self.seen < len(ledger.given) or self.items != before:
            self.seen, self.name = len(ledger.given), ledger.name
            self.offered = [image for image in self.offered if image in offered]

    def _insert(self, fresh: Items) -> None:
        if self.raw["new_images"] == "first":
            self.raw["images"] = [*reversed(fresh), *self.items]
        else:
            self.raw["images"] = [*self.items, *fresh]

    def give_back(self, ledger: Ledger, is_row: bool) -> None:
        """What was undone leaves, but for what a person has touched or chosen."""
        if is_row:
            ledger.undone -= {image_of(item) for item in self.items if not is_automatic(item)}
        self.raw["images"] = [
            item
            for item in self.items
            if not (is_automatic(item) and image_of(item) in ledger.undone)
        ]

    def _make_room(self, ledger: Ledger, library: Library) -> None:
        shown = sum(image_of(item) in library.where for item in self.items)
        excess = max(0, shown - self.raw["max_images"])
        automatic = [i for i in self.items if is_automatic(i) and image_of(i) in ledger.given]
        automatic.sort(key=lambda item: ledger.newest(image_of(item)))
        leaving = automatic[:excess]
        self.raw["images"] = [item for item in self.items if item not in leaving]
        ledger.made_room |= {image_of(item) for item in leaving}

    def drop(self, library: Library) -> None:
        self.raw["images"] = [item for item in self.items if image_of(item) in library.where]

    # Comparing it with what is there

    def is_like(self, raw: dict[str, Any], library: Library) -> bool:
        """Whether this is what is stored. Of its items, the ids are what they were."""
        stored = Gallery(self.place, raw, self.name)
        ids = stored.ids()
        return (
            self.shown(library) == stored.shown(library)
            and self.settings() == stored.settings()
            and all(ids.get(i, image) == image for i, image in self.ids().items())
        )

    def lacks(self, ledger: Ledger, library: Library) -> bool:
        whole = deepcopy(self)
        whole.replay(ledger, library, is_row=False)
        return whole.shown(library) != self.shown(library)

    def shown(self, library: Library) -> list[Any]:
        return [
            (image_of(i), i["value"]["caption"], i["value"]["delivered"])
            for i in self.items
            if image_of(i) in library.where
        ]

    def ids(self) -> dict[str, Any]:
        return {item["id"]: image_of(item) for item in self.items if item["id"]}

    def settings(self) -> dict[str, Any]:
        """What the sync must not touch."""
        return {k: v for k, v in self.raw.items() if k not in ("images", "cursor")}


Content = list[Gallery]


def resolve(content: Content, ledgers: Iterable[Ledger]) -> list[Ledger | None]:
    """
    Which of the ledgers of a page each gallery is: the one at its place that it names; one that
    has moved; or one that is not known yet.
    """
    ledgers = list(ledgers)
    found: dict[int, Ledger] = {}
    for i, gallery in enumerate(content):
        for ledger in ledgers:
            if ledger.place == gallery.place and gallery.name in (ledger.name, ledger.origin):
                found[i] = ledger
    in_place = list(found.values())
    left = [gallery.name for i, gallery in enumerate(content) if i not in found]
    for i, gallery in enumerate(content):
        if i not in found and left.count(gallery.name) == 1:
            named = [ledger for ledger in ledgers if ledger.name == gallery.name]
            named = named or [
                ledger for ledger in reversed(ledgers) if ledger.origin == gallery.name
            ]
            is_free = named and named[0] not in found.values()
            if is_free and not is_copy_beside(gallery, named[0], in_place):
                found[i] = named[0]
    return [found.get(i) for i in range(len(content))]


def is_copy_beside(gallery: Gallery, named: Ledger, in_place: list[Ledger]) -> bool:
    """
    Whether what names a gallery that was deleted is the duplicate of a duplicate of that: it has
    seen as much as one that is in its place was given, and not what was given to the other.
    """
    if named.is_in_row or len(named.given) == gallery.seen:
        return False
    return any(
        len(ledger.given) == gallery.seen and gallery.name in (ledger.name, ledger.origin)
        for ledger in in_place
    )
