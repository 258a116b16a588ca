"""Dirt of film: blotches and specks, bright or dark, that are on one picture only.

A blotch stands out from the pictures before and after it (spikes.py). What does is cut into connected parts,
and of each it is told how likely it is dirt: by how far it stands out, how well its surroundings and the two
other pictures agree, its size and its shape. The coefficients were fitted to textures of damaged film that
were drawn into real clips.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.masking.detect.neighbours import Compared, compared
from rfr_video.masking.detect.planes import BytePlane, Planes
from rfr_video.masking.detect.sensitivity import least_logit
from rfr_video.masking.detect.spikes import spikes
from rfr_video.media.hole import Mask

EVIDENCE = (
    "standing out",
    "standing out farther",
    "misfit around",
    "crowd",
    "disagreement",
    "area",
    "compactness",
    "bias",
)
WEIGHTS = np.array([1.0, 0.91, -0.22, -1.32, 0.45, -0.04, -4.9], np.float32)
"""Coefficients of a logistic function of the evidence; the last one is raised from what fits clips with much
motion to what finds the specks of films, which are calmer."""

_LEAST_CODES = 8
_LEAST_AREA_PX = 2
_EDGE_CODES = 3
_EDGE_PX = 2
_AROUND_PX = 17
_WIDE_PX = 6


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
    for one in compared(pictures):
        yield dirt_mask(one, sensitivity=sensitivity)


def dirt_mask(one: Compared, *, sensitivity: float) -> Mask | None:
    """Find the dirt of one picture; see :func:`dirt_masks`."""
    if one.others is None:
        return None
    found = blotches(one.picture.luma, *(other.luma for other in one.others))
    is_chosen = np.einsum("ne,e->n", found.evidence, WEIGHTS) > least_logit(sensitivity)
    is_chosen &= found.areas >= _LEAST_AREA_PX
    is_chosen[0] = False
    if not is_chosen.any():
        return None
    core = (is_chosen * np.uint8(255))[found.labels]
    near = cv2.dilate(core, np.ones((2 * _EDGE_PX + 1, 2 * _EDGE_PX + 1), np.uint8))
    return np.asarray(cv2.max(core, cv2.min(near, found.edges)), np.uint8)


def blotches(picture: BytePlane, first: BytePlane, second: BytePlane) -> Blotches:
    """Return what may be dirt in the luma of a picture, given that of two others."""
    above, below = spikes(picture, first, second)
    spike = np.asarray(cv2.max(above, below), np.uint8)
    _, standing = cv2.threshold(spike, _LEAST_CODES, 1, cv2.THRESH_BINARY)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(np.asarray(standing, np.uint8), connectivity=8)
    at = np.flatnonzero(labels)
    numbers = labels.ravel()[at]
    areas = boxes[:, cv2.CC_STAT_AREA]

    def mean(plane: BytePlane) -> npt.NDArray[np.float32]:
        total = np.bincount(numbers, plane.ravel()[at], count)
        return np.asarray(total / np.maximum(areas, 1), np.float32)

    around = boxes[:, cv2.CC_STAT_WIDTH] * boxes[:, cv2.CC_STAT_HEIGHT]
    evidence = np.stack(
        [
            np.log(mean(spike) + 1),
            np.log(
                mean(np.asarray(cv2.max(*spikes(picture, first, second, reach_px=_WIDE_PX)), np.uint8)) + 1
            ),
            np.log(mean(_misfit(picture, first, second, standing=np.asarray(standing, np.uint8))) + 1),
            np.log(mean(np.asarray(cv2.absdiff(first, second), np.uint8)) + 1),
            np.log(areas),
            areas / around,
            np.ones(count),
        ],
        axis=1,
    )
    _, edges = cv2.threshold(spike, _EDGE_CODES, 255, cv2.THRESH_BINARY)
    return Blotches(
        np.asarray(labels, np.int32),
        np.asarray(areas, np.int32),
        evidence.astype(np.float32),
        np.asarray(edges, np.uint8),
    )


def _misfit(picture: BytePlane, first: BytePlane, second: BytePlane, *, standing: Mask) -> BytePlane:
    """Return how far what is around differs from the mean of two other pictures: where motion was misjudged.

    Args:
        picture: Uint8 (H, W).
        first: Another one, brought to where the picture is.
        second: Likewise.
        standing: 1 where the picture may have a defect, which does not count.

    Returns:
        Uint8 (H, W), in codes.
    """
    mean = cv2.addWeighted(first, 0.5, second, 0.5, 0)
    known = 1 - standing
    size = (_AROUND_PX, _AROUND_PX)
    total = cv2.boxFilter(cv2.absdiff(picture, mean) * known, cv2.CV_32F, size, normalize=False)
    count = cv2.boxFilter(known, cv2.CV_32F, size, normalize=False)
    return np.asarray(cv2.convertScaleAbs(total / (count + 1)), np.uint8)
