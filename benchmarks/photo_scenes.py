"""Videos made of photographs: a camera that stands, shakes or moves, and things that cross the picture."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.metrics import Picture
from rfr_video.media.colour import FloatImage

FRAMES = 24

Kind = Literal["still", "local", "jitter", "pan"]
"""Nothing moves; things before a camera that stands; the camera shakes; it moves on."""

_SHARES: tuple[tuple[Kind, float], ...] = (("still", 0.2), ("local", 0.5), ("jitter", 0.75), ("pan", 1.0))
_SHAKE_PX, _PAN_PX = (0.25, 5.0), (4.0, 200.0)
_ZOOM = 0.15
_NOISE = 3.5


@dataclass(frozen=True, eq=False)
class _Thing:
    """A part of a photograph that crosses the picture; places are shares of the picture's sides."""

    picture: Picture
    opacity: FloatImage
    start: tuple[float, float]
    stop: tuple[float, float]


class PhotoScene:
    """A video of :data:`FRAMES` pictures, made of a photograph.

    Args:
        photograph: The ground, uint8 RGB (H, W, 3).
        others: What things are cut out of.
        draw: Draws all; equal states give equal scenes.

    Attributes:
        kind: What moves.
    """

    def __init__(self, photograph: Picture, others: Sequence[Picture], draw: random.Random) -> None:
        self._ground = photograph
        self.height, self.width = photograph.shape[:2]
        share = draw.random()
        self.kind: Kind = next(kind for kind, limit in _SHARES if share < limit)
        self._random = np.random.default_rng(draw.randrange(1 << 30))
        self._path = self._drawn_path(draw)
        self._things = list(self._drawn_things(others, draw))
        self._noise = draw.uniform(0, _NOISE)

    def pictures(self) -> Iterator[Picture]:
        """Yield the pictures, uint8 RGB (H, W, 3)."""
        for number in range(FRAMES):
            picture = self._ground.astype(np.float32)
            if self.kind in ("jitter", "pan"):
                picture = _moved(self._ground, *self._path[number]).astype(np.float32)
            for thing in self._things:
                self._put(thing, picture, number / (FRAMES - 1))
            noise = self._random.normal(size=(self.height, self.width)).astype(np.float32) * self._noise
            yield np.clip(picture + noise[..., None], 0, 255).astype(np.uint8)

    def _drawn_path(self, draw: random.Random) -> NDArray[np.float64]:
        """Return, per picture, how far right and down the ground lies, in pixels, and how much it grows."""
        path = np.tile(np.array([0.0, 0.0, 1.0]), (FRAMES, 1))
        if self.kind not in ("jitter", "pan"):
            return path
        shake = math.exp(draw.uniform(*np.log(_SHAKE_PX)))
        steps = self._random.normal(size=(FRAMES, 2))
        walk = np.cumsum(steps, 0) * 0.5 + steps * 0.5
        walk -= walk.mean(0)
        path[:, :2] += walk / (walk.std() + 1e-6) * shake
        if self.kind == "pan":
            time = np.linspace(-0.5, 0.5, FRAMES)
            angle = draw.uniform(0, 2 * math.pi)
            far = math.exp(draw.uniform(*np.log(_PAN_PX)))
            path[:, 0] += time * far * math.cos(angle)
            path[:, 1] += time * far * math.sin(angle) * 0.5
            path[:, 2] *= np.exp(time * draw.uniform(-_ZOOM, _ZOOM))
        return path

    def _drawn_things(self, others: Sequence[Picture], draw: random.Random) -> Iterator[_Thing]:
        counts = {"still": lambda: 0, "local": lambda: draw.randint(1, 3)}
        for _ in range(counts.get(self.kind, lambda: draw.choice((0, 0, 1, 2)))()):
            other = draw.choice(others)
            height, width = other.shape[:2]
            wide = min(int(self.width * draw.uniform(0.08, 0.5)), width - 2)
            high = min(int(self.height * draw.uniform(0.12, 0.7)), height - 2)
            x, y = draw.randrange(width - wide), draw.randrange(height - high)
            opacity = np.zeros((high, wide), np.float32)
            radii = max(wide // 2 - 2, 1), max(high // 2 - 2, 1)
            cv2.ellipse(opacity, (wide // 2, high // 2), radii, 0, 0, 360, (1,), -1)
            opacity = np.asarray(cv2.GaussianBlur(opacity, (0, 0), 1), np.float32)
            start = draw.uniform(-0.2, 1.2), draw.uniform(-0.2, 1.2)
            if draw.random() < 0.7:
                stop = draw.uniform(-0.2, 1.2), draw.uniform(-0.2, 1.2)
            else:
                stop = start[0] + draw.uniform(-0.1, 0.1), start[1] + draw.uniform(-0.1, 0.1)
            yield _Thing(other[y : y + high, x : x + wide], opacity, start, stop)

    def _put(self, thing: _Thing, picture: FloatImage, time: float) -> None:
        """Lay a thing over a picture, as far as it lies in it; time goes from 0 to 1."""
        x, y = (a + (b - a) * time for a, b in zip(thing.start, thing.stop, strict=True))
        high, wide = thing.opacity.shape
        left, top = int(x * self.width - wide / 2), int(y * self.height - high / 2)
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + wide, self.width), min(top + high, self.height)
        if x1 > x0 and y1 > y0:
            part = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
            opacity = thing.opacity[part][..., None]
            below = picture[y0:y1, x0:x1]
            picture[y0:y1, x0:x1] = below * (1 - opacity) + thing.picture[part] * opacity


def _moved(picture: Picture, right_px: float, down_px: float, zoom: float) -> Picture:
    """Move and enlarge a picture, mirrored where it ends."""
    height, width = picture.shape[:2]
    matrix = np.array(
        [[zoom, 0, (1 - zoom) * width / 2 + right_px], [0, zoom, (1 - zoom) * height / 2 + down_px]]
    )
    moved = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(moved, np.uint8)
