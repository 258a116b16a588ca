"""Borrowing: for every region of a frame's hole, what other frames of the shot know about it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.align import Place
from rfr_video.fill.temporal.candidates import Stage
from rfr_video.fill.temporal.fusion import Borrowed, fuse
from rfr_video.fill.temporal.look import Look
from rfr_video.fill.temporal.quality import Quality
from rfr_video.fill.temporal.sources import Source, choose_sources, find_sources
from rfr_video.fill.temporal.window import View
from rfr_video.media.colour import ColorSpec
from rfr_video.motion.grid import FloatPlane
from rfr_video.motion.warp import SamplingMap

_UNCHANGED_CODES2 = 6.0
_LEAST_OPEN_SHARE = 0.02
_QUIET_PERCENT = 20


@dataclass(frozen=True, eq=False)
class Anchorage:
    """The way from a region to an anchor, a frame whose hole is completed for others to carry from.

    Attributes:
        frames: How many frames later the anchor is; negative for an earlier one.
        at: Where the region's pixels are in the anchor, a sampling map over the place's rectangle.
        trust_hw: Float32, 0 to 1: how far what was there then may stand for what is here now.
        change_hw: Float32: how much the surroundings look different from there, a mean square near each pixel
            in squared 8-bit codes.
        is_unchanged: Whether they look just as they did there.
        noise_codes2: The variance of what differs there even where hardly anything does, in squared 8-bit
            codes.
    """

    frames: int
    at: SamplingMap
    trust_hw: FloatPlane
    change_hw: FloatPlane
    is_unchanged: bool
    noise_codes2: float


@dataclass(frozen=True, eq=False)
class RegionFound:
    """What is known about a region after borrowing.

    Attributes:
        place: The region.
        hole_hw: The hole in the place's rectangle, bool.
        borrowed: What other frames know.
        smooth_hw3: The place with its hole filled smoothly.
        anchorages: The ways to the anchors before and after, as far as they are in the same shot.
        previous: The way to the frame before, if that is in the same shot and not among the anchors.
    """

    place: Place
    hole_hw: npt.NDArray[np.bool_]
    borrowed: Borrowed
    smooth_hw3: npt.NDArray[np.float32]
    anchorages: tuple[Anchorage, ...]
    previous: Anchorage | None

    @property
    def way_back(self) -> Anchorage | None:
        """The way to the frame before, whether that is an anchor or not."""
        return self.previous or next((way for way in self.anchorages if way.frames == -1), None)


@dataclass(frozen=True, eq=False)
class Found:
    """A frame after borrowing.

    Attributes:
        look: The frame.
        regions: One per region of its hole.
        is_anchor: Whether its hole is to be completed for others to carry from.
        starts_shot: Whether nothing may be carried to it from before.
    """

    look: Look
    regions: tuple[RegionFound, ...]
    is_anchor: bool
    starts_shot: bool


class Borrower:
    """Borrows for one frame at a time; frames do not depend on each other.

    Args:
        spec: The colour of the frames' samples.
        quality: How much effort is made.
    """

    def __init__(self, spec: ColorSpec, *, quality: Quality) -> None:
        self._spec = spec
        self._quality = quality

    def borrow(self, views: Iterable[View]) -> Iterator[Found]:
        """Borrow for every frame, in order."""
        for view in views:
            masked = view.look.masked
            hole = masked.to_fill
            regions = tuple(self._region(view, number) for number in range(len(hole.regions) if hole else 0))
            is_regular = view.in_shot % self._quality.anchor_frames == 0
            is_anchor = is_regular or view.ends_shot or masked.ends_segment
            yield Found(view.look, regions, is_anchor, view.in_shot == 0)

    def _region(self, view: View, number: int) -> RegionFound:
        place = Place.of_region(view.look, number, grid=view.grid)
        stage = Stage(place, self._spec)
        sources = find_sources(view, place)
        chosen = choose_sources(sources, place, grid=view.grid, most=self._quality.candidates)
        candidates = stage.candidates(chosen, grid=view.grid)
        borrowed = fuse(stage, candidates)
        open_share = float(1 - borrowed.trust_hw[stage.hole_hw].mean())
        anchors = self._anchors(view) if open_share > _LEAST_OPEN_SHARE else ()
        anchorages = (self._anchorage(view, stage, sources.get(frames)) for frames in anchors)
        has_another = bool(anchors) and self._quality.from_previous and anchors[0] != -1
        previous = self._anchorage(view, stage, sources.get(-1)) if has_another else None
        return RegionFound(
            place=place,
            hole_hw=stage.hole_hw,
            borrowed=borrowed,
            smooth_hw3=stage.smooth_hw3,
            anchorages=tuple(one for one in anchorages if one is not None),
            previous=previous,
        )

    def _anchors(self, view: View) -> tuple[int, ...]:
        """Return how far the anchors are before and after a frame; an anchor itself has one before only."""
        spacing = self._quality.anchor_frames
        since = view.in_shot % spacing
        back = -_first_end(view.before, most=since or spacing)
        if view.ends_shot or not since or view.look.masked.ends_segment:
            return (back,)
        return back, _first_end(view.after, most=min(spacing - since, len(view.after)))

    def _anchorage(self, view: View, stage: Stage, source: Source | None) -> Anchorage | None:
        if source is None or source.look.maps is None:
            return None  # a frame without a hole has nothing to carry: what it shows was borrowed
        at = stage.map_to(source, grid=view.grid)
        trust_hw, error = stage.carry_trust(source, at, grid=view.grid)
        return Anchorage(
            source.frames,
            at,
            trust_hw,
            stage.cells.enlarged(error),
            is_unchanged=float(error.max()) < _UNCHANGED_CODES2,
            noise_codes2=float(np.percentile(error, _QUIET_PERCENT)) / 2,  # both frames have it
        )


def _first_end(looks: Sequence[Look], *, most: int) -> int:
    """Return how far the next anchor at a segment's end is; ``most`` if none is nearer."""
    near = enumerate(looks[:most], start=1)
    return next((frames for frames, look in near if look.masked.ends_segment), most)
