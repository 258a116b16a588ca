"""Frames with their holes, in order: what every pass over a video begins with."""

from collections.abc import Iterable, Iterator

from rfr_video.config import MaskConfig
from rfr_video.fill.filler import MaskedFrame
from rfr_video.masking.field_shape import FieldShaper
from rfr_video.masking.shape import HoleShaper
from rfr_video.masking.source import MaskSource
from rfr_video.media.frame import Frame
from rfr_video.timecode import Span


def masked_frames(
    frames: Iterable[Frame], masks: MaskSource, *, config: MaskConfig, span: Span, merge_px: int
) -> Iterator[MaskedFrame]:
    """Give every frame its hole.

    Args:
        frames: In order, all of one size.
        masks: Of these frames.
        config: How far holes are grown and feathered.
        span: What is to be repaired.
        merge_px: Holes that are nearer to each other become one region; in each field, of interlaced frames.

    Raises:
        MaskError: A mask does not fit.
    """
    shaper: HoleShaper | FieldShaper | None = None
    for frame in frames:
        shaper = shaper or (FieldShaper if frame.is_interlaced else HoleShaper)(
            frame.rect,
            subsampling=frame.layout.subsampling,
            grow_px=config.grow_px,
            feather_px=config.feather_px,
            merge_px=merge_px,
        )
        hole = shaper.shape(masks.mask_at(frame.moment))
        yield MaskedFrame(frame, hole, lends=span.contains(frame.moment))
