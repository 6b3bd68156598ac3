"""A phone at the back of the room: takes a screenshot as its camera would, and decodes it.

One frame of a 1080p preview, as most scanning apps analyse: seen from ``distance`` metres, tilted
and turned, on a projector whose black is raised by daylight, a little out of focus, with the
noise of a sensor indoors. Everything follows from ``seed``, so a failure can be replayed.

It reads a code down to about 2.1 of its pixels a module, as the cameras of the design's own
measures did: 25 modules on a plate of 60 % of a 2 m picture from 8 m with ease, on a 0.38 m plate
just, nothing from 25 m.
"""

from __future__ import annotations

import io
import math

import numpy
import zxingcpp
from PIL import Image, ImageFilter

#: Pixels and horizontal angle (degrees) of the preview of a phone's main camera.
PREVIEW, ANGLE = 1920, 67.0
#: Light of a "black" pixel of the screen, white = 1: a projector in a room with daylight.
BLACK = 0.2
#: Blur and noise of the sensor, in its own pixels and grey levels.
BLUR, NOISE = 0.75, 7.0
#: Each pixel of the sensor averages this many rays in each direction.
_RAYS = 4


def decode_from_back(png_bytes: bytes, *, distance: float, seed: int, width: float = 2.0) -> list[str]:
    """The texts of the QR codes that one camera frame lets read.

    :param distance: metres from the phone to the screen.
    :param width: metres of the screen's picture: 2.0 for a projector, 1.43 for 65 inches. A
        picture as narrow as the bandeau is a part of it: give that part's width.
    """
    return [code.text for code in zxingcpp.read_barcodes(photograph(png_bytes, distance, seed, width))]


def pixels_across(distance: float, width: float = 2.0) -> float:
    """Pixels of the preview that the picture's width covers, seen from straight ahead."""
    return PREVIEW * width / (2 * distance * math.tan(math.radians(ANGLE / 2)))


def photograph(png_bytes: bytes, distance: float, seed: int, width: float = 2.0) -> Image.Image:
    """The frame, in grey, cut around the screen."""
    random = numpy.random.default_rng(seed)
    scene = Image.open(io.BytesIO(png_bytes)).convert("L")
    across = pixels_across(distance, width)
    high = across * scene.height / scene.width
    corners, frame = _seat(random, across, high, distance / width)
    rays = (frame[0] * _RAYS, frame[1] * _RAYS)
    source = [(0, 0), (scene.width, 0), (scene.width, scene.height), (0, scene.height)]
    seen = _reduced(scene, across * _RAYS)
    ratio = seen.width / scene.width
    mapping = _mapping([(x * _RAYS, y * _RAYS) for x, y in corners], [(x * ratio, y * ratio) for x, y in source])
    warped = seen.transform(rays, Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR, fillcolor=110)
    # Light adds up linearly; a camera then applies its own curve.
    light = (numpy.asarray(warped, dtype=float) / 255) ** 2.2
    light = light.reshape(frame[1], _RAYS, frame[0], _RAYS).mean(axis=(1, 3))
    light = BLACK + (1 - BLACK) * light
    grey = Image.fromarray((255 * light ** (1 / 2.2)).astype("uint8"))
    grey = grey.filter(ImageFilter.GaussianBlur(BLUR * random.uniform(0.8, 1.2)))
    pixels = numpy.asarray(grey, dtype=float)
    shade = numpy.linspace(random.uniform(0.8, 1), random.uniform(0.8, 1), frame[0])
    pixels = pixels * shade + random.normal(0, NOISE, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def _seat(
    random: numpy.random.Generator, across: float, high: float, widths_away: float
) -> tuple[list[tuple[float, float]], tuple[int, int]]:
    """Where the screen's corners fall in the frame, from a seat and a hand drawn at random."""
    yaw, pitch = math.radians(random.uniform(-20, 20)), math.radians(random.uniform(-10, 4))
    roll = math.radians(random.uniform(-6, 6))
    points = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        px, py, depth = x * across / 2, y * high / 2, widths_away * across
        px, pz = px * math.cos(yaw), px * math.sin(yaw)
        py, pz = py * math.cos(pitch) - pz * math.sin(pitch), py * math.sin(pitch) + pz * math.cos(pitch)
        px, py = px * depth / (depth + pz), py * depth / (depth + pz)
        points.append((px * math.cos(roll) - py * math.sin(roll), px * math.sin(roll) + py * math.cos(roll)))
    # The hand never stops on a whole pixel.
    left, top = min(x for x, _ in points) - 12, min(y for _, y in points) - 12
    left, top = left - random.uniform(0, 1), top - random.uniform(0, 1)
    points = [(x - left, y - top) for x, y in points]
    size = (math.ceil(max(x for x, _ in points)) + 12, math.ceil(max(y for _, y in points)) + 12)
    return points, size


def _reduced(scene: Image.Image, across: float) -> Image.Image:
    """The scene brought near the wanted width, so that the warp does not skip pixels."""
    if scene.width <= across:
        return scene
    size = (math.ceil(across), math.ceil(across * scene.height / scene.width))
    return scene.resize(size, Image.Resampling.BOX)


def _mapping(to: list[tuple[float, float]], source: list[tuple[float, float]]) -> list[float]:
    """The eight numbers with which Pillow finds, for each point of the frame, its source."""
    rows, values = [], []
    for (x, y), (u, v) in zip(to, source):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(number) for number in numpy.linalg.solve(numpy.array(rows), numpy.array(values))]
