"""Motion from one frame to the next, on a grid, completed behind holes; and paths along many such steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.motion.completion import complete_flow
from rfr_video.motion.flow import Flow, FlowEstimator
from rfr_video.motion.grid import Grid
from rfr_video.motion.warp import squared_length, warp

StepField = npt.NDArray[np.float32]
"""(rows, columns, 3): flow in x and y, in pixels of the full picture, and its round trip's squared error."""

_DOUBTED = 0.05
_LARGEST_ERROR_PX2 = 9.0
_HIDDEN_PX2, _HIDDEN_SHARE = 2.0, 0.02  # as in the occlusion test of Sundaram et al., see warp.py


@dataclass(frozen=True)
class Sight:
    """What is seen in a frame, as far as motion is concerned.

    Attributes:
        working: The picture at the working size, uint8 (h, w), its holes filled smoothly.
        known: On the grid, float32: 1 where flow can be measured, 0 in and near holes.
        holes: The cells in and around which flow is completed, one rectangle per hole.
    """

    working: npt.NDArray[np.uint8]
    known: npt.NDArray[np.float32]
    holes: tuple[Rect, ...]


@dataclass(frozen=True)
class Step:
    """Motion between a frame and the next one."""

    forward: StepField
    backward: StepField


def measure_step(first: Sight, second: Sight, *, grid: Grid, estimator: FlowEstimator) -> Step:
    """Measure the motion between two frames of a shot."""
    there = _on_grid(estimator.flow(first.working, second.working), grid)
    back = _on_grid(estimator.flow(second.working, first.working), grid)
    forward = _completed(there, first, _round_trip(there, back, grid))
    backward = _completed(back, second, _round_trip(back, there, grid))
    return Step(
        np.dstack([forward, _round_trip(forward, backward, grid)]),
        np.dstack([backward, _round_trip(backward, forward, grid)]),
    )


@dataclass(frozen=True)
class Path:
    """Where pixels of a frame are in another frame, on cells of the grid.

    Attributes:
        shift: Float32 (rows, columns, 2), in pixels.
        error: How much the steps' round trips went wrong on the way, float32 (rows, columns), square pixels.
        hidden: Whether something else came before a pixel on the way, bool (rows, columns): a step led to
            what, by its own motion, comes from elsewhere.
    """

    shift: Flow
    error: npt.NDArray[np.float32]
    hidden: npt.NDArray[np.bool_]


def walk(cells: Rect, fields: Sequence[StepField], *, grid: Grid) -> Iterator[Path]:
    """Follow pixels from frame to frame.

    Args:
        cells: Where to begin.
        fields: The steps to take, one after the other.
        grid: Of the fields.

    Yields:
        After every step, where the pixels are now.
    """
    across, down = (np.float32(side) for side in grid.cell_px)
    start_x, start_y = _planes(grid.centres(cells))
    x, y = start_x, start_y
    error = np.zeros(x.shape, np.float32)
    hidden = np.zeros(x.shape, np.bool_)
    half = np.float32(0.5)
    for field in fields:  # plane by plane, which is twice as fast as in vectors of two or three
        columns, rows = (x + half) / across - half, (y + half) / down - half
        step = cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        step_x, step_y, missed = _planes(np.asarray(step, np.float32))
        x, y = x + step_x, y + step_y
        error = error + np.minimum(missed, np.float32(_LARGEST_ERROR_PX2))
        length = step_x * step_x + step_y * step_y
        hidden = hidden | (missed > np.float32(_HIDDEN_PX2) + np.float32(_HIDDEN_SHARE) * length)
        shift = np.asarray(cv2.merge([x - start_x, y - start_y]), np.float32)
        yield Path(shift, error, hidden)


def _planes(vectors_hwc: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    return [np.asarray(plane, np.float32) for plane in cv2.split(vectors_hwc)]


def _on_grid(flow_hw2: Flow, grid: Grid) -> Flow:
    height, width = flow_hw2.shape[:2]
    return grid.means(flow_hw2) * np.array([grid.width_px / width, grid.height_px / height], np.float32)


def _round_trip(there: Flow, back: Flow, grid: Grid) -> npt.NDArray[np.float32]:
    """Return by how much each cell misses its start that goes there and back, in square pixels."""
    missed = there + warp(back, grid.places(grid.centres(grid.whole) + there))
    return squared_length(missed)


def _completed(flow: Flow, sight: Sight, error: npt.NDArray[np.float32]) -> Flow:
    """Replace flow in and near holes by what its surroundings say."""
    completed = flow.copy()
    for cells in sight.holes:
        trust = sight.known[cells.slices] * np.exp(-error[cells.slices])
        trust[trust < _DOUBTED] = 0
        completed[cells.slices] = complete_flow(np.ascontiguousarray(flow[cells.slices]), trust)
    return completed
