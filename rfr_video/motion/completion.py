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
from rfr_video.motion.warp import squared_length, weighted

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
    if values.shape[2:] == (1,):  # OpenCV drops such an axis
        return spread(values[:, :, 0], weight_hw)[:, :, np.newaxis]
    levels = [(weighted(values, weight_hw), weight_hw)]
    while max(levels[-1][1].shape) > 1:
        known, weight = levels[-1]
        size = ((weight.shape[1] + 1) // 2, (weight.shape[0] + 1) // 2)
        lower = np.asarray(cv2.pyrDown(weight, dstsize=size), np.float32)
        gain = np.asarray(np.minimum(1, _GAIN * lower) / np.maximum(lower, _TINY), np.float32)
        levels.append(
            (weighted(np.asarray(cv2.pyrDown(known, dstsize=size), np.float32), gain), lower * gain)
        )
    known, weight = levels.pop()
    filled = np.asarray(known / np.maximum(weight[0, 0], np.float32(_TINY)), np.float32)
    for known, weight in reversed(levels):
        upper = np.asarray(cv2.pyrUp(filled, dstsize=(weight.shape[1], weight.shape[0])), np.float32)
        filled = np.asarray(known + weighted(upper, np.float32(1) - weight), np.float32)
    return filled


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
    doubt_hw = 1 + squared_length(deviation_hw2) * np.float32(FOREIGN_PX**-2)
    trust_hw = np.asarray(weight_hw / (doubt_hw * np.sqrt(doubt_hw)), np.float32)
    completed_hw2 = np.asarray(camera_hw2 + spread(deviation_hw2, trust_hw), np.float32)
    return completed_hw2 + weighted(np.asarray(flow_hw2 - completed_hw2, np.float32), weight_hw)
