"""The photographer's pictures: painted on the spot, the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from random import Random

from PIL import Image

from example_site.portfolio.pictures import (
    arches,
    coast,
    facades,
    mountains,
    sand,
    skies,
    skyline,
    stairs,
)
from example_site.portfolio.pictures.darkroom import Size, develop

COAST, MOUNTAINS, CITY = "Coast", "Mountains", "City"


@dataclass(frozen=True)
class Picture:
    #: Seed of the picture, and the name of its file.
    name: str
    title: str
    description: str
    collection: str
    size: Size
    paint: Callable[[Size, Random], Image.Image]

    @property
    def file_name(self) -> str:
        return f"{self.name}.jpg"

    def size_at(self, width: int) -> Size:
        """In pixels, where it is painted so wide."""
        return width, round(self.size[1] * width / self.size[0])

    def jpeg(self, width: int | None = None) -> BytesIO:
        """:param width: In pixels, where it is to be another one than that of a good print."""
        rng = Random(self.name)
        print_ = develop(self.paint(self.size_at(width or self.size[0]), rng), rng)
        file = BytesIO()
        print_.save(file, "JPEG", quality=84, progressive=True)
        file.seek(0)
        return file


PICTURES = (
    Picture(
        "first-light",
        "First light, seven ridges",
        "The sun rises behind seven mountain ridges, each paler than the one before it.",
        MOUNTAINS,
        (1600, 1067),
        mountains.dawn_ridges,
    ),
    Picture(
        "last-light",
        "Last light, west bay",
        "The sun just above the horizon of a calm sea, its light broken up by small waves.",
        COAST,
        (1600, 1067),
        coast.last_light,
    ),
    Picture(
        "stairwell",
        "Stairwell, looking down",
        "A spiral staircase seen from the top floor, its wooden handrail winding into the dark.",
        CITY,
        (1600, 2000),
        stairs.spiral_stairs,
    ),
    Picture(
        "north-face",
        "North face, after the snow",
        "Steep snow-covered peaks in the sun above a bank of fog and a dark line of firs.",
        MOUNTAINS,
        (1600, 1067),
        mountains.snow_peaks,
    ),
    Picture(
        "dunes-noon",
        "Dune crest, noon",
        "The sharp curved crest of a sand dune separates the sunny side from the shaded one.",
        COAST,
        (1600, 1067),
        sand.dunes,
    ),
    Picture(
        "firs",
        "Firs, before the rain",
        "Rows of fir trees on a slope disappear in grey mist.",
        MOUNTAINS,
        (1600, 1600),
        mountains.forest_in_mist,
    ),
    Picture(
        "lighthouse",
        "The keeper is awake",
        "A lighthouse on a dark headland sends its beam over the sea at nightfall.",
        COAST,
        (1600, 1067),
        coast.lighthouse,
    ),
    Picture(
        "cloister",
        "Cloister with a view",
        "A row of sunlit arches, one behind the other, with a strip of blue sea at its end.",
        CITY,
        (1600, 2000),
        arches.enfilade,
    ),
    Picture(
        "long-exposure",
        "Nine posts, four minutes",
        "Nine wooden posts lead out into water smoothed to milk by a long exposure.",
        COAST,
        (1600, 1600),
        coast.long_exposure,
    ),
    Picture(
        "milky-way",
        "The pass at two in the morning",
        "The Milky Way stands upright over the dark outline of a mountain pass.",
        MOUNTAINS,
        (1600, 2400),
        skies.milky_way,
    ),
    Picture(
        "skyline",
        "Harbour side, haze",
        "Towers of a city in orange evening haze, mirrored in the water before them.",
        CITY,
        (1600, 1000),
        skyline.skyline_in_haze,
    ),
    Picture(
        "tide-line",
        "Tide line, from the cliff",
        "Bands of turquoise water edged with foam run up a beach, seen from straight above.",
        COAST,
        (1600, 2000),
        sand.tide_from_above,
    ),
    Picture(
        "moonrise",
        "Moonrise in November",
        "A full moon over violet mountain ridges.",
        MOUNTAINS,
        (1600, 1000),
        mountains.moonrise,
    ),
    Picture(
        "balconies",
        "Eleven floors",
        "White balconies curve like waves across the front of a building under a blue sky.",
        CITY,
        (1600, 1067),
        facades.balconies,
    ),
    Picture(
        "storm-front",
        "Ten minutes to go",
        "A black storm front over the sea, with a strip of light left at the horizon.",
        COAST,
        (1600, 900),
        coast.storm_front,
    ),
    Picture(
        "blue-hour",
        "Blue hour",
        "Jagged mountain ridges in nine shades of blue.",
        MOUNTAINS,
        (1600, 2000),
        mountains.blue_hour,
    ),
    Picture(
        "dunes-dusk",
        "Dune crest, dusk",
        "A dune's winding crest under a violet evening sky.",
        COAST,
        (1600, 2000),
        sand.dunes_at_dusk,
    ),
    Picture(
        "night-windows",
        "Everyone is home",
        "The dark front of a block of flats at night, a third of its windows lit.",
        CITY,
        (1600, 2000),
        facades.night_windows,
    ),
)
