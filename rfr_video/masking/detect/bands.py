"""Bands of noise: what a tape shows that tracks badly, many lines high, at other places in every picture.

Where rows are torn or covered, motion cannot be measured, and the pictures before and after may be damaged as
well. So bands are first suspected on small pictures: wide, low parts that two others do not show. The motion
there is completed from what surrounds them, four other pictures are brought to where the picture is, and
samples that differ from three of the four are told from what moves by the size, shape and plainness of the
part that they make up. The coefficients were fitted to real noise that was laid over clips by
``benchmarks/bands.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.neighbours import Compared
from rfr_video.masking.detect.planes import BytePlane
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.media.hole import Mask

EVIDENCE = (
    "standing out",
    "width",
    "height",
    "covered",
    "covered around",
    "disagreement",
    "torn",
    "on one side",
    "bias",
)
WEIGHTS = np.array([2.72, 1.41, -1.77, -2.01, 0.26, -0.77, 1.01, -1.4, -15.98], np.float32)
"""Coefficients of a logistic function of the evidence."""

_SUSPECT_CODES, _LEAST_CODES = 8, 8
_SUSPECT_SHARE, _LEAST_SHARE = 0.3, 0.3
_SUSPECT_WIDTHS, _WIDTHS = 4, 8  # shares are means over so large parts of a row
_LEAST_WIDTH, _LARGEST_HEIGHT = 0.08, 0.3  # of a suspected part, over those of the picture
_LEAST_ASPECT = 2.0
_MARGINS = 60  # a margin above or below is so small a part of the picture's height
_HOLE_PX = (7, 9)  # motion is not believed so near to what is suspected
_LEAST_OTHERS = 3
_EDGE_ROWS = 2
_LITTLE = 0.01
_DENSE_PX = (15, 5)
_DENSE_SHARE = 0.4
_NEAR = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class Parts:
    """Connected parts of some rows of a picture that may be bands.

    Attributes:
        rows: Of the picture.
        labels: Int32 (rows, W): the number of the part, 0 where there is none.
        standing: Uint8 (rows, W), 1 where samples differ from what three others show.
        evidence: Float32 (N, one per :data:`EVIDENCE`); the first is of no part.
    """

    rows: slice
    labels: npt.NDArray[np.int32]
    standing: Mask
    evidence: npt.NDArray[np.float32]


def band_mask(one: Compared, *, sensitivity: float) -> Mask | None:
    """Find the bands of noise of one picture.

    Args:
        one: The picture and its neighbours.
        sensitivity: A part is taken where it is a band with a probability above 1 less this, 0 to 1.

    Returns:
        Uint8 (H, W), 255 where there is noise; ``None`` where there is none, and in shots of fewer than three
        pictures.
    """
    parts = band_parts(one)
    if parts is None:
        return None
    is_chosen = np.einsum("ne,e->n", parts.evidence, WEIGHTS) > least_logit(sensitivity)
    is_chosen[0] = False
    if not is_chosen.any():
        return None
    mask = np.zeros(one.picture.luma.shape, np.uint8)
    mask[parts.rows] = np.where(is_chosen[parts.labels] & filled(parts), 255, 0)
    return mask


def band_parts(one: Compared) -> Parts | None:
    """Return what may be bands; ``None`` where nothing is suspected."""
    suspected = _suspected(one)
    if suspected is None or one.around is None:
        return None
    height, width = one.picture.luma.shape
    margin = max(2, height // _MARGINS)
    there = np.flatnonzero(suspected.any(axis=1)) * height // suspected.shape[0]
    rows = slice(max(0, int(there[0]) - 2 * margin), min(height, int(there[-1]) + 2 * margin))
    hole = np.asarray(cv2.dilate(suspected, np.ones(_HOLE_PX, np.uint8)), np.uint8)
    others = one.around.luma(rows, hole=hole)
    if len(others) < _LEAST_OTHERS:
        return None
    whole = cv2.resize(cv2.dilate(suspected, _column(5)), (width, height))
    core = np.asarray(whole, np.uint8)[rows]
    return _parts(one, others, core, rows=rows, margin=margin)


def filled(parts: Parts) -> npt.NDArray[np.bool_]:
    """Return which samples of the parts are noise, bool (rows, W): what stands out, and what is among it."""
    dense = cv2.blur(parts.standing.astype(np.float32), _DENSE_PX)
    return (parts.labels > 0) & ((parts.standing > 0) | (np.asarray(dense) > _DENSE_SHARE))


def _suspected(one: Compared) -> Mask | None:
    """Return where a small picture has wide, low parts that others do not show, uint8 (h, w) of 0 and 1."""
    if one.small is None:
        return None
    small, first, second = one.small
    least, _ = _distances(small, (first, second))
    _, standing = cv2.threshold(least, _SUSPECT_CODES, 1, cv2.THRESH_BINARY)
    if not np.count_nonzero(standing):
        return None
    height, width = small.shape
    share = cv2.blur(standing.astype(np.float32), (_odd(width // _SUSPECT_WIDTHS), 3))
    core = np.asarray(share > _SUSPECT_SHARE, np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    if count < 2:
        return None
    wide, high = boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]
    is_kept = (wide >= _LEAST_WIDTH * width) & (high <= _LARGEST_HEIGHT * height)
    is_kept &= wide >= _LEAST_ASPECT * high
    is_kept[0] = False
    return is_kept[labels].astype(np.uint8) if is_kept.any() else None


def _distances(picture: BytePlane, others: Sequence[BytePlane]) -> tuple[BytePlane, BytePlane]:
    """Return how far samples lie outside the range of any other, and of all but one, uint8 (H, W) each."""
    smallest = second = np.full(picture.shape, 255, np.uint8)
    for other in others:
        above = cv2.subtract(picture, cv2.dilate(other, _NEAR))
        distance = cv2.max(above, cv2.subtract(cv2.erode(other, _NEAR), picture))
        second = np.asarray(cv2.min(second, cv2.max(smallest, distance)), np.uint8)
        smallest = np.asarray(cv2.min(smallest, distance), np.uint8)
    return smallest, second


def _parts(one: Compared, others: Sequence[BytePlane], core: Mask, *, rows: slice, margin: int) -> Parts:
    """Let what is suspected go on along and beside its rows, as far as these stand out; gather evidence."""
    picture = one.picture.luma[rows]
    height, width = one.picture.luma.shape
    least, second = _distances(picture, others)
    distances = np.where(cv2.dilate(core, _column(2 * margin + 1)) > 0, second, least)
    standing = np.asarray(cv2.threshold(distances, _LEAST_CODES, 1, cv2.THRESH_BINARY)[1], np.uint8)
    share = np.asarray(cv2.blur(standing.astype(np.float32), (_odd(width // _WIDTHS), 1)), np.float32)
    wide = cv2.max(core, np.asarray(share > _LEAST_SHARE, np.uint8))
    count, connected, boxes, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
    labels = np.asarray(connected, np.int32)
    is_suspected = np.zeros(count, np.bool_)
    is_suspected[labels[core > 0]] = True
    labels = np.where(is_suspected[labels], labels, 0).astype(np.int32)
    torn = cv2.subtract(_steps(picture), np.maximum.reduce([_steps(other) for other in others]))
    around, edges = _beside(np.asarray(boxes, np.int32), standing, np.asarray(torn, np.uint8), margin=margin)
    disagreement = np.minimum.reduce([cv2.absdiff(*pair) for pair in combinations(others, 2)])

    def total(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(labels.ravel(), values.ravel(), count), np.float64)

    stands = np.maximum(total(standing), 1)
    evidence = np.stack(
        [
            np.log(total(standing * distances) / stands + 1),
            np.log(boxes[:, cv2.CC_STAT_WIDTH] / width),
            np.log(boxes[:, cv2.CC_STAT_HEIGHT] / height),
            np.log(total(standing) / np.maximum(total(np.ones_like(standing)), 1) + _LITTLE),
            np.log(around + _LITTLE),
            np.log(total(standing * disagreement) / stands + 1),
            np.log(edges + 1),
            np.full(count, not one.is_between),
            np.ones(count),
        ],
        axis=1,
    )
    return Parts(rows, labels, standing, evidence.astype(np.float32))


def _beside(
    boxes: npt.NDArray[np.int32], standing: Mask, torn: BytePlane, *, margin: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Look at the rows above, below and at the edges of parts.

    Args:
        boxes: Around the parts, int (N, 5), as OpenCV gives them.
        standing: See :class:`Parts`.
        torn: By how much more rows differ from those above them than in other pictures, uint8 (rows, W).
        margin: How many rows above and below are looked at.

    Returns:
        Which share of the samples above and below stands out, and how far the most torn row is torn, in
        codes, float64 (N,) each.
    """
    by_row = standing.mean(axis=1)
    around: list[float] = []
    edges: list[float] = []
    for left, top, wide, high, _ in boxes.tolist():
        above, below = by_row[max(0, top - margin) : top], by_row[top + high : top + high + margin]
        around.append(float(above.sum() + below.sum()) / (2 * margin))
        rows = torn[max(0, top - _EDGE_ROWS) : top + high + _EDGE_ROWS, left : left + wide]
        edges.append(float(rows.mean(axis=1).max()))
    return np.array(around), np.array(edges)


def _steps(plane: BytePlane) -> BytePlane:
    """Return by how much samples differ from those above them, uint8 (rows, W)."""
    return np.asarray(cv2.absdiff(plane, np.vstack([plane[:1], plane[:-1]])), np.uint8)


def _column(rows: int) -> npt.NDArray[np.uint8]:
    return np.ones((rows, 1), np.uint8)


def _odd(px: int) -> int:
    return px // 2 * 2 + 1
