"""Masks as signed distances to their edge, which can be warped and blended."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect

REACH_PX = 12.0
"""Distances end here: so far from the edge a pixel is surely in or out."""

Distance = npt.NDArray[np.float32]
"""(H, W) in [−12, 12]: to the mask's edge, positive inside."""


def distance_of(inside: npt.NDArray[np.bool_]) -> Distance:
    """Return the signed distances of a mask, bool (H, W); of an empty one −12 throughout."""
    if not inside.any():
        return nowhere(*inside.shape)
    levels = inside.view(np.uint8)
    within = cv2.distanceTransform(levels, cv2.DIST_L2, cv2.DIST_MASK_5)
    beyond = cv2.distanceTransform(1 - levels, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.clip(np.asarray(within - beyond, np.float32), -REACH_PX, REACH_PX)


def nowhere(height: int, width: int) -> Distance:
    """Return the distances of an empty mask."""
    return np.full((height, width), -REACH_PX, np.float32)


def bounds(inside: npt.NDArray[np.bool_]) -> Rect | None:
    """Return the bounding box of a mask, ``None`` for an empty one."""
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(inside).view(np.uint8))
    return Rect(x, y, width, height) if width else None


def likeness(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> float:
    """Return intersection over union, 0 to 1; of two empty masks 1."""
    union = int(np.count_nonzero(first | second))
    return int(np.count_nonzero(first & second)) / union if union else 1.0


@dataclass(frozen=True)
class Stance:
    """Where an object is, and how large: places are told relative to it.

    Attributes:
        x: Its centre.
        y: Its centre.
        size_px: The larger standard deviation of its pixels, at least 3.
    """

    x: float
    y: float
    size_px: float

    @classmethod
    def of(cls, inside: npt.NDArray[np.bool_]) -> Self:
        """Measure a mask that is not empty."""
        moments = cv2.moments(np.ascontiguousarray(inside).view(np.uint8), binaryImage=True)
        area = moments["m00"]
        x, y = moments["m10"] / area, moments["m01"] / area
        spread = max(moments["mu20"], moments["mu02"]) / area
        return cls(x, y, max(float(np.sqrt(spread)), 3.0))

    def places(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        """Return pixels' places relative to the object, float32 (N, 2)."""
        x, y = (columns - self.x) / self.size_px, (rows - self.y) / self.size_px
        return np.stack([x, y], axis=1).astype(np.float32)
