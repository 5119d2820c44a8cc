"""Dunes, and the beach from above."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Size,
    below,
    cover,
    curve,
    fade,
    gradient,
    multiply,
    noise,
    outline,
)
from example_site.portfolio.pictures.terrain import View, paint_land, relief

#: How far down the water's edges lie, with the color and the opacity of the water above them.
TIDE = (
    (0.7, "#b79c78", 0.55),
    (0.6, "#9db8a8", 0.55),
    (0.47, "#5fa3a3", 0.75),
    (0.3, "#2f7f8d", 0.8),
    (0.1, "#175a70", 0.9),
)


def dunes(size: Size, rng: Random) -> Image.Image:
    sky = gradient(size, (0, "#7e9cb5"), (0.3, "#c9c8bd"), (0.42, "#ecd9b8"), (1, "#ecd9b8"))
    heights = relief(rng, 480, 320, (4, 5), 3, 0.22, 0.05)
    view = View(0.36, 1.3, 0.12, 0.3, 1.9, (32, 13))
    stops = [(0, "#5a3424"), (0.3, "#9a5f3a"), (0.5, "#cf9458"), (0.75, "#eebd7e"), (1, "#ffe0ab")]
    return paint_land(sky, heights, view, stops, "#e6cba2")


def dunes_at_dusk(size: Size, rng: Random) -> Image.Image:
    sky = gradient(size, (0, "#2f3357"), (0.25, "#7a6286"), (0.42, "#d99a8c"), (1, "#d99a8c"))
    heights = relief(rng, 440, 340, (3, 5), 3, 0.2, 0.05)
    view = View(0.4, 1.25, 0.1, 0.24, 1.8, (-36, 9))
    stops = [(0, "#2b1f33"), (0.35, "#5a3a4a"), (0.55, "#a0655a"), (0.8, "#d99a78"), (1, "#f6c79c")]
    return paint_land(sky, heights, view, stops, "#c98d88")


def tide_from_above(size: Size, rng: Random) -> Image.Image:
    height = size[1]
    image = gradient(size, (0, "#d9bd94"), (1, "#e6cfa9"))
    image = cover(image, "#c2a177", fade(curve(noise(rng, size, (8, 30), 5), 0.45, 0.8), 0.5))
    for edge, water, opacity in TIDE:
        swash = enumerate(outline(rng, 800, 2.2, 6, 0.42))
        line = [height * (edge + 0.05 * value + 0.09 * (x / 800 - 0.5)) for x, value in swash]
        sea = ImageChops.invert(below(size, line))
        shallow = sea.filter(ImageFilter.GaussianBlur(3 if edge > 0.55 else 26))
        image = cover(image, water, fade(shallow, opacity))
        lace = curve(noise(rng, size, (28, 28), 4), 0.36, 0.62)
        trail = _foam_trail(sea, round(height * 0.05))
        image = cover(image, "#f6f4ea", multiply(lace, fade(trail, 0.9)))
        rim = _foam_trail(sea, round(height * 0.008))
        image = cover(image, "#fffdf5", fade(rim, 0.95))
    return image


def _foam_trail(sea: Image.Image, depth: int) -> Image.Image:
    """A mask of the water's edge, fading out towards the sea."""
    inland = ImageChops.invert(sea).resize((sea.width // 4, sea.height // 4))
    near = inland.filter(ImageFilter.BoxBlur(depth / 4)).resize(sea.size)
    return multiply(curve(near, 0.02, 0.5, 1.5), sea)
