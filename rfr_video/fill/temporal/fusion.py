"""From candidates to one picture, and how far it is to be trusted.

Both decisions are log-linear in the evidence: candidates are weighted by a softmax, trust in the result is a
logistic function. The coefficients were fitted on real clips with holes drawn into them, to the squared error
of the final picture, by ``benchmarks/trust.py``; cross-validated by clip, such a fit beats fixed thresholds
by far, and a small network in its place gains no more than two tenths of a decibel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.candidates import Candidate, Stage, luma, weighed
from rfr_video.media.colour import FloatImage
from rfr_video.motion.grid import FloatPlane
from rfr_video.motion.warp import squared_length, weighted

OFFER_EVIDENCE = ("ring error", "path error", "distance", "deviation", "error if still")
TRUST_EVIDENCE = (
    *(f"mean {name}" for name in OFFER_EVIDENCE),
    "texture around",
    "detail",
    "depth",
    "change",
    "disagreement",
    "effective candidates",
    "candidates",
    "bias",
)

OFFER_WEIGHTS = np.array([-2.57, -0.328, -0.521, 0.379, -0.109], np.float32)
TRUST_WEIGHTS = np.array(
    [-0.67, -0.357, -0.268, 0.185, 0.218, -0.007, 0.089, 0.901, -0.103, -0.424, 0.39, 0.721, 0.069],
    np.float32,
)

POOR = 0.002
"""A pixel that only candidates of this weight know, the best of its cell having 1, is half believed."""

_CODES2 = 255.0**2
_TINY = 1e-9
_STILL_CODES2 = 12.0


@dataclass(frozen=True, eq=False)
class Borrowed:
    """What a hole gets from other frames.

    Attributes:
        rgb_hw3: Float32 over the place's rectangle; the smooth fill where nothing was offered.
        trust_hw: Float32, 0 to 1: its best share in the final picture; 0 where nothing was offered.
    """

    rgb_hw3: FloatImage
    trust_hw: FloatPlane


@dataclass(frozen=True, eq=False)
class Evidence:
    """What candidates are judged by, on the cells of a stage.

    Attributes:
        offers: Float32 (N, rows, columns, one per :data:`OFFER_EVIDENCE`), natural logarithms.
        common: Float32 (rows, columns, 4): what is the same for all, from texture to change, in the order of
            :data:`TRUST_EVIDENCE`.
        seen: Float32 (N, rows, columns): the part of each cell that is hole and that a candidate sees.
        hole: Float32 (rows, columns): the part of each cell that is hole.
    """

    offers: npt.NDArray[np.float32]
    common: npt.NDArray[np.float32]
    seen: npt.NDArray[np.float32]
    hole: FloatPlane


def fuse(stage: Stage, candidates: Sequence[Candidate]) -> Borrowed:
    """Mix candidates, and say how far the mixture is to be trusted."""
    if not candidates:
        return Borrowed(stage.smooth_hw3, np.zeros(stage.hole_hw.shape, np.float32))
    evidence = gather(stage, candidates)
    logits = weighed(evidence.offers, OFFER_WEIGHTS)
    rgb_hw3, weight_hw = mixed(stage, candidates, logits)
    whole = trust_evidence(stage, candidates, evidence, logits, rgb_hw3)
    trust = 1 / (1 + np.exp(-weighed(whole, TRUST_WEIGHTS)))
    doubt = (1 - trust) * (1 - _certainty(candidates, evidence, logits))
    # Trust speaks of a cell; a pixel of which only the cell's poor candidates know deserves less.
    standing_hw = np.minimum(weight_hw * np.float32(1 + POOR) / (weight_hw + np.float32(POOR)), 1)
    trust_hw = np.asarray(stage.cells.enlarged(1 - doubt) * standing_hw, np.float32)
    borrowed_hw3 = stage.smooth_hw3.copy()
    cv2.copyTo(rgb_hw3, (weight_hw > 0).view(np.uint8), borrowed_hw3)
    return Borrowed(borrowed_hw3, trust_hw)


def _certainty(
    candidates: Sequence[Candidate], evidence: Evidence, logits: npt.NDArray[np.float32]
) -> FloatPlane:
    """Return how certain a mixture is because nothing moved: other frames show the very place, and agree."""
    weights = np.exp(logits - logits.max(axis=0)) * (evidence.seen + _TINY)
    shares = weights / weights.sum(axis=0)
    still = np.array([candidate.is_still for candidate in candidates], np.float32)
    deviation = np.exp(evidence.offers[..., OFFER_EVIDENCE.index("deviation")]) - 2
    error = np.stack([candidate.error for candidate in candidates]) + deviation
    seen = np.minimum(evidence.seen.sum(axis=0) / np.maximum(evidence.hole, np.float32(0.01)), 1)
    share = (shares * still[:, np.newaxis, np.newaxis]).sum(axis=0) * seen
    mean_error = (shares * error).sum(axis=0)
    return np.asarray(share / (1 + (mean_error / _STILL_CODES2) ** 2), np.float32)


def mixed(
    stage: Stage, candidates: Sequence[Candidate], logits: npt.NDArray[np.float32]
) -> tuple[FloatImage, FloatPlane]:
    """Mix candidates by a softmax of logits (N, rows, columns).

    Returns:
        The mixture, and float32 (h, w): the weight of all that know a pixel, where the best of the cell's
        candidates has 1; 0 where none knows it.
    """
    weights = np.exp(logits - logits.max(axis=0))
    total_hw = np.zeros(stage.hole_hw.shape, np.float32)
    sum_hw3 = np.zeros_like(stage.smooth_hw3)
    for candidate, weight in zip(candidates, weights, strict=True):
        weight_hw = (stage.cells.enlarged(weight) + np.float32(1e-6)) * candidate.seen_hw
        total_hw += weight_hw
        sum_hw3 += weighted(candidate.rgb_hw3, weight_hw)
    return weighted(sum_hw3, 1 / np.maximum(total_hw, np.float32(_TINY))), total_hw


def gather(stage: Stage, candidates: Sequence[Candidate]) -> Evidence:
    """Gather the evidence on the cells."""
    first = -1.5 * np.log(np.stack([candidate.error for candidate in candidates]) + 4)
    plain_hw3, _ = mixed(stage, candidates, first.astype(np.float32))
    seen: list[FloatPlane] = []
    offers: list[npt.NDArray[np.float32]] = []
    changes: list[FloatPlane] = []
    for candidate in candidates:
        seen_hw = candidate.seen_hw & stage.hole_hw
        share = stage.cells.means(seen_hw)
        deviation = _cell_error(stage, candidate.rgb_hw3 - plain_hw3, seen_hw, share)
        changes.append(_cell_error(stage, candidate.rgb_hw3 - stage.smooth_hw3, seen_hw, share))
        seen.append(share)
        distance = np.full(share.shape, np.float32(candidate.distance_frames))
        offers.append(
            np.stack(
                [
                    np.log(candidate.error + 2),
                    np.log(candidate.missed + np.float32(0.03)),
                    np.log(distance),
                    np.log(deviation + 2),
                    np.log(candidate.error_if_still + 2),
                ],
                axis=2,
            )
        )
    common = [
        np.log(stage.variance + 2),
        _detail(stage, plain_hw3),
        stage.depth,
        np.log(np.min(changes, axis=0) + 2),
    ]
    return Evidence(
        offers=np.stack(offers).astype(np.float32),
        common=np.stack(common, axis=2).astype(np.float32),
        seen=np.stack(seen),
        hole=stage.cells.means(stage.hole_hw),
    )


def trust_evidence(
    stage: Stage,
    candidates: Sequence[Candidate],
    evidence: Evidence,
    logits: npt.NDArray[np.float32],
    rgb_hw3: FloatImage,
) -> npt.NDArray[np.float32]:
    """Return what trust in a mixture depends on, float32 (rows, columns, one per :data:`TRUST_EVIDENCE`)."""
    weights = np.exp(logits - logits.max(axis=0)) * (evidence.seen + np.float32(1e-6))
    total = weights.sum(axis=0)
    shares = weights / total
    mean_offers = (shares[..., np.newaxis] * evidence.offers).sum(axis=0)
    spread = np.zeros_like(total)
    for candidate, share, seen in zip(candidates, shares, evidence.seen, strict=True):
        seen_hw = candidate.seen_hw & stage.hole_hw
        spread += share * _cell_error(stage, candidate.rgb_hw3 - rgb_hw3, seen_hw, seen)
    effective = 1 / (shares**2).sum(axis=0)
    count = evidence.seen.sum(axis=0) / np.maximum(evidence.hole, np.float32(0.01))
    rest = [np.log(spread + 2), np.log(effective), np.log(count + np.float32(0.1)), np.ones_like(total)]
    return np.concatenate([mean_offers, evidence.common, np.stack(rest, axis=2)], axis=2).astype(np.float32)


def _cell_error(
    stage: Stage, difference_hw3: FloatImage, seen_hw: npt.NDArray[np.bool_], share: FloatPlane
) -> FloatPlane:
    """Return the mean square of a difference over what is seen of each cell, in squared 8-bit codes."""
    square = squared_length(difference_hw3) * seen_hw
    error = stage.cells.means(square) * np.float32(_CODES2 / 3) / np.maximum(share, np.float32(0.02))
    return np.asarray(error, np.float32)


def _detail(stage: Stage, rgb_hw3: FloatImage) -> FloatPlane:
    """Return how much the mixture varies from pixel to pixel, as the logarithm of a squared gradient."""
    gray_hw = luma(rgb_hw3)
    x = np.asarray(cv2.Sobel(gray_hw, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    y = np.asarray(cv2.Sobel(gray_hw, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    return np.asarray(np.log(stage.cells.means(x**2 + y**2) * np.float32(_CODES2) + 1), np.float32)
