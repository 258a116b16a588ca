"""Which parts are of one overlay, and which of the scene beside it."""

from collections.abc import Iterator, Sequence

import numpy as np

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.judge import Verdict

_LEAST_BESIDE = 0.15
_MOST_BESIDE = 2.0
"""So many times as large as the surest part may another of it be; what is larger is of the scene."""

_SMALL_PART = 0.5


def grouped(verdicts: Sequence[Verdict], *, least: float, gap_px: int) -> Iterator[list[Verdict]]:
    """Yield the sure parts, surest first, each with what is not so sure beside it.

    Args:
        verdicts: In any order.
        least: The least confidence of a sure part.
        gap_px: How far apart parts of one overlay lie at most.
    """
    waiting = sorted(verdicts, key=lambda one: -one.confidence)
    while waiting and waiting[0].confidence >= least:
        group = [waiting.pop(0)]
        rect = group[0].candidate.rect
        most = _MOST_BESIDE * np.count_nonzero(group[0].segment.inside)
        while beside := [
            one
            for one in waiting
            if one.confidence >= min(least, _LEAST_BESIDE)
            and np.count_nonzero(one.segment.inside) <= most
            and one.candidate.rect.overlaps(rect, closer_than_px=gap_px)
        ]:
            for one in beside:
                waiting.remove(one)
                rect = rect.union(one.candidate.rect)
            group += beside
        yield group


def stands_for(part: Rect, confidence: float, *, whole: Rect, whole_confidence: float) -> bool:
    """Whether what looks drawn is a small part of something, and surer: then the rest is of the scene.

    Args:
        part: The box around it.
        confidence: Of it.
        whole: The box around the other.
        whole_confidence: Of the other.
    """
    return (
        confidence > whole_confidence
        and part.overlaps(whole)
        and part.width * part.height < _SMALL_PART * whole.width * whole.height
    )
