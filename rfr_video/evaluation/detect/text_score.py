"""What came of looking for captions: which were found, when, with what shape."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.detect.captions import Caption
from rfr_video.masking.detect.overlay import Overlay

LEAST_ALPHA = 0.1
"""From here on a sample of a caption is to be covered."""

_TOGETHER = 0.5
"""What part of the shorter one must be there at the same time."""

_ON_IT = 0.3
"""What part of a mask must lie on the caption, or cover of it, to be counted to it."""


@dataclass(frozen=True, kw_only=True)
class CaptionScore:
    """One caption.

    Attributes:
        clip: Name of the clip.
        style: Number of the search in its clip; the captions of one have one style.
        decoration: Around its letters.
        size_px: Of the face.
        place: Where it stands.
        fade_frames: Over how many frames it comes and goes.
        start: Its first frame.
        stop: The frame after its last.
        found: Whether anything that was found belongs to it.
        start_error: Frames from its first to the first that was found; ``None`` where it was not found.
        stop_error: Likewise for the ends.
        likeness: Intersection over union of what was found with what should be masked.
        covered: Share of what is drawn that is covered.
        confidence: Of the surest part.
    """

    clip: str
    style: int
    decoration: str
    size_px: int
    place: str
    fade_frames: int
    start: int
    stop: int
    found: bool
    start_error: int | None = None
    stop_error: int | None = None
    likeness: float | None = None
    covered: float | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class CaptionMatch:
    """What was found of one caption; the overlays that belong to it, by their numbers."""

    overlays: tuple[int, ...]
    start: int
    stop: int
    likeness: float
    covered: float
    confidence: float


def match_caption(
    caption: Caption, found: Sequence[Overlay], *, height: int, width: int
) -> CaptionMatch | None:
    """Compare a caption with what was found; ``None`` where nothing of it was.

    Args:
        caption: As it was burned in.
        found: What ``detect text`` found in the whole clip.
        height: Of the pictures.
        width: Of the pictures.
    """
    truth_hw = caption.hole(height, width)
    drawn_hw = np.zeros((height, width), np.bool_)
    drawn_hw[caption.rect.slices] = caption.alpha_hw >= LEAST_ALPHA
    there_hw = np.zeros((height, width), np.bool_)
    chosen: list[int] = []
    for number, overlay in enumerate(found):
        start, stop = frames_of(overlay)
        shared = min(stop, caption.stop) - max(start, caption.start)
        if shared < _TOGETHER * min(stop - start, caption.stop - caption.start):
            continue
        mask = overlay.mask > 0
        on_it = int(np.count_nonzero(mask & truth_hw[overlay.rect.slices]))
        if on_it >= _ON_IT * min(int(np.count_nonzero(mask)), int(np.count_nonzero(truth_hw))):
            there_hw[overlay.rect.slices] |= mask
            chosen.append(number)
    if not chosen:
        return None
    surest = max((found[number] for number in chosen), key=lambda one: one.confidence)
    start, stop = frames_of(surest)
    return CaptionMatch(
        tuple(chosen),
        start,
        stop,
        _share(there_hw & truth_hw, there_hw | truth_hw),
        _share(there_hw & drawn_hw, drawn_hw),
        surest.confidence,
    )


def frames_of(overlay: Overlay) -> tuple[int, int]:
    """Return the first frame that shows a caption, and the one after the last."""
    (presence,) = overlay.presence
    assert presence.start_frame is not None, "captions know their frames"
    assert presence.stop_frame is not None
    return presence.start_frame, presence.stop_frame


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float(np.count_nonzero(part) / max(np.count_nonzero(whole), 1))
