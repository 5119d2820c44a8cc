"""
The cursor of a content: which gallery this is, and the last number it has seen.

To clients and forms it is one opaque string: the gallery's key, the number, and the image that has
this number. A ledger believes it only if the three agree.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Cursor(NamedTuple):
    key: str
    number: int = 0
    #: The image of that number, by primary key as text; empty for number 0.
    image_id: str = ""

    def __str__(self) -> str:
        return f"{self.key}:{self.number}:{self.image_id}"

    @classmethod
    def parse(cls, value: Any) -> Cursor | None:
        """:return: ``None`` where this is no cursor: the content's age is unknown then."""
        if not isinstance(value, str):
            return None
        key, _, rest = value.partition(":")
        number, _, image_id = rest.partition(":")
        if not key or not number.isdecimal():
            return None
        return cls(key, int(number), image_id)
