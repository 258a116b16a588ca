"""Chroma beside a hole: subsampled, one of its samples serves pixels inside and outside of the hole.

Such a sample is replaced with the hole. Left as it is, it would give its colour to known pixels, and from
there to whatever is made up in the hole.
"""

import numpy as np

from rfr_video.geometry import Rect
from rfr_video.media.colour import Subsampling
from rfr_video.media.frame import Samples
from rfr_video.media.hole import BlendWeights, Hole
from rfr_video.motion.completion import spread

_MARGIN_PX = 16


def complete_chroma(samples: Samples, hole: Hole, *, within: Rect | None = None) -> None:
    """Replace the chroma samples of a hole by what is around them, smoothly.

    Args:
        samples: Of 4:2:0, 4:2:2 or 4:1:1 are written to; others are left as they are.
        hole: What is to be replaced in them.
        within: Only regions that touch this rectangle.
    """
    step = samples.step
    if step == Subsampling(1, 1):
        return
    for region in hole.regions:
        if within is not None and not region.rect.overlaps(within):
            continue
        rect = region.rect.grown(_MARGIN_PX, within=samples.rect).aligned(step.x, step.y, within=samples.rect)
        weights = BlendWeights.of((hole.mask[rect.slices] > 0).astype(np.float32), step)
        _, *planes = samples.color_crops(rect)
        unknown = weights.chroma[: planes[0].shape[0]] > 0
        values = np.dstack(planes).astype(np.float32)
        filled = np.rint(spread(values, (~unknown).astype(np.float32)))
        for number, plane in enumerate(planes):
            plane[unknown] = filled[unknown, number].astype(plane.dtype)
