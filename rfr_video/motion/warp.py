"""Sampling along flow: grids, backward warps, composed maps, forward-backward consistency.

A *sampling map* is float32 (H, W, 2), x then y: the place in another picture that each pixel is fetched from.
Maps are composed, pictures are not: however long the chain, a picture is resampled once.
"""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.motion.flow import Flow

SamplingMap = npt.NDArray[np.float32]

OUTSIDE = -1e4
"""A coordinate that is in no picture."""


def identity_map(height: int, width: int) -> SamplingMap:
    """Return the map that fetches every pixel from its own place, float32 (H, W, 2)."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([columns, rows], axis=2)


def warp(picture: npt.NDArray[np.generic], at: SamplingMap, *, interpolation: int) -> npt.NDArray[np.generic]:
    """Fetch pixels of a picture from where a map says; outside of it the border goes on.

    Args:
        picture: Uint8, uint16 or float32 (H, W) or (H, W, C).
        at: Where to fetch, (h, w, 2).
        interpolation: OpenCV's ``INTER_LINEAR``, ``INTER_CUBIC`` or ``INTER_NEAREST``.

    Returns:
        Of the picture's type, (h, w) or (h, w, C).
    """
    return cv2.remap(picture, at, None, interpolation, borderMode=cv2.BORDER_REPLICATE)


def compose(first: SamplingMap, second: Flow) -> SamplingMap:
    """Go on from where a map leads, along the flow that starts there.

    Args:
        first: From the pixels of a picture A to places in B, (h, w, 2).
        second: Flow from B to C, (H, W, 2).

    Returns:
        From the pixels of A to places in C.
    """
    step = cv2.remap(second, first, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(first + step, np.float32)


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
    back = cv2.remap(backward, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    difference = forward + back
    return np.asarray(np.hypot(difference[:, :, 0], difference[:, :, 1]), np.float32)
