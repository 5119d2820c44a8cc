"""Ridges in mist, forests and peaks."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw

from example_site.portfolio.pictures.darkroom import (
    Line,
    Size,
    below,
    circle,
    color,
    cover,
    curve,
    drawn,
    fade,
    glow,
    gradient,
    mix,
    multiply,
    noise,
    outline,
    ramp,
    shine,
)
from example_site.portfolio.pictures.skies import stars
from example_site.portfolio.pictures.terrain import View, paint_land, relief

POINTS = 1200


def dawn_ridges(size: Size, rng: Random) -> Image.Image:
    width, height = size
    sky = gradient(
        size,
        (0, "#5d7490"),
        (0.25, "#a9a8b0"),
        (0.42, "#efc9a4"),
        (0.52, "#ffdfb0"),
        (1, "#f6d9b8"),
    )
    sun = (width * 0.64, height * 0.4)
    sky = shine(sky, "#ffb46b", fade(glow(size, sun, (900, 620)), 0.75))
    sky = shine(sky, "#fff3d6", glow(size, sun, (150, 150), 0.9))
    return ridges(sky, rng, 8, 0.44, 1.02, "#e9c3a0", "#1b2733", "#f3cfae", 0.5)


def blue_hour(size: Size, rng: Random) -> Image.Image:
    sky = gradient(size, (0, "#27405f"), (0.3, "#6d8caf"), (0.48, "#c6d3df"), (1, "#c6d3df"))
    return ridges(sky, rng, 9, 0.36, 1.0, "#a9bfd4", "#0d1a2b", "#bfd0e0", 0.56)


def moonrise(size: Size, rng: Random) -> Image.Image:
    width, height = size
    sky = gradient(size, (0, "#141a33"), (0.3, "#3b3f66"), (0.52, "#a07a93"), (0.64, "#e0a99a"))
    sky = stars(sky, rng, 240, 0.3)
    moon = (width * 0.32, height * 0.33)
    sky = shine(sky, "#ffdcc0", fade(glow(size, moon, (560, 560), 1.6), 0.42))
    radius = height * 0.075
    disc = drawn(size, lambda pen: pen.ellipse(circle(moon, radius), fill=255))
    seas = curve(noise(rng, size, (26, 20), 4), 0.35, 0.8)
    sky = cover(sky, "#fff0dc", disc)
    sky = cover(sky, "#d9bfae", multiply(disc, fade(seas, 0.55)))
    return ridges(sky, rng, 6, 0.58, 1.02, "#b98796", "#12131f", "#c99a9f", 0.6)


def forest_in_mist(size: Size, rng: Random) -> Image.Image:
    height = size[1]
    image = gradient(size, (0, "#c9d0cf"), (0.5, "#e2e4de"), (1, "#c3cac6"))
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        ground = height * (0.4 + 0.62 * near)
        slope = [
            ground + value * height * 0.09 for value in outline(rng, POINTS, 1.6 + near, 4, 0.4)
        ]
        tall = height * (0.07 + 0.26 * near**1.3)
        trees = firs(size, slope, rng, tall, spacing=tall * 0.2)
        dark = mix("#a9b5b1", "#16231f", near**1.1)
        image = cover(image, dark, trees)
        mist = noise(rng, size, (5, 4), 5)
        bank = ramp(
            size,
            (0, 0),
            (max(0.0, ground / height - 0.22), 0),
            (min(1.0, ground / height + 0.06), 0.95 - 0.55 * near),
            (1, 0.95 - 0.55 * near),
        )
        image = cover(image, "#dfe3de", multiply(curve(mist, 0.2, 0.75), bank))
    return image


def snow_peaks(size: Size, rng: Random) -> Image.Image:
    height = size[1]
    sky = gradient(size, (0, "#4f78a8"), (0.5, "#b9cfe2"), (1, "#e8eef2"))
    haze = fade(curve(noise(rng, size, (3, 6), 6), 0.45, 0.85), 0.6)
    sky = cover(sky, "#f3f5f7", haze)
    heights = relief(rng, 560, 210, (5, 4), 6, 0.45, 0.09)
    heights = [[max(value, 0) ** 1.5 for value in row] for row in heights]
    view = View(0.58, 1.15, 0.5, 0.22, 1.4, (14, 9))
    stops = [(0, "#2c3c54"), (0.25, "#56708f"), (0.5, "#a3bbd4"), (0.68, "#f6efe6"), (1, "#fffdf8")]
    image = paint_land(sky, heights, view, stops, "#c3d5e6")
    fog = curve(noise(rng, size, (4, 6), 6), 0.2, 0.7)
    valley = ramp(size, (0, 0), (0.5, 0), (0.78, 0.95), (1, 1))
    image = cover(image, "#dfe6ec", multiply(fog, valley))
    image = cover(image, "#dfe6ec", ramp(size, (0, 0), (0.62, 0), (0.92, 0.85), (1, 0.85)))
    slope = [height * (0.93 - 0.05 * value) for value in outline(rng, POINTS, 2, 6, 0.45)]
    image = cover(image, "#8fa3b2", firs(size, slope, rng, height * 0.06, height * 0.012))
    slope = [height * (1.0 - 0.07 * value) for value in outline(rng, POINTS, 1.5, 6, 0.45)]
    return cover(image, "#22303c", firs(size, slope, rng, height * 0.11, height * 0.02))


def ridges(
    sky: Image.Image,
    rng: Random,
    count: int,
    first: float,
    last: float,
    far_color: str,
    near_color: str,
    mist_color: str,
    roughness: float,
) -> Image.Image:
    """Mountain behind mountain, each paler than the one before it, with mist in the valleys."""
    size = sky.size
    height = size[1]
    image = sky
    for layer in range(count):
        near = layer / (count - 1)
        base = height * (first + (last - first) * near**1.25 - 0.05)
        rise = height * (0.045 + 0.075 * near)
        bumps = 6 - 3.6 * near
        line = [base - value * rise for value in outline(rng, POINTS, bumps, 8, roughness)]
        top = mix(color(far_color), color(near_color), near**1.15)
        foot = mix(top, color(mist_color), 0.75 - 0.6 * near)
        start = max(0.0, (base - rise) / height)
        paint = gradient(size, (start, top), (min(1.0, start + 0.16 + 0.14 * near), foot))
        mask = below(size, line)
        if layer == count - 1:
            trees = firs(size, line, rng, height * 0.055, spacing=height * 0.011)
            image = cover(image, paint, trees)
        image = cover(image, paint, mask)
        if layer < count - 1:
            mist = curve(noise(rng, size, (4, 7), 5), 0.3, 0.8)
            bank = ramp(size, (start, 0), (min(0.98, start + 0.17), 0.7 - 0.4 * near), (1, 0))
            image = cover(image, mist_color, multiply(mist, bank, mask))
    return image


def firs(size: Size, slope: Line, rng: Random, tall: float, spacing: float) -> Image.Image:
    """A mask of a fir forest standing on a slope, and of the ground below it."""
    width, height = size

    def plant(pen: ImageDraw.ImageDraw) -> None:
        x = -tall
        while x < width + tall:
            ground = slope[min(max(round(x / width * (len(slope) - 1)), 0), len(slope) - 1)]
            pen.polygon(_fir(rng, x * 2, ground * 2 + tall * 0.3, tall * 2), fill=255)
            x += spacing * rng.uniform(0.35, 1.9)
        step = width * 2 / (len(slope) - 1)
        edge = [(index * step, y * 2 + tall * 0.1) for index, y in enumerate(slope)]
        pen.polygon([(0, height * 2 + 2), *edge, (width * 2, height * 2 + 2)], fill=255)

    return drawn(size, plant)


def _fir(rng: Random, x: float, ground: float, tall: float) -> Sequence[tuple[float, float]]:
    tall *= rng.choice((0.45, 0.6, 0.75, 0.85, 1.0)) * rng.uniform(0.8, 1.1)
    spread = tall * rng.uniform(0.13, 0.2)
    lean = tall * rng.uniform(-0.015, 0.015)
    tiers = 11
    left, right = [], []
    for tier in range(1, tiers + 1):
        y = ground - tall * (1 - tier / tiers)
        reach = spread * (tier / tiers) ** 0.85
        middle = x + lean * (1 - tier / tiers)
        for side, sign in ((left, -1), (right, 1)):
            out = reach * rng.uniform(0.75, 1.15)
            side.append((middle + sign * out, y + tall * 0.012))
            side.append((middle + sign * out * rng.uniform(0.35, 0.55), y))
    return [(x + lean, ground - tall * 1.04), *right, *reversed(left)]
