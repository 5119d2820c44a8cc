"""A spiral staircase from above."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from example_site.portfolio.pictures.darkroom import (
    Color,
    Point,
    Size,
    color_at,
    cover,
    curve,
    fade,
    glow,
    mix,
    noise,
    shine,
)

#: Each turn of the stairs looks this much smaller than the one above it.
TURN = 0.6
TURNS = 7
STEPS = 44
#: Outer and inner edge of the handrail, its shine and its shadow, as shares of a turn's radius.
RAILS = (
    (TURN + 0.055, TURN + 0.012, "#5b3524"),
    (TURN + 0.047, TURN + 0.032, "#b9794b"),
    (TURN + 0.012, TURN - 0.002, "#1b1a20"),
)


@dataclass(frozen=True)
class Spiral:
    """A stairwell seen from above, drawn at twice the picture's size."""

    pen: ImageDraw.ImageDraw
    center: Point
    reach: float
    start: float

    def segment(self, angle: float, width: float, outer: float, inner: float, tone: Color) -> None:
        corners = ((angle, outer), (angle + width, outer), (angle + width, inner), (angle, inner))
        self.pen.polygon([self._at(*corner) for corner in corners], fill=tone)

    def shadow(self, angle: float) -> float:
        """How much of the light, which comes from one side, does not get there."""
        return 0.275 * (1 - math.cos(self.start + angle - 2.4))

    def _at(self, angle: float, share: float) -> Point:
        radius = self.reach * TURN ** (angle / math.tau) * share
        x, y = self.center
        direction = self.start + angle
        return x + radius * math.cos(direction), y + radius * math.sin(direction)


def spiral_stairs(size: Size, rng: Random) -> Image.Image:
    width, height = size
    image = Image.new("RGB", (width * 2, height * 2))
    center = (width * 1.04, height * 0.97)
    stairs = Spiral(ImageDraw.Draw(image), center, width * 2.1 / TURN, rng.uniform(0, math.tau))
    for step in range(STEPS * TURNS):
        _draw_step(stairs, step * math.tau / STEPS, step / (STEPS * TURNS))
    fine = 220
    for step in range(fine * TURNS):
        angle = step / fine * math.tau
        dark = stairs.shadow(angle) + 0.3 * step / (fine * TURNS)
        for outer, inner, tone in RAILS:
            stairs.segment(angle, math.tau / fine * 1.05, outer, inner, mix(tone, "#15151c", dark))
    image = image.reduce(2)
    skylight = glow(size, (center[0] / 2, center[1] / 2), (120, 120), 1.3)
    image = shine(image, "#ffe7c2", fade(skylight, 0.5))
    stone = curve(noise(rng, size, (40, 50), 4), 0.4, 0.8)
    return cover(image, "#1c1a20", fade(stone, 0.12))


def _draw_step(stairs: Spiral, angle: float, depth: float) -> None:
    stops = [(0, "#f4ead8"), (0.4, "#cfb795"), (0.75, "#7b6a60"), (1, "#2a2c38")]
    tread = mix(color_at(stops, depth), "#3a3a48", stairs.shadow(angle))
    edge = mix(tread, "#1d1c24", 0.45)
    step = math.tau / STEPS
    stairs.segment(angle, step, 1.02, TURN + 0.05, tread)
    bands = 6
    for band in range(bands):
        start = angle + step * band / bands / 2
        stairs.segment(start, step * 0.09, 1.02, TURN + 0.05, mix(edge, tread, band / bands))
