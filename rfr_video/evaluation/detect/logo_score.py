"""What came of looking for a logo: was it found, with what shape, and what else was taken for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.detect.clip_motion import NOTHING
from rfr_video.masking.detect.overlay import Overlay

Motion = Literal["there", "elsewhere", "nowhere"]
"""Where a clean clip moves: where the logo is, only elsewhere, or nowhere at all."""

LEAST_ALPHA = 0.04
"""From here on a sample belongs to a logo; less is hardly seen."""

LEAST_LIKENESS = 0.3
"""Intersection over union from which on a logo counts as found."""


@dataclass(frozen=True, kw_only=True)
class LogoScore:
    """One search.

    Attributes:
        clip: Name of the clip.
        changes: Share of the clean clip's picture that ever changes by more than noise, 0 to 1.
        changes_there: Likewise, of where the logo is and around it; ``None`` for the clean clip.
        logo: Name of the logo; ``None`` for the clean clip.
        corner: Where it sits.
        width_percent: Its width, of the clip's.
        opacity: Multiplies its alpha.
        found: Whether what was found there has an intersection over union of 0.3 or more with it.
        likeness: That intersection over union; 0 where nothing was found there.
        confidence: Of the surest thing found there.
        other: How many things were found elsewhere: false detections.
        seconds: Of processor time, for the search.
    """

    clip: str
    changes: float
    changes_there: float | None = None
    logo: str | None = None
    corner: str | None = None
    width_percent: float | None = None
    opacity: float | None = None
    found: bool = False
    likeness: float = 0.0
    confidence: float | None = None
    other: int = 0
    seconds: float = 0.0

    @property
    def motion(self) -> Motion:
        """Where the clean clip ever changes."""
        if self.changes < NOTHING:
            return "nowhere"
        is_elsewhere = self.changes_there is not None and self.changes_there < NOTHING
        return "elsewhere" if is_elsewhere else "there"


@dataclass(frozen=True)
class Match:
    """What was found, compared with what is there."""

    likeness: float
    confidence: float | None
    other: int

    @property
    def found(self) -> bool:
        """Whether it counts as found."""
        return self.likeness >= LEAST_LIKENESS


def match(found: Sequence[Overlay], truth_hw: NDArray[np.bool_]) -> Match:
    """Compare what was found with a logo.

    What lies at least by half on the logo counts as found there, all of it together; the rest is false.

    Args:
        found: In a picture of the size of the truth.
        truth_hw: Where the logo is, bool (H, W); nowhere for a clean clip.
    """
    there_hw = np.zeros(truth_hw.shape, np.bool_)
    confidence: float | None = None
    other = 0
    for overlay in found:
        mask = overlay.mask > 0
        if 2 * np.count_nonzero(mask & truth_hw[overlay.rect.slices]) < np.count_nonzero(mask):
            other += 1
            continue
        there_hw[overlay.rect.slices] |= mask
        confidence = max(confidence or 0.0, overlay.confidence)
    union = int(np.count_nonzero(there_hw | truth_hw))
    shared = int(np.count_nonzero(there_hw & truth_hw))
    return Match(shared / union if union else 0.0, confidence, other)
