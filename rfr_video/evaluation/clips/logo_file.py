"""Logos from files, burned into a corner, opaque or translucent."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.config import Corner
from rfr_video.errors import InputError
from rfr_video.evaluation.clips.overlays import Stamp, StampOverlay, opacity_suffix
from rfr_video.media.decoding import decode_picture

MARGIN = 0.05
"""Distance from both edges, as a part of the height."""

_LEAST_ALPHA = 0.5 / 255
"""Changes no sample by more than rounding does."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How a logo is burned in.

    Attributes:
        opacity: Multiplies its alpha, above 0 and at most 1.
        corner: Where it sits.
        width_share: Its width as a part of the picture's; less where it would not fit otherwise.
    """

    opacity: float
    corner: Corner
    width_share: float


def logo_overlay(path: Path, placement: Placement) -> StampOverlay:
    """Read a logo.

    Raises:
        InputError: It cannot be read, has no alpha channel, or is transparent throughout.
    """
    logo_hw4 = _read(path)
    return StampOverlay(path.name + opacity_suffix(placement.opacity), partial(_draw, logo_hw4, placement))


def _read(path: Path) -> NDArray[np.float32]:
    """Read an image as RGB, 0 to 255, multiplied by alpha, and alpha, 0 to 1; without its empty borders."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"logo {path} cannot be read: {error.strerror}; check the name") from error
    image = decode_picture(data, cv2.IMREAD_UNCHANGED)
    if image is None:
        raise InputError(f"logo {path} is damaged or not a picture; give a PNG file with alpha")
    if image.ndim != 3 or image.shape[2] != 4:
        raise InputError(f"logo {path} has no alpha channel; give a PNG file with alpha")
    peak = np.float32(255 if image.dtype == np.uint8 else 65535)
    bgra = image.astype(np.float32) / peak
    alpha_hw = bgra[..., 3]
    rows, columns = np.flatnonzero(alpha_hw.any(axis=1)), np.flatnonzero(alpha_hw.any(axis=0))
    if not rows.size:
        raise InputError(f"logo {path} is transparent throughout; give one that shows something")
    rgb_hw3 = bgra[..., 2::-1] * alpha_hw[..., None] * np.float32(255)
    whole = np.concatenate([rgb_hw3, alpha_hw[..., None]], axis=2)
    return whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _draw(logo_hw4: NDArray[np.float32], placement: Placement, height: int, width: int) -> Stamp:
    """Scale a logo and put it into its corner."""
    margin = round(MARGIN * height)
    room = (max(width - 2 * margin, 1), max(height - 2 * margin, 1))
    scale = min(
        placement.width_share * width / logo_hw4.shape[1],
        room[0] / logo_hw4.shape[1],
        room[1] / logo_hw4.shape[0],
    )
    size = (max(int(logo_hw4.shape[1] * scale), 1), max(int(logo_hw4.shape[0] * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small_hw4 = np.asarray(cv2.resize(logo_hw4, size, interpolation=method), np.float32)
    top = margin if placement.corner.startswith("top") else height - margin - size[1]
    left = margin if placement.corner.endswith("left") else width - margin - size[0]
    placed = np.zeros((height, width, 4), np.float32)
    placed[top : top + size[1], left : left + size[0]] = small_hw4
    drawn_hw = placed[..., 3]
    colour_hw3 = placed[..., :3] / np.maximum(drawn_hw, _LEAST_ALPHA)[..., None]
    alpha_hw = drawn_hw * np.float32(placement.opacity)
    alpha_hw = np.where(alpha_hw > _LEAST_ALPHA, alpha_hw, np.float32(0))
    return Stamp(np.minimum(colour_hw3, 255), alpha_hw, alpha_hw > 0)
