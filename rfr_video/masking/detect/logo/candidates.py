"""Places where an overlay may be: clusters of edges that stay while the scene around them changes."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import BUSY, STILL, Average, Evidence, gradients
from rfr_video.masking.detect.logo.segment import Where
from rfr_video.media.colour import FloatImage

_STEADY = 2.0
_FAINT = 1.5
"""From this gradient on edges of the scene tell what it does: dark and flat scenes have no others."""

_BLOCKS = 8
_LEAST_EDGES = 12
_BORDER_SHARE = 0.015


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of the working size, bool (H, W), that stand out from what the scene of this video is like.

    Attributes:
        still: Consistent over time.
        sharp: Consistent over time, or where the deviation over time falls or rises at once.
        busy: Anywhere where there ever is structure.
        scene: How consistent edges of the scene are, 0 to 1.
    """

    still: Where
    sharp: Where
    busy: Where
    scene: float


@dataclass(frozen=True, eq=False)
class Candidate:
    """A cluster of steady edges.

    Attributes:
        seeds: The edges, bool (H, W) of the working size.
        rect: The box around them.
        edges: How many samples they are.
        still_around: Share of the edges around the cluster that stay as well, 0 to 1.
    """

    seeds: Where
    rect: Rect
    edges: int
    still_around: float


def find_edges(evidence: Evidence) -> Edges:
    """Tell edges that stand out from those of the scene."""
    structure = evidence.busy > BUSY
    still, scene = still_edges(evidence, evidence.steady)
    counts = _off_border(structure.shape)
    fall = np.asarray(np.hypot(*gradients(np.log(evidence.deviation))), np.float32)
    usual_fall = _usual(fall, np.ones_like(structure), share=0.97)
    sharp = still | ((fall > max(2 * usual_fall, 0.12)) & counts)
    return Edges(still, np.asarray(sharp), np.asarray(structure | still), scene)


def still_edges(average: Average, steady: FloatImage) -> tuple[Where, float]:
    """Tell which edges stay better than those of the scene, bool (H, W), and how consistent those are.

    Args:
        average: Of many frames.
        steady: Length of the mean gradient, levels per sample; the largest of the three planes.
    """
    scene = _usual(average.consistency, average.busy > _FAINT, share=0.95)
    stays = (steady > _STEADY) & (average.consistency > least_consistency(scene))
    return np.asarray(stays & _off_border(steady.shape)), scene


def least_consistency(scene: float) -> float:
    """Return from what consistency on edges stand out from those of a scene of a consistency."""
    return float(np.clip(1.5 * scene, 0.35, STILL))


def border_px(length: int) -> int:
    """Return how wide the border is, for a picture of a height or a width."""
    return max(2, round(_BORDER_SHARE * length))


def _off_border(shape: tuple[int, ...]) -> Where:
    """Return what is not so near to the border that the edge of a smaller picture may lie there."""
    inside = np.zeros(shape, np.bool_)
    rows, columns = map(border_px, shape)
    inside[rows : shape[0] - rows, columns : shape[1] - columns] = True
    return inside


def _usual(values: FloatImage, where: Where, *, share: float) -> float:
    """Return what a share of the samples stays below in three quarters of all parts of the picture."""
    height, width = values.shape
    levels: list[float] = []
    for row in range(_BLOCKS):
        for column in range(_BLOCKS):
            part = (
                slice(row * height // _BLOCKS, (row + 1) * height // _BLOCKS),
                slice(column * width // _BLOCKS, (column + 1) * width // _BLOCKS),
            )
            inside = where[part]
            if np.count_nonzero(inside) >= 0.01 * inside.size:
                levels.append(float(np.quantile(values[part][inside], share)))
    return float(np.quantile(levels, 0.75)) if levels else 0.0


def candidates(edges: Edges) -> Iterator[Candidate]:
    """Yield clusters of steady edges."""
    still, busy = edges.still, edges.busy
    height, width = busy.shape
    side = 2 * round(0.01 * width) + 1
    joined = cv2.dilate(still.view(np.uint8), np.ones((side, side), np.uint8))
    count, labels, rows, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    for number in range(1, count):
        x, y, w, h = (int(value) for value in rows[number][:4])
        rect = Rect(x, y, w, h)
        seeds = still & (labels == number)
        amount = int(np.count_nonzero(seeds))
        if amount < _LEAST_EDGES:
            continue
        ring = rect.grown(max(w, h, width // 10), within=Rect(0, 0, width, height))
        beside = np.ones((ring.height, ring.width), np.bool_)
        beside[rect.relative_to(ring).slices] = False
        near_busy = int(np.count_nonzero(busy[ring.slices] & beside))
        near_still = int(np.count_nonzero(still[ring.slices] & beside))
        yield Candidate(seeds, rect, amount, near_still / max(near_busy, 1))
