"""Dropouts drawn by the program: short horizontal streaks in native samples, and where they are.

What a worn tape leaves out shows as a segment of one line, or of a few, that is white, black, noisy or of the
wrong colour; it begins at once and ends at once or fades. Dropouts come singly, and in swarms where the tape
is creased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.evaluation.detect.damage import Damage
from rfr_video.media.colour import Plane, Subsampling

StreakKind = Literal["bright", "dark", "noise", "chroma"]
KINDS: tuple[StreakKind, ...] = ("bright", "dark", "noise", "chroma")
SINGLE_PER_PICTURE = 4.0
"""How many dropouts a picture has on average, besides swarms."""

_KIND_SHARES = (0.35, 0.25, 0.2, 0.2)
_SWARM_CHANCE = 0.15
_SWARM_STREAKS = 12.0
_SWARM_ROWS = 24 / 480
_LENGTHS = (0.012, 0.5)  # of the width
_LINES = 480  # one line of a picture of so many rows is one row
_RANGES = {"bright": (170.0, 255.0), "dark": (0.0, 40.0), "noise": (10.0, 245.0)}
_GRAIN_CODES = {"bright": 18.0, "dark": 10.0, "noise": 90.0}
_GRAIN_PX = 1.5
_LEAST_TINT, _LARGEST_TINT = 25.0, 80.0
_FADE_CHANCE = 0.4
_FADE_PX = 6


@dataclass(frozen=True)
class Streak:
    """One dropout: its rectangle in luma samples, and what it looks like."""

    x: int
    y: int
    width: int
    height: int
    kind: StreakKind


def draw_streaks(generator: np.random.Generator, *, width: int, height: int) -> list[Streak]:
    """Draw the dropouts of one picture of a size; there may be none."""
    centres = [int(generator.integers(height)) for _ in range(generator.poisson(SINGLE_PER_PICTURE))]
    if generator.random() < _SWARM_CHANCE:
        middle = int(generator.integers(height))
        reach = max(1.0, _SWARM_ROWS * height / 2)
        centres += [
            round(middle + float(generator.normal()) * reach / 2)
            for _ in range(generator.poisson(_SWARM_STREAKS))
        ]
    return [_streak(generator, row, width, height) for row in centres if 0 <= row < height]


def burn_streaks(
    planes: Sequence[Plane],
    streaks: Sequence[Streak],
    generator: np.random.Generator,
    *,
    subsampling: Subsampling,
) -> Damage:
    """Draw dropouts into the samples of a picture.

    Args:
        planes: Y, Cb, Cr of 8 bits, (H, W) each; written to.
        streaks: What to draw.
        generator: Of their noise.
        subsampling: Of the chroma.

    Returns:
        Where a luma sample, or a chroma sample that serves it, may have changed: all of it is to be found.
    """
    mask = np.zeros(planes[0].shape, np.uint8)
    for streak in streaks:
        mask[_touched(streak, subsampling)] = 255
        alpha = _alpha(generator, streak.width)
        if streak.kind == "chroma":
            tints = generator.uniform(_LEAST_TINT, _LARGEST_TINT, 2) * generator.choice([-1, 1], 2)
            for plane, tint in zip(planes[1:], tints, strict=True):
                _tint(plane, streak, subsampling, alpha, tint=float(tint))
            continue
        level = float(generator.uniform(*_RANGES[streak.kind]))
        for row in range(streak.y, streak.y + streak.height):
            value = np.clip(level + _grain(generator, streak.width, _GRAIN_CODES[streak.kind]), 0, 255)
            _blend(planes[0][row, streak.x : streak.x + streak.width], value, alpha)
        for plane in planes[1:]:
            _tint(plane, streak, subsampling, alpha, tint=None)
    return Damage(mask, touched=mask)


def _streak(generator: np.random.Generator, row: int, width: int, height: int) -> Streak:
    low, high = (np.log(part * width) for part in _LENGTHS)
    length = min(width, max(4, round(float(np.exp(generator.uniform(float(low), float(high)))))))
    start = int(generator.integers(-length // 2, width - length // 2))
    left, right = max(0, start), min(width, start + length)
    lines = 1 + int(generator.random() < 0.4) + int(generator.random() < 0.1)
    rows = min(max(1, round(lines * height / _LINES)), height - row)
    kind = KINDS[int(generator.choice(len(KINDS), p=_KIND_SHARES))]
    return Streak(left, row, right - left, rows, kind)


def _touched(streak: Streak, subsampling: Subsampling) -> tuple[slice, slice]:
    """Return the rows and columns that a streak changes; of one in the chroma, whole chroma samples."""
    across, down = (subsampling.x, subsampling.y) if streak.kind == "chroma" else (1, 1)
    right, bottom = streak.x + streak.width, streak.y + streak.height
    return (
        slice(streak.y // down * down, -(-bottom // down) * down),
        slice(streak.x // across * across, -(-right // across) * across),
    )


def _alpha(generator: np.random.Generator, length: int) -> npt.NDArray[np.float32]:
    """Return how much of a streak there is along its length; some fade at their end."""
    alpha = np.ones(length, np.float32)
    if length > 2 * _FADE_PX and generator.random() < _FADE_CHANCE:
        alpha[-_FADE_PX:] = np.linspace(1, 0.2, _FADE_PX, dtype=np.float32)
    return alpha


def _grain(generator: np.random.Generator, length: int, codes: float) -> npt.NDArray[np.float32]:
    noise = generator.standard_normal((1, length), np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), _GRAIN_PX), np.float32)
    return smooth[0] / np.float32(max(float(smooth.std()), 1e-3)) * np.float32(codes)


def _tint(
    plane: Plane,
    streak: Streak,
    subsampling: Subsampling,
    alpha: npt.NDArray[np.float32],
    *,
    tint: float | None,
) -> None:
    """Shift the chroma below a streak by a tint, or, where that is ``None``, take it away.

    A chroma sample changes by the share of its luma samples' rows that the streak covers.
    """
    left, right = streak.x // subsampling.x, -(-(streak.x + streak.width) // subsampling.x)
    for row in range(streak.y // subsampling.y, -(-(streak.y + streak.height) // subsampling.y)):
        top = max(streak.y, row * subsampling.y)
        rows = min(streak.y + streak.height, (row + 1) * subsampling.y) - top
        share = np.float32(1 if tint is not None else rows / subsampling.y)
        samples = plane[row, left:right]
        along = np.interp(np.linspace(0, len(alpha) - 1, len(samples)), np.arange(len(alpha)), alpha)
        value = np.float32(128) if tint is None else np.clip(samples + np.float32(tint), 16, 240)
        _blend(samples, np.broadcast_to(value, samples.shape), (along * share).astype(np.float32))


def _blend(samples: Plane, value: npt.NDArray[np.float32], alpha: npt.NDArray[np.float32]) -> None:
    mixed = samples + alpha * (value - samples)
    samples[:] = np.clip(np.rint(mixed), 0, 255).astype(samples.dtype)
