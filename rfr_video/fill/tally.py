"""How much of a hole came from where: what the report counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.fill.filler import FilledFrame, Origin


@dataclass(frozen=True)
class Tally:
    """Where the samples of one frame's hole came from.

    Attributes:
        samples: Luma samples of the hole by origin, in the order of :class:`Origin`. A sample of several
            origins counts for each by its share; together they are exactly the samples of the hole.
        confidence: Mean over the hole, 0 to 1.
    """

    samples: tuple[int, ...]
    confidence: float

    @classmethod
    def of(cls, filled: FilledFrame) -> "Tally | None":
        """Count a frame's hole; ``None`` where it has none."""
        if filled.hole is None:
            return None
        shares, confidence = np.zeros(len(Origin)), 0.0
        for region, fill in zip(filled.hole.regions, filled.fills, strict=True):
            inside = filled.hole.mask[region.rect.slices] > 0
            shares += _sum(fill.origin_hw4, inside)
            confidence += float(_sum(fill.confidence_hw, inside))
        count = filled.hole.sample_count
        return cls(_rounded(shares, total=count), confidence / count)


def _sum(values: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Sum over the inside; of a constant map, as :meth:`Fill.of_one` makes them, without reading it all."""
    if not any(values.strides[:2]):
        return values[0, 0].astype(np.float64) * np.count_nonzero(inside)
    return values[inside].sum(axis=0, dtype=np.float64)


def _rounded(shares: npt.NDArray[np.float64], *, total: int) -> tuple[int, ...]:
    """Round to whole samples that add up to ``total``; what rounding leaves goes to the largest."""
    counts = [round(float(share)) for share in shares]
    counts[int(np.argmax(shares))] += total - sum(counts)
    return tuple(counts)
