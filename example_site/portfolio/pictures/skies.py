"""Stars, the Milky Way, and clouds."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

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
    ramp,
    receding,
    shine,
)

POINTS = 1200


def milky_way(size: Size, rng: Random) -> Image.Image:
    height = size[1]
    colors = ((0, "#070b18"), (0.45, "#101d3a"), (0.72, "#2a3d60"), (0.86, "#77757e"))
    image = gradient(size, *colors, (1, "#b08c68"))
    band, heart, dust = _galaxy(size, rng)
    high = ramp(size, (0, 1), (0.6, 1), (0.85, 0.2), (1, 0))
    image = shine(image, "#7c8fd0", multiply(band, high))
    image = shine(image, "#ffcfae", multiply(heart, high))
    image = stars(image, rng, 5000, 0.93, crowd=band)
    image = cover(image, "#0b1022", fade(multiply(dust, high), 0.8))
    image = stars(image, rng, 700, 0.93)
    far = [height * (0.86 + v * 0.03) for v in outline(rng, POINTS, 4, 8, 0.52)]
    near = [height * (0.94 + v * 0.04) for v in outline(rng, POINTS, 2.4, 8, 0.5)]
    image = cover(image, "#1c2233", below(size, far))
    return cover(image, "#07090f", below(size, near))


def _galaxy(size: Size, rng: Random) -> tuple[Image.Image, Image.Image, Image.Image]:
    """
    Masks of the Milky Way's band, its bright heart and its dust lanes, across the picture.

    Drawn at half its size: all of it is soft.
    """
    width, height = size[0] // 2, size[1] // 2
    long = round(math.hypot(width, height))
    square = (long, long)
    left, top = (long - width) // 2, (long - height) // 2

    def band(texture: Image.Image, *stops: tuple[float, float]) -> Image.Image:
        level = multiply(texture, ramp(square, *stops))
        tilted = level.rotate(58, Image.Resampling.BILINEAR)
        return tilted.crop((left, top, left + width, top + height)).resize(size)

    clouds = curve(noise(rng, square, (7, 9), 7), 0.25, 0.8)
    lanes = curve(noise(rng, square, (10, 22), 6), 0.46, 0.66)
    halo = ((0, 0), (0.3, 0.05), (0.42, 0.45), (0.5, 0.85), (0.58, 0.45), (0.7, 0.05), (1, 0))
    return (
        band(clouds, *halo),
        band(clouds, (0, 0), (0.43, 0), (0.5, 1), (0.57, 0), (1, 0)),
        band(lanes, (0, 0), (0.45, 0), (0.51, 1), (0.55, 0), (1, 0)),
    )


def stars(
    image: Image.Image, rng: Random, count: int, horizon: float, crowd: Image.Image | None = None
) -> Image.Image:
    """Stars down to the horizon; where there is a crowd, most of them stand in it."""
    width, height = image.size
    sharp, soft = Image.new("L", image.size), Image.new("L", image.size)
    pen, halo = ImageDraw.Draw(sharp), ImageDraw.Draw(soft)
    for _ in range(count):
        x, y = rng.randrange(width), rng.randrange(round(height * horizon))
        if crowd is not None and crowd.getpixel((x, y)) < rng.randrange(180):
            continue
        brightness = rng.random() ** 3
        radius = 0.5 + 1.2 * brightness
        dot = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(dot, fill=round(90 + 165 * brightness))
        if brightness > 0.6:
            halo.ellipse(dot, fill=255)
    image = shine(image, "#aebfff", soft.filter(ImageFilter.GaussianBlur(4)))
    fading = ramp(image.size, (0, 1), (horizon * 0.7, 0.9), (horizon, 0), (1, 0))
    return shine(image, "#fff8ee", multiply(sharp.filter(ImageFilter.GaussianBlur(0.5)), fading))


def clouds(sky: Image.Image, rng: Random, lit: str, shaded: str, amount: float) -> Image.Image:
    """Clouds that draw together towards the horizon, lit from below."""
    width, height = sky.size
    texture = noise(rng, (width, height), (5, 9), 6).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    sheet = receding(texture, sky.size, 0.22).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    body = curve(sheet, 0.62 - amount * 0.25, 0.85)
    above = body.copy()
    above.paste(body, (0, 9))
    edge = curve(ImageChops.subtract(body, above), 0.0, 0.5)
    image = cover(sky, shaded, multiply(body, ramp(sky.size, (0, 0.75), (0.8, 0.5), (1, 0))))
    return cover(image, lit, multiply(edge, ramp(sky.size, (0, 0.5), (0.5, 0.95), (1, 0.6))))
