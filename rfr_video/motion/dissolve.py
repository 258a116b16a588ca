"""Slow changes of the whole picture: dissolves between two pictures, and the falling contrast of a fade.

A dissolve is told by its middle: it is a mixture of both ends, in brightness and in place, and it has less
contrast than the ends have on average, because what is bright in one is dark in the other (the parabola of
Alattar, "Detecting and Compressing Dissolve Regions in Video Sequences", ISCAS 1993). A pan fails the first,
a fade the second.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.motion.likeness import Likeness, Look

SPANS_FRAMES = (60, 50, 42, 35, 29, 24, 20, 17, 14, 12, 10, 8, 6)
_BEGUN = 0.05  # of the way from the first picture to the last
_MIXED = (0.3, 0.7)
_LEAST_STEP = 6.0  # of 255, root mean square: the ends are pictures of their own
_CONTRAST_DIP = 0.92
_CLEAR_DIP = 0.6
_DIP_WEIGHT = 0.25
_MOST_DOUBT = 0.17  # what the mixture misses of the middle and what the dip lacks, told from real clips
_STANDS_STILL = 0.3  # of the usual progress of a frame, plus:
_UNREST = 0.03


@dataclass(frozen=True)
class Dissolve:
    """A dissolve that has just ended.

    Args:
        start_frame: Its first frame.
        unmatched: The share of the picture before it that the picture after it does not show, 0–1.
    """

    start_frame: int
    unmatched: float


def dissolve_before(
    stop: int,
    *,
    look: Callable[[int], Look],
    earliest: int,
    ahead: int,
    likeness: Likeness,
    least_unmatched: float,
) -> Dissolve | None:
    """Return the longest dissolve, 5 to 59 frames, that a frame is the first after.

    Args:
        stop: The frame.
        look: The look of any frame from ``earliest`` to ``ahead``.
        earliest: The first frame of the shot, or the oldest one that is remembered.
        ahead: A frame after ``stop``, by which nothing has changed any more.
        likeness: Compares looks.
        least_unmatched: The share of the picture that must be another afterwards.
    """
    for span in SPANS_FRAMES:
        first_frame = stop - span
        if first_frame < earliest or not _is_mixed(first_frame, stop, ahead, look=look):
            continue
        first, last = look(first_frame), look(stop)
        unmatched = likeness.surely_unmatched(first, last)
        if unmatched >= least_unmatched:
            way = _Way(first, last)
            begun = (
                frame for frame in range(stop - 1, first_frame, -1) if way.progress(look(frame)) < _BEGUN
            )
            return Dissolve(next(begun, first_frame) + 1, unmatched)
    return None


def fade_start(blank_start: int, *, look: Callable[[int], Look], earliest: int) -> int:
    """Return the frame from which on contrast fell until there was none."""
    start = blank_start
    while start > earliest and look(start - 1).contrast > 1.01 * look(start).contrast:
        start -= 1
    return start


class _Way:
    """The straight way from one picture to another; a dissolve takes it at an even pace."""

    def __init__(self, first: Look, last: Look) -> None:
        self._first = first.gist
        self._step: npt.NDArray[np.float32] = last.gist - first.gist
        self.length = float(self._step @ self._step)
        self.root_mean_square = (self.length / self._step.size) ** 0.5

    def progress(self, look: Look) -> float:
        """Return how far a picture has come: 0 at the first, 1 at the last."""
        return float((look.gist - self._first) @ self._step) / self.length

    def rest(self, look: Look) -> float:
        """Return the squared distance of a picture from the way, as a part of the squared length."""
        aside = look.gist - self._first - self.progress(look) * self._step
        return float(aside @ aside) / self.length


def _is_mixed(first_frame: int, stop: int, ahead: int, *, look: Callable[[int], Look]) -> bool:
    """Tell whether one picture turned into the other by mixing, and has just come to its end."""
    first, middle, last = look(first_frame), look((first_frame + stop) // 2), look(stop)
    dip = middle.contrast / max((first.contrast + last.contrast) / 2, 1e-3)
    if dip > _CONTRAST_DIP:
        return False
    way = _Way(first, last)
    if way.root_mean_square < _LEAST_STEP:
        return False
    share = way.progress(middle)
    if not _MIXED[0] < share < _MIXED[1]:
        return False
    span, after = stop - first_frame, ahead - stop
    still = _STANDS_STILL * after / span + _UNREST
    moved = way.progress(look(stop - after))
    if way.progress(look(ahead)) > 1 + still or moved > 1 - still:
        return False
    missed = way.rest(middle) / (2 * min(share, 1 - share)) ** 2
    return missed + _DIP_WEIGHT * max(dip - _CLEAR_DIP, 0.0) < _MOST_DOUBT
