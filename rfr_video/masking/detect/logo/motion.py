"""How what may be an overlay stays, against the scene: its edges, and what changes below it.

Where the camera moves, the edges of the scene do not stay, and those of an overlay do; where things move
before a camera that stands still, this holds near their way only; and below an overlay of opacity α the scene
changes by 1 − α of what it changes beside it.
"""

import math
from dataclasses import dataclass

import numpy as np

from rfr_video.masking.detect.logo.candidates import still_edges
from rfr_video.masking.detect.logo.evidence import MOST_CONSISTENCY, Average
from rfr_video.masking.detect.logo.proposals import Proposal, Zone, lengths, structured, unrest
from rfr_video.masking.detect.logo.segment import Where, dilated
from rfr_video.media.colour import FloatImage

_LEAST_BESIDE = 15


@dataclass(frozen=True, eq=False)
class SceneMotion:
    """What the scene does; arrays are of the picture, (H, W).

    Attributes:
        unrest: Logarithm of the share of their energy by which edges change, float32.
        structured: Where there is structure at all, bool.
        still: Edges that stay better than those of the scene, bool.
        scene: Logarithm of the share of their energy by which the stillest edges of the scene change.
        median: Of ``unrest``, where there is structure.
    """

    unrest: FloatImage
    structured: Where
    still: Where
    scene: float
    median: float

    @classmethod
    def of(cls, average: Average) -> "SceneMotion":
        """Look at a whole picture."""
        own, where = unrest(average), structured(average)
        steady = np.max([lengths(plane) for plane in average.means], axis=0)
        still, scene = still_edges(average, steady)
        return cls(
            unrest=own,
            structured=where,
            still=still,
            scene=math.log(1 - min(scene, MOST_CONSISTENCY)),
            median=float(np.median(own[where])) if where.any() else 0.0,
        )


def motion_features(motion: SceneMotion, zone: Zone, proposal: Proposal, *, ring: Where) -> dict[str, float]:
    """Return what tells overlays from the scene by what moves, by name; next to nothing where nothing does.

    Args:
        motion: Of the whole picture.
        zone: The part that was searched.
        proposal: What was found in it.
        ring: What lies around it, bool (height, width) of ``proposal.around``.
    """
    inside, part, seeds = proposal.inside, proposal.around.slices, proposal.seeds
    unrest_there = motion.unrest[zone.rect.slices]
    still = motion.still[zone.rect.slices]
    deviation = zone.average.deviation[part]
    rim = dilated(inside, 3) & dilated(~inside, 3)
    edges_beside = ring & motion.structured[zone.rect.slices][part]
    many_beside = np.count_nonzero(edges_beside) >= _LEAST_BESIDE
    beside = float(np.median(unrest_there[part][edges_beside])) if many_beside else motion.median
    own, worst = (float(value) for value in np.quantile(unrest_there[seeds], (0.5, 0.75)))
    rim_usual, rim_worst = (float(value) for value in np.quantile(unrest_there[part][rim], (0.5, 0.75)))
    return {
        "stays": float(np.clip(beside - own, -1, 4)),
        "stands out": float(np.clip(motion.scene - own, -1, 4)),
        "scene": motion.scene,
        "own unrest": own,
        "worst unrest": worst,
        "rim's unrest": rim_usual,
        "rim's worst unrest": rim_worst,
        "still rim": _share(dilated(still[part], 3)[rim]),
        "still edges": _share(still[seeds]),
        "still beside": _share(still[part][edges_beside]) if many_beside else 0.0,
        "structure beside": np.count_nonzero(edges_beside) / max(np.count_nonzero(ring), 1),
        "calm": _calm(deviation, inside, ring, share=0.5),
        "calm where most changes": _calm(deviation, inside, ring, share=0.75),
    }


def _calm(deviation: FloatImage, inside: Where, ring: Where, *, share: float) -> float:
    """Return how much less changes inside than beside, as a logarithm, by a quantile of each."""
    if not ring.any():
        return 0.0
    beside, own = (np.quantile(deviation[where], share) for where in (ring, inside))
    return float(np.clip(math.log(beside / own), -1, 1.5))


def _share(where: Where) -> float:
    return float(np.mean(where)) if where.size else 0.0
