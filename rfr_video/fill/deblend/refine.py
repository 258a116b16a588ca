"""The last step of de-blending: what was recovered in a frame, fused with what its neighbours show."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rfr_video.fill.deblend.along import AROUND_PX, Mean, Sight, along_motion, near_square
from rfr_video.fill.deblend.fusion import fused
from rfr_video.fill.deblend.guess import CODES, Guess, RegionGuess, confidence_of, mixed, seen_at_all
from rfr_video.fill.deblend.noise import Noise, opponents
from rfr_video.fill.filler import Fill, FilledFrame, Origin
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage

REACH_FRAMES = 4
"""So many neighbours are looked at to either side."""

_FIT_PX = 3.0
_HIDDEN = np.float32(2.0)
"""The other fill is wrong over whole parts: by more than its misfit shows beside the noise."""

_UNKNOWN_CODES2 = np.float32(400.0)
"""The error of another fill that is not confident, where nothing was recovered to compare it with."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame's first guess, ready to be looked at from its neighbours.

    Attributes:
        guess: Of the frame; the filled frame where there is nothing to be refined.
        sights: One per region; ``None`` where all is certain.
        ends_segment: Whether those behind may not look at it, nor it at them.
    """

    guess: Guess | FilledFrame
    sights: tuple[Sight | None, ...]
    ends_segment: bool = False


Neighbourhood = tuple[Seen, tuple[Seen, ...], tuple[Seen, ...]]
"""A frame, those before it and those behind it, the nearest first."""


class Refiner:
    """Refines first guesses; looks ahead by :data:`REACH_FRAMES`.

    Args:
        noise: Of the samples.
        spec: Their colour.
    """

    def __init__(self, noise: Noise, spec: ColorSpec) -> None:
        self._noise = noise
        self._spec = spec

    def look(self, guess: Guess | FilledFrame) -> Seen:
        """Make a frame ready."""
        if not isinstance(guess, Guess):
            return Seen(guess, ())
        sights = tuple(self._sight(guess, region) for region in guess.regions)
        return Seen(guess, sights, ends_segment=guess.masked.ends_segment)

    def gather(self, frames: Iterable[Seen]) -> Iterator[Neighbourhood]:
        """Give every frame its neighbours in the same segment."""
        window: deque[Seen] = deque()
        at = 0
        for seen in frames:
            window.append(seen)
            if seen.ends_segment:
                for number in range(at, len(window)):
                    yield _neighbourhood(window, number)
                window.clear()
                at = 0
            if len(window) > at + REACH_FRAMES:
                yield _neighbourhood(window, at)
                at += 1
            if at > REACH_FRAMES:
                window.popleft()
                at -= 1
        for number in range(at, len(window)):
            yield _neighbourhood(window, number)

    def refine(self, neighbourhood: Neighbourhood) -> FilledFrame:
        """Refine a frame."""
        seen, *sides = neighbourhood
        guess = seen.guess
        if not isinstance(guess, Guess):
            return guess
        fills = tuple(
            region.fill if sight is None else self._refined(region, sight, sides)
            for region, sight in zip(guess.regions, seen.sights, strict=True)
        )
        return FilledFrame(guess.masked.frame, guess.masked.hole, fills, guess.state)

    def _sight(self, guess: Guess, region: RegionGuess) -> Sight | None:
        recovered, frame = region.recovered, guess.cleared
        if not recovered.open_hw.any():
            return None
        step = frame.layout.subsampling
        around = region.rect.grown(AROUND_PX, within=frame.rect)
        around = around.aligned(step.x, step.y, within=frame.rect)
        inner, inside_hw = region.rect.relative_to(around).slices, recovered.inside_hw
        known_hw3 = frame.crop(around, self._spec)
        known_hw3[inner][inside_hw] = region.fill.rgb_hw3[inside_hw]
        amplified_hw, wrong_hw = (np.full(known_hw3.shape[:2], value, np.float32) for value in (1, 0))
        amplified_hw[inner][inside_hw] = recovered.amplified_hw[inside_hw]
        wrong_hw[inner][inside_hw] = recovered.wrong_hw[inside_hw]
        return Sight(region.rect, around, frame, opponents(known_hw3 * CODES), amplified_hw, wrong_hw)

    def _refined(self, region: RegionGuess, sight: Sight, sides: Sequence[Sequence[Seen]]) -> Fill:
        neighbours = [[_same(seen, region.rect) for seen in side] for side in sides]
        mean = along_motion(sight, neighbours, noise=self._noise, spec=self._spec)
        inner, open_hw = region.rect.relative_to(sight.around).slices, region.recovered.open_hw
        recovered_hw3 = sight.shown(self._spec)
        recovered_hw3[inner] = seen_at_all(region.recovered.rgb_hw3, region.other, region.hopeless_hw)
        along_hw = mean.weight_hw2[inner][..., 0].copy()
        self._add_other(mean, region, sight, recovered_hw3)
        mean_hw3, wrong_hw = mean.value(), sight.wrong_hw.copy()
        recovered_hw3[inner][region.hopeless_hw] = mean_hw3[inner][region.hopeless_hw]
        wrong_hw[inner][region.hopeless_hw] = 0  # what is hopeless shall not spoil what is beside it
        mixture_hw3, share_hw = fused(
            recovered_hw3,
            mean_hw3,
            noise=self._noise,
            amplified_hw=sight.amplified_hw,
            wrong_hw=wrong_hw,
            other_error_hw2=np.asarray(1 / mean.weight_hw2, np.float32),
        )
        return mixed(
            region.recovered,
            _meant(region.other, along_hw, mean.weight_hw2[inner][..., 0]),
            mixture_hw3=mixture_hw3[inner],
            share_hw=np.where(region.hopeless_hw, np.float32(0), share_hw[inner]),
            open_hw=open_hw,
        )

    def _add_other(self, mean: Mean, region: RegionGuess, sight: Sight, recovered_hw3: FloatImage) -> None:
        """Take in what the filler within filled in, by how far it fits what was recovered."""
        inner = region.rect.relative_to(sight.around).slices
        other_hw3 = recovered_hw3.copy()
        other_hw3[inner] = opponents(region.other.rgb_hw3 * CODES)
        misfit_hw2 = np.maximum(near_square(other_hw3 - recovered_hw3, _FIT_PX) - sight.error(self._noise), 0)
        error_hw2 = np.full_like(misfit_hw2, np.inf)
        floor_hw2 = np.array([self._noise.luma, self._noise.chroma], np.float32)
        unknown_hw = _UNKNOWN_CODES2 * (1 - region.other.confidence_hw) ** 2 * region.hopeless_hw
        fitting_hw2 = floor_hw2 + _HIDDEN * misfit_hw2[inner] + unknown_hw[..., np.newaxis]
        open_hw = region.recovered.open_hw
        error_hw2[inner][open_hw] = fitting_hw2[open_hw]
        mean.add(other_hw3, error_hw2)


def _neighbourhood(window: deque[Seen], at: int) -> Neighbourhood:
    before = range(at - 1, max(at - REACH_FRAMES, 0) - 1, -1)
    behind = range(at + 1, min(at + REACH_FRAMES, len(window) - 1) + 1)
    return window[at], tuple(window[number] for number in before), tuple(window[number] for number in behind)


def _same(seen: Seen, rect: Rect) -> Sight | None:
    """Return what a frame shows of a region; ``None`` where it has no such region, or all of it is known."""
    return next((sight for sight in seen.sights if sight is not None and sight.region == rect), None)


def _meant(other: Fill, along_hw: FloatImage, weight_hw: FloatImage) -> Fill:
    """Return where a mean comes from, and how far it is to be trusted: what is not another fill was seen."""
    seen_hw = along_hw / weight_hw
    origin_hw4 = (1 - seen_hw)[:, :, np.newaxis] * other.origin_hw4
    origin_hw4[:, :, Origin.BORROWED] += seen_hw
    trust_hw = confidence_of(np.asarray(1 / weight_hw, np.float32))
    confidence_hw = seen_hw * trust_hw + (1 - seen_hw) * other.confidence_hw
    return Fill(other.rgb_hw3, origin_hw4.astype(np.float32), confidence_hw.astype(np.float32))
