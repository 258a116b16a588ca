"""Luma of color planes in code values: what alpha, gain and place of an overlay are measured on."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.layout import PlaneLayout

_WEIGHTS = (0.299, 0.587, 0.114)


def luma_of(planes: Sequence[npt.NDArray[np.generic]], layout: PlaneLayout) -> FloatImage:
    """Return the luma of color planes, float32, in their own code values; of RGB, as BT.601 weights it."""
    if not layout.is_rgb:
        return np.asarray(planes[0], np.float32)
    red, green, blue = (
        np.float32(weight) * plane.astype(np.float32) for weight, plane in zip(_WEIGHTS, planes, strict=True)
    )
    return np.asarray(red + green + blue, np.float32)


def luma_limits(layout: PlaneLayout, spec: ColorSpec) -> tuple[float, float]:
    """Return black and white in codes of 8 bits."""
    return (0.0, 255.0) if layout.is_rgb or spec.full_range else (16.0, 235.0)
