"""Mattes that were saved, for other videos of the same channel."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.errors import MaskError
from rfr_video.fill.deblend.matte import Matte, transmission
from rfr_video.geometry import Rect
from rfr_video.media.matte_picture import MATTE_LEAST_ALPHA, encode_matte, read_matte
from rfr_video.media.orientation import UPRIGHT, Orientation

_ERROR_CODES2 = np.float32(1.0)
"""By how much a saved matte is wrong, before it is divided by what is seen through it."""

_UNKNOWN_CODES2 = 50.0**2
_MARGIN_PX = 16
"""So far around what it shows, a matte says that nothing is laid over the picture."""


def load_matte(path: Path, *, picture: Rect, orientation: Orientation = UPRIGHT) -> Matte:
    """Read a matte for a picture.

    Args:
        path: The file, which is of the picture as it is shown.
        picture: The whole picture as it is stored.
        orientation: How it is shown.

    Raises:
        MaskError: It cannot be read, or is of another size than the picture.
    """
    shown = orientation.shown_rect(picture, picture=picture)
    colour_hw3, alpha_hw = map(orientation.stored, read_matte(path, picture=shown))
    is_there = alpha_hw > MATTE_LEAST_ALPHA
    rows, columns = np.flatnonzero(is_there.any(axis=1)), np.flatnonzero(is_there.any(axis=0))
    if not rows.size:
        raise MaskError(f"matte {path} is all but transparent; give one that shows something")
    rect = Rect.from_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    rect = rect.grown(_MARGIN_PX, within=picture)
    alpha_hw, is_near = alpha_hw[rect.slices], _grown(is_there[rect.slices])
    error_hw = np.where(is_near, _ERROR_CODES2 / transmission(alpha_hw) ** 2, np.float32(np.inf))
    return Matte(picture, rect, alpha_hw, colour_hw3[rect.slices], np.asarray(error_hw, np.float32))


def _grown(is_there_hw: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    size = 2 * _MARGIN_PX + 1
    return cv2.dilate(is_there_hw.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


def saved_matte(matte: Matte, orientation: Orientation = UPRIGHT) -> bytes:
    """Return the content of a file that holds a matte as shown; what is not known of it is opaque there."""
    size = (matte.picture.height, matte.picture.width)
    alpha_hw, colour_hw3 = np.zeros(size, np.float32), np.zeros((*size, 3), np.float32)
    is_unknown = np.isfinite(matte.error_hw) & (matte.error_hw > _UNKNOWN_CODES2)
    alpha_hw[matte.rect.slices] = np.where(is_unknown, np.float32(1), matte.alpha_hw)
    colour_hw3[matte.rect.slices] = matte.colour_hw3
    return encode_matte(orientation.shown(colour_hw3), orientation.shown(alpha_hw))
