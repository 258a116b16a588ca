"""Completing what is known in parts: smoothly, or along the camera's motion.

Methods: push-pull over an image pyramid (S. Gortler et al., "The Lumigraph", SIGGRAPH 1996); weights that
fall with the residual, as of the Geman-McClure estimator.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.motion.camera import Model, camera_motion
from rfr_video.motion.flow import Flow
from rfr_video.motion.warp import squared_length

FloatArray = npt.NDArray[np.float32]

FOREIGN_PX = 1.5
"""Flow that deviates from the camera's motion by more than this hardly spreads into holes."""

_GAIN = 4.0  # a sample of full weight fills its neighbourhood on the next level
_TINY = 1e-6


def spread(values: FloatArray, weight_hw: FloatArray) -> FloatArray:
    """Complete values smoothly where their weight is below 1.

    Args:
        values: Float32 (H, W) or (H, W, C), C at most 4; anything finite where the weight is 0.
        weight_hw: Float32 (H, W) in [0, 1].

    Returns:
        Like ``values``: equal to them where the weight is 1; 0 where nothing at all has weight.
    """
    planes = values if values.ndim == 3 else values[:, :, np.newaxis]
    levels = [(planes * weight_hw[:, :, np.newaxis], weight_hw)]
    while max(levels[-1][1].shape) > 1:
        weighted, weight = levels[-1]
        size = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
        lower = np.asarray(cv2.pyrDown(weight, dstsize=size), np.float32)
        gain = np.asarray(np.minimum(1, _GAIN * lower) / np.maximum(lower, _TINY), np.float32)
        levels.append((_planes(cv2.pyrDown(weighted, dstsize=size)) * gain[:, :, np.newaxis], lower * gain))
    weighted, weight = levels.pop()
    filled = np.asarray(weighted / np.maximum(weight, _TINY)[:, :, np.newaxis], np.float32)
    for weighted, weight in reversed(levels):
        size = (weight.shape[1], weight.shape[0])
        filled = weighted + (np.float32(1) - weight)[:, :, np.newaxis] * _planes(
            cv2.pyrUp(filled, dstsize=size)
        )
    filled = np.asarray(filled, np.float32)
    return filled if values.ndim == 3 else filled[:, :, 0]


def complete_flow(
    flow_hw2: Flow,
    weight_hw: FloatArray,
    *,
    models: Sequence[Model] = ("translation", "affine", "plane"),
) -> Flow:
    """Complete flow where it was not measured: by the camera's motion, and by what deviates from it nearby.

    What moves on its own before the background, and touches the hole, is given little say in what moves
    behind it.

    Args:
        flow_hw2: Float32 (H, W, 2); anything finite where the weight is 0.
        weight_hw: How far each is to be believed, float32 (H, W) in [0, 1].
        models: Of the camera's motion, the simplest first.

    Returns:
        Float32 (H, W, 2): the measured flow where its weight is 1.
    """
    camera_hw2 = camera_motion(flow_hw2, weight_hw, models=models)
    deviation_hw2 = flow_hw2 - camera_hw2
    foreign_hw = squared_length(deviation_hw2) / np.float32(FOREIGN_PX**2)
    trust_hw = np.asarray(weight_hw / (1 + foreign_hw) ** np.float32(1.5), np.float32)
    completed_hw2 = camera_hw2 + spread(deviation_hw2, trust_hw)
    share_hw1 = weight_hw[:, :, np.newaxis]
    return np.asarray(share_hw1 * flow_hw2 + (1 - share_hw1) * completed_hw2, np.float32)


def _planes(values: npt.NDArray[np.generic]) -> FloatArray:
    """Give back the axis of channels that OpenCV drops where there is one."""
    planes = np.asarray(values, np.float32)
    return planes if planes.ndim == 3 else planes[:, :, np.newaxis]
