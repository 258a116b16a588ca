"""Pictures in which text is looked for: planes of a part of the frame, shrunk where they are large.

Colour is looked at in half the size: letters that differ from their ground by colour alone are found there.
"""

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.strokes import Gray
from rfr_video.masking.placement import Cutout
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.preview import plane_preview

LONGEST_SIDE_PX = 1280
"""Of the whole picture; larger ones are shrunk to it."""


@dataclass(frozen=True)
class WorkingPlane:
    """A plane of a part of the picture, and how much it is shrunk.

    Attributes:
        picture: The whole picture, in luma samples.
        area: The part.
        plane: 0, 1 or 2 for Y, Cb and Cr, or for R, G and B.
        scale: What lengths are multiplied by.
    """

    picture: Rect
    area: Rect
    plane: int
    scale: Fraction

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the shrunk part."""
        return max(1, round(self.area.width * self.scale)), max(1, round(self.area.height * self.scale))

    @property
    def picture_height(self) -> int:
        """Of the whole picture, shrunk."""
        return max(1, round(self.picture.height * self.scale))

    def gray(self, frame: Frame) -> Gray:
        """Return what is looked at of a frame, uint8 (H, W)."""
        width, height = self.size
        return plane_preview(frame, self.area, plane=self.plane, width=width, height=height)

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place in the shrunk part is in the picture."""
        width, height = self.size
        return self.area.x + x * self.area.width / width, self.area.y + y * self.area.height / height

    def enlarged(self, cutout: Cutout) -> Cutout:
        """Return a mask of the shrunk part as a mask of the picture."""
        rect = cutout.rect
        (left, top), (right, bottom) = (
            self.to_picture(rect.x, rect.y),
            self.to_picture(rect.right, rect.bottom),
        )
        whole = Rect.from_edges(round(left), round(top), round(right), round(bottom))
        if (whole.width, whole.height) == (rect.width, rect.height):
            return Cutout(whole, cutout.packed)
        large = cv2.resize(cutout.mask, (whole.width, whole.height), interpolation=cv2.INTER_LINEAR)
        packed = Cutout.of(np.asarray(large, np.uint8), Rect(0, 0, whole.width, whole.height)).packed
        return Cutout(whole, packed)


def working_planes(picture: Rect, area: Rect, layout: PlaneLayout) -> tuple[WorkingPlane, ...]:
    """Return the planes in which text is looked for; luma, or green, comes first.

    Args:
        picture: The whole picture.
        area: The part in which to look.
        layout: Of the frames.
    """
    scale = min(Fraction(1), Fraction(LONGEST_SIDE_PX, max(picture.width, picture.height)))
    half = min(scale / 2, Fraction(1, max(layout.subsampling.x, layout.subsampling.y)))
    if layout.is_gray:
        return (WorkingPlane(picture, area, 0, scale),)
    first, *others = (1, 0, 2) if layout.is_rgb else (0, 1, 2)
    return (
        WorkingPlane(picture, area, first, scale),
        *(WorkingPlane(picture, area, plane, half) for plane in others),
    )
