"""Exercises from the very pictures that are to be repaired: known pixels, covered by their holes' shapes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

CELL_PX = 24
HELD_OUT_EVERY = 5
LARGEST_WINDOW_PX = 192
LEAST_WINDOW_PX = 64
LEAST_TARGET_PX = 16
_ROOM_PX = 48  # seen on every side of the largest shape
_STEP_PX = 16
_FILL_AT_MOST = 0.75  # of a window's side, by a shape
_HOLE_AT_MOST = 0.4  # of a window, by the real hole
_TRIES = 16


@dataclass(frozen=True)
class View:
    """A part of a picture around a hole.

    Attributes:
        image_hw3: Float32 RGB in [0, 1]; what is in the hole does not matter.
        hole_hw: Bool, True = hole.
        x: Of its left edge in the picture.
        y: Of its upper edge.
    """

    image_hw3: NDArray[np.float32]
    hole_hw: NDArray[np.bool_]
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Exercise:
    """A window with pixels covered whose values are known.

    Attributes:
        truth_hw3: Float32 RGB.
        known_hw: Bool: neither covered nor in the real hole.
        target_hw: Bool: covered, known, and on this side of what is held out.
    """

    truth_hw3: NDArray[np.float32]
    known_hw: NDArray[np.bool_]
    target_hw: NDArray[np.bool_]


class KnownWindows:
    """Draws exercises from views.

    Cells of the picture in a regular pattern, a fifth of it, are held out: whatever lies there is never a
    target of learning, in any picture, and the only target of judging.

    Args:
        views: At least one with a hole.
    """

    def __init__(self, views: Sequence[View]) -> None:
        self._views = views
        self._shapes = [shape for view in views if (shape := _bounded(view.hole_hw)).size]
        assert self._shapes, "nothing is to be filled"
        self.height, self.width = (_window_px(self._shapes, axis=axis) for axis in (0, 1))
        self.height = min(self.height, *(view.hole_hw.shape[0] for view in views))
        self.width = min(self.width, *(view.hole_hw.shape[1] for view in views))

    def draw(self, rng: Generator, *, held_out: bool) -> Exercise | None:
        """Draw an exercise of learning, or one of judging; None where the views leave no room for any."""
        for _ in range(_TRIES):
            view = self._views[_below(rng, len(self._views))]
            y = _below(rng, view.hole_hw.shape[0] - self.height + 1)
            x = _below(rng, view.hole_hw.shape[1] - self.width + 1)
            window = slice(y, y + self.height), slice(x, x + self.width)
            hole_hw = view.hole_hw[window]
            if hole_hw.mean() > _HOLE_AT_MOST:
                continue
            cover_hw = self._cover(rng)
            side_hw = _held_out_hw(view.y + y, view.x + x, self.height, self.width) == held_out
            target_hw = cover_hw & ~hole_hw & side_hw
            if np.count_nonzero(target_hw) >= LEAST_TARGET_PX:
                return Exercise(view.image_hw3[window], ~hole_hw & ~cover_hw, target_hw)
        return None

    def _cover(self, rng: Generator) -> NDArray[np.bool_]:
        """Lay a shape of the holes, scaled and mirrored at random, somewhere into a window."""
        shape = self._shapes[_below(rng, len(self._shapes))]
        room = _FILL_AT_MOST * min(self.height / shape.shape[0], self.width / shape.shape[1])
        scale = min(float(np.exp(rng.uniform(-0.5, 0.25))), room)
        height, width = (max(1, round(side * scale)) for side in shape.shape)
        small = cv2.resize(shape.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) >= 0.5
        small = small[:, :: 1 if rng.random() < 0.5 else -1]
        cover_hw = np.zeros((self.height, self.width), np.bool_)
        y, x = _below(rng, self.height - height + 1), _below(rng, self.width - width + 1)
        cover_hw[y : y + height, x : x + width] = small
        return cover_hw


def _bounded(hole_hw: NDArray[np.bool_]) -> NDArray[np.bool_]:
    rows, columns = np.flatnonzero(hole_hw.any(axis=1)), np.flatnonzero(hole_hw.any(axis=0))
    if not rows.size:
        return hole_hw[:0, :0]
    return hole_hw[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _window_px(shapes: Sequence[NDArray[np.bool_]], *, axis: int) -> int:
    """Return a side that lets the largest shape be seen from outside, within bounds."""
    wanted = max(shape.shape[axis] for shape in shapes) + 2 * _ROOM_PX
    return min(max(-(-wanted // _STEP_PX) * _STEP_PX, LEAST_WINDOW_PX), LARGEST_WINDOW_PX)


def _held_out_hw(y: int, x: int, height: int, width: int) -> NDArray[np.bool_]:
    rows = np.arange(y, y + height)[:, None] // CELL_PX
    columns = np.arange(x, x + width)[None] // CELL_PX
    return (2 * rows + columns) % HELD_OUT_EVERY == 0


def _below(rng: Generator, stop: int) -> int:
    return int(rng.integers(stop))  # pyright: ignore[reportUnknownArgumentType]
