"""A city across the water."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageDraw, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Size,
    circle,
    cover,
    curve,
    drawn,
    fade,
    glow,
    gradient,
    mix,
    multiply,
    noise,
    ramp,
    shine,
    stack,
)


def skyline_in_haze(size: Size, rng: Random) -> Image.Image:
    width, height = size
    shore = round(height * 0.74)
    image = gradient(
        (width, shore), (0, "#8fa3b5"), (0.45, "#e3c3ad"), (0.8, "#f6d3a4"), (1, "#f3cfa5")
    )
    sun = (width * 0.24, height * 0.34)
    image = shine(image, "#ffb47a", fade(glow(image.size, sun, (700, 520), 1.6), 0.6))
    disc = drawn(image.size, lambda pen: pen.ellipse(circle(sun, height * 0.07), fill=255))
    image = cover(image, "#fff3dc", disc)
    layers = 6
    for layer in range(layers):
        near = layer / (layers - 1)
        towers, windows = _towers((width, shore), rng, near)
        tone = mix("#d3ab98", "#283246", near**1.1)
        foot = mix(tone, "#f3cfa5", 0.65 - 0.45 * near)
        paint = gradient((width, shore), (0.2, tone), (1, foot))
        image = cover(image, paint, towers)
        image = cover(image, "#ffdf9f", fade(windows, 0.15 + 0.7 * near))
        if layer < layers - 1:
            haze = curve(noise(rng, image.size, (4, 5), 5), 0.25, 0.8)
            bank = ramp(image.size, (0, 0), (0.45, 0), (1, 0.85 - 0.4 * near))
            image = cover(image, "#f6d6b0", multiply(haze, bank))
    return _mirrored(image, height - shore, rng)


def _mirrored(image: Image.Image, depth: int, rng: Random) -> Image.Image:
    """The picture above still water."""
    width = image.width
    mirror = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM).crop((0, 0, width, depth))
    mirror = mirror.resize((width, depth // 10)).resize((width, depth))
    mirror = mirror.filter(ImageFilter.BoxBlur(5))
    mirror = cover(mirror, "#33415a", ramp(mirror.size, (0, 0.25), (1, 0.8)))
    ripples = curve(noise(rng, mirror.size, (6, 60), 4), 0.5, 0.85)
    mirror = cover(mirror, "#f2cfa8", multiply(ripples, ramp(mirror.size, (0, 0.5), (1, 0.2))))
    return stack(image, mirror)


def _towers(size: Size, rng: Random, near: float) -> tuple[Image.Image, Image.Image]:
    """Masks of a row of towers and of their lit windows."""
    width, height = size
    windows = Image.new("L", (width * 2, height * 2))
    light = ImageDraw.Draw(windows)

    def build(pen: ImageDraw.ImageDraw) -> None:
        x = -40.0
        while x < width:
            wide = rng.uniform(45, 110) * (0.55 + 0.75 * near)
            # The towers grow towards the middle of town.
            middle = 1 - abs((x + wide / 2) / width - (0.62 - 0.2 * near)) * 1.3
            rise = max(0.05, middle) * rng.uniform(0.1, 0.52) * (1.05 - 0.25 * near)
            top = height * (0.88 - rise)
            _block(pen, x, top, x + wide, height)
            crown = rng.random()
            if crown < 0.35:
                step = wide * 0.22
                _block(pen, x + step, top - step, x + wide - step, top)
            if crown < 0.16:
                mast = x + wide / 2
                _block(pen, mast - 1, top - wide * 0.9, mast + 1, top)
            if near > 0.4:
                _light_windows(light, rng, x, top, wide, height)
            x += wide * rng.uniform(0.7, 1.25)

    return drawn(size, build), windows.reduce(2)


def _block(pen: ImageDraw.ImageDraw, left: float, top: float, right: float, bottom: float) -> None:
    pen.rectangle((left * 2, top * 2, right * 2, bottom * 2), fill=255)


def _light_windows(
    pen: ImageDraw.ImageDraw, rng: Random, x: float, top: float, wide: float, ground: float
) -> None:
    pane, gap = wide / 16, wide / 12
    y = top + gap
    while y < ground - gap * 2:
        for column in range(10):
            if rng.random() < 0.12:
                left = x + gap * (column + 1.05)
                _block(pen, left, y, left + pane, y + pane * 1.3)
        y += gap * 2
