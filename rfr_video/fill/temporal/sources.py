"""Which frames to borrow from: those that saw much of what is hidden, seem to fit, and are near."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.align import Place
from rfr_video.fill.temporal.look import Look
from rfr_video.fill.temporal.window import View
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.steps import Path, walk
from rfr_video.motion.warp import warp

DISTANCES_FRAMES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48, 58, 70, 85, 100, 120)
"""How far away frames are tried: all near ones, then ever fewer."""

_DECAY = 0.97  # what a frame of distance costs
_LEAST_VISIBLE = 0.95
_LEAST_SIGHT = 0.5
_NOISE_CODES2 = 20.0
_ERROR_CODES2 = 100.0  # per square pixel that the round trips missed by
_BLUR_CELLS = 4.0


@dataclass(frozen=True, eq=False)
class Source:
    """A frame to borrow from.

    Attributes:
        look: The frame.
        path: The way there from the place's cells.
        clear: Cells whose pixels nothing has come before on the way, nor right behind it, bool.
        frames: How many frames later it is; negative for an earlier one.
    """

    look: Look
    path: Path
    clear: npt.NDArray[np.bool_]
    frames: int

    @property
    def distance_frames(self) -> int:
        """How far away it is, 1 or more."""
        return abs(self.frames)


def choose_sources(view: View, place: Place, *, most: int) -> list[Source]:
    """Choose the frames that together tell most about what is hidden at a place, the best first.

    Args:
        view: The frame and its neighbours.
        place: A region of its hole.
        most: How many at most.
    """
    assert place.look.maps is not None
    hidden = place.look.maps.share[place.cells.slices] > 0.05
    worth: list[tuple[Source, FloatPlane]] = []
    for source in _reachable(view, place):
        value = _value(source, place, view) * hidden
        if value.any():
            worth.append((source, value))
    chosen: list[Source] = []
    told = np.zeros(hidden.shape, np.float32)
    while worth and len(chosen) < most:
        gains = [float((np.sqrt(told + value) - np.sqrt(told)).sum()) for _, value in worth]
        source, value = worth.pop(int(np.argmax(gains)))
        told = told + value
        chosen.append(source)
    return chosen


def path_to(view: View, place: Place, frames: int) -> Source | None:
    """Return the frame so many frames later (or earlier, if negative); ``None`` where it is out of reach."""
    looks, fields = (view.after, view.steps_after) if frames > 0 else (view.before, view.steps_before)
    distance = abs(frames)
    if not 1 <= distance <= len(looks):
        return None
    *_, path = walk(place.cells, fields[:distance], grid=view.grid)
    return Source(looks[distance - 1], path, ~path.hidden, frames)


def _reachable(view: View, place: Place) -> Iterator[Source]:
    for sign, looks, fields in ((1, view.after, view.steps_after), (-1, view.before, view.steps_before)):
        paths = list(walk(place.cells, fields[: max(DISTANCES_FRAMES)], grid=view.grid))
        hidden_behind = np.zeros((place.cells.height, place.cells.width), np.bool_)
        for distance in range(len(paths), 0, -1):
            path, look = paths[distance - 1], looks[distance - 1]
            # Near a hole, motion is not measured: what is seen there is judged by where it goes from there.
            hidden = path.hidden | (hidden_behind & _unmeasured(look, path, place, view.grid))
            hidden_behind = hidden
            if distance in DISTANCES_FRAMES:
                yield Source(look, path, ~hidden, sign * distance)


def _unmeasured(look: Look, path: Path, place: Place, grid: Grid) -> npt.NDArray[np.bool_]:
    """Whether a path leads into or near the hole of a frame, bool (rows, columns)."""
    if look.maps is None:
        return np.zeros(path.hidden.shape, np.bool_)
    return warp(look.maps.sight, grid.places(grid.centres(place.cells) + path.shift)) < _LEAST_SIGHT


def _value(source: Source, place: Place, view: View) -> FloatPlane:
    """Return what a source may tell about each cell: 0 where it does not see it."""
    grid, maps = view.grid, place.look.maps
    assert maps is not None
    at = grid.places(grid.centres(place.cells) + source.path.shift)
    other = source.look
    seen = 1 - other.maps.share if other.maps else np.ones((grid.rows, grid.columns), np.float32)
    is_visible = source.clear & (warp(seen, at, border=cv2.BORDER_CONSTANT) > _LEAST_VISIBLE)
    error = (warp(other.cells, at) - place.look.cells[place.cells.slices]) ** 2
    known = maps.sight[place.cells.slices]
    if other.maps is not None:
        known = known * warp(other.maps.sight, at, border=cv2.BORDER_CONSTANT)
    misfit = (_blurred(error * known) + 1) / (_blurred(known) + np.float32(1e-2))
    cost = misfit + _NOISE_CODES2 + _ERROR_CODES2 * source.path.error
    return np.asarray(is_visible * np.float32(_DECAY**source.distance_frames) / cost, np.float32)


def _blurred(values: FloatPlane) -> FloatPlane:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _BLUR_CELLS), np.float32)
