"""How a crop is run: on which resolution, with how many recurrences, in which tiles.

The rule: the network's own recurrences where they reach every pixel of the hole; else up to a few more;
where those do not reach either, the crop is shrunk by the smallest whole factor at which they do. A crop
larger than a tile is cut into overlapping tiles, and a tile that lies too deep in the hole counts as not
reached, so the factor grows until every tile is filled. Nothing unreached is ever shown.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.rfrnet.network import FIRST_WINDOW, SIZE_STEP_PX, RFRConfig

MARGIN_PX = (48, 192)
TILE_PX = 512
_FINE_STEP_PX = 2 * SIZE_STEP_PX
_COARSE_STEP_PX = 4 * SIZE_STEP_PX
_COARSE_FROM_PX = 256


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A crop's plan: ``tiles`` lie in the crop shrunk by ``factor``, and each contains a hole."""

    factor: int
    recurrences: int
    tiles: tuple[Rect, ...]


def bucket_px(length_px: int) -> int:
    """Round a side up to one of few lengths, so that crops of about one size share batches."""
    step = _FINE_STEP_PX if length_px <= _COARSE_FROM_PX else _COARSE_STEP_PX
    return -(-length_px // step) * step


def crop_around(hole: Rect, *, within: Rect, most_px: int = MARGIN_PX[1]) -> Rect:
    """Return the crop to give to the network for a hole.

    The margin is half the hole's longer side, 48 to 192 px, or less where ``most_px`` says so, but no more
    than one tile has room for, if that leaves 48 px: a second tile costs as much as the first. Then the crop
    is widened to a bucket's size as far as the picture allows, since real surroundings are better than
    mirrored ones.
    """
    least, most = MARGIN_PX[0], max(most_px, MARGIN_PX[0])
    margin = min(max(max(hole.width, hole.height) // 2, least), most)
    x, width = _stretch(hole.x, hole.width, margin, first=within.x, length=within.width)
    y, height = _stretch(hole.y, hole.height, margin, first=within.y, length=within.height)
    return Rect(x, y, width, height)


def _stretch(start: int, side: int, margin: int, *, first: int, length: int) -> tuple[int, int]:
    """Widen one side of a hole for :func:`crop_around`; returns where the crop begins, and its side."""
    if side + 2 * MARGIN_PX[0] <= TILE_PX:
        margin = min(margin, (TILE_PX - side) // 2)
    inner, outer = max(start - margin, first), min(start + side + margin, first + length)
    wide = min(bucket_px(outer - inner), length)
    return min(max(inner - (wide - (outer - inner)) // 2, first), first + length - wide), wide


def plan_workload(
    hole_hw: NDArray[np.bool_], *, config: RFRConfig, extra_recurrences: int, tile_px: int, overlap_px: int
) -> Workload:
    """Decide how to run a crop; raises :class:`MaskError` when the hole is the whole crop."""
    height, width = hole_hw.shape
    if hole_hw.all():
        raise MaskError(
            f"the hole covers all of the {width}×{height} crop, and nothing is known; "
            f"unmask at least a border around what is to be filled"
        )
    most = config.recurrences + extra_recurrences
    factor = 1
    while True:
        small_hw = shrink_hole(hole_hw, factor=factor)
        tiles = _tiles(small_hw, tile_px=tile_px, overlap_px=overlap_px)
        needed = [needed_recurrences(small_hw[tile.slices], config=config, at_most=most) for tile in tiles]
        if None not in needed:
            recurrences = max([config.recurrences, *(count for count in needed if count is not None)])
            return Workload(factor=factor, recurrences=recurrences, tiles=tiles)
        factor += 1


def needed_recurrences(hole_hw: NDArray[np.bool_], *, config: RFRConfig, at_most: int) -> int | None:
    """Return how many recurrences fill a hole; None if more than ``at_most``.

    At least the configured number where a bound from the hole's box shows that it suffices; that is the
    usual case, and cheap. Else the growth of the mask is run as the network runs it.
    """
    if _depth_bound_px(hole_hw) < config.reach_px(config.recurrences):
        return config.recurrences
    if config.form == "residual":
        return None if hole_hw.all() else config.recurrences
    height, width = hole_hw.shape
    padding = ((0, -height % SIZE_STEP_PX), (0, -width % SIZE_STEP_PX))
    known = torch.from_numpy(~np.pad(hole_hw, padding, mode="symmetric")).float()[None, None]
    known = _grown(known, kernel=FIRST_WINDOW.kernel, stride=FIRST_WINDOW.stride)
    known = _grown(known, kernel=config.kernel, stride=1)
    for count in range(at_most + 1):
        if bool(known.all()):
            return count
        known = _grown(_grown(known, kernel=config.kernel, stride=1), kernel=config.kernel, stride=1)
    return None


def shrink_hole(hole_hw: NDArray[np.bool_], *, factor: int) -> NDArray[np.bool_]:
    """Shrink a hole by a whole factor; what contains anything known is known."""
    if factor == 1:
        return hole_hw
    return np.asarray(_blocks(hole_hw, factor=factor).all(axis=(1, 3)))


def shrink_image(
    image_hw3: NDArray[np.float32], hole_hw: NDArray[np.bool_], *, factor: int
) -> NDArray[np.float32]:
    """Shrink an image by a whole factor, each pixel the mean of what is known in it, 0 where nothing is."""
    if factor == 1:
        return image_hw3
    weights_hw1 = (~hole_hw).astype(np.float32)[..., None]
    sums = _blocks(image_hw3 * weights_hw1, factor=factor).sum(axis=(1, 3))
    return sums / np.maximum(_blocks(weights_hw1, factor=factor).sum(axis=(1, 3)), 1)


def _blocks(array: NDArray[np.generic], *, factor: int) -> NDArray[np.generic]:
    """View an (H, W, ...) array as (H/f, f, W/f, f, ...), mirrored at the right and bottom if need be."""
    height, width, *rest = array.shape
    padding = [(0, -height % factor), (0, -width % factor), *([(0, 0)] * len(rest))]
    padded = np.pad(array, padding, mode="symmetric")
    return padded.reshape(padded.shape[0] // factor, factor, padded.shape[1] // factor, factor, *rest)


def _tiles(hole_hw: NDArray[np.bool_], *, tile_px: int, overlap_px: int) -> tuple[Rect, ...]:
    """Cut into overlapping tiles, evenly spread; those without a hole are left out."""
    rows, columns = (_spread(length, tile_px=tile_px, overlap_px=overlap_px) for length in hole_hw.shape)
    height, width = (min(length, tile_px) for length in hole_hw.shape)
    tiles = (Rect(x, y, width, height) for y in rows for x in columns)
    return tuple(tile for tile in tiles if hole_hw[tile.slices].any())


def _spread(length_px: int, *, tile_px: int, overlap_px: int) -> list[int]:
    """Return where tiles begin that cover a length with at least the overlap between neighbours."""
    if length_px <= tile_px:
        return [0]
    count = -(-(length_px - overlap_px) // (tile_px - overlap_px))
    return [(length_px - tile_px) * index // (count - 1) for index in range(count)]


def _depth_bound_px(hole_hw: NDArray[np.bool_]) -> float:
    """Bound how far a hole pixel is from a known one, from the hole's bounding box alone."""
    bound = np.inf
    for axis in (0, 1):
        places = np.flatnonzero(hole_hw.any(axis=1 - axis))
        if not places.size:
            return 0
        first, last = int(places[0]), int(places[-1])
        length = last - first + 1
        open_sides = (first > 0) + (last < hole_hw.shape[axis] - 1)
        if open_sides:
            bound = min(bound, (length + 1) // 2 if open_sides == 2 else length)
    return bound


def _grown(known: torch.Tensor, *, kernel: int, stride: int) -> torch.Tensor:
    known = functional.max_pool2d(known, (kernel, 1), (stride, 1), (kernel // 2, 0))
    return functional.max_pool2d(known, (1, kernel), (1, stride), (0, kernel // 2))
