"""A first look: whether anything changes under an overlay, without which nothing can be told of it."""

from collections.abc import Iterable

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.deblend.luma import luma_of
from rfr_video.fill.filler import MaskedFrame
from rfr_video.media.colour import FloatImage

_RIM_PX = 12
_SLACK_PX = 3  # masks are drawn larger than what they cover by about so much
_LEAST_CORE = 0.1
_LEAST_CODES = 4.0
_LEAST_SHARE = 0.1
"""What changes by less than this part of what changes around it is covered."""


def obstacle(frames: Iterable[MaskedFrame]) -> str | None:
    """Return why nothing can be seen through what is in the holes, in words; ``None`` where it may be.

    Compares by how much luma deviates from its mean, pixel by pixel, in the hole and around it.

    Args:
        frames: Of one hole; those without are passed over.
    """
    count, mean, square = 0, np.zeros(0, np.float32), np.zeros(0, np.float32)
    mask: FloatImage | None = None
    for masked in frames:
        if masked.hole is None:
            continue
        layout = masked.frame.layout
        luma = luma_of(masked.frame.color_crops(masked.frame.rect), layout) / np.float32(
            1 << (layout.bits - 8)
        )
        if mask is None:
            mask, mean, square = masked.hole.mask.astype(np.float32), np.zeros_like(luma), np.zeros_like(luma)
        count += 1
        difference = luma - mean
        mean += difference / np.float32(count)
        square += difference * (luma - mean)
    if mask is None or count < 2:
        return "too few frames with a hole were seen"
    hole_hw = mask > 0
    size = 2 * _RIM_PX + 1
    rim_hw = (np.asarray(cv2.dilate(mask, np.ones((size, size), np.uint8))) > 0) & ~hole_hw
    deviation = np.sqrt(square / np.float32(count))
    around = float(np.median(deviation[rim_hw])) if rim_hw.any() else 0.0
    if around < _LEAST_CODES:
        return "too little changes around it to tell"
    if float(np.percentile(deviation[_core(mask)], 75)) < _LEAST_SHARE * around:
        return "the overlay is opaque"
    return None


def _core(mask: FloatImage) -> npt.NDArray[np.bool_]:
    """Return the hole less its rim, which may lie beside what is covered; all of it where it is thin."""
    size = 2 * _SLACK_PX + 1
    core_hw = np.asarray(cv2.erode(mask, np.ones((size, size), np.uint8))) > 0
    return core_hw if core_hw.sum() > _LEAST_CORE * (mask > 0).sum() else mask > 0
