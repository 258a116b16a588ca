"""Synthesis on anchors, and carrying it from there along the flow.

What could not be borrowed is made up, but not frame by frame: at regular frames of a shot, the anchors, the
hole is completed, and the frames between fetch from the anchors around them, and from the frame before. An
anchor keeps what could be carried from the anchor before it, where making it up anew comes to the same: so a
still shot gets one synthesis. A frame that neither was lent to nor can be carried to gets one of its own.
At last, what jumps from one frame to the next while its surroundings do not is damped.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rfr_video.fill.cut import cut
from rfr_video.fill.filler import Fill, FilledFrame, FillState, Origin
from rfr_video.fill.temporal.align import fetch, fetch_share
from rfr_video.fill.temporal.borrow import Anchorage, Found, RegionFound
from rfr_video.fill.temporal.finish import grain_added, seam_closed
from rfr_video.fill.temporal.look import Look, Patch
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.motion.grid import FloatPlane
from rfr_video.motion.warp import squared_length, weighted
from rfr_video.rfrnet.runtime import Crop
from rfr_video.rfrnet.workload import crop_around

Synthesise = Callable[[Iterator[Crop]], Iterator[FloatImage]]
"""Fills crops in order, RGB float32 (H, W, 3) in [0, 1]."""

TRUSTED = 0.8
"""What is borrowed with this much trust counts as known when the rest is synthesised."""

CHANGED_CODES2 = 60.0
"""Where a new synthesis differs by this from the last one carried here (a mean square nearby, in squared
8-bit codes), the surroundings have changed, and half of it is taken."""

_MARGIN_PX = 48  # a wider one makes no better fills of logos and boxes, and costs up to three times as much
_STEADY = np.float32(0.85)  # how much of the frame before is kept where a fill jumps
_QUIET_CODES2 = np.float32(5.0)  # jumps of this size are half as likely noise
_LEAP_CODES2 = np.float32(800.0)  # jumps of this size are half as likely something that came or went,
_SEEN_LEAP_CODES2 = np.float32(10_000.0)  # and of this size where it was borrowed: seen, not made up
_SURE_POWER = 64  # only what is borrowed with hardly any doubt is left alone
_NEARBY_PX = 6.0
_SEEDS = 1 << 32  # frames of one region have seeds of their own
_FIELD_SEEDS = 1 << 48  # and so have fields
_LEAST_OPEN_SHARE = 0.02
_STATE = ("rect", "rgb", "borrowed", "made_rect", "made")
_LITTLE = np.float32(0.05)
_TINY = np.float32(1e-6)


@dataclass(frozen=True, eq=False)
class _Whole:
    """A frame whose hole is complete.

    Attributes:
        look: The frame.
        patches: What fills its hole, one per region.
        borrowed: How far that was borrowed, one share per region.
        made: What the synthesis made of every region, now or earlier; anchors have it.
    """

    look: Look
    patches: tuple[Patch, ...]
    borrowed: tuple[tuple[Rect, FloatPlane], ...]
    made: tuple[Patch, ...] = ()

    @classmethod
    def of_fills(cls, found: Found, fills: tuple[Fill, ...], made: tuple[Patch, ...] = ()) -> "_Whole":
        rects = [region.place.region for region in found.regions]
        return cls(
            found.look,
            tuple(Patch(rect, fill.rgb_hw3) for rect, fill in zip(rects, fills, strict=True)),
            tuple((rect, fill.confidence_hw) for rect, fill in zip(rects, fills, strict=True)),
            made,
        )

    @classmethod
    def of_state(cls, look: Look, state: FillState) -> "_Whole":
        """Make it again from what :attr:`state` gave."""
        regions = range(len(state) // len(_STATE))
        rects, pictures, shares, made_rects, made = (
            [state[f"{name}.{number}"] for number in regions] for name in _STATE
        )
        return cls(
            look,
            tuple(map(Patch, map(_rect, rects), pictures)),
            tuple(zip(map(_rect, rects), shares, strict=True)),
            tuple(map(Patch, map(_rect, made_rects), made)),
        )

    @property
    def state(self) -> FillState:
        """All but the look, as arrays; of an anchor."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for number, (patch, (_, share_hw), made) in enumerate(
            zip(self.patches, self.borrowed, self.made, strict=True)
        ):
            values = (astuple(patch.rect), patch.rgb_hw3, share_hw, astuple(made.rect), made.rgb_hw3)
            arrays |= {
                f"{name}.{number}": np.asarray(value) for name, value in zip(_STATE, values, strict=True)
            }
        return arrays


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
        before: _Whole | None = None
        held: list[Found] = []
        for found in frames:
            masked = found.look.masked
            if masked.is_done:
                before = _Whole.of_state(found.look, masked.state) if masked.state is not None else None
                yield FilledFrame(masked.frame, None)
                continue
            if found.starts_shot:
                before = None
            held.append(found)
            if not found.is_anchor:
                continue
            fresh = self._fresh(held)
            last_fills, made = self._anchor_fills(found, before, fresh[-1])
            after = _Whole.of_fills(found, last_fills, made)
            previous = before
            for one, pictures in zip(held[:-1], fresh[:-1], strict=True):
                fills = self._between_fills(one, (before, after, previous), pictures)
                fills = self._steadied(one, fills, previous)
                previous = _Whole.of_fills(one, fills)
                yield _filled(one, fills)
            last_fills = self._steadied(found, last_fills, previous)
            before, held = _Whole.of_fills(found, last_fills, made), []
            filled = _filled(found, last_fills)
            yield replace(filled, state=before.state) if masked.ends_segment else filled

    def _fresh(self, held: Sequence[Found]) -> list[tuple[FloatImage | None, ...]]:
        """Synthesise, in one go, what is wanted of these frames; by frame and region."""
        wanted = [[self._is_wanted(found, region) for region in found.regions] for found in held]
        regions = [
            region
            for found, flags in zip(held, wanted, strict=True)
            for region, is_wanted in zip(found.regions, flags, strict=True)
            if is_wanted
        ]
        made = self._synthesise(self._crop(region) for region in regions)
        pictures = (_inner(region, rgb_hw3) for region, rgb_hw3 in zip(regions, made, strict=True))
        return [tuple(next(pictures) if is_wanted else None for is_wanted in flags) for flags in wanted]

    def _is_wanted(self, found: Found, region: RegionFound) -> bool:
        """Whether a region is synthesised anew.

        An anchor's is, unless nearly all was borrowed or nothing has changed since the last anchor; another
        frame's is where too much of it can neither be borrowed nor carried.
        """
        open_hw = 1 - region.borrowed.trust_hw
        if found.is_anchor:
            is_same = any(way.is_unchanged for way in region.anchorages)
            return not is_same and float(open_hw[region.hole_hw].mean()) > _LEAST_OPEN_SHARE
        ways = [*region.anchorages, *([region.previous] if region.previous else [])]
        carried = np.max([way.trust_hw for way in ways], axis=0) if ways else np.float32(0)
        open_hw = open_hw * (1 - carried)
        return float(open_hw[region.hole_hw].mean()) > self._fresh_share

    def _crop(self, region: RegionFound) -> Crop:
        """Cut out the surroundings for the synthesis; what was borrowed with trust is known there."""
        masked, rect = region.place.look.masked, _surroundings(region)
        assert masked.hole is not None
        samples = region.place.look.samples
        rgb_hw3, mask = cut(masked.frame, masked.hole, rect, spec=self._spec, samples=samples)
        rgb_hw3, mask = np.clip(rgb_hw3, 0, 1), mask.copy()  # the cut may be a view of the frame's own hole
        inner = region.place.rect.intersection(rect)
        there, here = inner.relative_to(rect).slices, inner.relative_to(region.place.rect).slices
        known = region.hole_hw[here] & (region.borrowed.trust_hw[here] > TRUSTED)
        rgb_hw3[there][known] = np.clip(region.borrowed.rgb_hw3[here][known], 0, 1)
        mask[there][known] = 0
        return Crop(rgb_hw3, mask)

    def _anchor_fills(
        self, found: Found, before: _Whole | None, pictures: tuple[FloatImage | None, ...]
    ) -> tuple[tuple[Fill, ...], tuple[Patch, ...]]:
        """Complete an anchor; the second result is what was made up for it, now or earlier."""
        fills: list[Fill] = []
        made: list[Patch] = []
        for region, picture in zip(found.regions, pictures, strict=True):
            ways = [(way, before) for way in region.anchorages if way.frames < 0 and before is not None]
            carried_hw3, carry_hw = self._carried(region, ways)
            made_hw3 = region.smooth_hw3 if picture is None else picture
            for way, whole in ways:
                last_hw3 = fetch(whole.look, whole.made, way.at, spec=self._spec)
                if picture is None:
                    made_hw3 = last_hw3
                else:
                    carry_hw = carry_hw * _sameness(picture - last_hw3, region)
            if picture is None:
                carry_hw = carry_hw * (1 + _LITTLE) / (carry_hw + _LITTLE)
            fills.append(_mixture(region, carried_hw3, carry_hw, made_hw3))
            made.append(Patch(region.place.rect, made_hw3))
        return tuple(fills), tuple(made)

    def _between_fills(
        self,
        found: Found,
        wholes: tuple[_Whole | None, _Whole | None, _Whole | None],
        pictures: tuple[FloatImage | None, ...],
    ) -> tuple[Fill, ...]:
        """Complete a frame between two anchors (before, after), behind another frame (previous)."""
        before, after, previous = wholes
        fills: list[Fill] = []
        for region, picture in zip(found.regions, pictures, strict=True):
            ends = ((way, before if way.frames < 0 else after) for way in region.anchorages)
            ways = [(way, end) for way, end in ends if end is not None]
            carried_hw3, carry_hw = self._carried(region, ways)
            if region.previous is not None and previous is not None:
                last_hw3, last_hw = self._carried(region, [(region.previous, previous)])
                last_hw = (1 - carry_hw) * last_hw
                sum_hw3 = weighted(carried_hw3, carry_hw) + weighted(last_hw3, last_hw)
                carry_hw = np.asarray(carry_hw + last_hw, np.float32)
                carried_hw3 = weighted(sum_hw3, 1 / (carry_hw + _TINY))
            made_hw3 = picture
            if made_hw3 is None:  # nothing better than what is carried, where anything is
                carry_hw = np.asarray(carry_hw * (1 + _LITTLE) / (carry_hw + _LITTLE), np.float32)
                made_hw3 = region.smooth_hw3
            fills.append(_mixture(region, carried_hw3, carry_hw, made_hw3))
        return tuple(fills)

    def _steadied(self, found: Found, fills: tuple[Fill, ...], last: _Whole | None) -> tuple[Fill, ...]:
        """Damp what jumps from the frame before to this one, though the surroundings do not."""
        if last is None:
            return fills
        return tuple(
            self._steady(region, fill, region.way_back, last) if region.way_back else fill
            for region, fill in zip(found.regions, fills, strict=True)
        )

    def _steady(self, region: RegionFound, fill: Fill, way: Anchorage, last: _Whole) -> Fill:
        """Keep a share of what the last frame shows: the more, the more the fill jumps; unless it leaps."""
        inner = region.place.region.relative_to(region.place.rect).slices
        jump_hw3 = fetch(last.look, last.patches, way.at, spec=self._spec)[inner] - fill.rgb_hw3
        jump_hw = _near_codes2(jump_hw3, region.hole_hw[inner])
        is_noise_hw = jump_hw / (jump_hw + _QUIET_CODES2 + way.change_hw[inner])
        borrowed_hw = fetch_share(last.look, last.borrowed, way.at)[inner]
        leap_hw = _LEAP_CODES2 + (_SEEN_LEAP_CODES2 - _LEAP_CODES2) * borrowed_hw
        is_no_leap_hw = 1 / (1 + (jump_hw / leap_hw) ** 2)
        doubt_hw = 1 - fill.origin_hw4[:, :, Origin.BORROWED] ** _SURE_POWER
        share_hw = _STEADY * way.trust_hw[inner] * doubt_hw * is_noise_hw * is_no_leap_hw
        share_hw = np.asarray(share_hw, np.float32)
        origin_hw4 = fill.origin_hw4 * (1 - share_hw)[:, :, np.newaxis]
        origin_hw4[:, :, Origin.BORROWED] += share_hw * borrowed_hw
        origin_hw4[:, :, Origin.CARRIED] += share_hw * (1 - borrowed_hw)
        rgb_hw3 = np.asarray(fill.rgb_hw3 + share_hw[:, :, np.newaxis] * jump_hw3, np.float32)
        return Fill(rgb_hw3, origin_hw4, origin_hw4[:, :, Origin.BORROWED])

    def _carried(
        self, region: RegionFound, ways: Sequence[tuple[Anchorage, _Whole]]
    ) -> tuple[FloatImage, FloatPlane]:
        """Fetch from other frames; the nearer one counts for more, so that the one turns into the other."""
        shape = region.hole_hw.shape
        total_hw, square_hw = np.full(shape, _TINY), np.zeros(shape, np.float32)
        sum_hw3 = np.zeros((*shape, 3), np.float32)
        span = sum(abs(way.frames) for way, _ in ways)
        for way, whole in ways:
            nearness = np.float32(1 - abs(way.frames) / span if len(ways) > 1 else 1)
            weight_hw = nearness * way.trust_hw
            rgb_hw3 = fetch(whole.look, whole.patches, way.at, spec=self._spec)
            sum_hw3 += weighted(rgb_hw3, weight_hw)
            square_hw += weight_hw * way.trust_hw
            total_hw += weight_hw
        return weighted(sum_hw3, 1 / total_hw), square_hw / total_hw


