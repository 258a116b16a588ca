"""A smooth fill: what a hole looks like when nothing but its surroundings' colours is known.

Push-pull over an image pyramid (Gortler et al., "The Lumigraph", SIGGRAPH 1996), relaxed on every level
towards Laplace's equation. Static in shape, so that it exports with the network.
"""

import torch
from torch import Tensor
from torch.nn import functional

LEVELS = 4
RELAXATIONS = 2
_WINDOWS = (3, 7, 15, 31)  # on the coarsest level, 16 times as many pixels
_TINY = 1e-6


def smooth_fill(image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
    """Fill holes smoothly.

    Args:
        image_n3hw: Float32, 0 in the hole, (N, 3, H, W), sides multiples of 16.
        known_n1hw: Float32, 1 = known, 0 = hole.

    Returns:
        Float32 (N, 3, H, W), exactly the image where it is known; 0 where the whole image is hole.
    """
    levels = [(image_n3hw, known_n1hw)]
    for _ in range(LEVELS):
        image_n3hw, known_n1hw = levels[-1]
        share_n1hw = functional.avg_pool2d(known_n1hw, 2)
        image_n3hw = functional.avg_pool2d(image_n3hw, 2) / share_n1hw.clamp(min=_TINY)
        levels.append((image_n3hw, (share_n1hw > 0).float()))
    filled_n3hw = _spread(*levels[-1])
    for image_n3hw, known_n1hw in reversed(levels[:-1]):
        hole_n1hw = 1 - known_n1hw
        coarse_n3hw = functional.interpolate(filled_n3hw, scale_factor=2.0, mode="bilinear")
        filled_n3hw = image_n3hw + coarse_n3hw * hole_n1hw
        for _ in range(RELAXATIONS):
            filled_n3hw = image_n3hw + _mean_of_neighbours(filled_n3hw) * hole_n1hw
    return filled_n3hw


def _spread(image_n3hw: Tensor, known_n1hw: Tensor) -> Tensor:
    """Fill the coarsest level: the mean of the smallest window around a place that knows anything."""
    filled_n3hw, found_n1hw = image_n3hw, known_n1hw
    for window in _WINDOWS:
        share_n1hw = functional.avg_pool2d(known_n1hw, window, 1, window // 2)
        mean_n3hw = functional.avg_pool2d(image_n3hw, window, 1, window // 2) / share_n1hw.clamp(min=_TINY)
        filled_n3hw = torch.where(found_n1hw > 0, filled_n3hw, mean_n3hw)
        found_n1hw = torch.maximum(found_n1hw, (share_n1hw > 0).float())
    share_n1hw = known_n1hw.mean((2, 3), keepdim=True)
    mean_n3hw = image_n3hw.mean((2, 3), keepdim=True) / share_n1hw.clamp(min=_TINY)
    return torch.where(found_n1hw > 0, filled_n3hw, mean_n3hw)


def _mean_of_neighbours(image_n3hw: Tensor) -> Tensor:
    """Return the mean of the four neighbours, those at the border mirrored."""
    padded = functional.pad(image_n3hw, (1, 1, 1, 1), mode="replicate")
    rows = padded[:, :, :-2, 1:-1] + padded[:, :, 2:, 1:-1]
    return (rows + padded[:, :, 1:-1, :-2] + padded[:, :, 1:-1, 2:]) / 4
