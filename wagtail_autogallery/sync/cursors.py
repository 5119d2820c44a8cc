"""
The cursor of a content: which gallery this is, and the last number it has seen.

To clients and forms it is one opaque string: the gallery's key, the number, and the image that has
this number. A ledger believes it only if the three agree.

What waits for somebody to look at it was offered to one draft, and to no other content. So behind
the number stand the offers that the content has seen, and the image of the last of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote, unquote


class Offers(NamedTuple):
    """The offers that a content has seen. Those that another draft was given are not among them."""

    #: Numbers from the first to the last of each range, in ascending order.
    ranges: tuple[tuple[int, int], ...] = ()
    #: The image of the last one, by primary key as text.
    image_id: str = ""

    def __str__(self) -> str:
        ranges = ".".join(f"{first}-{last}" for first, last in self.ranges)
        return f"{ranges}/{quote(self.image_id, safe='')}"

    @classmethod
    def parse(cls, value: str) -> Offers:
        """:return: None at all where this does not say which."""
        written, _, image_id = value.partition("/")
        ranges = []
        for each in written.split("."):
            first, _, last = each.partition("-")
            if not (first.isdecimal() and last.isdecimal()):
                return cls()
            ranges.append((int(first), int(last)))
        return cls(tuple(ranges), unquote(image_id))

    @property
    def last(self) -> int:
        return self.ranges[-1][1] if self.ranges else 0

    def include(self, offer: int | None) -> bool:
        return offer is not None and any(first <= offer <= last for first, last in self.ranges)

    def and_next(self, offer: int, image_id: str) -> Offers:
        """:param offer: Later than all of these."""
        ranges = self.ranges
        if ranges and ranges[-1][1] == offer - 1:
            return Offers((*ranges[:-1], (ranges[-1][0], offer)), image_id)
        return Offers((*ranges, (offer, offer)), image_id)


class Cursor(NamedTuple):
    key: str
    number: int = 0
    #: The image of that number, by primary key as text; empty for number 0.
    image_id: str = ""
    offers: Offers = Offers()

    def __str__(self) -> str:
        offers = f"/{self.offers}" if self.offers.ranges else ""
        return f"{self.key}:{self.number}{offers}:{self.image_id}"

    @classmethod
    def parse(cls, value: Any) -> Cursor | None:
        """:return: ``None`` where this is no cursor: the content's age is unknown then."""
        if not isinstance(value, str):
            return None
        key, _, rest = value.partition(":")
        seen, _, image_id = rest.partition(":")
        number, _, offers = seen.partition("/")
        if not key or not number.isdecimal():
            return None
        return cls(key, int(number), image_id, Offers.parse(offers))
