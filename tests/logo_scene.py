"""Generated scenes with something laid over them: a textured ground that moves, and a mark that does not."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 320, 192, 25


def _always(index: int) -> float:
    return 1.0


@dataclass(frozen=True)
class LogoScene:
    """A ground that drifts, with a mark over it.

    Attributes:
        frames: How many.
        at: Left and top of the mark.
        alpha: Of the mark where it is there.
        shown: How much of the mark a frame shows, 0 to 1.
        step: How far the ground goes per frame, in pixels.
    """

    frames: int = 50
    at: tuple[int, int] = (232, 16)
    alpha: float = 1.0
    shown: Callable[[int], float] = _always
    step: tuple[int, int] = (5, 2)

    @property
    def ink(self) -> np.ndarray:
        """Where the mark is, bool (H, W): a ring, and a bar beside it."""
        ink = np.zeros((HEIGHT, WIDTH), np.uint8)
        x, y = self.at
        cv2.circle(ink, (x + 14, y + 14), 12, 255, 5)
        cv2.rectangle(ink, (x + 34, y + 4), (x + 60, y + 12), 255, cv2.FILLED)
        cv2.rectangle(ink, (x + 34, y + 18), (x + 50, y + 24), 255, cv2.FILLED)
        return ink > 0

    def clean(self, index: int) -> np.ndarray:
        """The picture without the mark, uint8 (H, W, 3)."""
        shift = (self.step[1] * index, self.step[0] * index)
        return np.roll(_ground(), shift, axis=(0, 1))[:HEIGHT, :WIDTH]

    def rgb(self, index: int) -> np.ndarray:
        """The picture, uint8 (H, W, 3)."""
        alpha = self.ink[..., None] * (self.alpha * self.shown(index))
        return np.rint(self.clean(index) * (1 - alpha) + 240 * alpha).astype(np.uint8)


def write_logo_scene(path, scene: LogoScene):
    """Write a scene as a video of high quality at 25 frames per second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "12", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(scene.frames):
            frame = av.VideoFrame.from_ndarray(scene.rgb(index), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@cache
def _ground() -> np.ndarray:
    random = np.random.default_rng(5)
    coarse, fine = (
        cv2.GaussianBlur(random.random((512, 640, 3)).astype(np.float32), (0, 0), blur_px)
        for blur_px in (9, 2)
    )
    mixed = (coarse - 0.5) * 1500 + (fine - 0.5) * 250 + 110
    return np.clip(mixed, 10, 225).astype(np.uint8)
