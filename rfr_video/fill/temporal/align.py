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
from rfr_video.motion.flow import DisFlow, DisPreset
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.steps import Path
from rfr_video.motion.warp import (
    SamplingMap,
    identity_map,
    inside,
    moved_map,
    places_of,
    squared_length,
    warp,
)

ALIGNMENT_MARGIN_PX = 32
STILL_PX = 0.2
"""Displacements that are smaller than this throughout are none: resampling by them would only blur."""

_KERNEL_PX = 3
_REST_MODELS: tuple[Model, ...] = ("translation",)  # the path has followed the camera already
_UNREDUCED_PX = 128 * 128  # what a path misses is measured on pictures of half the size, if larger
_CELL_PX = 4.0
_CODES = 12.0  # a photometric error at which flow is believed by a third
_FARTHEST_PX = 4.0  # what is farther off than the path can be wrong by is believed less
_LEAST_BELIEF = 0.2


_UNREDUCED_FLOW = DisFlow(DisPreset.FAST)
_REDUCED_FLOW = DisFlow(DisPreset.FAST, largest_px=256 * 256, finest_scale=1)  # as fine as the other


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
        reduced: The grid of the pixels of ``around`` at the size at which it is aligned.
        gray: Luma of ``around`` on that grid, uint8.
        measured: Which of its pixels tell of motion, 0 to 255 likewise.
    """

    look: Look
    patch: Patch
    region: Rect
    rect: Rect
    around: Rect
    cells: Rect
    reduced: Grid
    gray: npt.NDArray[np.uint8]
    measured: npt.NDArray[np.uint8]

    @classmethod
    def of_region(cls, look: Look, number: int, *, grid: Grid) -> "Place":
        """Return the place of a region of the frame's hole."""
        hole = look.masked.hole
        assert hole is not None
        assert look.maps is not None
        picture, rect = look.samples.rect, hole.regions[number].rect
        around = _halvable(rect.grown(look.ring_px + ALIGNMENT_MARGIN_PX, within=picture))
        reduction = 2 if around.width * around.height > _UNREDUCED_PX else 1
        reduced = Grid.of_cells(around.width, around.height, cell_px=reduction)
        return cls(
            look=look,
            patch=look.patches[number],
            region=rect,
            rect=rect.grown(look.ring_px, within=picture),
            around=around,
            cells=grid.cells_over(around),
            reduced=reduced,
            gray=reduced.shrunk(look.gray[around.slices]),
            measured=reduced.shrunk(look.maps.measured[around.slices]),
        )


def align(place: Place, other: Look, path: Path, *, grid: Grid) -> SamplingMap:
    """Find where each pixel of a place is in another frame.

    Args:
        place: Where to look from.
        other: The other frame.
        path: The way there, from the place's cells.
        grid: Of the path.

    Returns:
        A sampling map into the other frame, float32 (h, w, 2) over ``place.rect``.
    """
    around, reduced = place.around, place.reduced
    start = moved_map(reduced.centres(reduced.whole), around.x, around.y)
    there = start + warp(path.shift, grid.places(start, within=place.cells))
    warped = warp(other.gray, there)
    scale = np.float32(around.width / reduced.columns)
    flow = (_REDUCED_FLOW if scale > 1 else _UNREDUCED_FLOW).flow(place.gray, warped)
    local = Grid.of_cells(reduced.columns, reduced.rows, cell_px=_CELL_PX / float(scale))
    belief = _belief(place, other, warped=warped, there=there, flow=flow, local=local)
    missed = complete_flow(local.means(flow), belief, models=_REST_MODELS) * scale
    cells = Grid(around.width, around.height, local.columns, local.rows)
    rest = cells.over(place.rect.relative_to(around), missed, cells=cells.whole)
    start = places_of(place.rect)
    moved = rest + warp(path.shift, grid.places(start + rest, within=place.cells))
    if cv2.norm(moved, cv2.NORM_INF) < STILL_PX:
        return start
    return np.asarray(start + moved, np.float32)


def is_still(at: SamplingMap, place: Place) -> bool:
    """Whether a map leads from every pixel of a place to the very same pixel."""
    return cv2.norm(at, places_of(place.rect), cv2.NORM_INF) == 0


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
    step = other.samples.step
    rect = _looked_at(other, at).aligned(step.x, step.y, within=other.samples.rect)
    rgb_hw3 = other.samples.crop(rect, spec)
    hole = other.masked.hole
    for patch in patches:
        if hole is None or not patch.rect.overlaps(rect):
            continue
        shared = patch.rect.intersection(rect)
        inside = rgb_hw3[shared.relative_to(rect).slices]
        cv2.copyTo(patch.rgb_hw3[shared.relative_to(patch.rect).slices], hole.mask[shared.slices], inside)
    return warp(rgb_hw3, moved_map(at, -rect.x, -rect.y), interpolation=cv2.INTER_CUBIC)


def _halvable(rect: Rect) -> Rect:
    """Return the largest part of a rectangle with even sides, unless it is a mere line."""
    width, height = (max(side - side % 2, 1) for side in (rect.width, rect.height))
    return Rect(rect.x, rect.y, width, height)


def fetch_share(
    other: Look, shares: Sequence[tuple[Rect, FloatPlane]], at: SamplingMap
) -> npt.NDArray[np.float32]:
    """Fetch a share that holds for what a frame's hole was filled with; what is known there has 1.

    Args:
        other: The frame.
        shares: Float32 over rectangles; only what lies in the hole is used.
        at: Where to fetch, float32 (h, w, 2).
    """
    rect = _looked_at(other, at)
    share_hw = np.ones((rect.height, rect.width), np.float32)
    hole = other.masked.hole
    for where, all_hw in shares:
        if hole is None or not where.overlaps(rect):
            continue
        shared = where.intersection(rect)
        unknown, values_hw = hole.mask[shared.slices] > 0, all_hw[shared.relative_to(where).slices]
        share_hw[shared.relative_to(rect).slices][unknown] = values_hw[unknown]
    return warp(share_hw, at - np.array([rect.x, rect.y], np.float32))


def _looked_at(other: Look, at: SamplingMap) -> Rect:
    """Return what a map looks at in another frame, with room for the kernel."""
    picture = other.samples.rect
    x, y = at[:, :, 0], at[:, :, 1]
    low = np.floor([float(x.min()), float(y.min())]).astype(int) - _KERNEL_PX
    high = np.ceil([float(x.max()), float(y.max())]).astype(int) + _KERNEL_PX + 1
    left, top = np.clip(low, 0, [picture.width - 1, picture.height - 1])
    right, bottom = np.clip(high, [left + 1, top + 1], [picture.width, picture.height])
    return Rect.from_edges(int(left), int(top), int(right), int(bottom))


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
    known = place.measured
    if other.maps is not None:
        known = cv2.min(known, warp(other.maps.measured, there, border=cv2.BORDER_CONSTANT))
    again = warp(warped, identity_map(*warped.shape) + flow)
    error = local.means(cv2.absdiff(again, place.gray)) / np.float32(_CODES)
    farthest_px = np.float32(_FARTHEST_PX * place.reduced.columns / place.around.width)
    length = squared_length(local.means(flow)) / farthest_px**2
    belief = np.exp(-(error**2) - length) * (local.means(known) / np.float32(255))
    return np.where(belief < _LEAST_BELIEF, np.float32(0), belief).astype(np.float32)
