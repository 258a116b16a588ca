"""Generated scenes with captions: a textured ground, still or moving, and lines of text at known times."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import av
import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 480, 270, 25


@dataclass(frozen=True)
class Line:
    """A line of text.

    Attributes:
        text: What it says.
        start: The first frame that shows anything of it.
        stop: The frame after the last.
        at: Left and base line.
        tone: Of the letters.
        outline: Of a line around the letters, or ``None``.
        fade: How many frames at either end show it less than fully.
        size: Of the face, in pixels.
    """

    text: str
    start: int
    stop: int
    at: tuple[int, int] = (90, 240)
    tone: int = 245
    outline: int | None = 10
    fade: int = 0
    size: int = 24

    def opacity(self, index: int) -> float:
        shown = min(index - self.start, self.stop - 1 - index) + 1
        return min(1.0, max(0.0, shown / (self.fade + 1)))

    @cached_property
    def ink(self) -> np.ndarray:
        """How much of the letters a sample holds, float32 (H, W), 0 to 1."""
        ink = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.putText(ink, self.text, self.at, (255,), cv2.FontFace("sans"), self.size, 600)
        return ink.astype(np.float32) / 255

    @property
    def drawn(self) -> np.ndarray:
        """Where anything of it is, bool (H, W)."""
        ink = self.ink
        return (ink if self.outline is None else _around(ink)) > 0.05

    def laid_over(self, gray: np.ndarray, index: int) -> np.ndarray:
        opacity = self.opacity(index)
        if not opacity:
            return gray
        ink, values = self.ink, gray.astype(np.float32)
        if self.outline is not None:
            values += _around(ink) * opacity * (self.outline - values)
        return np.rint(values + ink * opacity * (self.tone - values)).astype(np.uint8)


@dataclass(frozen=True)
class CaptionScene:
    """A ground with lines of text over it.

    Attributes:
        lines: Of text.
        frames: How many.
        step: How far the ground goes per frame, in pixels.
        cuts: Frames from which on another ground is seen.
    """

    lines: Sequence[Line] = ()
    frames: int = 60
    step: tuple[int, int] = (3, 1)
    cuts: tuple[int, ...] = ()

    def gray(self, index: int) -> np.ndarray:
        """A picture, uint8 (H, W)."""
        shot = sum(index >= cut for cut in self.cuts)
        down, across = self.step[1] * index, self.step[0] * index
        gray = np.roll(_ground(shot), (-down, -across), axis=(0, 1))[:HEIGHT, :WIDTH]
        for line in self.lines:
            gray = line.laid_over(gray, index)
        return gray


@cache
def _ground(shot: int) -> np.ndarray:
    """A texture of soft blots and fine grain that can be rolled without a seam, uint8."""
    random = np.random.default_rng(shot + 7)
    noise = random.normal(0, 1, (2 * HEIGHT, 2 * WIDTH)).astype(np.float32)
    waves = np.zeros_like(noise)
    for sigma, strength in ((2.0, 9), (7.0, 22), (25.0, 30)):
        blurred = np.fft.irfft2(np.fft.rfft2(noise) * _gauss(noise.shape, sigma), s=noise.shape)
        waves += (strength * blurred / blurred.std()).astype(np.float32)
    return np.clip(120 + waves, 0, 255).astype(np.uint8)


def _gauss(shape: tuple[int, ...], sigma: float) -> np.ndarray:
    down = np.fft.fftfreq(shape[0])[:, None]
    across = np.fft.rfftfreq(shape[1])[None, :]
    return np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2))


def _around(ink: np.ndarray) -> np.ndarray:
    return cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))


def write_caption_scene(path, scene: CaptionScene):
    """Write a scene as a video of good quality at 25 frames per second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "18", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(scene.frames):
            rgb = np.repeat(scene.gray(index)[..., None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path
