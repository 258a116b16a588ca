"""Thumbnails: tiny pictures on which shots are told apart.

All thumbnails have about the same area whatever the shape of the picture, so that what is measured on them
costs and means the same everywhere. Colour is left to the caller: a thumbnail has the channels of its
picture.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import UsageError

AREA_PX = 96 * 54
_SHORTEST_PX = 24
_READ_PER_SIDE = 4  # samples of the picture per side of a sample of the thumbnail: enough against aliasing
_PEAKS = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}


def thumbnail(picture: npt.NDArray[Any], *, peak: float | None = None) -> npt.NDArray[np.uint8]:
    """Make a thumbnail of about 5,200 samples (96×54 of a picture of 16:9).

    Args:
        picture: (H, W) or (H, W, 3), uint8, uint16 or float32.
        peak: The value of white; by default 255, 65535 and 1. Give 1023 for ten bits in a uint16.

    Returns:
        uint8 (h, w) or (h, w, 3). Means over areas; of a large picture every n-th sample is read.

    Raises:
        UsageError: The picture has another shape or type, or the peak is not positive.
    """
    if picture.ndim not in (2, 3) or (picture.ndim == 3 and picture.shape[2] != 3) or picture.size == 0:
        raise UsageError(f"a picture has shape {picture.shape}; give (H, W) or (H, W, 3)")
    white = _PEAKS.get(picture.dtype.name) if peak is None else peak
    if picture.dtype.name not in _PEAKS or white is None or not white > 0:
        raise UsageError(
            f"a picture of {picture.dtype} has its white at {white}; give uint8, uint16 or float32, "
            f"and a peak above 0"
        )
    small = _shrunk(picture)
    if small.dtype == np.uint8 and white == _PEAKS["uint8"]:
        return small
    return cv2.convertScaleAbs(np.maximum(small, 0), alpha=255.0 / white).astype(np.uint8, copy=False)


def hole_thumbnail(mask_hw: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Make the thumbnail of a mask: 255 wherever any part of a sample is to be filled.

    Args:
        mask_hw: uint8 (H, W), 0 = keep, anything else = fill; the size of the picture.

    Returns:
        uint8 (h, w) of 0 and 255, the size of the picture's thumbnail.

    Raises:
        UsageError: The mask has another shape.
    """
    if mask_hw.ndim != 2 or mask_hw.size == 0:
        raise UsageError(f"a mask has shape {mask_hw.shape}; give (H, W)")
    width, height = _size(mask_hw)
    filled = (mask_hw != 0).astype(np.float32)
    share = np.asarray(cv2.resize(filled, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    return np.where(share > 0, np.uint8(255), np.uint8(0))


def _size(picture: npt.NDArray[Any]) -> tuple[int, int]:
    """Return width and height of the thumbnail; a picture is never enlarged, unless it is a mere strip."""
    height, width = picture.shape[:2]
    scale = min(1.0, (AREA_PX / (width * height)) ** 0.5)
    return max(_SHORTEST_PX, round(width * scale)), max(_SHORTEST_PX, round(height * scale))


def _shrunk(picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
    width, height = _size(picture)
    rows, columns = picture.shape[:2]
    step = max(1, min(rows // (height * _READ_PER_SIDE), columns // (width * _READ_PER_SIDE)))
    read = np.ascontiguousarray(picture[::step, ::step])
    return cv2.resize(read, (width, height), interpolation=cv2.INTER_AREA)
