"""A landscape with depth: slice before slice of a relief, each lit by the same sun."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Size,
    Tone,
    below,
    color_at,
    mix,
)

SHADES = 64
#: How far a slice reaches down behind the next one, in pixels.
OVERLAP = 60


@dataclass(frozen=True)
class View:
    """Where the land lies in the picture. All lengths are shares of the picture's height."""

    horizon: float
    #: Where the nearest slice stands; beyond 1 is below the picture's edge.
    foot: float
    #: Heights of the farthest and of the nearest land.
    far_rise: float
    near_rise: float
    #: How fast slices come nearer towards the eye.
    approach: float
    #: Brightness by the slope to the right, and by the slope away from the eye.
    light: tuple[float, float]


def relief(
    rng: Random,
    columns: int,
    rows: int,
    cells: Size,
    octaves: int,
    roughness: float,
    edge: float,
) -> list[list[float]]:
    """
    Heights from about 0 to 1 row by row, finer than gray levels could hold.

    :param edge: How round the crests are.
    """
    layers = []
    for _ in range(octaves):
        across, along = cells
        knots = array("f", [rng.random() for _ in range(across * along)])
        grid = Image.frombytes("F", cells, knots.tobytes())
        layer = array("f")
        layer.frombytes(grid.resize((columns, rows), Image.Resampling.BICUBIC).tobytes())
        layers.append(layer)
        cells = (across * 2, along * 2)
    weights = [roughness**octave for octave in range(octaves)]
    heights = []
    for first, second, *finer in zip(*layers, strict=True):
        rolling = (first + weights[1] * second) / (1 + weights[1])
        height = 1 - math.sqrt((2 * rolling - 1) ** 2 + edge * edge)
        for weight, value in zip(weights[2:], finer, strict=True):
            height += weight * (value - 0.5) * 0.9
        heights.append(height)
    return [heights[start : start + columns] for start in range(0, columns * rows, columns)]


def paint_land(
    sky: Image.Image,
    heights: Sequence[Sequence[float]],
    view: View,
    stops: Sequence[tuple[float, Tone]],
    air: Tone,
) -> Image.Image:
    """
    :param stops: The land's colors, from its shadow (0) to its light (1).
    :param air: The color everything takes on in the distance.
    """
    width, height = sky.size
    image = sky.copy()
    rows = len(heights)
    across, along = view.light
    last = SHADES - 1
    shades = [color_at(stops, shade / last) for shade in range(SHADES)]
    for row in range(1, rows):
        near = row / (rows - 1)
        base = height * (view.horizon + (view.foot - view.horizon) * near**view.approach)
        rise = height * (view.far_rise + (view.near_rise - view.far_rise) * near)
        palette = [bytes(mix(shade, air, 0.75 * (1 - near) ** 1.7)) for shade in shades]
        here, behind = heights[row], heights[row - 1]
        line = [base - rise * value for value in here]
        lights = [
            (here_value - right) * across + (here_value - back) * along
            for here_value, right, back in zip(here, [*here[1:], here[-1]], behind, strict=True)
        ]
        top, bottom = max(0, math.floor(min(line))), min(height, math.ceil(max(line)) + OVERLAP)
        if top >= height:
            continue
        strip = (width, bottom - top)
        pixels = b"".join(
            [palette[min(max(round((0.5 + light) * last), 0), last)] for light in lights]
        )
        paint = Image.frombytes("RGB", (len(here), 1), pixels)
        paint = paint.resize((width, 1), Image.Resampling.BILINEAR).resize(strip)
        image.paste(paint, (0, top), below(strip, [y - top for y in line]))
    return image.filter(ImageFilter.GaussianBlur(0.5))
