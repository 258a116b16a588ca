"""Pictures in which text is looked for: the luma of a part of the frame, shrunk where it is large."""

from dataclasses import dataclass

import cv2
import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.text.strokes import Gray
from rfr_video.masking.placement import Cutout
from rfr_video.media.frame import Frame
from rfr_video.media.preview import gray_preview

LONGEST_SIDE_PX = 1280
"""Of the whole picture; larger ones are shrunk to it."""


@dataclass(frozen=True)
class WorkingArea:
    """A part of the picture, and how much it is shrunk.

    Attributes:
        picture: The whole picture, in luma samples.
        area: The part.
    """

    picture: Rect
    area: Rect

    @property
    def scale(self) -> float:
        """What lengths are multiplied by."""
        return min(1.0, LONGEST_SIDE_PX / max(self.picture.width, self.picture.height))

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
        return gray_preview(frame, self.area, width=width, height=height)

    def enlarged(self, cutout: Cutout) -> Cutout:
        """Return a mask of the shrunk part as a mask of the picture."""
        rect = cutout.rect
        if self.scale == 1.0:
            return Cutout(
                Rect(rect.x + self.area.x, rect.y + self.area.y, rect.width, rect.height), cutout.packed
            )
        width, height = self.size
        across, down = self.area.width / width, self.area.height / height
        whole = Rect.from_edges(
            round(rect.x * across),
            round(rect.y * down),
            round(rect.right * across),
            round(rect.bottom * down),
        )
        large = cv2.resize(cutout.mask, (whole.width, whole.height), interpolation=cv2.INTER_LINEAR)
        # No sample that a shrunk one stands for is left out.
        packed = Cutout.of(np.asarray(large, np.uint8), Rect(0, 0, whole.width, whole.height)).packed
        return Cutout(Rect(self.area.x + whole.x, self.area.y + whole.y, whole.width, whole.height), packed)
