"""A picture as detectors of defects see it: luma and chroma in 8 bits, of a frame or of one of its fields."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.media.colour import Plane
from rfr_video.media.frame import Frame

BytePlane = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Planes:
    """The samples of a picture; nobody writes to them.

    Attributes:
        luma: Uint8 (H, W), in code values.
        chroma: Cb and Cr, uint8 (h, w) each, at most as large as the luma; none of a gray picture.
    """

    luma: BytePlane
    chroma: tuple[BytePlane, ...] = ()

    @classmethod
    def of_frame(cls, frame: Frame) -> "Planes":
        """Take the eight highest bits of a frame's samples; RGB becomes luma, and chroma of half its size."""
        layout = frame.layout
        if layout.is_rgb:
            return cls._of_rgb(frame)
        planes = frame.planes()
        luma, *chroma = (_eight_bits(planes[index], layout.bits) for index in layout.color_planes)
        return cls(luma, tuple(chroma))

    @classmethod
    def _of_rgb(cls, frame: Frame) -> "Planes":
        layout, planes = frame.layout, frame.planes()
        rgb = np.dstack([_eight_bits(planes[index], layout.bits) for index in layout.color_planes])
        luma = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
        height, width = luma.shape
        half = (max(1, width // 2), max(1, height // 2))
        small = cv2.resize(rgb, half, interpolation=cv2.INTER_AREA)
        _, red, blue = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
        return cls(luma, (np.asarray(blue, np.uint8), np.asarray(red, np.uint8)))


def _eight_bits(plane: Plane, bits: int) -> BytePlane:
    if plane.dtype == np.uint8:
        return np.ascontiguousarray(plane, np.uint8)
    return np.ascontiguousarray(plane >> (bits - 8), np.uint8)
