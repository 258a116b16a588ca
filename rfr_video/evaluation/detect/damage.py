"""Damage that was drawn into a picture, and what of it can be seen.

Method: a change is seen where it exceeds the just-noticeable difference, by the adaptation of the eye to the
luminance around and by masking through texture (C.-H. Chou, Y.-C. Li, "A Perceptually Tuned Subband Image
Coder Based on the Measure of Just-Noticeable-Distortion Profile", IEEE Transactions on Circuits and Systems
for Video Technology 5 (6), 1995).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.media.colour import Plane
from rfr_video.media.hole import Mask

LEAST_ALPHA = 0.25
"""What covers the picture by more than this, and is seen, is damage that is to be found."""

_MEAN = np.array([[1, 1, 1, 1, 1], [1, 2, 2, 2, 1], [1, 2, 0, 2, 1], [1, 2, 2, 2, 1], [1, 1, 1, 1, 1]]) / 32
_UPRIGHT = np.array([0, 1, 0, -1, 0]) / 16 * np.array([[1], [3], [8], [3], [1]])
_SLANTED = (
    np.array(
        [[0, 0, 1, 0, 0], [0, 8, 3, 0, 0], [1, 3, 0, -3, -1], [0, 0, -3, -8, 0], [0, 0, -1, 0, 0]],
    )
    / 16
)
_GRADIENTS = (_UPRIGHT, _UPRIGHT.T, _SLANTED, _SLANTED[:, ::-1])
_MIDDLE = 127  # of the codes: how much is seen depends on whether it is darker or brighter than this


@dataclass(frozen=True, eq=False)
class Damage:
    """What was done to a picture.

    Attributes:
        mask: Uint8 (H, W), 255 where there is damage that is to be found.
        touched: Likewise, 255 where anything has changed, if too little to be found: at the soft edges of
            damage, and where one does not see it. Who finds that is neither right nor wrong.
    """

    mask: Mask
    touched: Mask


def is_visible(clean: Plane, damaged: Plane) -> npt.NDArray[np.bool_]:
    """Whether one sees that a luma of 8 bits has changed, bool (H, W)."""
    codes = np.asarray(clean, np.float32)
    gradients = [np.abs(cv2.filter2D(codes, cv2.CV_32F, kernel)) for kernel in _GRADIENTS]
    around = np.asarray(cv2.filter2D(codes, cv2.CV_32F, _MEAN), np.float32)
    masked = np.max(gradients, axis=0) * (around * 0.0001 + 0.115) + 0.5 - around * 0.01
    dark = 17 * (1 - np.sqrt(around / _MIDDLE)) + 3
    bright = 3 / 128 * (around - _MIDDLE) + 3
    adapted = np.where(around <= _MIDDLE, dark, bright)
    return np.asarray(np.abs(damaged - codes) > np.maximum(masked, adapted), np.bool_)
