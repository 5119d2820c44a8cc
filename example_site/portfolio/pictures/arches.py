"""A row of arches."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Point,
    Size,
    cover,
    curve,
    drawn,
    fade,
    gradient,
    mix,
    multiply,
    noise,
    shape,
)

#: How much smaller each arch looks than the one before it.
DEPTH = 0.58
#: Half the width of an arch, and its foot below the vanishing point, as shares of the picture.
HALF, FOOT = 0.31, 0.42


def enfilade(size: Size, rng: Random) -> Image.Image:
    """A row of arches, one behind the other, with the sea at its end."""
    width, height = size
    image = gradient(
        size,
        *((0.45, "#8fc0dc"), (0.55, "#e3efec"), (0.572, "#f1f1e4")),
        *((0.573, "#2b7288"), (0.62, "#58a3aa")),
    )
    vanishing = (width * 0.5, height * 0.57)
    gates = 4
    for gate in reversed(range(gates)):
        image = _room(image, vanishing, DEPTH**gate, 1 - gate / gates)
    face = ImageChops.invert(_arch(size, vanishing, 1))
    image = cover(image, gradient(size, (0, "#6f4237"), (0.5, "#b5714f"), (1, "#c98d62")), face)
    sun = shape(
        size, [(0, height * 0.12), (width * 0.55, -height * 0.12), (width, 0), (0, height * 0.78)]
    )
    sunlit = multiply(sun, face).filter(ImageFilter.GaussianBlur(3))
    image = cover(image, "#efbb86", fade(sunlit, 0.75))
    stains = curve(noise(rng, size, (9, 14), 7), 0.4, 0.9)
    return cover(image, "#4a2b28", fade(multiply(stains, face), 0.22))


def _room(image: Image.Image, vanishing: Point, scale: float, warmth: float) -> Image.Image:
    """What is seen through an arch up to the next one: vault, walls, floor, and the sun on them."""
    size = width, height = image.size

    def area(*corners: tuple[float, float, float]) -> Image.Image:
        points = []
        for x, y, depth in corners:
            share = scale * DEPTH**depth
            points.append((vanishing[0] + x * width * share, vanishing[1] + y * height * share))
        return multiply(shape(size, points), room)

    room = ImageChops.subtract(_arch(size, vanishing, scale), _arch(size, vanishing, scale * DEPTH))
    left = area((0, -1, 0), (0, 1, 0), (-1, 1, 0), (-1, -1, 0))
    floor = area((-HALF, FOOT, 1), (HALF, FOOT, 1), (HALF, FOOT, 0), (-HALF, FOOT, 0))
    patch = area((-0.3, FOOT, 0.5), (0.12, FOOT, 0.5), (HALF, FOOT, 0.14), (-0.16, FOOT, 0.14))
    ray = area((HALF, FOOT, 0.14), (HALF, FOOT, 0.45), (HALF, -0.1, 0.45), (HALF, -0.02, 0.14))
    image = cover(image, mix("#9a6650", "#c98d66", warmth), room)
    image = cover(image, mix("#5b3a38", "#7d4a3c", warmth), left)
    image = cover(image, mix("#8f6f5c", "#b98f6c", warmth), floor)
    image = cover(image, "#ffe3b0", patch.filter(ImageFilter.GaussianBlur(1 + 2 * scale)))
    return cover(image, "#f2bd8a", fade(ray, 0.85))


def _arch(size: Size, vanishing: Point, scale: float) -> Image.Image:
    width, height = size
    half = HALF * width * scale
    spring = vanishing[1] - 0.2 * height * scale
    foot = vanishing[1] + FOOT * height * scale

    def draw(pen: ImageDraw.ImageDraw) -> None:
        left, right = (vanishing[0] - half) * 2, (vanishing[0] + half) * 2
        pen.rectangle((left, spring * 2, right, foot * 2), fill=255)
        pen.ellipse((left, (spring - half) * 2, right, (spring + half) * 2), fill=255)

    return drawn(size, draw)
