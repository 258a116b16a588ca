"""Synthesis on anchors, and carrying it from there along the flow.

What could not be borrowed is made up, but not frame by frame: at regular frames of a shot, the anchors, the
hole is completed, and the frames between fetch from the anchors around them. An anchor keeps what could be
carried from the anchor before it, so that a still shot gets one synthesis. A frame that neither was lent to
nor can be carried to gets a synthesis of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rfr_video.fill.cut import cut
from rfr_video.fill.filler import Fill, FilledFrame, Origin
from rfr_video.fill.temporal.align import fetch
from rfr_video.fill.temporal.borrow import Found, RegionFound
from rfr_video.fill.temporal.look import Look, Patch
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.motion.grid import FloatPlane
from rfr_video.rfrnet.runtime import Crop
from rfr_video.rfrnet.workload import crop_around

Synthesise = Callable[[Iterator[Crop]], Iterator[FloatImage]]
"""Fills crops in order, RGB float32 (H, W, 3) in [0, 1]."""

TRUSTED = 0.8
"""What is borrowed with this much trust counts as known when the rest is synthesised."""

_NEGLIGIBLE_SHARE = 0.1
_LITTLE = np.float32(0.05)
_TINY = np.float32(1e-6)


@dataclass(frozen=True, eq=False)
class _Anchor:
    """A frame whose hole is complete, with a patch per region."""

    look: Look
    patches: tuple[Patch, ...]


class Carrier:
    """Completes frames, from one anchor to the next.

    Args:
        spec: The colour of the frames' samples.
        synthesise: Fills crops.
        fresh_share: See :class:`rfr_video.fill.temporal.quality.Quality`.
    """

    def __init__(self, spec: ColorSpec, *, synthesise: Synthesise, fresh_share: float) -> None:
        self._spec = spec
        self._synthesise = synthesise
        self._fresh_share = fresh_share

    def complete(self, frames: Iterable[Found]) -> Iterator[FilledFrame]:
        """Complete every frame, in order; holds frames back up to the next anchor."""
        before: _Anchor | None = None
        held: list[Found] = []
        for found in frames:
            if found.starts_shot:
                before = None
            held.append(found)
            if not found.is_anchor:
                continue
            fresh = self._fresh(held)
            last_fills = self._fills(found, before, None, fresh[-1])
            after = _Anchor(found.look, _patches(found, last_fills))
            for one, made in zip(held[:-1], fresh[:-1], strict=True):
                yield _filled(one, self._fills(one, before, after, made))
            yield _filled(found, last_fills)
            before, held = after, []

    def _fresh(self, held: Sequence[Found]) -> list[tuple[FloatImage | None, ...]]:
        """Synthesise, in one go, what neither was lent to nor can be carried to; by frame and region."""
        wanted = [
            [self._is_wanted(region, is_anchor=found.is_anchor) for region in found.regions] for found in held
        ]
        regions = [
            region
            for found, flags in zip(held, wanted, strict=True)
            for region, is_wanted in zip(found.regions, flags, strict=True)
            if is_wanted
        ]
        made = self._synthesise(self._crop(region) for region in regions)
        pictures = (_inner(region, rgb_hw3) for region, rgb_hw3 in zip(regions, made, strict=True))
        return [tuple(next(pictures) if is_wanted else None for is_wanted in flags) for flags in wanted]

    def _is_wanted(self, region: RegionFound, *, is_anchor: bool) -> bool:
        """Whether too much of a region would stay open: of an anchor, hardly anything may."""
        ways = [one for one in region.anchorages if one.frames < 0 or not is_anchor]
        carried = np.max([one.trust_hw for one in ways], axis=0) if ways else np.float32(0)
        open_hw = (1 - region.borrowed.trust_hw) * (1 - carried)
        limit = _NEGLIGIBLE_SHARE if is_anchor else self._fresh_share
        return float(open_hw[region.hole_hw].mean()) > limit

    def _crop(self, region: RegionFound) -> Crop:
        """Cut out the surroundings for the synthesis; what was borrowed with trust is known there."""
        masked, rect = region.place.look.masked, _surroundings(region)
        assert masked.hole is not None
        rgb_hw3, mask = cut(masked.frame, masked.hole, rect, spec=self._spec)
        rgb_hw3, mask = np.clip(rgb_hw3, 0, 1), mask.copy()  # the cut may be a view of the frame's own hole
        inner = region.place.rect.intersection(rect)
        there, here = inner.relative_to(rect).slices, inner.relative_to(region.place.rect).slices
        known = region.hole_hw[here] & (region.borrowed.trust_hw[here] > TRUSTED)
        rgb_hw3[there][known] = np.clip(region.borrowed.rgb_hw3[here][known], 0, 1)
        mask[there][known] = 0
        return Crop(rgb_hw3, mask)

    def _fills(
        self, found: Found, before: _Anchor | None, after: _Anchor | None, made: tuple[FloatImage | None, ...]
    ) -> tuple[Fill, ...]:
        return tuple(
            self._fill(region, before, after, rgb_hw3)
            for region, rgb_hw3 in zip(found.regions, made, strict=True)
        )

    def _fill(
        self, region: RegionFound, before: _Anchor | None, after: _Anchor | None, made: FloatImage | None
    ) -> Fill:
        """Put a region together: borrowed as far as trusted, else carried, else made up."""
        carried_hw3, carry_hw = self._carried(region, before, after)
        rest_hw3 = made
        if rest_hw3 is None:  # nothing better than what is carried, where anything is
            rest_hw3 = region.smooth_hw3
            carry_hw = carry_hw * (1 + _LITTLE) / (carry_hw + _LITTLE)
        carry_hw1, trust_hw1 = carry_hw[:, :, np.newaxis], region.borrowed.trust_hw[:, :, np.newaxis]
        invented_hw3 = carry_hw1 * carried_hw3 + (1 - carry_hw1) * rest_hw3
        rgb_hw3 = trust_hw1 * region.borrowed.rgb_hw3 + (1 - trust_hw1) * invented_hw3
        origin_hw4 = np.zeros((*carry_hw.shape, len(Origin)), np.float32)
        origin_hw4[:, :, Origin.BORROWED] = region.borrowed.trust_hw
        origin_hw4[:, :, Origin.CARRIED] = (1 - region.borrowed.trust_hw) * carry_hw
        origin_hw4[:, :, Origin.SYNTHESISED] = (1 - region.borrowed.trust_hw) * (1 - carry_hw)
        inner = region.place.region.relative_to(region.place.rect).slices
        return Fill(
            np.asarray(rgb_hw3[inner], np.float32), origin_hw4[inner], region.borrowed.trust_hw[inner]
        )

    def _carried(
        self, region: RegionFound, before: _Anchor | None, after: _Anchor | None
    ) -> tuple[FloatImage, FloatPlane]:
        """Fetch from the anchors; the nearer one counts for more, so that the one turns into the other."""
        shape = region.hole_hw.shape
        total_hw, square_hw = np.full(shape, _TINY), np.zeros(shape, np.float32)
        sum_hw3 = np.zeros((*shape, 3), np.float32)
        span = sum(abs(one.frames) for one in region.anchorages)
        for way in region.anchorages:
            anchor = before if way.frames < 0 else after
            if anchor is None:
                continue
            nearness = np.float32(1 - abs(way.frames) / span if len(region.anchorages) > 1 else 1)
            weight_hw = nearness * way.trust_hw
            rgb_hw3 = fetch(anchor.look, anchor.patches, way.at, spec=self._spec)
            sum_hw3 += weight_hw[:, :, np.newaxis] * rgb_hw3
            square_hw += weight_hw * way.trust_hw
            total_hw += weight_hw
        return sum_hw3 / total_hw[:, :, np.newaxis], square_hw / total_hw


def _surroundings(region: RegionFound) -> Rect:
    return crop_around(region.place.region, within=region.place.look.samples.rect)


def _inner(region: RegionFound, rgb_hw3: FloatImage) -> FloatImage:
    """Place a synthesised crop into the region's place, beside the hole the smooth fill."""
    rect, place = _surroundings(region), region.place.rect
    shared = rect.intersection(place)
    inner = region.smooth_hw3.copy()
    inner[shared.relative_to(place).slices] = rgb_hw3[shared.relative_to(rect).slices]
    return inner


def _patches(found: Found, fills: tuple[Fill, ...]) -> tuple[Patch, ...]:
    return tuple(
        Patch(region.place.region, fill.rgb_hw3) for region, fill in zip(found.regions, fills, strict=True)
    )


def _filled(found: Found, fills: tuple[Fill, ...]) -> FilledFrame:
    return FilledFrame(found.look.masked.frame, found.look.masked.hole, fills)
