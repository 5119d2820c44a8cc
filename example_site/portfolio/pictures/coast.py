"""The sea, its light and its weather."""

from __future__ import annotations

from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from example_site.portfolio.pictures.darkroom import (
    Size,
    below,
    circle,
    cover,
    curve,
    drawn,
    fade,
    glow,
    gradient,
    multiply,
    noise,
    outline,
    ramp,
    receding,
    shape,
    shine,
    stack,
)
from example_site.portfolio.pictures.skies import clouds, stars

#: The lighthouse's shaft, gallery, lantern room and pane, as shares of the picture.
TOWER = (
    (((0.648, 0.47), (0.642, 0.73), (0.678, 0.73), (0.672, 0.47)), "#0b0e16"),
    (((0.643, 0.47), (0.643, 0.462), (0.677, 0.462), (0.677, 0.47)), "#0b0e16"),
    (((0.651, 0.464), (0.651, 0.43), (0.66, 0.412), (0.669, 0.43), (0.669, 0.464)), "#0b0e16"),
    (((0.653, 0.458), (0.653, 0.434), (0.667, 0.434), (0.667, 0.458)), "#fff0c4"),
)


def last_light(size: Size, rng: Random) -> Image.Image:
    width, height = size
    horizon = round(height * 0.56)
    sun = (width * 0.4, horizon - height * 0.055)
    sky = gradient(
        (width, horizon), (0, "#37436b"), (0.4, "#8d6a86"), (0.72, "#e08d6c"), (1, "#ffc97d")
    )
    sky = clouds(sky, rng, lit="#ffb37a", shaded="#5b4a6b", amount=0.5)
    sky = shine(sky, "#ff9a4d", fade(glow(sky.size, sun, (900, 480)), 0.8))
    sky = shine(sky, "#fff1c9", glow(sky.size, sun, (210, 170), 1.6))
    disc = drawn(sky.size, lambda pen: pen.ellipse(circle(sun, height * 0.028), fill=255))
    sky = cover(sky, "#fffbe8", disc)
    water = gradient(
        (width, height - horizon),
        (0, "#e9a673"),
        (0.12, "#a66d74"),
        (0.5, "#4d4666"),
        (1, "#1d2340"),
    )
    water = waves(water, rng, crest="#f2b48a", trough="#141a33", strength=0.5)
    path = glow(water.size, (sun[0], 0), (330, round(water.height * 1.5)), 1.1)
    water = shine(water, "#ffd9a0", multiply(glitter(water.size, rng, 0.52), path))
    return stack(sky, water)


def long_exposure(size: Size, rng: Random) -> Image.Image:
    width, height = size
    horizon = round(height * 0.5)
    sky = gradient((width, horizon), (0, "#8b979d"), (0.7, "#c9cfcf"), (1, "#e6e5df"))
    streaks = curve(noise(rng, sky.size, (2, 9), 5), 0.35, 0.8)
    sky = cover(sky, "#eceae4", fade(streaks, 0.6))
    water = gradient((width, height - horizon), (0, "#dcdcd7"), (0.3, "#b9c1c2"), (1, "#7d8a90"))
    silk = curve(noise(rng, water.size, (3, 16), 4), 0.3, 0.8)
    water = cover(water, "#e4e5e1", multiply(silk, ramp(water.size, (0, 0.3), (1, 0.5))))
    image = stack(sky, water)
    seam = ramp(size, (0, 0), (0.47, 0), (0.5, 0.8), (0.53, 0), (1, 0))
    image = cover(image, "#e9e8e2", seam)
    posts = Image.new("L", (width * 2, height * 2))
    mirrored = Image.new("L", (width * 2, height * 2))
    pen, below_water = ImageDraw.Draw(posts), ImageDraw.Draw(mirrored)
    for number in range(9):
        near = (number / 8) ** 1.7
        x = width * (1.26 - 0.66 * near)
        foot = height * (1.12 + 0.44 * near)
        thick = width * (0.004 + 0.011 * near)
        tall = height * (0.045 + 0.2 * near) * rng.uniform(0.86, 1.05)
        pen.rectangle((x - thick, foot - tall, x + thick, foot), fill=255)
        below_water.rectangle((x - thick, foot, x + thick, foot + tall * 0.9), fill=150)
    reflection = mirrored.reduce(2).filter(ImageFilter.GaussianBlur(6))
    image = cover(image, "#59656b", fade(reflection, 0.8))
    return cover(image, "#23282b", posts.reduce(2))


