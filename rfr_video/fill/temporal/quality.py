"""How much effort is made: what ``--quality`` stands for."""

from dataclasses import dataclass

from rfr_video.config import FillQuality
from rfr_video.motion.flow import DisFlow, DisPreset, FlowEstimator


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Settings of the temporal fill.

    Attributes:
        working_px: How many pixels a picture has at the size at which motion from frame to frame is measured.
        preset: Of that measurement.
        candidates: From how many frames each hole borrows at most.
        anchor_frames: How far apart anchors are.
        from_previous: Whether what anchors cannot give is carried from the frame before, and jumps from that
            one are damped.
        look_ahead_seconds: How far to either side is looked for pixels to borrow, unless told otherwise.
        fresh_share: A frame of whose hole more than this part can neither be borrowed nor carried gets a
            synthesis of its own.
    """

    working_px: int
    preset: DisPreset
    candidates: int
    anchor_frames: int
    from_previous: bool
    look_ahead_seconds: float
    fresh_share: float


QUALITIES: dict[FillQuality, Quality] = {
    "fast": Quality(
        working_px=60_000,
        preset=DisPreset.FAST,
        candidates=4,
        anchor_frames=12,
        from_previous=False,
        look_ahead_seconds=1.0,
        fresh_share=0.9,
    ),
    "balanced": Quality(
        working_px=100_000,
        preset=DisPreset.MEDIUM,
        candidates=8,
        anchor_frames=8,
        from_previous=True,
        look_ahead_seconds=2.0,
        fresh_share=0.15,
    ),
    "best": Quality(
        working_px=400_000,
        preset=DisPreset.MEDIUM,
        candidates=20,
        anchor_frames=6,
        from_previous=True,
        look_ahead_seconds=2.0,
        fresh_share=0.05,
    ),
}


def motion_between_frames(quality: Quality) -> FlowEstimator:
    """Return what measures motion from frame to frame, for which patches need not lie as densely as usual."""
    if quality.preset is not DisPreset.MEDIUM:
        return DisFlow(quality.preset)
    return DisFlow(quality.preset, patch_stride_px=4, descents=12)
