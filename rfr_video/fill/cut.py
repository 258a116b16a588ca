"""Cutting the surroundings of a hole out of a frame, for fillers to look at."""

import numpy as np

from rfr_video.errors import MaskError
from rfr_video.fill.chroma import complete_chroma
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame, Samples
from rfr_video.media.hole import Hole, Mask


def cut(
    frame: Frame, hole: Hole, rect: Rect, *, spec: ColorSpec, samples: Samples | None = None
) -> tuple[FloatImage, Mask]:
    """Cut a rectangle out of a frame, and out of its hole.

    Args:
        frame: Where to cut.
        hole: What is to be replaced in it.
        rect: Inside the picture; need not be aligned to chroma samples.
        spec: The colour of the frame's samples.
        samples: Those to cut out, if others than the frame's own: with the hole's chroma completed.

    Returns:
        RGB, float32 (H, W, 3), nominally in [0, 1], not clipped; and the mask, contiguous uint8 (H, W),
        255 = fill.

    Raises:
        MaskError: The hole covers all of the rectangle.
    """
    mask = np.ascontiguousarray(hole.mask[rect.slices])
    check_known(frame, mask)
    step = frame.layout.subsampling
    aligned = rect.aligned(step.x, step.y, within=frame.rect)
    if samples is None:
        samples = frame.samples()
        complete_chroma(samples, hole, within=aligned)
    return samples.crop(aligned, spec)[rect.relative_to(aligned).slices], mask


def check_known(frame: Frame, mask: Mask) -> None:
    """Check that something is known beside a hole; raises :class:`MaskError` where nothing is."""
    if mask.all():
        moment = frame.moment
        whole = "picture" if frame.parity is None else f"{frame.parity.name.lower()} field"
        raise MaskError(
            f"the mask covers the whole {whole} at frame {moment.index} ({float(moment.seconds):.3f} s): "
            "nothing is left to fill from; leave a rim of at least one pixel"
        )
