"""When an overlay is there: how much of its edges every frame shows, and where that begins and ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import numpy as np
import numpy.typing as npt

from rfr_video.geometry import Rect
from rfr_video.masking.detect.logo.evidence import Evidence, gradients
from rfr_video.masking.detect.logo.segment import Where
from rfr_video.masking.detect.overlay import Presence
from rfr_video.media.colour import FloatImage

Levels = npt.NDArray[np.float32]
"""Per frame, how much of an overlay is seen: about 1 for all, 0 for nothing; NaN where nobody can tell."""

_THERE = 0.25
_NOTHING = 0.15
_TRACE = 0.12
_FULL = 0.85
_FADING_SAMPLES = 4
"""How many samples around the one where it comes or goes are looked at closely."""
_LEAST_EDGES = 20
_HIDDEN = 0.3
_DOUBTFUL = 0.3
_MOST_REFINED = 60


class EdgeTemplate:
    """The edges of an overlay, to be looked for in single frames.

    Args:
        evidence: Of frames that show it.
        seeds: Its edges, bool (H, W) of the working size.
        inside: Its shape, likewise.
        rect: The box around it.
    """

    def __init__(self, evidence: Evidence, seeds: Where, inside: Where, rect: Rect) -> None:
        height, width = seeds.shape
        self._rect = rect.grown(6, within=Rect(0, 0, width, height))
        part = self._rect.slices
        clear = np.hypot(*(slope[part] for slope in evidence.slopes))
        where = seeds[part] & (clear > 1)
        self._rows, self._columns = np.nonzero(where)
        self._slopes = tuple(slope[part][where] for slope in evidence.slopes)
        self._energy = np.maximum(clear[where] ** 2, np.float32(1))
        self._weights = clear[where] * evidence.consistency[part][where]
        luma = evidence.means[0][part]
        self._inside, self._beside = inside[part], ~inside[part]
        self._over = float(np.mean(luma[self._inside]) - np.mean(luma[self._beside])) if self._usable else 0.0
        self._own = float(np.mean(luma[self._inside])) if self._usable else 0.0

    @property
    def _usable(self) -> bool:
        return bool(self._inside.any() and self._beside.any())

    @property
    def can_tell(self) -> bool:
        """Whether it has edges enough in luma."""
        return len(self._rows) >= _LEAST_EDGES and self._usable

    def level(self, luma: FloatImage) -> float:
        """Return how much of the edges a frame shows; NaN where the scene is as bright as the overlay."""
        part = luma[self._rect.slices]
        dx, dy = (slope[self._rows, self._columns] for slope in gradients(part))
        shown = np.clip((dx * self._slopes[0] + dy * self._slopes[1]) / self._energy, -1, 2)
        level = float(np.sum(shown * self._weights) / np.sum(self._weights))
        beside = float(np.mean(part[self._beside]))
        contrast = self._own - beside
        hides = abs(contrast) < _HIDDEN * abs(self._over) and abs(level) < _DOUBTFUL
        return float("nan") if hides else abs(level)


@dataclass(frozen=True, eq=False)
class Timed:
    """How much of an overlay the frames of a stretch show.

    Attributes:
        times: Seconds of the frames, rising.
        levels: As many.
    """

    times: Sequence[Fraction]
    levels: Levels


Refine = Callable[[Fraction, Fraction], Timed]
"""Looks at all frames of a stretch, the second time not included."""


def presence(sampled: Timed, *, step: Fraction, refine: Refine) -> tuple[Presence, ...]:
    """Tell when an overlay is there.

    How clearly it is seen depends on what lies behind; where it is not there, next to nothing is seen.

    Args:
        sampled: Levels of samples that are spread over the video.
        step: Seconds from frame to frame.
        refine: Looks closer, where it comes or goes between two samples.

    Returns:
        The stretches in which it is there; none where no sample shows it.
    """
    there = _there(sampled.levels / np.float32(_usual(sampled.levels)))
    runs = list(_runs(there))
    if len(runs) > _MOST_REFINED:
        refine = _nothing_between
    found: list[Presence] = []
    for start, stop in runs:
        begins = _edge(sampled, range(start - 1, stop), step, refine) if start else None
        ends = _edge(sampled, range(stop, start - 1, -1), step, refine) if stop < len(there) else None
        found.append(
            Presence(
                start=begins.outer if begins else None,
                stop=ends.outer if ends else None,
                fade_in_frames=begins.fade_frames if begins else 0,
                fade_out_frames=ends.fade_frames if ends else 0,
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class _Edge:
    """Where an overlay comes or goes: the first trace of it, or behind the last; and how long it fades."""

    outer: Fraction
    fade_frames: int


def _edge(sampled: Timed, order: range, step: Fraction, refine: Refine) -> _Edge:
    """Look closer where an overlay comes, or, in reversed order, where it goes.

    Args:
        sampled: Levels of the samples.
        order: Numbers of samples: the first does not show it, those that follow do.
        step: Seconds from frame to frame.
        refine: Looks closer.
    """
    near = [sampled.times[number] for number in order[:_FADING_SAMPLES]]
    close = refine(min(near), max(near) + step)
    times = list(close.times) or sorted(near)
    levels = close.levels if len(close.times) else np.array([0, *[1] * (len(near) - 1)], np.float32)
    levels = np.nan_to_num(levels, nan=0.0)
    goes = order.step < 0
    if goes:
        times.reverse()
        levels = levels[::-1] if len(close.times) else levels
    clear = float(np.median(levels[-max(len(levels) // 4, 1) :]))
    full = int(np.argmax(levels > _FULL * clear))
    first = full
    while first > 0 and levels[first - 1] > _TRACE * clear:
        first -= 1
    return _Edge(times[first] + (step if goes else 0), full - first)


def _usual(levels: Levels) -> float:
    """Return the level of frames that show all of an overlay: the median of the upper half."""
    known = levels[~np.isnan(levels)]
    if not len(known):
        return 1.0
    return max(float(np.median(known[known >= np.median(known)])), 1e-3)


def _there(levels: Levels) -> list[bool]:
    """Tell sample by sample; where nobody can tell, it is there if it is before or behind."""
    there: list[bool | None] = [None if np.isnan(one) else bool(one > _THERE) for one in levels]
    for order in (range(len(there)), range(len(there) - 1, -1, -1)):
        last: bool | None = None
        for number in order:
            if there[number] is None and last:
                there[number] = True
            last = there[number]
    present = [bool(one) for one in there]
    for start, stop in _runs([not one for one in present]):
        if float(np.nanmedian(levels[start:stop])) > _NOTHING:
            present[start:stop] = [True] * (stop - start)
    return present


def _runs(there: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield stretches ``[start, stop)`` that are true."""
    position = 0
    for is_there, group in groupby(there):
        length = len(list(group))
        if is_there:
            yield position, position + length
        position += length


def _nothing_between(start: Fraction, stop: Fraction) -> Timed:  # noqa: ARG001 - looks at nothing
    return Timed((), np.zeros(0, np.float32))
