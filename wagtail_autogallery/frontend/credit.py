"""
The image operation ``creditonly``: of what a camera and its owner wrote into a file, only the names
of its maker and of its owner go into a rendition.

Galleries publish pictures that nobody has looked at, and a phone writes into each where it was
taken. An operation of its own makes the filter spec another one, so that no rendition is taken for
safe that was made without it, and Wagtail's own commands make it anew in the same way.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PIL import Image as Pillow
from PIL.ExifTags import Base
from wagtail.images.image_operations import FilterOperation
from willow.plugins.pillow import PillowImage

NAME = "creditonly"

#: Needed to show the picture as it is meant. All else may name a place: GPS data, XMP, comments.
NEEDED = ("icc_profile", "transparency")


class CreditOnlyOperation(FilterOperation):  # type: ignore[misc]
    def construct(self) -> None:
        pass

    def run(self, willow: Any, image: Any, env: dict[str, Any]) -> Any:
        if not isinstance(willow, PillowImage):
            # Wand, where it is installed, opens GIF, and keeps all that is in each of its frames.
            frames = willow.get_wand_image()
            for number in range(frames.iterator_length()):
                frames.iterator_set(number)
                frames.strip()
            return willow
        picture = willow.image
        credit = _credit_in(picture)
        picture.info = {key: picture.info[key] for key in NEEDED if key in picture.info}
        if credit:
            # Willow would write it into JPEG and PNG only.
            picture.save = partial(picture.save, exif=credit.tobytes())
        return PillowImage(picture)


def _credit_in(picture: Pillow.Image) -> Pillow.Exif:
    found, credit = picture.getexif(), Pillow.Exif()
    for tag in (Base.Artist, Base.Copyright):
        if isinstance(name := found.get(tag), str):
            # Pillow reads bytes as Latin-1 but writes ASCII: these are the same bytes again.
            credit[tag] = name.encode("latin-1")
    return credit
