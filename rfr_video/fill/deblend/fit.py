"""Alpha from many frames: how what is seen follows what is behind.

In every pixel the seen luma is a line over the luma behind it, seen = (1 − α) · behind + part. What is behind
is known but roughly, from other frames; so frames are weighted by how far they can be trusted, and by how
well they fit (iteratively reweighted least squares). Errors of what is behind flatten the line; so their
variance is taken off (W. Fuller, "Measurement Error Models", Wiley 1987). Where the background hardly
changes, the slope is uncertain; then neighbours decide, across all but the overlay's own edges, which the
mean difference from the background shows. That the overlay is found from many frames, and its edges from what
stays while all else changes, is the idea of T. Dekel, M. Rubinstein, C. Liu, W. Freeman, "On the
Effectiveness of Visible Watermarks", CVPR 2017; that the background is borrowed from where it is seen
uncovered is what video adds.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.matte import LEAST_TRANSMISSION
from rfr_video.media.colour import FloatImage

ROUNDS = 6
NEARBY_PX = 2.0
_EXACT_CODES = 1.5
"""A background is never known better than this."""

_GUESS_CODES2 = 400.0
"""What is not borrowed is guessed, and wrong by this mean square, which does not average out in time."""

_LEAST_TRUST = 0.02
_ALIKE = 10.0
"""So many frames count as one for the slope: what was borrowed is wrong in the same way for a while."""

_ALIKE_IN_MEAN = 2.0
"""Likewise for the mean, of frames between which what is behind has changed."""

_SMOOTHNESS = 100.0
_EDGE_CODES = 6.0
_ROUNDS_OF_SMOOTHING = 3
_DIFFUSIONS = 100
_SHARED_PX = 3.0
_SHARED = 10.0
_CHANGE_CODES2 = 20.0
_LEAST_TRUE = 0.6
"""So much of the variance of what is behind is at least taken for true changes."""

_MOST_ERROR_CODES2 = 20.0
"""Larger errors are rare ones of what was borrowed, and weighted down: they do not flatten a line."""

_TINY = 1e-9

Stack = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AlphaFit:
    """What was fitted to a region; all maps are (h, w).

    Attributes:
        alpha_hw: Float32, 0 to 1; 0 outside the hole.
        weights_thw: How much each frame says about each pixel, float32 (T, h, w).
        excess_hw: By how much the overlay changes the mean, in codes.
        error_hw: The mean square by which what is recovered is wrong, in squared codes.
        misfit_thw: The mean square of what the line does not explain nearby, of what is behind.
    """

    alpha_hw: FloatImage
    weights_thw: Stack
    excess_hw: FloatImage
    error_hw: FloatImage
    misfit_thw: Stack


def fit_alpha(
    seen_thw: Stack,
    behind_thw: Stack,
    trust_thw: Stack,
    hole_hw: npt.NDArray[np.bool_],
    *,
    black: float,
    white: float,
) -> AlphaFit:
    """Fit alpha to a region.

    Args:
        seen_thw: Luma that is seen, in codes of 8 bits, float32 (T, h, w).
        behind_thw: What is probably behind it.
        trust_thw: How far that is to be trusted, 0 to 1.
        hole_hw: Where the overlay may be.
        black: The least luma, in these codes.
        white: The largest luma.
    """
    line = _line(seen_thw, behind_thw, trust_thw, hole_hw)
    excess_hw = line.mean_seen - line.mean_behind
    slope_hw, precision_hw = _smoothed(line, excess_hw, hole_hw)
    alpha_hw = _possible(1 - slope_hw, excess_hw, line.mean_behind, black=black, white=white)
    alpha_hw = np.where(hole_hw, alpha_hw, np.float32(0)).astype(np.float32)
    return AlphaFit(
        alpha_hw=alpha_hw,
        weights_thw=line.weights,
        excess_hw=np.where(hole_hw, excess_hw, 0).astype(np.float32),
        error_hw=_error(line, 1 - alpha_hw, precision_hw, behind_thw, trust_thw),
        misfit_thw=line.misfit,
    )


@dataclass(frozen=True, eq=False)
class _Line:
    """A line per pixel, fitted by weighted least squares."""

    slope: FloatImage
    mean_seen: FloatImage
    mean_behind: FloatImage
    variance: FloatImage
    weights: Stack
    misfit: Stack


def _line(seen: Stack, behind: Stack, trust: Stack, hole_hw: npt.NDArray[np.bool_]) -> _Line:
    hole = hole_hw.astype(np.float32)
    near = _blurred(hole, NEARBY_PX) + np.float32(1e-3)
    prior = trust**2 + np.float32(_LEAST_TRUST)
    error = np.minimum(np.float32(_GUESS_CODES2) * (1 - trust) ** 2, np.float32(_MOST_ERROR_CODES2))
    weights = misfit = prior
    slope = mean_seen = mean_behind = variance = hole
    for _ in range(ROUNDS):
        total = weights.sum(axis=0) + np.float32(_TINY)
        mean_seen, mean_behind = (weights * seen).sum(axis=0) / total, (weights * behind).sum(axis=0) / total
        deviation = behind - mean_behind
        spread = (weights * deviation**2).sum(axis=0)
        variance = np.maximum(spread - (weights * error).sum(axis=0), np.float32(_LEAST_TRUE) * spread)
        slope = (weights * deviation * (seen - mean_seen)).sum(axis=0) / (variance + np.float32(_TINY))
        slope = np.clip(slope, LEAST_TRANSMISSION, 1.1).astype(np.float32)
        missed = ((seen - mean_seen) / np.maximum(slope, 0.1) - deviation) * hole
        misfit = np.stack([_blurred(one**2, NEARBY_PX) for one in missed]) / near
        weights = np.asarray(prior / (misfit + _EXACT_CODES**2), np.float32)
    return _Line(slope, mean_seen, mean_behind, variance, weights, misfit)


def _smoothed(
    line: _Line, excess_hw: FloatImage, hole_hw: npt.NDArray[np.bool_]
) -> tuple[FloatImage, FloatImage]:
    """Let uncertain slopes follow their neighbours; the second result is how certain they are now.

    Minimises Σ precision · (z − slope)² + smoothness · Σ (difference of neighbours)² by Jacobi's iteration,
    the latter only as far as the excess does not change; outside the hole z is 1.
    """
    across = np.float32(_SMOOTHNESS) / (1 + (np.diff(excess_hw, axis=1) / np.float32(_EDGE_CODES)) ** 2)
    down = np.float32(_SMOOTHNESS) / (1 + (np.diff(excess_hw, axis=0) / np.float32(_EDGE_CODES)) ** 2)
    measured = np.where(hole_hw, np.minimum(line.slope, 1), np.float32(1)).astype(np.float32)
    sides = np.zeros_like(measured)
    sides[:, :-1] += across
    sides[:, 1:] += across
    sides[:-1] += down
    sides[1:] += down
    smooth = precision = measured
    for _ in range(_ROUNDS_OF_SMOOTHING):
        # What is behind is wrong by so much; what is seen, by as much less as it is covered.
        noise = np.maximum(smooth, np.float32(0.1)) ** 2 * np.float32(_ALIKE)
        precision = np.where(hole_hw, line.variance / noise, np.float32(1e9)).astype(np.float32)
        for _ in range(_DIFFUSIONS):
            pull = precision * measured
            pull[:, :-1] += across * smooth[:, 1:]
            pull[:, 1:] += across * smooth[:, :-1]
            pull[:-1] += down * smooth[1:]
            pull[1:] += down * smooth[:-1]
            smooth = pull / (precision + sides)
    shared = _blurred(np.where(hole_hw, precision, 0).astype(np.float32), _SHARED_PX)
    certainty = np.where(hole_hw, precision + np.float32(_SHARED) * shared, precision)
    return np.clip(smooth, LEAST_TRANSMISSION, 1).astype(np.float32), certainty.astype(np.float32)


def _possible(
    alpha_hw: FloatImage, excess_hw: FloatImage, behind_hw: FloatImage, *, black: float, white: float
) -> FloatImage:
    """Return alpha, at least so large that no colour is needed that is brighter than white or below black."""
    brighter = excess_hw / np.maximum(white - behind_hw, 1)
    darker = -excess_hw / np.maximum(behind_hw - black, 1)
    return np.clip(np.maximum(alpha_hw, np.maximum(brighter, darker)), 0, 1).astype(np.float32)


def _error(
    line: _Line, slope_hw: FloatImage, precision_hw: FloatImage, behind: Stack, trust: Stack
) -> FloatImage:
    """Return how wrong what is recovered may be: by the mean, and by the slope away from the mean."""
    guessed = np.float32(_GUESS_CODES2) * (1 - trust) ** 2
    total = line.weights.sum(axis=0) + np.float32(_TINY)
    error = (line.weights * np.maximum(line.misfit, guessed)).sum(axis=0) / total
    effective = 1 + _changes(behind, error) / np.float32(_ALIKE_IN_MEAN)
    spread = line.variance / total
    by_mean = error / effective
    by_slope = spread / np.maximum(precision_hw, np.float32(_TINY))
    by_slope /= np.maximum(slope_hw, np.float32(LEAST_TRANSMISSION)) ** 2
    return np.asarray(by_mean + by_slope, np.float32)


def _changes(behind: Stack, error: FloatImage) -> FloatImage:
    """Count how often what is behind changes: frames that show the same are one witness."""
    count = np.zeros_like(error)
    for before, after in pairwise(behind):
        change = _blurred((after - before) ** 2, NEARBY_PX)
        count += change / (change + 2 * error + np.float32(_CHANGE_CODES2))
    return count


def _blurred(values: FloatImage, sigma_px: float) -> FloatImage:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)
