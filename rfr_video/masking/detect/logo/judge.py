"""How sure it is that a cluster of steady edges is an overlay."""

from dataclasses import dataclass

import numpy as np

from rfr_video.masking.detect.logo.candidates import Candidate, border_px, least_consistency
from rfr_video.masking.detect.logo.evidence import MOST_CONSISTENCY, Evidence
from rfr_video.masking.detect.logo.segment import Segment, Where

_CALM = (0.1, 0.4)
"""Share by which change is lowered: an overlay's opacity. What moves with the camera changes more."""

_CONTRAST, _CONTRAST_IF_CALM = (8.0, 25.0), (6.0, 18.0)
_STEADY = (0.5, 0.8)
_STEADY_IF_CALM = (0.8, 1.6)
"""Of the least consistency that stands out from the scene."""

_STILL_SCENE = (0.4, 0.7)
_STANDS_OUT = (1.2, 2.2)
"""Logarithm of how much less of their energy changes in edges of overlays than in edges of a still scene."""

_LONG_SHARE = 0.6
_MOST = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class Verdict:
    """A candidate with its shape.

    Attributes:
        candidate: The cluster.
        segment: Its shape.
        confidence: That it is an overlay, 0 to 1.
    """

    candidate: Candidate
    segment: Segment
    confidence: float


def judge(evidence: Evidence, candidate: Candidate, segment: Segment, *, scene: float) -> Verdict:
    """Weigh what speaks for an overlay: many edges, the same in all frames, and a shape that stands out.

    Where the scene also changes less below the shape than beside it, as it does below overlays only, edges
    need to stay no better than twice as well as those of the scene, and the shape may stand out by less.

    Args:
        evidence: Of the scan.
        candidate: The cluster.
        segment: Its shape.
        scene: How consistent edges of the scene are.
    """
    width = evidence.busy.shape[1]
    consistency = float(np.median(evidence.consistency[candidate.seeds]))
    calm = _ramp(segment.opacity, *_CALM)
    low, high = (
        usual + calm * (lower - usual) for usual, lower in zip(_CONTRAST, _CONTRAST_IF_CALM, strict=True)
    )
    scores = (
        _ramp(np.log(candidate.edges / width), np.log(0.15), np.log(1.0)),
        max(_ramp(consistency, *_STEADY), calm * _against_scene(consistency, scene)),
        _ramp(np.log(segment.contrast), np.log(low), np.log(high)),
        1 - _ramp(candidate.still_around, 0.02, 0.15),
        1 - _ramp(scene, *_STILL_SCENE) * (1 - _above_still_scene(consistency, scene)),
    )
    confidence = float(np.prod(scores)) ** (1 / 2)
    if _is_frame_line(candidate.seeds):
        confidence *= 0.5
    return Verdict(candidate, segment, confidence)


def _against_scene(consistency: float, scene: float) -> float:
    """Return how clearly edges stay while those of the scene do not, 0 to 1."""
    low, high = _STEADY_IF_CALM
    least = least_consistency(scene)
    return _ramp(consistency, low * least, high * least)


def _above_still_scene(consistency: float, scene: float) -> float:
    """Return how clearly edges stay better than those of a scene that hardly moves, 0 to 1."""
    changes, scene_changes = (1 - min(one, MOST_CONSISTENCY) for one in (consistency, scene))
    return _ramp(np.log(scene_changes / changes), *_STANDS_OUT)


def _ramp(value: float, low: float, high: float) -> float:
    return float(np.clip((value - low) / (high - low), 0, 1))


def _is_frame_line(seeds: Where) -> bool:
    """Whether edges may be those of the picture's own frame: most right at a border, or along a long line."""
    height, width = seeds.shape
    rows, columns = np.nonzero(seeds)
    top, bottom = np.quantile(rows, _MOST)
    left, right = np.quantile(columns, _MOST)
    margin_rows, margin_columns = border_px(height) + 2, border_px(width) + 2
    at_border = (
        bottom < 2 * margin_rows
        or right < 2 * margin_columns
        or top >= height - 2 * margin_rows
        or left >= width - 2 * margin_columns
    )
    return bool(at_border or bottom - top > _LONG_SHARE * height)
