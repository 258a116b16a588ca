"""How alike two pictures are, in the whole picture and in its hole.

Pictures are uint8 RGB, (H, W, 3): what is measured is what would be saved. Holes are bool, (H, W).
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Picture = NDArray[np.uint8]
Hole = NDArray[np.bool_]

PEAK = 255.0
PSNR_CEILING_DB = 100.0
"""The PSNR of equal pictures, which would be infinite and spoil every mean."""

SSIM_WINDOW_PX = 11
_SSIM_SIGMA_PX = 1.5
_SSIM_C1 = (0.01 * PEAK) ** 2
_SSIM_C2 = (0.03 * PEAK) ** 2
_TINY = 1e-10


def psnr_db(truth_hw3: Picture, seen_hw3: Picture, *, hole_hw: Hole | None = None) -> float:
    """Return the peak signal-to-noise ratio, 10·log10(255² / MSE), at most :data:`PSNR_CEILING_DB`.

    Args:
        truth_hw3: What was there.
        seen_hw3: What is there now.
        hole_hw: Count only these pixels, at least one.
    """
    difference = truth_hw3.astype(np.float64) - seen_hw3
    if hole_hw is not None:
        difference = difference[hole_hw]
    error = float(np.mean(difference**2))
    return min(10 * float(np.log10(PEAK**2 / error)), PSNR_CEILING_DB) if error else PSNR_CEILING_DB


def l1_percent(truth_hw3: Picture, seen_hw3: Picture) -> float:
    """Return the mean absolute difference over the whole picture, in percent of the full range.

    This is the "mean l1" of Li et al., "Recurrent Feature Reasoning for Image Inpainting", CVPR 2020.
    """
    return 100 * float(np.mean(np.abs(truth_hw3.astype(np.float64) - seen_hw3))) / PEAK


def ssim(truth_hw3: Picture, seen_hw3: Picture, *, hole_hw: Hole | None = None) -> float:
    """Return the mean structural similarity of the three channels, -1 to 1, 1 for equal pictures.

    Source: Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE
    Transactions on Image Processing 13 (4), 2004: Gaussian window of 11×11 with a deviation of 1.5, K1 =
    0.01, K2 = 0.03. The mean of the whole picture is over the windows that lie in it.

    Args:
        truth_hw3: What was there; at least 11 pixels high and wide.
        seen_hw3: What is there now.
        hole_hw: The mean over the windows around these pixels instead, at least one, the picture mirrored
            where a window reaches beyond it.
    """
    values_hw3 = _ssim_map(truth_hw3.astype(np.float64), seen_hw3.astype(np.float64))
    if hole_hw is not None:
        return float(values_hw3[hole_hw].mean())
    inside = slice(SSIM_WINDOW_PX // 2, -(SSIM_WINDOW_PX // 2))
    return float(values_hw3[inside, inside].mean())


def ssim_uniform(truth_hw3: Picture, seen_hw3: Picture, *, window_px: int) -> float:
    """Return the structural similarity with a square window in which all pixels count alike.

    The papers on video inpainting measure so, with a window of 65 on frames of 432×240: what scikit-image's
    ``structural_similarity`` computes with ``win_size=65``, variances being those of a sample. The mean is
    over the three channels and over the windows that lie in the picture.

    Args:
        truth_hw3: What was there; at least as high and wide as the window.
        seen_hw3: What is there now.
        window_px: Side of the window, odd.
    """
    size = (window_px, window_px)
    count = window_px**2

    def mean(image_hw3: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.boxFilter(image_hw3, -1, size, borderType=cv2.BORDER_REFLECT), np.float64)

    values_hw3 = _ssim_map(
        truth_hw3.astype(np.float64), seen_hw3.astype(np.float64), mean=mean, unbias=count / (count - 1)
    )
    rows, columns = (slice(window_px // 2, side - window_px // 2) for side in truth_hw3.shape[:2])
    return float(values_hw3[rows, columns].mean())


def feature_distance(truth: Sequence[Tensor], seen: Sequence[Tensor], *, hole_hw: Hole) -> float:
    """Return how far apart two pictures are for a feature network, in the hole alone; 0 for equal ones.

    At every depth the activations are scaled to unit length along the channels, and the squares of their
    differences are added up over the channels: LPIPS before its learned weights (Zhang et al., "The
    Unreasonable Effectiveness of Deep Features as a Perceptual Metric", CVPR 2018). Then comes the mean
    over the positions, each weighted by the part of its cell of the picture that is hole, and the mean over
    the depths. Positions just outside the hole see into it; they do not count.

    Args:
        truth: The activations of what was there, (1, C, h, w) per depth.
        seen: Those of what is there now, of the same shapes.
        hole_hw: The hole in the picture, at least one pixel.
    """
    hole_11hw = torch.from_numpy(hole_hw).float()[None, None]
    distances: list[float] = []
    for wanted_1chw, found_1chw in zip(truth, seen, strict=True):
        weight_11hw = functional.adaptive_avg_pool2d(hole_11hw, (wanted_1chw.shape[2], wanted_1chw.shape[3]))
        weight_11hw = weight_11hw.to(wanted_1chw.device)
        square_11hw = (_unit(wanted_1chw) - _unit(found_1chw)).square().sum(1, keepdim=True)
        distances.append(float((square_11hw * weight_11hw).sum() / weight_11hw.sum()))
    return sum(distances) / len(distances)


def _blur(image_hw3: NDArray[np.float64]) -> NDArray[np.float64]:
    size = (SSIM_WINDOW_PX, SSIM_WINDOW_PX)
    blurred = cv2.GaussianBlur(image_hw3, size, _SSIM_SIGMA_PX, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)


def _ssim_map(
    truth_hw3: NDArray[np.float64],
    seen_hw3: NDArray[np.float64],
    *,
    mean: Callable[[NDArray[np.float64]], NDArray[np.float64]] = _blur,
    unbias: float = 1.0,
) -> NDArray[np.float64]:
    """Compare the windows around every pixel; ``unbias`` multiplies variances and covariances."""
    mean_x, mean_y = mean(truth_hw3), mean(seen_hw3)
    variance_x = unbias * (mean(truth_hw3**2) - mean_x**2)
    variance_y = unbias * (mean(seen_hw3**2) - mean_y**2)
    covariance = unbias * (mean(truth_hw3 * seen_hw3) - mean_x * mean_y)
    above = (2 * mean_x * mean_y + _SSIM_C1) * (2 * covariance + _SSIM_C2)
    below = (mean_x**2 + mean_y**2 + _SSIM_C1) * (variance_x + variance_y + _SSIM_C2)
    return above / below


def _unit(features_1chw: Tensor) -> Tensor:
    return features_1chw / (features_1chw.square().sum(1, keepdim=True).sqrt() + _TINY)
