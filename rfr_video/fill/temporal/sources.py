"""Which frames to borrow from: those that saw much of what is hidden, seem to fit, and are near."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.fill.temporal.align import Place
from rfr_video.fill.temporal.look import Look
from rfr_video.fill.temporal.window import View
from rfr_video.motion.grid import FloatPlane
from rfr_video.motion.steps import Path, walk
from rfr_video.motion.warp import warp

DISTANCES_FRAMES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48, 58, 70, 85, 100, 120)
"""How far away frames are tried: all near ones, then ever fewer."""

_DECAY = 0.97  # what a frame of distance costs
_LEAST_VISIBLE = 0.95
_NOISE_CODES2 = 20.0
_ERROR_CODES2 = 100.0  # per square pixel that the round trips missed by
_BLUR_CELLS = 4.0


@dataclass(frozen=True, eq=False)
class Source:
    """A frame to borrow from.

    Attributes:
        look: The frame.
        path: The way there from the place's cells.
        distance_frames: How far away it is, 1 or more.
    """

    look: Look
    path: Path
    distance_frames: int


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
    return Source(looks[distance - 1], path, distance)


def _reachable(view: View, place: Place) -> Iterator[Source]:
    for looks, fields in ((view.after, view.steps_after), (view.before, view.steps_before)):
        last = max((one for one in DISTANCES_FRAMES if one <= len(looks)), default=0)
        for distance, path in enumerate(walk(place.cells, fields[:last], grid=view.grid), start=1):
            if distance in DISTANCES_FRAMES:
                yield Source(looks[distance - 1], path, distance)


def _value(source: Source, place: Place, view: View) -> FloatPlane:
    """Return what a source may tell about each cell: 0 where it does not see it."""
    grid, maps = view.grid, place.look.maps
    assert maps is not None
    at = grid.places(grid.centres(place.cells) + source.path.shift)
    other = source.look
    seen = 1 - other.maps.share if other.maps else np.ones((grid.rows, grid.columns), np.float32)
    is_visible = warp(seen, at, border=cv2.BORDER_CONSTANT) > _LEAST_VISIBLE
    error = (warp(other.cells, at) - place.look.cells[place.cells.slices]) ** 2
    known = maps.sight[place.cells.slices]
    if other.maps is not None:
        known = known * warp(other.maps.sight, at, border=cv2.BORDER_CONSTANT)
    misfit = (_blurred(error * known) + 1) / (_blurred(known) + np.float32(1e-2))
    cost = misfit + _NOISE_CODES2 + _ERROR_CODES2 * source.path.error
    return np.asarray(is_visible * np.float32(_DECAY**source.distance_frames) / cost, np.float32)


def _blurred(values: FloatPlane) -> FloatPlane:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _BLUR_CELLS), np.float32)