def _mixture(
    region: RegionFound, carried_hw3: FloatImage, carry_hw: FloatPlane, made_hw3: FloatImage
) -> Fill:
    """Put a region together: borrowed as far as trusted, else carried, else made up."""
    trust_hw = region.borrowed.trust_hw
    invented_hw3 = made_hw3 + weighted(carried_hw3 - made_hw3, carry_hw)
    rgb_hw3 = invented_hw3 + weighted(region.borrowed.rgb_hw3 - invented_hw3, trust_hw)
    rgb_hw3 = seam_closed(rgb_hw3, region.smooth_hw3, region.hole_hw)
    origin_hw4 = np.zeros((*carry_hw.shape, len(Origin)), np.float32)
    origin_hw4[:, :, Origin.BORROWED] = trust_hw
    origin_hw4[:, :, Origin.CARRIED] = (1 - trust_hw) * carry_hw
    origin_hw4[:, :, Origin.SYNTHESISED] = (1 - trust_hw) * (1 - carry_hw)
    inner = region.place.region.relative_to(region.place.rect).slices
    return Fill(rgb_hw3[inner], origin_hw4[inner], trust_hw[inner])


def _sameness(difference_hw3: FloatImage, region: RegionFound) -> FloatPlane:
    """Return 1 where two syntheses agree, falling to 0 where they do not, float32 (h, w)."""
    changed_hw = _near_codes2(difference_hw3, region.hole_hw)
    return np.asarray(1 / (1 + (changed_hw / CHANGED_CODES2) ** 2), np.float32)


