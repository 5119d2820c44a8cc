"""The fronts of houses: balconies by day, windows by night."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Frame,
    Size,
    below,
    color,
    cover,
    curve,
    fade,
    gradient,
    mix,
    multiply,
    noise,
    ramp,
)

WARM = ("#ffcf87", "#ffb765", "#ffe0ae", "#f7a650", "#ffd9b8", "#e8f0ff")


def balconies(size: Size, rng: Random) -> Image.Image:
    height = size[1]
    image = gradient(size, (0, "#1f5fa6"), (1, "#6aa7d8"))
    floors = 11
    phase = rng.uniform(0, math.tau)
    for floor in range(floors):
        share = floor / (floors - 1)
        wave = _balcony_wave(phase, share)
        top = height * (0.1 + 1.0 * share**1.12)
        depth = height * (0.05 + 0.07 * share)
        line = [top - w * depth for w in wave]
        slab = height * (0.022 + 0.02 * share)
        body = below(size, line)
        soffit = below(size, [y + slab for y in line])
        room = below(size, [y + slab * 2.6 for y in line])
        side = Image.frombytes("L", (len(wave), 1), bytes(_side_light(wave))).resize(size)
        face = Image.new("RGB", size, "#c9cdd2")
        face = cover(face, "#fffdf6", side)
        image = cover(image, face, body)
        image = cover(image, "#5f6d80", soffit)
        image = cover(image, "#25354a", room.filter(ImageFilter.GaussianBlur(height * 0.008)))
        glass = ramp(size, (max(0, top / height), 0), (min(1, top / height + 0.12), 0.55))
        image = cover(image, "#8fb4d2", multiply(room, glass, fade(side, 0.6)))
    return image


def _balcony_wave(phase: float, share: float) -> list[float]:
    return [
        math.sin(x / 400 * 7.5 + phase + share * 1.8) + 0.35 * math.sin(x / 400 * 17 - share * 3)
        for x in range(401)
    ]


def _side_light(wave: list[float]) -> list[int]:
    """How much sun, which stands at the left, falls on each part of a waving front."""
    slopes = [after - before for before, after in pairwise(wave)]
    steepest = max(abs(slope) for slope in slopes)
    return [round(127.5 * (1 + slope / steepest)) for slope in [*slopes, slopes[-1]]]


def night_windows(size: Size, rng: Random) -> Image.Image:
    width, height = size
    large = (width * 3 // 2, height * 3 // 2)
    image = gradient(large, (0, "#1b2436"), (1, "#10151f"))
    pen = ImageDraw.Draw(image)
    columns, rows = 9, 13
    cell = (large[0] / columns, large[1] / rows)
    lights = Image.new("RGB", large)
    light_pen = ImageDraw.Draw(lights)
    for row in range(rows):
        pen.rectangle((0, row * cell[1], large[0], row * cell[1] + cell[1] * 0.09), fill="#242f44")
        for column in range(columns):
            left, top = column * cell[0] + cell[0] * 0.17, row * cell[1] + cell[1] * 0.24
            right, bottom = left + cell[0] * 0.66, top + cell[1] * 0.6
            draw = _lit_window if rng.random() < 0.34 else _dark_window
            draw(pen, light_pen, rng, (left, top, right, bottom))
            pen.line((left, bottom + 3, right, bottom + 3), fill="#3a475e", width=5)
    bloom = lights.reduce(4).filter(ImageFilter.GaussianBlur(16)).resize(large)
    image = ImageChops.screen(image, bloom.point([round(v * 0.45) for v in range(256)] * 3))
    corners = ((0.05, 0), (0, 1), (1, 0.93), (0.93, 0.05))
    quad = [edge * share for corner in corners for edge, share in zip(large, corner, strict=True)]
    image = image.transform(size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    soot = curve(noise(rng, size, (14, 18), 6), 0.45, 0.85)
    return cover(image, "#05070c", fade(soot, 0.35))


def _lit_window(
    pen: ImageDraw.ImageDraw, light_pen: ImageDraw.ImageDraw, rng: Random, frame: Frame
) -> None:
    left, top, right, bottom = frame
    tone = color(rng.choice(WARM))
    tall, wide = bottom - top, right - left
    for step in range(24):
        share = step / 24
        y = top + tall * share
        pen.rectangle((left, y, right, y + tall / 24 + 1), fill=mix(tone, "#7a3f1c", share * 0.55))
    blind = rng.choice((0, 0, 0.25, 0.45, 0.7))
    if blind:
        pen.rectangle((left, top, right, top + tall * blind), fill=mix(tone, "#fff6e2", 0.45))
        for line in range(1, round(blind * 20)):
            y = top + tall * line / 20
            pen.line((left, y, right, y), fill=mix(tone, "#8a5a30", 0.4), width=2)
    else:
        fold = wide * rng.uniform(0.08, 0.24)
        drape = mix(tone, "#6b3a22", 0.5)
        pen.rectangle((left, top, left + fold, bottom), fill=drape)
        pen.rectangle((right - fold, top, right, bottom), fill=drape)
        if rng.random() < 0.3:
            x, head = rng.uniform(left + wide * 0.35, right - wide * 0.35), wide * 0.075
            y = bottom - tall * 0.52
            pen.ellipse((x - head, y - head, x + head, y + head * 1.3), fill="#2c1a14")
            shoulders = (x - head * 2.1, y + head * 1.5, x + head * 2.1, bottom)
            pen.rounded_rectangle(shoulders, head, fill="#2c1a14")
    _bars(pen, frame)
    light_pen.rectangle(frame, fill=tone)


def _dark_window(
    pen: ImageDraw.ImageDraw, light_pen: ImageDraw.ImageDraw, rng: Random, frame: Frame
) -> None:
    left, top, right, bottom = frame
    glass = mix("#0c121d", "#3a5070", rng.random() * 0.5)
    tall = bottom - top
    for step in range(16):
        y = top + tall * step / 16
        pen.rectangle((left, y, right, y + tall / 16 + 1), fill=mix(glass, "#070a11", step / 16))
    if rng.random() < 0.3:
        pen.rectangle((left, top, right, top + tall * rng.uniform(0.2, 0.9)), fill="#2a3342")
    _bars(pen, frame)


def _bars(pen: ImageDraw.ImageDraw, frame: Frame) -> None:
    left, top, right, bottom = frame
    pen.rectangle(frame, outline="#0a0d14", width=6)
    middle = (left + right) / 2
    pen.line((middle, top, middle, bottom), fill="#0a0d14", width=6)
