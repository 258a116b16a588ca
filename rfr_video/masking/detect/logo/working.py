"""Frames as the search for logos looks at them: of a working size, luma and chroma in levels of 0 to 255."""

from typing import Self

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.segment import Where
from rfr_video.media.colour import FloatImage, Plane
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask

LONGEST_PX = 1300
"""Larger pictures are shrunk to this: logos are large enough."""


class WorkingSize:
    """Brings frames to the working size, and masks back.

    Args:
        picture: The whole picture of the source.
    """

    def __init__(self, picture: Rect) -> None:
        scale = min(1.0, LONGEST_PX / max(picture.width, picture.height))
        self._picture = picture
        self.width = max(round(picture.width * scale), 1)
        self.height = max(round(picture.height * scale), 1)

    @classmethod
    def of(cls, width: int, height: int) -> Self:
        """Return the working size of pictures of a size."""
        return cls(Rect(0, 0, width, height))

    def luma(self, frame: Frame) -> FloatImage:
        """Return luma, float32 (height, width), 0 to 255 over the range of its codes."""
        layout, planes = frame.layout, frame.planes()
        shift = max(0, layout.bits - 8)
        color = [planes[index] >> shift for index in layout.color_planes[: 3 if layout.is_rgb else 1]]
        plane = color[0]
        if layout.is_rgb:
            red, green, blue = (one.astype(np.uint16) for one in color)
            plane = (77 * red + 150 * green + 29 * blue) >> 8  # by Rec. ITU-R BT.601
        return self._small(np.ascontiguousarray(plane.astype(np.uint8)), self.width, self.height)

    def planes(self, frame: Frame) -> tuple[FloatImage, FloatImage, FloatImage]:
        """Return luma, and two planes of chroma of half the size, likewise."""
        layout = frame.layout
        width, height = -(-self.width // 2), -(-self.height // 2)
        shift = max(0, layout.bits - 8)
        color = [frame.planes()[index] for index in layout.color_planes]
        if len(color) < 3:
            neutral = np.full((height, width), 128, np.float32)
            return self.luma(frame), neutral, neutral
        small = [self._small((plane >> shift).astype(np.uint8), width, height) for plane in color]
        if not layout.is_rgb:
            return self.luma(frame), small[1], small[2]
        half, middle = np.float32(0.5), np.float32(128)
        return (
            self.luma(frame),
            (small[2] - small[1]) * half + middle,
            (small[0] - small[1]) * half + middle,
        )

    def box(self, rect: Rect) -> Rect:
        """Return a rectangle of the working size as one of the source that covers it."""
        x, y = self._picture.width / self.width, self._picture.height / self.height
        return Rect.from_edges(
            int(rect.x * x), int(rect.y * y), -int(-rect.right * x // 1), -int(-rect.bottom * y // 1)
        )

    def small_box(self, rect: Rect) -> Rect:
        """Return a rectangle of the source as one of the working size that covers it."""
        x, y = self.width / self._picture.width, self.height / self._picture.height
        return Rect.from_edges(
            int(rect.x * x), int(rect.y * y), -int(-rect.right * x // 1), -int(-rect.bottom * y // 1)
        )

    def mask(self, where: Where) -> Mask:
        """Bring a decision per sample of the working size to the source's."""
        size = (self._picture.width, self._picture.height)
        share = cv2.resize(where.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        return (share >= 0.5).astype(np.uint8) * np.uint8(255)

    @staticmethod
    def _small(plane: Plane, width: int, height: int) -> FloatImage:
        if plane.shape == (height, width):
            return plane.astype(np.float32)
        shrinks = plane.shape[1] >= width
        method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(plane, (width, height), interpolation=method), np.float32)
