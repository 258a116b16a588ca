"""Sampling along flow: backward warps, and forward-backward consistency.

A *sampling map* is float32 (H, W, 2), x then y: the place in another picture that each pixel is fetched from.
Maps are composed, pictures are not: however long the chain, a picture is resampled once.
"""

from functools import lru_cache
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.motion.flow import Flow

SamplingMap = npt.NDArray[np.float32]
_NO_SECOND_MAP: Any = None  # x and y stand in one map; OpenCV's annotations know two only
Sample = TypeVar("Sample", np.uint8, np.uint16, np.float32)


def identity_map(height: int, width: int) -> SamplingMap:
    """Return the map that fetches every pixel from its own place, float32 (H, W, 2); not to be written to."""
    return places_of(Rect(0, 0, width, height))


@lru_cache(maxsize=16)
def places_of(rect: Rect) -> SamplingMap:
    """Return where the pixels of a rectangle are, float32 (H, W, 2); not to be written to."""
    at = np.empty((rect.height, rect.width, 2), np.float32)
    at[:, :, 0] = np.arange(rect.x, rect.right, dtype=np.float32)
    at[:, :, 1] = np.arange(rect.y, rect.bottom, dtype=np.float32)[:, np.newaxis]
    at.flags.writeable = False
    return at


def moved_map(at: SamplingMap, x: float, y: float) -> SamplingMap:
    """Return a map that leads right of and below where another one leads by so many pixels."""
    return np.asarray(cv2.transform(at, np.array([[1, 0, x], [0, 1, y]])), np.float32)


def squared_length(vectors_hwc: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """Return the sum of squares over the last axis, of 2 to 4 places, float32 (H, W)."""
    vectors_hwc = vectors_hwc.astype(np.float32, copy=False)
    squares = cv2.multiply(vectors_hwc, vectors_hwc)
    return np.asarray(cv2.transform(squares, np.ones((1, vectors_hwc.shape[2]), np.float32)), np.float32)


def weighted(
    values: npt.NDArray[np.floating[Any]], weight_hw: npt.NDArray[np.floating[Any] | np.bool_]
) -> npt.NDArray[np.float32]:
    """Return values (H, W) or (H, W, C), C from 2 to 4, times weights (H, W), float32.

    NumPy's own broadcasting is slow along so short an axis.
    """
    factors, weight = values.astype(np.float32, copy=False), weight_hw.astype(np.float32, copy=False)
    if factors.ndim == 3:
        weight = np.asarray(cv2.merge([weight] * factors.shape[2]), np.float32)
    return np.asarray(cv2.multiply(factors, weight), np.float32)


def warp(
    picture: npt.NDArray[Sample],
    at: SamplingMap,
    *,
    interpolation: int = cv2.INTER_LINEAR,
    border: int = cv2.BORDER_REPLICATE,
) -> npt.NDArray[Sample]:
    """Fetch pixels of a picture from where a map says.

    Args:
        picture: Uint8, uint16 or float32 (H, W) or (H, W, C), C at most 4.
        at: Where to fetch, (h, w, 2).
        interpolation: OpenCV's ``INTER_LINEAR``, ``INTER_CUBIC`` or ``INTER_NEAREST``.
        border: What is outside the picture: ``BORDER_REPLICATE`` goes on with its edge, ``BORDER_CONSTANT``
            is 0.

    Returns:
        Of the picture's type, (h, w) or (h, w, C).
    """
    return cast(
        "npt.NDArray[Sample]", cv2.remap(picture, at, _NO_SECOND_MAP, interpolation, borderMode=border)
    )


def inside(at: SamplingMap, *, height: int, width: int) -> npt.NDArray[np.bool_]:
    """Whether a map leads to places in a picture of that size, bool (h, w)."""
    x, y = at[:, :, 0], at[:, :, 1]
    return (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)


def round_trip_px(forward: Flow, backward: Flow) -> npt.NDArray[np.float32]:
    """Return how far from its start each pixel ends that goes along a flow and back.

    Method: forward-backward consistency as in N. Sundaram, T. Brox, K. Keutzer, "Dense Point Trajectories by
    GPU-accelerated Large Displacement Optical Flow", ECCV 2010.

    Args:
        forward: From A to B, (H, W, 2).
        backward: From B to A, of the same size.

    Returns:
        Float32 (H, W), in pixels.
    """
    height, width = forward.shape[:2]
    there = identity_map(height, width) + forward
    difference = forward + warp(backward, there)
    return np.sqrt(squared_length(difference))
