"""The last touches on a fill: no seam where it meets the picture, and the grain of its surroundings.

A seam is closed in the gradient domain: what the fill misses on the rim of the hole is spread over it by a
membrane, so that its own gradients stay (P. Pérez, M. Gangnet, A. Blake, "Poisson Image Editing", SIGGRAPH
2003). Only what stands out from the noise along the rim is a seam.
"""

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.media.colour import FloatImage
from rfr_video.motion.completion import spread
from rfr_video.motion.grid import FloatPlane, Grid
from rfr_video.motion.warp import weighted

_RIM_PX = 3
_CELL_PX = 4.0
_ALONG_CELLS = 2.0
_SAMPLES = np.float32(12)  # that count as independent in the mean along the rim, neighbours being alike
_LEAST_RIM = 0.05

_GRAIN_SIGMA_PX = 1.0
_GRAIN_PASSED = np.float32(0.87)  # what of white noise is left by the difference from such a blur
_GRAIN_CELL_PX = 8.0
_FLATTEST_PERCENT = 20
_LEAST_GRAIN = 0.4 / 255
_TINY = np.float32(1e-6)


def seam_closed(rgb_hw3: FloatImage, known_hw3: FloatImage, hole_hw: npt.NDArray[np.bool_]) -> FloatImage:
    """Let a fill meet the picture without a seam.

    Args:
        rgb_hw3: The fill, float32; beside the hole what the same method says about known pixels.
        known_hw3: The picture, float32, of the same size.
        hole_hw: Where the fill goes, bool.

    Returns:
        The fill, changed inside the hole only.
    """
    size = 2 * _RIM_PX + 1
    wide_hw = cv2.dilate(hole_hw.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    rim_hw = wide_hw & ~hole_hw
    missing_hw3 = weighted(known_hw3 - rgb_hw3, rim_hw)
    cells = Grid.of_cells(hole_hw.shape[1], hole_hw.shape[0], cell_px=_CELL_PX)
    share = cells.means(rim_hw)
    weight = _along(share) + _TINY
    mean = _along(cells.means(missing_hw3)) / weight[:, :, np.newaxis]
    square = _along(cells.means(missing_hw3**2)) / weight[:, :, np.newaxis]
    noise = np.maximum(square - mean**2, 0) / _SAMPLES
    seam = np.asarray(mean * mean**2 / (mean**2 + noise + _TINY), np.float32)
    on_rim = (share > _LEAST_RIM).astype(np.float32)
    membrane_hw3 = cells.enlarged(spread(seam, on_rim))
    return rgb_hw3 + weighted(membrane_hw3, hole_hw)


def grain_added(
    rgb_hw3: FloatImage,
    known_hw3: FloatImage,
    hole_hw: npt.NDArray[np.bool_],
    *,
    share_hw: FloatPlane,
    most: float,
    seed: int,
) -> FloatImage:
    """Give a fill the grain of its surroundings, as far as it lacks it.

    Args:
        rgb_hw3: The fill, float32 (H, W, 3) in [0, 1].
        known_hw3: The picture around it.
        hole_hw: Where the fill goes, bool.
        share_hw: How much of each pixel was made up; what was borrowed brings its own grain.
        most: The strongest that it can be, for it changes from frame to frame and texture does not.
        seed: Of the noise.

    Returns:
        The fill, changed inside the hole only; as it was where the surroundings have no grain.
    """
    around, inside = _grain(known_hw3, ~hole_hw), _grain(rgb_hw3, hole_hw)
    if around is None or inside is None:
        return rgb_hw3
    around = min(around, most)
    if around < max(inside, _LEAST_GRAIN):
        return rgb_hw3
    strength = np.float32((around**2 - inside**2) ** 0.5) / _GRAIN_PASSED
    noise_hw = np.random.default_rng(seed).standard_normal(hole_hw.shape, np.float32) * strength
    noise_hw = noise_hw * share_hw * hole_hw
    return rgb_hw3 + cv2.merge([noise_hw] * 3)


def _grain(rgb_hw3: FloatImage, where_hw: npt.NDArray[np.bool_]) -> float | None:
    """Return the deviation of fine detail in the flattest cells of a part; ``None`` where it is too small."""
    luma_hw = np.asarray(cv2.cvtColor(rgb_hw3, cv2.COLOR_RGB2GRAY), np.float32)
    fine_hw = luma_hw - cv2.GaussianBlur(luma_hw, (0, 0), _GRAIN_SIGMA_PX)
    cells = Grid.of_cells(where_hw.shape[1], where_hw.shape[0], cell_px=_GRAIN_CELL_PX)
    inner_hw = cv2.erode(where_hw.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    share = cells.means(inner_hw)
    variances = cells.means(fine_hw**2 * inner_hw)[share > np.float32(0.3)] / share[share > np.float32(0.3)]
    if variances.size < 4:
        return None
    return float(np.percentile(variances, _FLATTEST_PERCENT)) ** 0.5


def _along(values: FloatPlane) -> FloatPlane:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), _ALONG_CELLS), np.float32)
