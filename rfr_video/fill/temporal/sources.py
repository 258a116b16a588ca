"""Which frames to borrow from: those that saw much of what is hidden, seem to fit, and are near."""

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


Sources = dict[int, Source]
"""All frames within reach by how many frames later they are; earlier ones have negative keys."""


def find_sources(view: View, place: Place) -> Sources:
    """Follow the pixels of a place to all frames within reach."""
    sources: Sources = {}
    for sign, looks, fields in ((1, view.after, view.steps_after), (-1, view.before, view.steps_before)):
        paths = list(walk(place.cells, fields[: max(DISTANCES_FRAMES)], grid=view.grid))
        hidden_behind = np.zeros((place.cells.height, place.cells.width), np.bool_)
        for distance in range(len(paths), 0, -1):
            path, look = paths[distance - 1], looks[distance - 1]
            hidden = path.hidden
            if hidden_behind.any():
                # Near a hole, motion is not measured: what is seen there is judged by where it goes.
                hidden = hidden | (hidden_behind & _unmeasured(look, path, place, view.grid))
            hidden_behind = hidden
            sources[sign * distance] = Source(look, path, ~hidden, sign * distance)
    return sources


def choose_sources(sources: Sources, place: Place, *, grid: Grid, most: int) -> list[Source]:
    """Choose the frames that together tell most about what is hidden at a place, the best first.

    Args:
        sources: All within reach.
        place: A region of a frame's hole.
        grid: Of the paths.
        most: How many at most.
    """
    assert place.look.maps is not None
    hidden = place.look.maps.share[place.cells.slices] > 0.05
    worth: list[tuple[Source, FloatPlane]] = []
    for frames, source in sources.items():
        if abs(frames) not in DISTANCES_FRAMES:
            continue
        value = _value(source, place, grid, hidden)[hidden]
        if value.any():
            worth.append((source, value))
    if not worth:
        return []
    values = np.stack([value for _, value in worth])
    chosen: list[int] = []
    told = np.zeros(values.shape[1], np.float32)
    while len(chosen) < min(most, len(worth)):
        gains = (np.sqrt(told + values) - np.sqrt(told)).sum(axis=1)
        gains[chosen] = -1
        chosen.append(int(np.argmax(gains)))
        told = told + values[chosen[-1]]
    return [worth[number][0] for number in chosen]


def _unmeasured(look: Look, path: Path, place: Place, grid: Grid) -> npt.NDArray[np.bool_]:
    """Whether a path leads into or near the hole of a frame, bool (rows, columns)."""
    if look.maps is None:
        return np.zeros(path.hidden.shape, np.bool_)
    return warp(look.maps.sight, grid.places(grid.centres(place.cells) + path.shift)) < _LEAST_SIGHT


def _value(source: Source, place: Place, grid: Grid, hidden: npt.NDArray[np.bool_]) -> FloatPlane:
    """Return what a source may tell about each cell: 0 where it does not see it."""
    maps = place.look.maps
    assert maps is not None
    at = grid.places(grid.centres(place.cells) + source.path.shift)
    other = source.look
    seen = 1 - other.maps.share if other.maps else np.ones((grid.rows, grid.columns), np.float32)
    is_visible = source.clear & (warp(seen, at, border=cv2.BORDER_CONSTANT) > _LEAST_VISIBLE)
    if not (is_visible & hidden).any():
        return np.zeros(hidden.shape, np.float32)
    error = (warp(other.cells, at) - place.look.cells[place.cells.slices]) ** 2
    known = maps.sight[place.cells.slices]
    if other.maps is not None:
        known = known * warp(other.maps.sight, at, border=cv2.BORDER_CONSTANT)
    both = cv2.GaussianBlur(cv2.merge([error * known, known]), (0, 0), _BLUR_CELLS)
    misfit = (both[:, :, 0] + 1) / (both[:, :, 1] + np.float32(1e-2))
    cost = misfit + _NOISE_CODES2 + _ERROR_CODES2 * source.path.error
    worth = np.float32(_DECAY**source.distance_frames) / cost
    return np.asarray((is_visible & hidden) * worth, np.float32)
