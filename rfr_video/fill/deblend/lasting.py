"""Whether anything stands still over the picture at all.

What is borrowed is wrong, and in moving pictures it is wrong in another way a while later. What an overlay
changes stays. So the mean difference between what is seen and what is behind, taken over one part of the
frames, resembles that over another part if there is an overlay, and only then.
"""

from itertools import combinations

import numpy as np

from rfr_video.fill.deblend.luma import luma_of
from rfr_video.fill.deblend.observations import Observed
from rfr_video.media.layout import PlaneLayout

LASTING = 0.6
"""From this likeness on there is an overlay: with none it is 0.3 at most, with one 0.8 or more."""

_PARTS = 4
_LEAST_TRUST = np.float32(0.02)
_LEAST_CODES2 = 1.0


def likeness(observed: Observed, layout: PlaneLayout) -> float:
    """Return how much two quarters of the frames are alike in what the hole has over what is behind it.

    Args:
        observed: Of a region.
        layout: How samples lie in the planes.

    Returns:
        The largest cosine of the angle between the mean differences of two quarters, 0 to 1; 0 where these
        are smaller than a code.
    """
    seen_thw, behind_thw = luma_of(observed.seen, layout), luma_of(observed.behind, layout)
    weight_thw = observed.trust_thw**2 + _LEAST_TRUST
    parts = np.array_split(np.arange(observed.frames), _PARTS)
    means = [
        ((weight_thw[part] * (seen_thw[part] - behind_thw[part])).sum(axis=0) / weight_thw[part].sum(axis=0))
        for part in parts
        if part.size
    ]
    most = 0.0
    for one, other in combinations([mean[observed.hole_hw].astype(np.float64) for mean in means], 2):
        shared = float((one * other).mean())
        if shared > _LEAST_CODES2:
            most = max(most, shared / float((one**2).mean() * (other**2).mean()) ** 0.5)
    return most
