"""The guided filter: smooths a map, and lets it keep the edges of a picture.

Method: K. He, J. Sun, X. Tang, "Guided Image Filtering", ECCV 2010, with a colour guide (equations 14 to 16).
"""

from collections.abc import Sequence
from itertools import combinations_with_replacement

import cv2
import numpy as np
import numpy.typing as npt

FloatPlane = npt.NDArray[np.float32]


def guided_filter(
    guide_hw3: npt.NDArray[np.float32], plane: FloatPlane, *, radius_px: int, smoothness: float
) -> FloatPlane:
    """Filter a map along a picture.

    Args:
        guide_hw3: The picture, float32 (H, W, 3), about 0 to 1.
        plane: The map, float32 (H, W).
        radius_px: Of the windows in which the map is a linear function of the colour.
        smoothness: Variance of the guide below which it does not count as an edge.

    Returns:
        Float32 (H, W).
    """
    size = (2 * radius_px + 1, 2 * radius_px + 1)

    def mean(values: FloatPlane) -> FloatPlane:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)

    channels = [np.ascontiguousarray(guide_hw3[:, :, channel], np.float32) for channel in range(3)]
    means, plane_mean = [mean(channel) for channel in channels], mean(plane)
    shared = [
        np.asarray(mean(channel * plane) - own * plane_mean, np.float32)
        for channel, own in zip(channels, means, strict=True)
    ]
    pairs = combinations_with_replacement(range(3), 2)
    rr, rg, rb, gg, gb, bb = (
        np.asarray(mean(channels[i] * channels[j]) - means[i] * means[j], np.float32) for i, j in pairs
    )
    for variance in (rr, gg, bb):
        variance += np.float32(smoothness)
    # The inverse of a symmetric 3×3 matrix by its adjugate.
    first = [_minor(gg, bb, gb, gb), _minor(rb, gb, rg, bb), _minor(rg, gb, rb, gg)]
    second = [first[1], _minor(rr, bb, rb, rb), _minor(rg, rb, rr, gb)]
    third = [first[2], second[2], _minor(rr, gg, rg, rg)]
    determinant = np.maximum(_sum_of_products([rr, rg, rb], first), np.float32(1e-12))
    slopes = [
        np.asarray(_sum_of_products(row, shared) / determinant, np.float32) for row in (first, second, third)
    ]
    offset = np.asarray(plane_mean - _sum_of_products(slopes, means), np.float32)
    return _sum_of_products([mean(slope) for slope in slopes], channels) + mean(offset)


def _minor(one: FloatPlane, other: FloatPlane, third: FloatPlane, fourth: FloatPlane) -> FloatPlane:
    """Return the difference of two products of maps."""
    return np.asarray(one * other - third * fourth, np.float32)


def _sum_of_products(first: Sequence[FloatPlane], second: Sequence[FloatPlane]) -> FloatPlane:
    """Return the sum of the products of maps, pair by pair."""
    total = np.asarray(first[0] * second[0], np.float32)
    for one, other in zip(first[1:], second[1:], strict=True):
        total += one * other
    return total


def guided_filter_gray(
    guide: FloatPlane, plane: FloatPlane, *, radius_px: int, smoothness: float
) -> FloatPlane:
    """Filter a map along a gray picture, which costs a quarter (equations 5, 6 and 8).

    Args:
        guide: The picture, float32 (H, W), about 0 to 1.
        plane: The map, float32 (H, W).
        radius_px: See :func:`guided_filter`.
        smoothness: See :func:`guided_filter`.

    Returns:
        Float32 (H, W).
    """
    size = (2 * radius_px + 1, 2 * radius_px + 1)

    def mean(values: FloatPlane) -> FloatPlane:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)

    guide_mean, plane_mean = mean(guide), mean(plane)
    shared = mean(guide * plane) - guide_mean * plane_mean
    variance = mean(guide * guide) - guide_mean * guide_mean
    slope = np.asarray(shared / (variance + np.float32(smoothness)), np.float32)
    return mean(slope) * guide + mean(np.asarray(plane_mean - slope * guide_mean, np.float32))
