"""Classical inpainting, frame by frame: OpenCV's Telea.

Method: A. Telea, "An Image Inpainting Technique Based on the Fast Marching Method", Journal of Graphics
Tools 9 (1), 2004.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from rfr_video.fill.cut import cut
from rfr_video.fill.filler import Fill, FilledFrame, FillStep, MaskedFrame, Origin
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole, Mask, Region

RADIUS_PX = 3


class ClassicalFiller:
    """Fills each frame on its own; looks ahead by no frame. All of it is made up: confidence 0.

    Args:
        spec: The colour of the frames' samples.
    """

    margin_px = 8  # the marching looks RADIUS_PX beyond the border of the hole
    notes = ()

    def __init__(self, spec: ColorSpec) -> None:
        self._spec = spec
        self.steps = (FillStep("fill", self.fill, is_frame_by_frame=True),)

    def fill(self, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
        """Fill every region of every frame.

        Raises:
            MaskError: A mask leaves nothing known to fill from.
        """
        for masked in frames:
            hole = masked.to_fill
            if hole is None:
                yield FilledFrame(masked.frame, None)
                continue
            fills = tuple(self._fill_region(masked.frame, hole, region) for region in hole.regions)
            yield FilledFrame(masked.frame, hole, fills)

    def _fill_region(self, frame: Frame, hole: Hole, region: Region) -> Fill:
        outer = region.rect.grown(self.margin_px, within=frame.rect)
        rgb, mask = cut(frame, hole, outer, spec=self._spec)
        filled = inpaint(rgb, mask, deep=frame.layout.bits > 8)
        return Fill.of_one(filled[region.rect.relative_to(outer).slices], Origin.SYNTHESISED)


def inpaint(rgb: FloatImage, mask: Mask, *, deep: bool) -> FloatImage:
    """Inpaint one crop by Telea's method with a radius of 3 pixels.

    Args:
        rgb: Float32 (H, W, 3) in [0, 1]; values outside are clipped.
        mask: Uint8 (H, W), 255 = fill.
        deep: Work in 16 bits per channel instead of 8, for sources of more than 8 bits.

    Returns:
        Float32 (H, W, 3) in [0, 1]: the crop with its hole filled.
    """
    peak = 65535 if deep else 255
    codes = np.rint(np.clip(rgb, 0, 1) * peak)
    if deep:  # OpenCV inpaints 16 bits one channel at a time
        channels = [
            cv2.inpaint(np.ascontiguousarray(codes[:, :, c], np.uint16), mask, RADIUS_PX, cv2.INPAINT_TELEA)
            for c in range(3)
        ]
        filled = np.stack(channels, axis=2)
    else:
        filled = cv2.inpaint(codes.astype(np.uint8), mask, RADIUS_PX, cv2.INPAINT_TELEA)
    return filled.astype(np.float32) / np.float32(peak)
