"""Generated scenes in which textured shapes move before a textured ground: what is where is known exactly."""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 192, 128


@dataclass(frozen=True)
class Scene:
    """An ellipse that goes along a line, in front of a ground that drifts slowly.

    Attributes:
        frames: How many.
        start: Where its middle begins.
        step: How far it goes per frame, in pixels.
        size: Half axes.
        cut_at: From this frame on the ground and the object look different, and the object stands elsewhere.
        gone_from: From this frame on there is no object.
        flash_at: This frame is almost white.
    """

    frames: int = 13
    start: tuple[float, float] = (50.0, 64.0)
    step: tuple[float, float] = (5.0, 0.5)
    size: tuple[int, int] = (24, 18)
    cut_at: int | None = None
    gone_from: int | None = None
    flash_at: int | None = None
    shape: tuple[int, int] = field(default=(HEIGHT, WIDTH))

    def inside(self, index: int) -> np.ndarray:
        """Where the object is, bool (H, W)."""
        mask = np.zeros(self.shape, np.uint8)
        if self.gone_from is not None and index >= self.gone_from:
            return mask > 0
        x, y = self._middle(index)
        cv2.ellipse(mask, (round(x), round(y)), self.size, 0, 0, 360, 255, cv2.FILLED)
        return mask > 0

    def rgb(self, index: int) -> np.ndarray:
        """The picture, uint8 (H, W, 3)."""
        second = self.cut_at is not None and index >= self.cut_at
        ground = _texture(seed=7 if second else 1, colours=((190, 200, 70), (60, 90, 130)))
        thing = _texture(seed=9 if second else 3, colours=((200, 60, 40), (250, 170, 60)))
        if second:
            ground = 255 - ground
        height, width = self.shape
        x, y = (round(value) for value in self._middle(index))
        repeats = (1, -(-width // ground.shape[1]), 1)
        picture = np.tile(np.roll(ground, -index, axis=1), repeats)[:height, :width]
        moved = np.tile(np.roll(thing, (y, x), axis=(0, 1)), repeats)[:height, :width]
        inside = self.inside(index)
        picture[inside] = moved[inside]
        return picture if index != self.flash_at else 190 + picture // 4

    def _middle(self, index: int) -> tuple[float, float]:
        if self.cut_at is not None and index >= self.cut_at:
            index -= self.cut_at
            return self.shape[1] - 50 - self.step[0] * index, 50.0
        return self.start[0] + self.step[0] * index, self.start[1] + self.step[1] * index


def write_scene(path, scene: Scene, *, times=None, codec="ffv1"):
    """Write a scene as a video at 25 frames per second, or at ``times`` in milliseconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.height, stream.width = scene.shape
        stream.pix_fmt = "yuv444p"
        stream.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, 25)
        for index in range(scene.frames):
            frame = av.VideoFrame.from_ndarray(scene.rgb(index), format="rgb24").reformat(format="yuv444p")
            frame.pts = times[index] if times else index
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_mask(path, inside: np.ndarray):
    """Write a mask as an image."""
    path.write_bytes(cv2.imencode(".png", inside.astype(np.uint8) * 255)[1].tobytes())
    return path


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union; of two empty masks 1."""
    union = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / union if union else 1.0


@cache
def _texture(*, seed, colours):
    random = np.random.default_rng(seed)
    fine, coarse = (_noise(random, blur_px=blur_px) for blur_px in (3, 16))
    share = np.clip(0.5 + 0.15 * fine + 0.25 * coarse, 0, 1)[:, :, np.newaxis]
    mixed = share * np.array(colours[0]) + (1 - share) * np.array(colours[1])
    return np.clip(mixed + random.normal(0, 3, mixed.shape), 0, 255).astype(np.uint8)


def _noise(random, *, blur_px):
    noise = cv2.GaussianBlur(random.random((320, 400)).astype(np.float32), (0, 0), blur_px)
    return (noise - noise.mean()) / noise.std()
