"""Direct alignment of a frame with another one around a hole, and fetching from there.

A path along many steps drifts. So the other frame, warped by the path, is compared with this one directly:
what flow is left around the hole is completed behind it and added. Every pixel is then fetched once, from
native samples, with a cubic kernel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.look import Look, Patch
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.motion.camera import Model
from rfr_video.motion.completion import complete_flow
from rfr_video.motion.flow import FlowEstimator
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.steps import Path
from rfr_video.motion.warp import SamplingMap, identity_map, inside, squared_length, warp

ALIGNMENT_MARGIN_PX = 32
STILL_PX = 0.2
"""Displacements that are smaller than this throughout are none: resampling by them would only blur."""

_KERNEL_PX = 3
_REST_MODELS: tuple[Model, ...] = ("translation",)  # the path has followed the camera already
_CELL_PX = 4.0
_CODES = 12.0  # a photometric error at which flow is believed by a third
_FARTHEST_PX = 4.0  # what is farther off than the path can be wrong by is believed less
_LEAST_BELIEF = 0.2


@dataclass(frozen=True)
class Place:
    """A region of the hole of a frame, and the rectangles around it that are worked on.

    Attributes:
        look: The frame.
        patch: The region's surroundings, filled smoothly.
        region: The region's own rectangle.
        rect: The region and its ring.
        around: What is looked at for alignment.
        cells: The cells of the grid over ``around``.
    """

    look: Look
    patch: Patch
    region: Rect
    rect: Rect
    around: Rect
    cells: Rect

    @classmethod
    def of_region(cls, look: Look, number: int, *, grid: Grid) -> "Place":
        """Return the place of a region of the frame's hole."""
        hole = look.masked.hole
        assert hole is not None
        picture, rect = look.samples.rect, hole.regions[number].rect
        around = rect.grown(look.ring_px + ALIGNMENT_MARGIN_PX, within=picture)
        return cls(
            look=look,
            patch=look.patches[number],
            region=rect,
            rect=rect.grown(look.ring_px, within=picture),
            around=around,
            cells=grid.cells_over(around),
        )


def align(place: Place, other: Look, path: Path, *, grid: Grid, estimator: FlowEstimator) -> SamplingMap:
    """Find where each pixel of a place is in another frame.

    Args:
        place: Where to look from.
        other: The other frame.
        path: The way there, from the place's cells.
        grid: Of the path.
        estimator: Measures what the path missed.

    Returns:
        A sampling map into the other frame, float32 (h, w, 2) over ``place.rect``.
    """
    around = place.around
    start = identity_map(around.height, around.width) + np.array([around.x, around.y], np.float32)
    shift = grid.over(around, path.shift, cells=place.cells)
    gray = place.look.gray[around.slices]
    warped = warp(other.gray, start + shift)
    flow = estimator.flow(np.ascontiguousarray(gray), warped)
    local = Grid.of_cells(around.width, around.height, cell_px=_CELL_PX)
    belief = _belief(place, other, warped=warped, there=start + shift, flow=flow, local=local)
    rest = local.enlarged(complete_flow(local.means(flow), belief, models=_REST_MODELS))
    inner = place.rect.relative_to(around)
    at = (identity_map(around.height, around.width) + rest)[inner.slices]
    moved = rest[inner.slices] + warp(shift, np.ascontiguousarray(at))
    if float(np.abs(moved).max()) < STILL_PX:
        return np.ascontiguousarray(start[inner.slices])
    return np.asarray(start[inner.slices] + moved, np.float32)


def is_still(at: SamplingMap, place: Place) -> bool:
    """Whether a map leads from every pixel of a place to the very same pixel."""
    rect = place.rect
    return bool((at == identity_map(rect.height, rect.width) + np.array([rect.x, rect.y], np.float32)).all())


def visible(other: Look, at: SamplingMap) -> npt.NDArray[np.bool_]:
    """Whether a map leads to pixels that are known in another frame and lie in it, bool (h, w)."""
    if other.maps is None:
        height, width = other.gray.shape
        return inside(at, height=height, width=width)
    return warp(other.maps.known, at, border=cv2.BORDER_CONSTANT) > 252


def fetch(other: Look, patches: Sequence[Patch], at: SamplingMap, *, spec: ColorSpec) -> FloatImage:
    """Fetch pixels from a frame, once, with a cubic kernel.

    Args:
        other: The frame.
        patches: What to see in its hole.
        at: Where to fetch, float32 (h, w, 2).
        spec: The colour of the frame's samples.

    Returns:
        RGB, float32 (h, w, 3), nominally in [0, 1].
    """
    picture = other.samples.rect
    x, y = at[:, :, 0], at[:, :, 1]
    low = np.floor([float(x.min()), float(y.min())]).astype(int) - _KERNEL_PX
    high = np.ceil([float(x.max()), float(y.max())]).astype(int) + _KERNEL_PX + 1
    left, top = np.clip(low, 0, [picture.width - 1, picture.height - 1])
    right, bottom = np.clip(high, [left + 1, top + 1], [picture.width, picture.height])
    step = other.samples.step
    rect = Rect.from_edges(int(left), int(top), int(right), int(bottom)).aligned(
        step.x, step.y, within=picture
    )
    rgb_hw3 = other.samples.crop(rect, spec)
    hole = other.masked.hole
    for patch in patches if hole else ():
        if not patch.rect.overlaps(rect):
            continue
        shared = patch.rect.intersection(rect)
        unknown = hole.mask[shared.slices] > 0 if hole else np.zeros(0, np.bool_)
        inside = rgb_hw3[shared.relative_to(rect).slices]
        inside[unknown] = patch.rgb_hw3[shared.relative_to(patch.rect).slices][unknown]
    return warp(rgb_hw3, at - np.array([rect.x, rect.y], np.float32), interpolation=cv2.INTER_CUBIC)


def _belief(
    place: Place,
    other: Look,
    *,
    warped: npt.NDArray[np.uint8],
    there: SamplingMap,
    flow: npt.NDArray[np.float32],
    local: Grid,
) -> FloatPlane:
    """Return how far measured flow is to be believed, 0 to 1, on cells of the surroundings."""
    assert place.look.maps is not None
    rows, columns = place.around.slices
    known = place.look.maps.measured[rows, columns]
    if other.maps is not None:
        known = cv2.min(known, warp(other.maps.measured, there, border=cv2.BORDER_CONSTANT))
    again = warp(warped, identity_map(*warped.shape) + flow)
    error = local.means(cv2.absdiff(again, place.look.gray[rows, columns])) / np.float32(_CODES)
    length = squared_length(local.means(flow)) / np.float32(_FARTHEST_PX**2)
    belief = np.exp(-(error**2) - length) * (local.means(known) / np.float32(255))
    return np.where(belief < _LEAST_BELIEF, np.float32(0), belief).astype(np.float32)
