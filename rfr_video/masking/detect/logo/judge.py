"""How sure it is that a cluster of steady edges is an overlay."""

from dataclasses import dataclass

import numpy as np

from rfr_video.masking.detect.logo.candidates import Candidate, border_px
from rfr_video.masking.detect.logo.evidence import Evidence
from rfr_video.masking.detect.logo.segment import Segment, Where

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

    Args:
        evidence: Of the scan.
        candidate: The cluster.
        segment: Its shape.
        scene: How consistent edges of the scene are.
    """
    width = evidence.busy.shape[1]
    seeds = candidate.seeds
    scores = (
        _ramp(np.log(candidate.edges / width), np.log(0.15), np.log(1.0)),
        _ramp(float(np.median(evidence.consistency[seeds])), 0.5, 0.8),
        _ramp(np.log(segment.contrast), np.log(8), np.log(25)),
        1 - _ramp(candidate.still_around, 0.02, 0.15),
        1 - _ramp(scene, 0.5, 0.9),
    )
    confidence = float(np.prod(scores)) ** (1 / 2)
    if _is_frame_line(seeds):
        confidence *= 0.5
    return Verdict(candidate, segment, confidence)


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