def _near_codes2(difference_hw3: FloatImage, hole_hw: npt.NDArray[np.bool_]) -> FloatPlane:
    """Return the mean square of a difference in the hole nearby, float32 (h, w), in squared 8-bit codes."""
    weight_hw = hole_hw.astype(np.float32)
    square_hw = squared_length(difference_hw3) * weight_hw * np.float32(255**2 / 3)
    near, weight = (cv2.GaussianBlur(plane, (0, 0), _NEARBY_PX) for plane in (square_hw, weight_hw))
    return np.asarray(near / (weight + _TINY), np.float32)


def _surroundings(region: RegionFound) -> Rect:
    return crop_around(region.place.region, within=region.place.look.samples.rect, most_px=_MARGIN_PX)


def _inner(region: RegionFound, rgb_hw3: FloatImage) -> FloatImage:
    """Place a synthesised crop into the region's place, beside the hole the smooth fill."""
    rect, place = _surroundings(region), region.place.rect
    shared = rect.intersection(place)
    inner = region.smooth_hw3.copy()
    inner[shared.relative_to(place).slices] = rgb_hw3[shared.relative_to(rect).slices]
    return inner


def _rect(edges: npt.NDArray[Any]) -> Rect:
    return Rect(*(int(value) for value in edges))


def _filled(found: Found, fills: tuple[Fill, ...]) -> FilledFrame:
    """Hand a frame over; only now with grain, which is not to be carried."""
    frame = found.look.masked.frame
    first_seed = frame.moment.index + (frame.parity or 0) * _FIELD_SEEDS
    grained = tuple(
        _with_grain(fill, region, seed=first_seed + number * _SEEDS)
        for number, (region, fill) in enumerate(zip(found.regions, fills, strict=True))
    )
    return FilledFrame(frame, found.look.masked.hole, grained)


def _with_grain(fill: Fill, region: RegionFound, *, seed: int) -> Fill:
    ways = [*region.anchorages, *([region.previous] if region.previous else [])]
    if not ways:
        return fill  # nothing tells grain from texture
    most = min(way.noise_codes2 for way in ways) ** 0.5 / 255
    inner = region.place.region.relative_to(region.place.rect).slices
    whole_hw3 = region.smooth_hw3.copy()
    whole_hw3[inner] = fill.rgb_hw3
    share_hw = np.zeros(region.hole_hw.shape, np.float32)
    share_hw[inner] = 1 - fill.origin_hw4[:, :, Origin.BORROWED]
    grained_hw3 = grain_added(
        whole_hw3, region.smooth_hw3, region.hole_hw, share_hw=share_hw, most=most, seed=seed
    )
    return replace(fill, rgb_hw3=grained_hw3[inner])
