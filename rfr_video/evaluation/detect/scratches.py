"""Scratches of film drawn by the program: upright lines that stay while the scene moves, and where they are.

Dust in a projector's gate scratches the film along its way: a line, nearly upright, bright or dark, at about
the same place in picture after picture, over the whole height or a part of it, at times with gaps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.evaluation.detect.damage import LEAST_ALPHA, Damage, is_visible
from rfr_video.masking.detect.planes import BytePlane

_LINES = 480  # widths are those of pictures of so many rows
_MEAN_COUNT = 2.5
_WIDTHS = (1.0, 4.0)
_ALPHAS = (0.3, 0.9)
_BRIGHT, _DARK = (190.0, 255.0), (0.0, 55.0)
_WHOLE_CHANCE, _GAP_CHANCE = 0.5, 0.3
_PARTS, _GAPS = (0.25, 0.9), (0.05, 0.25)
_SLANT = 0.01  # of the height
_LARGEST_DRIFT_PX, _DRIFT_FRAMES = 3.0, (40.0, 160.0)
_LEAST_FRAMES = 8
_ALL_ALONG_CHANCE = 0.6
_GRAIN = 0.12


@dataclass(frozen=True, kw_only=True)
class Scratch:
    """A scratch; lengths are in pixels, heights in parts of the picture's.

    Attributes:
        x: Where it is half way down, at first.
        slant: By how much farther right it is at the bottom than at the top.
        width: Of the line.
        top: Where it begins.
        bottom: Where it ends.
        gap: Where it is interrupted, from and to; both the same where it is not.
        alpha: How far it covers the picture.
        level: Its luma.
        drift: By how much it sways to either side, slowly.
        drift_frames: In so many pictures it sways to and fro.
        frames: On which pictures it is.
    """

    x: float
    slant: float
    width: float
    top: float
    bottom: float
    gap: tuple[float, float]
    alpha: float
    level: float
    drift: float
    drift_frames: float
    frames: range

    def x_at(self, number: int, heights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return where it is on a picture, at each of some heights."""
        sway = self.drift * np.sin(2 * np.pi * number / self.drift_frames)
        return np.asarray(self.x + sway + self.slant * (heights - 0.5), np.float32)


def draw_scratches(
    generator: np.random.Generator, *, height: int, width: int, frames: int
) -> tuple[Scratch, ...]:
    """Draw the scratches of a clip; one at least."""
    count = max(1, int(generator.poisson(_MEAN_COUNT)))
    return tuple(_scratch(generator, height, width, frames) for _ in range(count))


class ScratchBurn:
    """Draws scratches into pictures: the same into all of a clip, whose numbers begin with 0.

    Args:
        frames: How many pictures a clip has at most.
    """

    def __init__(self, *, frames: int) -> None:
        self._frames = frames
        self._scratches: tuple[Scratch, ...] = ()

    def __call__(self, number: int, planes: Sequence[BytePlane], generator: np.random.Generator) -> Damage:
        """Draw them into the luma of the picture of a number, uint8 (H, W), which is written to."""
        luma = planes[0]
        height, width = luma.shape
        if number == 0:
            self._scratches = draw_scratches(generator, height=height, width=width, frames=self._frames)
        clean = luma.copy()
        alpha = np.zeros(luma.shape, np.float32)
        for one in self._scratches:
            if number in one.frames:
                alpha = np.maximum(alpha, burn_scratch(luma, one, number, generator))
        there = (alpha > LEAST_ALPHA) & is_visible(clean, luma)
        mask, touched = (np.asarray(part * np.uint8(255), np.uint8) for part in (there, alpha > 0))
        return Damage(mask, touched)


def burn_scratch(
    luma: BytePlane, scratch: Scratch, number: int, generator: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Draw a scratch into the luma of a picture of a number; return how far it covers, float32 (H, W)."""
    height, width = luma.shape
    heights = np.linspace(0.5 / height, 1 - 0.5 / height, height, dtype=np.float32)
    middles = scratch.x_at(number, heights)
    away = np.abs(np.arange(width, dtype=np.float32)[None, :] - middles[:, None])
    is_there = (heights >= scratch.top) & (heights < scratch.bottom)
    is_there &= (heights < scratch.gap[0]) | (heights >= scratch.gap[1])
    alpha = np.clip(scratch.width / 2 + 0.5 - away, 0, 1) * np.float32(scratch.alpha) * is_there[:, None]
    grain = cv2.GaussianBlur(generator.standard_normal((height, 1), np.float32), (1, 0), 0, sigmaY=2)
    alpha = np.clip(alpha * (1 + np.float32(_GRAIN) * np.asarray(grain).reshape(-1, 1)), 0, 1)
    mixed = luma + alpha * (np.float32(scratch.level) - luma)
    luma[:] = np.asarray(mixed + np.float32(0.5)).astype(np.uint8)
    return np.asarray(alpha, np.float32)


def _scratch(generator: np.random.Generator, height: int, width: int, frames: int) -> Scratch:
    scale = height / _LINES
    top, bottom = 0.0, 1.0
    if generator.random() >= _WHOLE_CHANCE:
        length = float(generator.uniform(*_PARTS))
        top = float(generator.uniform(0, 1 - length))
        bottom = top + length
    gap = 0.0
    if generator.random() < _GAP_CHANCE:
        gap = float(generator.uniform(*_GAPS)) * (bottom - top)
    gap_top = float(generator.uniform(top, bottom - gap))
    start, stop = 0, frames
    if generator.random() >= _ALL_ALONG_CHANCE and frames > _LEAST_FRAMES:
        count = int(generator.integers(_LEAST_FRAMES, frames + 1))
        start = int(generator.integers(0, frames - count + 1))
        stop = start + count
    return Scratch(
        x=float(generator.uniform(0.02, 0.98)) * width,
        slant=float(generator.uniform(-1, 1)) * _SLANT * height,
        width=scale * float(generator.uniform(*_WIDTHS)),
        top=top,
        bottom=bottom,
        gap=(gap_top, gap_top + gap),
        alpha=float(generator.uniform(*_ALPHAS)),
        level=float(generator.uniform(*(_BRIGHT if generator.random() < 0.5 else _DARK))),
        drift=scale * float(generator.uniform(0, _LARGEST_DRIFT_PX)),
        drift_frames=float(generator.uniform(*_DRIFT_FRAMES)),
        frames=range(start, stop),
    )
