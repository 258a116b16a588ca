"""From a place to a shape: which samples around the edges of an overlay belong to it.

In the mean over time scenes blur, and the outline of an overlay does not; in the deviation over time it
stands out too, because an overlay of opacity α leaves 1 − α of the change. What such outlines enclose belongs
to the overlay where it differs from a smooth continuation of what lies outside.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import Average
from rfr_video.media.colour import FloatImage

Where = npt.NDArray[np.bool_]

_DISTINCT = 3.0
_FADED = 0.33
"""Samples of less than this share of the distance nearby are what coding smears, or hardly opaque."""
_NEAR_PX = 11
_LEAST_SPREAD = (1.2, 0.8, 0.8, 0.08)
"""Of luma, chroma (levels) and the logarithm of the deviation: never trust surroundings to be smoother."""


@dataclass(frozen=True, eq=False)
class Segment:
    """The shape of an overlay.

    Attributes:
        rect: The box that was looked at, in samples of the working size.
        inside: Bool (height, width) of ``rect``.
        contrast: Median distance of what is inside from its surroundings, in their own spreads.
        opacity: Median share by which change is lowered inside, 0 to 1; about α where surroundings change.
    """

    rect: Rect
    inside: Where
    contrast: float
    opacity: float


def segment(average: Average, seeds: Where, sharp: Where, rect: Rect) -> Segment | None:
    """Find the shape around seeds; ``None`` where nothing stands out.

    Args:
        average: Of the scan.
        seeds: Edges of the overlay, bool (H, W).
        sharp: Edges that stand out from the scene, bool (H, W).
        rect: The box around the seeds.
    """
    height, width = seeds.shape
    picture = Rect(0, 0, width, height)
    size = min(rect.width, rect.height)
    around = rect.grown(max(12, round(0.6 * size)), within=picture)
    core = seeds[around.slices]
    bridge = 2 * int(np.clip(0.12 * size, 2, 12)) + 1
    outline = touching(dilated(sharp[around.slices] | core, 3), core)
    hull = filled(closed(outline, bridge))
    far = ~dilated(hull, 7)
    if np.count_nonzero(far) < 0.1 * far.size:
        return None
    residuals, distance = _residuals(average, around, far)
    peak = np.asarray(cv2.dilate(distance, np.ones((_NEAR_PX, _NEAR_PX), np.uint8)), np.float32)
    inside = hull & (distance > np.maximum(_DISTINCT, _FADED * peak))
    inside = closed(np.asarray(inside), 3)
    if not inside.any():
        return None
    return Segment(
        around,
        inside,
        float(np.median(distance[inside])),
        float(1 - np.exp(np.median(residuals[3][inside]))),
    )


def filled(where: Where) -> Where:
    """Fill what is enclosed."""
    height, width = where.shape
    flooded = np.zeros((height + 2, width + 2), np.uint8)
    flooded[1:-1, 1:-1] = where
    cv2.floodFill(flooded, None, (0, 0), (2,))
    return np.asarray(flooded[1:-1, 1:-1] != 2)


def _residuals(average: Average, rect: Rect, far: Where) -> tuple[list[FloatImage], FloatImage]:
    """Return how every feature differs from a smooth continuation of the outside, and all in one distance."""
    features = [*average.means, np.log(average.deviation)]
    residuals: list[FloatImage] = []
    squares = np.zeros(far.shape, np.float32)
    for feature, least in zip(features, _LEAST_SPREAD, strict=True):
        part = np.asarray(feature[rect.slices], np.float32)
        residual = part - _continued(part, far)
        spread = max(1.4826 * float(np.median(np.abs(residual[far]))), least)
        residuals.append(residual)
        squares += (residual / np.float32(spread)) ** 2
    return residuals, np.sqrt(squares)


def _continued(feature: FloatImage, outside: Where) -> FloatImage:
    """Continue a feature smoothly: means of what is outside, of the nearest neighbourhood that has any."""
    weight = outside.astype(np.float32)
    result = np.full(feature.shape, np.float32(np.mean(feature[outside])), np.float32)
    for sigma in (32, 16, 8, 4):
        if sigma > max(feature.shape):
            continue
        blurred = cv2.GaussianBlur(feature * weight, (0, 0), sigma)
        share = cv2.GaussianBlur(weight, (0, 0), sigma)
        trust = np.minimum(share * 4, 1)
        result = result + trust * (blurred / np.maximum(share, np.float32(1e-6)) - result)
    return np.asarray(result, np.float32)


def touching(where: Where, seeds: Where) -> Where:
    """Keep the connected parts that hold a seed."""
    count, labels = cv2.connectedComponents(where.view(np.uint8), connectivity=8)
    keep = np.zeros(count, np.bool_)
    numbers = np.asarray(labels, np.intp)
    keep[np.unique(numbers[seeds & where])] = True
    keep[0] = False
    return keep[numbers]


def dilated(where: Where, side_px: int) -> Where:
    """Grow by half a side, in a square shape."""
    return np.asarray(cv2.dilate(where.view(np.uint8), np.ones((side_px, side_px), np.uint8)) > 0)


def closed(where: Where, side_px: int) -> Where:
    """Close gaps that are narrower than a side."""
    kernel = np.ones((side_px, side_px), np.uint8)
    return np.asarray(cv2.morphologyEx(where.view(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)