def storm_front(size: Size, rng: Random) -> Image.Image:
    width, height = size
    horizon = round(height * 0.72)
    sky = gradient(
        (width, horizon), (0, "#232a33"), (0.6, "#4a5661"), (0.86, "#8f9a98"), (1, "#e3d9b8")
    )
    front = ramp(sky.size, (0, 1), (0.5, 0.9), (0.8, 0.35), (0.93, 0))
    high = noise(rng, (width, horizon), (9, 9), 7)
    sweep = receding(high.transpose(Image.Transpose.FLIP_TOP_BOTTOM), sky.size, 0.16)
    sweep = sweep.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    sky = cover(sky, "#7d8890", fade(multiply(curve(sweep, 0.45, 0.75), front), 0.75))
    gaps = curve(ImageChops.invert(sweep), 0.42, 0.75)
    sky = cover(sky, "#12161c", fade(multiply(gaps, front), 0.85))
    rain = noise(rng, (width * 2, horizon), (9, 1), 5).rotate(-14, Image.Resampling.BILINEAR)
    rain = rain.crop((width // 2, 0, width // 2 + width, horizon))
    curtain = ramp(sky.size, (0, 0), (0.5, 0), (0.78, 0.6), (1, 0.4))
    sky = cover(sky, "#3a444d", multiply(curve(rain, 0.42, 0.95), curtain))
    sky = shine(sky, "#ffe9b5", fade(glow(sky.size, (width * 0.7, horizon), (700, 130), 1.4), 0.7))
    water = gradient((width, height - horizon), (0, "#98a097"), (0.1, "#5a686d"), (1, "#141c22"))
    water = waves(water, rng, crest="#93a5a8", trough="#0c1216", strength=0.85)
    shine_path = glow(water.size, (width * 0.7, 0), (620, round(water.height * 1.1)), 1.2)
    water = shine(water, "#ffeec4", multiply(glitter(water.size, rng, 0.55), shine_path))
    return stack(sky, water)


def lighthouse(size: Size, rng: Random) -> Image.Image:
    width, height = size
    horizon = round(height * 0.74)
    sky = gradient(
        (width, horizon), (0, "#0f1a38"), (0.5, "#2b4572"), (0.8, "#7c88a6"), (1, "#e7b79a")
    )
    sky = stars(sky, rng, 700, 0.8)
    sky = clouds(sky, rng, lit="#c89a9a", shaded="#2b3a5c", amount=0.25)
    water = gradient((width, height - horizon), (0, "#c99f93"), (0.2, "#6b7390"), (1, "#14203f"))
    water = waves(water, rng, crest="#c7a9a2", trough="#101a35", strength=0.6)
    image = stack(sky, water)
    lamp = (width * 0.66, height * 0.445)
    beam = shape(size, [lamp, (-60, height * 0.2), (-60, height * 0.36)])
    beam = beam.filter(ImageFilter.GaussianBlur(14))
    fading = curve(Image.linear_gradient("L").rotate(90).resize(size), 0.0, 0.75, 1.3)
    image = shine(image, "#ffe2ad", fade(multiply(beam, fading), 0.6))
    rock = [
        height * (1.0 - 0.285 * _rock_rise(index / 400) - 0.018 * value)
        for index, value in enumerate(outline(rng, 401, 11, 6, 0.6))
    ]
    image = cover(image, "#10131d", below(size, rock))
    for part, tone in TOWER:
        image = cover(image, tone, shape(size, [(x * width, y * height) for x, y in part]))
    return shine(image, "#ffcf85", fade(glow(size, lamp, (220, 220), 1.6), 0.9))


def _rock_rise(place: float) -> float:
    """A headland: out of the water at the left, steep, then flat."""
    climb = min(max((place - 0.3) / 0.3, 0), 1)
    return climb * climb * (3 - 2 * climb) - 0.14 * max(place - 0.72, 0) / 0.28


def waves(water: Image.Image, rng: Random, crest: str, trough: str, strength: float) -> Image.Image:
    width, height = water.size
    swell = receding(noise(rng, (width, height * 2), (10, 44), 5), water.size)
    light = multiply(curve(swell, 0.52, 0.82), ramp(water.size, (0, 0.3), (0.4, 0.8), (1, 0.55)))
    dark = curve(ImageChops.invert(swell), 0.5, 0.8)
    water = cover(water, trough, fade(dark, strength))
    return cover(water, crest, fade(light, strength))


def glitter(size: Size, rng: Random, threshold: float) -> Image.Image:
    """Where waves throw the sun back."""
    width, height = size
    facets = receding(noise(rng, (width * 2, height * 3), (120, 260), 3), size)
    return curve(facets, threshold, threshold + 0.2).filter(ImageFilter.GaussianBlur(0.8))
