"""Dirt of film: blotches and specks, bright or dark, that are on one picture only.

A blotch stands out from the pictures before and after it (spikes.py). What does is cut into connected parts,
and of each it is told how likely it is dirt: by how far it stands out, how well its surroundings and the two
other pictures agree, how much else stands out around it, its size and its shape. The coefficients were fitted
to textures of damaged film that were drawn into real clips, by ``benchmarks/dirt.py``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.neighbours import Compared, compared
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.masking.detect.spikes import spikes, unrest
from rfr_video.media.hole import Mask
from rfr_video.motion.flow import DisFlow, DisPreset

EVIDENCE = (
    "standing out",
    "misfit around",
    "disagreement",
    "unrest",
    "crowd",
    "area",
    "compactness",
    "on one side",
    "bias",
)
WEIGHTS = np.array([3.78, -3.92, -0.63, 2.24, 0.39, -0.09, -1.67, -1.55, -5.98], np.float32)
"""Coefficients of a logistic function of the evidence."""

_LEAST_CODES = 8
_LEAST_AREA_PX = 2
_EDGE_CODES = 3
_EDGE_PX = 2
_AROUND_PX = 16  # sums over so large a square fit into 16 bits
_CROWD_PX = 33


@dataclass(frozen=True, eq=False)
class Blotches:
    """Connected parts of a picture that may be dirt.

    Attributes:
        labels: Int32 (H, W): the number of the part, 0 where there is none.
        areas: Of each in pixels, int (N,); the first is of no part.
        evidence: Float32 (N, one per :data:`EVIDENCE`).
        edges: Uint8 (H, W): 255 where a part may go on, if less clearly.
    """

    labels: npt.NDArray[np.int32]
    areas: npt.NDArray[np.int32]
    evidence: npt.NDArray[np.float32]
    edges: Mask


def dirt_masks(pictures: Iterable[Planes], *, sensitivity: float) -> Iterator[Mask | None]:
    """Find the dirt of every picture, in order.

    Looks ahead by :data:`rfr_video.masking.detect.neighbours.LOOK_AHEAD_FRAMES`.

    Args:
        pictures: All of one size.
        sensitivity: A part is taken where it is dirt with a probability above 1 less this, 0 to 1.

    Yields:
        Uint8 (H, W), 255 where there is dirt; ``None`` where there is none, and in shots of fewer than three
        pictures.
    """
    for one in compared_luma(pictures):
        yield dirt_mask(one, sensitivity=sensitivity)


def compared_luma(pictures: Iterable[Planes]) -> Iterator[Compared]:
    """Give every picture's luma its neighbours, finely: dirt is told by how well these agree around it."""
    return compared(
        (Planes(picture.luma) for picture in pictures),
        DisFlow(DisPreset.FAST),
        interpolation=cv2.INTER_LINEAR,
        beyond_borders=False,
    )


def dirt_mask(one: Compared, *, sensitivity: float) -> Mask | None:
    """Find the dirt of one picture; see :func:`dirt_masks`."""
    if one.others is None:
        return None
    found = blotches(one)
    is_chosen = np.einsum("ne,e->n", found.evidence, WEIGHTS) > least_logit(sensitivity)
    is_chosen &= found.areas >= _LEAST_AREA_PX
    is_chosen[0] = False
    if not is_chosen.any():
        return None
    core = (is_chosen * np.uint8(255))[found.labels]
    near = cv2.dilate(core, np.ones((2 * _EDGE_PX + 1, 2 * _EDGE_PX + 1), np.uint8))
    return np.asarray(cv2.max(core, cv2.min(near, found.edges)), np.uint8)


def blotches(one: Compared) -> Blotches:
    """Return what may be dirt in the luma of a picture that has two others."""
    assert one.others is not None
    picture, first, second = (planes.luma for planes in (one.picture, *one.others))
    above, below = spikes(picture, first, second)
    spike = np.asarray(cv2.max(above, below), np.uint8)
    standing = np.asarray(cv2.threshold(spike, _LEAST_CODES, 1, cv2.THRESH_BINARY)[1], np.uint8)
    count, labels = cv2.connectedComponents(standing, connectivity=8)
    labels = np.asarray(labels, np.int32)
    at = np.flatnonzero(standing.view(np.bool_))
    numbers = labels.ravel()[at]
    areas = np.bincount(numbers, minlength=count)

    def mean(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        total = np.bincount(numbers, values.astype(np.float64), count)
        return np.asarray(total / np.maximum(areas, 1), np.float32)

    crowd = mean(_sums(standing, _CROWD_PX).ravel()[at]) - areas
    evidence = np.stack(
        [
            np.log(mean(spike.ravel()[at]) + 1),
            np.log(mean(_misfit(picture, first, second, standing=standing, at=at)) + 1),
            np.log(mean(cv2.absdiff(first, second).ravel()[at]) + 1),
            np.log(mean(unrest(spike).ravel()[at]) + 1),
            np.log(np.maximum(crowd, 0) + 1),
            np.log(np.maximum(areas, 1)),
            areas / _box_areas(numbers, at // picture.shape[1], at % picture.shape[1], count=count),
            np.full(count, not one.is_between),
            np.ones(count),
        ],
        axis=1,
    )
    _, edges = cv2.threshold(spike, _EDGE_CODES, 255, cv2.THRESH_BINARY)
    return Blotches(
        labels,
        np.asarray(areas, np.int32),
        evidence.astype(np.float32),
        np.asarray(edges, np.uint8),
    )


def _box_areas(
    numbers: npt.NDArray[np.int32],
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    *,
    count: int,
) -> npt.NDArray[np.intp]:
    """Return the areas of the boxes around parts, int (count,); of a part without samples 1.

    Args:
        numbers: Of the part of each sample, int (S,).
        rows: Of each sample, int (S,).
        columns: Likewise.
        count: Of parts.
    """
    areas = np.ones(count, np.intp)
    for places in (rows, columns):
        first, last = np.full(count, np.iinfo(np.intp).max), np.full(count, -1)
        np.minimum.at(first, numbers, places)
        np.maximum.at(last, numbers, places)
        areas *= np.where(last < 0, 1, last - first + 1)
    return areas


def _misfit(
    picture: BytePlane,
    first: BytePlane,
    second: BytePlane,
    *,
    standing: Mask,
    at: npt.NDArray[np.intp],
) -> npt.NDArray[np.float64]:
    """Return how far what is around differs from the mean of two other pictures: where motion was misjudged.

    Args:
        picture: Uint8 (H, W).
        first: Another one, brought to where the picture is.
        second: Likewise.
        standing: 1 where the picture may have a defect, which does not count.
        at: Of which samples, row by row.

    Returns:
        Float64 (one per sample), in codes.
    """
    mean = cv2.addWeighted(first, 0.5, second, 0.5, 0)
    known = np.asarray(1 - standing, np.uint8)
    total = _sums(np.asarray(cv2.absdiff(picture, mean) * known, np.uint8), _AROUND_PX)
    return total.ravel()[at] / (_sums(known, _AROUND_PX).ravel()[at] + 1.0)


def _sums(plane: BytePlane, side_px: int) -> npt.NDArray[np.uint16]:
    sums = cv2.boxFilter(plane, cv2.CV_16U, (side_px, side_px), normalize=False)
    return np.asarray(sums, np.uint16)
