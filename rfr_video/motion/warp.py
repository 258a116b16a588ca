"""Sampling along flow: backward warps, and forward-backward consistency.

A *sampling map* is float32 (H, W, 2), x then y: the place in another picture that each pixel is fetched from.
Maps are composed, pictures are not: however long the chain, a picture is resampled once.
"""

from functools import lru_cache
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.motion.flow import Flow

SamplingMap = npt.NDArray[np.float32]
_NO_SECOND_MAP: Any = None  # x and y stand in one map; OpenCV's annotations know two only
Sample = TypeVar("Sample", np.uint8, np.uint16, np.float32)


@lru_cache(maxsize=16)
def identity_map(height: int, width: int) -> SamplingMap:
    """Return the map that fetches every pixel from its own place, float32 (H, W, 2); not to be written to."""
    at = np.empty((height, width, 2), np.float32)
    at[:, :, 0] = np.arange(width, dtype=np.float32)
    at[:, :, 1] = np.arange(height, dtype=np.float32)[:, np.newaxis]
    at.flags.writeable = False
    return at


def squared_length(vectors_hwc: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the sum of squares over the last axis, float32 (H, W)."""
    first, *others = (vectors_hwc[:, :, channel] for channel in range(vectors_hwc.shape[2]))
    total = first * first
    for plane in others:
        total += plane * plane
    return total


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
