"""The filler that sees through a translucent overlay, and leaves to another what it cannot see."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rfr_video.fill.cut import check_known
from rfr_video.fill.deblend.fusion import fused
from rfr_video.fill.deblend.matte import Matte
from rfr_video.fill.deblend.noise import Noise, opponents, rgb_of
from rfr_video.fill.deblend.recover import Recovered, Recoverer
from rfr_video.fill.filler import Fill, FilledFrame, Filler, FillStep, MaskedFrame, Origin
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import BlendWeights, Hole, Mask, Region

_HOPELESS_CODES2 = 50.0**2
"""With such an error, what was recovered is not even mixed in."""

_DOUBT_CODES2 = np.float32(60.0)
"""What is recovered with such an error is half as trustworthy as what is certain."""

_CODES = np.float32(255)


class _Cleared(Frame):
    """A copy of a frame from under whose hole was recovered what can be seen through the overlay.

    Attributes:
        masked: The frame as it came, and its hole.
        regions: What was recovered, one per region.
    """

    def __init__(self, masked: MaskedFrame, regions: tuple[Recovered, ...]) -> None:
        assert masked.hole is not None
        frame = masked.frame
        rects = [region.rect for region in masked.hole.regions]
        parts = {rect: one.planes for rect, one in zip(rects, regions, strict=True)}
        copy = frame.with_samples(parts).picture_for_encoder()
        super().__init__(copy, moment=frame.moment, layout=frame.layout)
        self.masked = masked
        self.regions = regions


class DeblendFiller:
    """Recovers what is seen through an overlay; what is certain is known to the filler within.

    What is left open, or is too noisy, the filler within fills, and both are fused by how noisy what was
    recovered is. Looks ahead by as many frames as the filler within.

    Args:
        within: Fills what cannot be seen through the overlay, or not well enough.
        matte: Of the overlay.
        noise: Of the samples.
        spec: Their colour.
    """

    def __init__(self, within: Filler, matte: Matte, noise: Noise, spec: ColorSpec) -> None:
        self._within = within
        self._recoverer = Recoverer(matte, noise, spec)
        self._last_open: Hole | None = None
        self.margin_px = within.margin_px
        self.steps = (
            FillStep("de-blend", self._recover, is_frame_by_frame=True),
            *within.steps,
            FillStep("fuse", self._fuse, is_frame_by_frame=True),
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
                yield masked
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

    def _fuse(self, frames: Iterator[FilledFrame]) -> Iterator[FilledFrame]:
        for filled in frames:
            frame = filled.frame
            if not isinstance(frame, _Cleared):
                yield filled
                continue
            hole = frame.masked.to_fill
            if hole is None:
                yield FilledFrame(frame.masked.frame, None, state=filled.state)
                continue
            fills = tuple(
                _fused(region.rect, recovered, filled)
                for region, recovered in zip(hole.regions, frame.regions, strict=True)
            )
            yield FilledFrame(frame.masked.frame, hole, fills, filled.state)


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


def _fused(rect: Rect, recovered: Recovered, filled: FilledFrame) -> Fill:
    """Fuse what was recovered in a region with what was filled in."""
    size = (rect.height, rect.width)
    origin_hw4 = np.zeros((*size, len(Origin)), np.float32)
    confidence_hw = 1 / (1 + recovered.error_hw2[..., 0] / _DOUBT_CODES2)
    other_hw3, other_origin_hw4, other_hw = (
        recovered.rgb_hw3.copy(),
        origin_hw4.copy(),
        np.zeros(size, np.float32),
    )
    inside_hw = np.zeros(size, np.bool_)
    regions = filled.hole.regions if filled.hole else ()
    for region, fill in zip(regions, filled.fills, strict=True):
        if not region.rect.overlaps(rect):
            continue
        shared = region.rect.intersection(rect)
        here, there = shared.relative_to(rect).slices, shared.relative_to(region.rect).slices
        where = recovered.open_hw[here]
        other_hw3[here][where] = fill.rgb_hw3[there][where]
        other_origin_hw4[here][where] = fill.origin_hw4[there][where]
        other_hw[here][where] = fill.confidence_hw[there][where]
        inside_hw[here] |= where
    rgb_hw3, share_hw = _mixed(recovered, other_hw3, inside_hw)
    origin_hw4 = (1 - share_hw)[:, :, np.newaxis] * other_origin_hw4
    origin_hw4[:, :, Origin.DEBLENDED] += share_hw
    confidence_hw = share_hw * confidence_hw + (1 - share_hw) * other_hw
    return Fill(rgb_hw3, origin_hw4.astype(np.float32), confidence_hw.astype(np.float32))


def _mixed(
    recovered: Recovered, other_hw3: FloatImage, open_hw: npt.NDArray[np.bool_]
) -> tuple[FloatImage, FloatImage]:
    """Return the mixture, and the share that what was recovered has of it."""
    if not open_hw.any():
        return recovered.rgb_hw3, np.ones(open_hw.shape, np.float32)
    hopeless_hw = open_hw & (recovered.error_hw2[..., 0] > _HOPELESS_CODES2)
    mine = opponents(recovered.rgb_hw3) * _CODES
    theirs = opponents(other_hw3) * _CODES
    mine[hopeless_hw] = theirs[hopeless_hw]
    noise = recovered.error_hw2[..., [0, 1, 1]] * (open_hw & ~hopeless_hw)[:, :, np.newaxis]
    mixture, share_hw = fused(mine, theirs, noise)
    share_hw[hopeless_hw] = 0
    rgb_hw3 = rgb_of(mixture / _CODES)
    known_hw = ~open_hw
    rgb_hw3[known_hw] = recovered.rgb_hw3[known_hw]
    return rgb_hw3, share_hw
