"""Frames with holes, without a file around them."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from media_factory import Clip, picture

from rfr_video.fill.filler import MaskedFrame
from rfr_video.geometry import Rect
from rfr_video.masking.field_shape import FieldShaper
from rfr_video.masking.shape import HoleShaper
from rfr_video.media.colour import ColorSpec, ColorTags
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.timecode import Moment

PICTURE = Rect(0, 0, 161, 119)
SPEC = ColorSpec.from_tags(ColorTags(), height=PICTURE.height, jpeg=False, rgb=False)


def masked_frame(
    index: int,
    rects: Sequence[Rect],
    *,
    merge_px: int,
    pix_fmt: str = "yuv420p",
    is_interlaced: bool = False,
) -> MaskedFrame:
    """Frame ``index`` of a textured scene at 25 frames/s, with rectangles to fill."""
    image = picture(Clip(pix_fmt=pix_fmt, width=PICTURE.width, height=PICTURE.height), index)
    image.pts, image.time_base = index, Fraction(1, 25)
    frame = Frame(
        image,
        moment=Moment(index, Fraction(index, 25)),
        layout=PlaneLayout.of(pix_fmt),
        is_interlaced=is_interlaced,
    )
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    for rect in rects:
        mask[rect.slices] = 255
    shaper = (FieldShaper if is_interlaced else HoleShaper)(
        PICTURE, subsampling=frame.layout.subsampling, grow_px=0, feather_px=0, merge_px=merge_px
    )
    return MaskedFrame(frame, shaper.shape(mask))
