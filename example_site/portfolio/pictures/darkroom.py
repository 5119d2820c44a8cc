"""The tools all scenes share: light, noise, outlines, and the finish of a print."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

Size = tuple[int, int]
Color = tuple[int, int, int]
Tone = str | Color
Line = Sequence[float]
Point = tuple[float, float]
Frame = tuple[float, float, float, float]


def color(tone: Tone) -> Color:
    if isinstance(tone, str):
        red, green, blue = ImageColor.getrgb(tone)[:3]
        return red, green, blue
    return tone


def mix(first: Tone, second: Tone, share: float) -> Color:
    """The first color with a share (0 to 1) of the second in it."""
    pairs = zip(color(first), color(second), strict=True)
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return red, green, blue


def color_at(stops: Sequence[tuple[float, Tone]], place: float) -> Color:
    before = stops[0]
    for after in stops:
        if place <= after[0]:
            span = after[0] - before[0]
            return mix(before[1], after[1], (place - before[0]) / span if span else 1)
        before = after
    return color(before[1])


def gradient(size: Size, *stops: tuple[float, Tone]) -> Image.Image:
    """Colors from top (0) to bottom (1)."""
    height = size[1]
    column = b"".join(bytes(color_at(stops, y / max(height - 1, 1))) for y in range(height))
    return Image.frombytes("RGB", (1, height), column).resize(size)


def ramp(size: Size, *stops: tuple[float, float]) -> Image.Image:
    """A mask from top (0) to bottom (1); each stop is a place and an opacity from 0 to 1."""
    grays = [(place, (round(opacity * 255),) * 3) for place, opacity in stops]
    return gradient(size, *grays).getchannel("R")


def noise(rng: Random, size: Size, cells: Size, octaves: int = 5) -> Image.Image:
    """Clouds: random cells, smoothed, with finer and fainter ones on top."""
    result = Image.new("L", size, 128)
    total, weight = 0.0, 1.0
    columns, rows = cells
    for _ in range(octaves):
        grid = (min(columns, size[0]), min(rows, size[1]))
        layer = Image.frombytes("L", grid, rng.randbytes(grid[0] * grid[1]))
        total += weight
        result = Image.blend(result, layer.resize(size, Image.Resampling.BICUBIC), weight / total)
        weight /= 2
        columns, rows = columns * 2, rows * 2
    return result


def curve(mask: Image.Image, low: float, high: float, power: float = 1.0) -> Image.Image:
    """Stretch a mask: black up to ``low``, white from ``high`` (0 to 1)."""

    def stretched(value: int) -> int:
        share = (value / 255 - low) / (high - low)
        return round(255 * min(max(share, 0), 1) ** power)

    return mask.point([stretched(value) for value in range(256)])


def fade(mask: Image.Image, share: float) -> Image.Image:
    return mask.point([round(value * share) for value in range(256)])


def multiply(*masks: Image.Image) -> Image.Image:
    result = masks[0]
    for mask in masks[1:]:
        result = ImageChops.multiply(result, mask)
    return result


def outline(
    rng: Random, points: int, bumps: float, octaves: int = 7, roughness: float = 0.5
) -> list[float]:
    """A rolling line between about -1 and 1; rougher lines look like rock, smoother like hills."""
    line = [0.0] * points
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        knots = [rng.uniform(-1, 1) for _ in range(math.ceil(bumps) + 2)]
        for x in range(points):
            place = x / points * bumps
            left = int(place)
            share = place - left
            share = share * share * (3 - 2 * share)
            line[x] += weight * (knots[left] + (knots[left + 1] - knots[left]) * share)
        total += weight
        weight *= roughness
        bumps *= 2
    return [value / total * 1.6 for value in line]


def below(size: Size, line: Line) -> Image.Image:
    """A mask of what lies below a line of heights, given in pixels from the top."""
    width, height = size
    step = width * 2 / (len(line) - 1)
    points = [(index * step, y * 2) for index, y in enumerate(line)]
    return shape(size, [(0, height * 2 + 2), *points, (width * 2, height * 2 + 2)], scale=1)


def shape(size: Size, points: Sequence[Point], scale: int = 2) -> Image.Image:
    """A mask of a polygon with smooth edges."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in points], fill=255)
    return mask.reduce(2)


def drawn(size: Size, draw: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    """A mask drawn with smooth edges. The pen works at twice the size."""
    mask = Image.new("L", (size[0] * 2, size[1] * 2))
    draw(ImageDraw.Draw(mask))
    return mask.reduce(2)


def circle(center: Point, radius: float) -> Frame:
    """Where to draw a circle with the pen of :func:`drawn`."""
    x, y = center
    return (x - radius) * 2, (y - radius) * 2, (x + radius) * 2, (y + radius) * 2


def glow(size: Size, center: Point, radius: Size, power: float = 2.0) -> Image.Image:
    """A mask of a light that fades with its distance."""
    light = ImageChops.invert(Image.radial_gradient("L").resize((radius[0] * 2, radius[1] * 2)))
    mask = Image.new("L", size)
    mask.paste(light, (round(center[0]) - radius[0], round(center[1]) - radius[1]))
    # The gradient reaches its edge in the corners: what is left at the sides must be cut off.
    return curve(mask, 0.3, 1, power)


def shine(image: Image.Image, light: Tone, mask: Image.Image) -> Image.Image:
    """Add light where the mask is."""
    added = Image.new("RGB", image.size)
    added.paste(color(light), mask=mask)
    return ImageChops.screen(image, added)


def cover(image: Image.Image, paint: Tone | Image.Image, mask: Image.Image) -> Image.Image:
    """Lay a color or another picture over the image where the mask is."""
    result = image.copy()
    result.paste(paint if isinstance(paint, Image.Image) else color(paint), mask=mask)
    return result


def receding(texture: Image.Image, size: Size, closeness: float = 0.06) -> Image.Image:
    """
    Lay a texture on the ground: its top edge on the horizon, its rows closer together up there.

    :param closeness: How much of the height the horizon is away from the eye.
    """
    width, height = size
    near = closeness * height
    middle = texture.width / 2
    spread = texture.width / width
    coefficients = (
        *(spread, middle / near, middle - spread * width / 2),
        *(0, 0, texture.height - 1),
        *(0, 1 / near),
    )
    return texture.transform(
        size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
    )


def stack(upper: Image.Image, lower: Image.Image) -> Image.Image:
    """One picture above the other."""
    image = Image.new("RGB", (upper.width, upper.height + lower.height))
    image.paste(upper, (0, 0))
    image.paste(lower, (0, upper.height))
    return image


def develop(image: Image.Image, rng: Random, grain: int = 6) -> Image.Image:
    """The print: darker corners, and grain, which hides the steps of the gradients."""
    width, height = image.size
    corners = curve(Image.radial_gradient("L").resize(image.size), 0.45, 1.15, 1.6)
    image = cover(image, "#000000", fade(corners, 0.36))
    film = Image.frombytes("L", image.size, rng.randbytes(width * height))
    film = film.filter(ImageFilter.GaussianBlur(0.7))
    film = film.point([round(128 + (value - 128) * grain / 64) for value in range(256)])
    return ImageChops.add(image, Image.merge("RGB", (film, film, film)), offset=-128)
