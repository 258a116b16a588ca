"""The filler that sees through a translucent overlay, and leaves to another what it cannot see."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from rfr_video.fill.cut import check_known
from rfr_video.fill.deblend.guess import Guess, guessed
from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import Noise
from rfr_video.fill.deblend.recover import Recovered, Recoverer
from rfr_video.fill.deblend.refine import Refiner, Seen
from rfr_video.fill.filler import FilledFrame, Filler, FillStep, MaskedFrame
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec
from rfr_video.media.frame import Frame
from rfr_video.media.hole import BlendWeights, Hole, Mask, Region


class _Cleared(Frame):
    """A copy of a frame from under whose hole was recovered what can be seen through the overlay.

    Attributes:
        masked: The frame as it came, and its hole.
        regions: What was recovered, one per region.
    """

    def __init__(self, masked: MaskedFrame, regions: tuple[Recovered, ...]) -> None:
        frame = masked.frame
        rects = [region.rect for region in masked.hole.regions] if masked.hole else []
        parts = {rect: one.planes for rect, one in zip(rects, regions, strict=True)}
        copy = frame.with_samples(parts).picture_for_encoder()
        super().__init__(copy, moment=frame.moment, layout=frame.layout)
        self.parity = frame.parity
        self.masked = masked
        self.regions = regions


class DeblendFiller:
    """Recovers what is seen through an overlay; what is certain is known to the filler within.

    What is left open, or is too noisy, the filler within fills, and both are fused by how noisy what was
    recovered is; then with what the frames around show there. Looks ahead by :data:`REACH_FRAMES` more than
    the filler within.

    Args:
        within: Fills what cannot be seen through the overlay, or not well enough.
        matte: Of the overlay.
        noise: Of the samples.
        spec: Their colour.
    """

    def __init__(self, within: Filler, matte: Matte, noise: Noise, spec: ColorSpec) -> None:
        self._within = within
        self._recoverer = Recoverer(matte, noise, spec)
        self._refiner = Refiner(noise, spec)
        self._noise = noise
        self._last_open: Hole | None = None
        self.margin_px = within.margin_px
        self.steps = (
            FillStep("de-blend", self._recover, is_frame_by_frame=True),
            *within.steps,
            FillStep("fuse", self._guess, is_frame_by_frame=True),
            FillStep("gather", self._refiner.gather),
            FillStep("refine", partial(map, self._refiner.refine), is_frame_by_frame=True),
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the filler within has to say."""
        return self._within.notes

    def _recover(self, frames: Iterator[MaskedFrame]) -> Iterator[MaskedFrame]:
        """See through the overlay; raises :class:`MaskError` where a mask leaves nothing known."""
        for masked in frames:
            hole = masked.hole
            if hole is None:
                yield replace(masked, frame=_Cleared(masked, ())) if masked.ends_segment else masked
                continue
            check_known(masked.frame, hole.mask)
            regions = tuple(self._recoverer.recover(masked.frame, hole, region) for region in hole.regions)
            opened = self._opened(hole, regions, masked.frame)
            yield replace(masked, frame=_Cleared(masked, regions), hole=opened)

    def _opened(self, hole: Hole, regions: tuple[Recovered, ...], frame: Frame) -> Hole | None:
        """Return what is left of a hole; the last one again where it is the same, for work on it is kept."""
        mask = np.zeros_like(hole.mask)
        for region, recovered in zip(hole.regions, regions, strict=True):
            mask[region.rect.slices][recovered.open_hw] = 255
        last = self._last_open
        if last is not None and np.array_equal(last.mask, mask):
            return last
        left = [_left(mask, region, frame) for region in hole.regions]
        opened = tuple(region for region in left if region is not None)
        if not opened:
            return None
        self._last_open = Hole(mask, opened)
        return self._last_open

    def _guess(self, frames: Iterator[FilledFrame]) -> Iterator[Seen]:
        """Fuse what was recovered with what was filled in."""
        for filled in frames:
            frame = filled.frame
            if not isinstance(frame, _Cleared):
                yield Seen(filled, ())
                continue
            masked, hole = frame.masked, frame.masked.to_fill
            if hole is None:
                done = FilledFrame(masked.frame, None, state=filled.state)
                yield Seen(done, (), ends_segment=masked.ends_segment)
                continue
            regions = tuple(
                guessed(region.rect, recovered, filled, noise=self._noise)
                for region, recovered in zip(hole.regions, frame.regions, strict=True)
            )
            yield self._refiner.look(Guess(masked, frame, regions, filled.state))


def _left(mask: Mask, region: Region, frame: Frame) -> Region | None:
    """Return what is left of a region; ``None`` where all of it is known."""
    rows, columns = np.nonzero(mask[region.rect.slices])
    if not rows.size:
        return None
    x, y = region.rect.x, region.rect.y
    rect = Rect.from_edges(
        x + int(columns.min()), y + int(rows.min()), x + int(columns.max()) + 1, y + int(rows.max()) + 1
    )
    step = frame.layout.subsampling
    rect = rect.aligned(step.x, step.y, within=frame.rect)
    weight = (mask[rect.slices] > 0).astype(np.float32)
    return Region(rect, BlendWeights.of(weight, step))
