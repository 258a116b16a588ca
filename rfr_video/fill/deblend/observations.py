"""What the frames of a video show of an overlay: what is seen, and what is probably behind it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rfr_video.fill.temporal.borrow import Found, RegionFound
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import codes_from_rgb
from rfr_video.media.layout import PlaneLayout

MARGIN_PX = 32
"""So much of the surroundings is kept, to measure motion with; and noise in the hole against that outside."""

MOST_SAMPLES = 8_000_000
"""Luma samples that are kept of one region, over all frames."""

_Half = npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class Observed:
    """A region in all frames that were looked at; T of them. Code values are those of 8 bits.

    Attributes:
        rect: The region and its margin, aligned to chroma samples.
        hole_hw: The hole, bool (h, w).
        seen: The color planes, float32 (T, ...) each.
        behind: What other frames show there, likewise; outside the hole what is seen.
        trust_thw: How far that is to be trusted, 0 to 1, float32 (T, h, w).
    """

    rect: Rect
    hole_hw: npt.NDArray[np.bool_]
    seen: tuple[FloatImage, ...]
    behind: tuple[FloatImage, ...]
    trust_thw: FloatImage

    @property
    def frames(self) -> int:
        """How many frames were looked at."""
        return len(self.trust_thw)

    def of_frames(self, chosen: npt.NDArray[np.bool_]) -> "Observed":
        """Return what some of the frames show."""
        return Observed(
            self.rect,
            self.hole_hw,
            tuple(plane[chosen] for plane in self.seen),
            tuple(plane[chosen] for plane in self.behind),
            self.trust_thw[chosen],
        )


@dataclass
class _Kept:
    """Frames of one region; when there are too many, every other one goes and the step doubles."""

    rect: Rect
    hole_hw: npt.NDArray[np.bool_]
    step: int = 1
    met: int = 0
    frames: list[tuple[list[_Half], list[_Half], _Half]] = field(
        default_factory=list[tuple[list[_Half], list[_Half], _Half]]
    )

    def add(self, seen: list[_Half], behind: list[_Half], trust: _Half) -> None:
        self.frames.append((seen, behind, trust))
        while len(self.frames) > 1 and len(self.frames) * self.hole_hw.size > MOST_SAMPLES:
            self.frames = self.frames[::2]
            self.step *= 2


class Observer:
    """Collects what borrowed frames show, region by region.

    Args:
        layout: How samples lie in the planes.
        spec: Their colour.
    """

    def __init__(self, layout: PlaneLayout, spec: ColorSpec) -> None:
        self._layout = layout
        self._spec = spec
        self._kept: dict[Rect, _Kept] = {}

    def observe(self, frames: Iterable[Found]) -> None:
        """Look at frames."""
        for found in frames:
            for region in found.regions:
                self._add(region)

    def observed(self) -> tuple[Observed, ...]:
        """Return all that was seen, a region each."""
        return tuple(_stacked(kept) for kept in self._kept.values())

    def _add(self, found: RegionFound) -> None:
        look, region = found.place.look, found.place.region
        step = self._layout.subsampling
        rect = region.grown(MARGIN_PX, within=look.samples.rect)
        rect = rect.aligned(step.x, step.y, within=look.samples.rect)
        hole = look.masked.hole
        assert hole is not None
        hole_hw = hole.mask[rect.slices] > 0
        kept = self._kept.setdefault(region, _Kept(rect, hole_hw))
        kept.hole_hw = kept.hole_hw & hole_hw  # what is no hole in some frame is not understood as one
        kept.met += 1
        if (kept.met - 1) % kept.step:
            return
        behind_hw3 = look.samples.crop(rect, self._spec)
        trust_hw = np.zeros(hole_hw.shape, np.float32)
        inner, there = region.relative_to(rect).slices, region.relative_to(found.place.rect).slices
        inside = hole_hw[inner]
        behind_hw3[inner][inside] = found.borrowed.rgb_hw3[there][inside]
        trust_hw[inner] = found.borrowed.trust_hw[there]
        behind = codes_from_rgb(behind_hw3, self._layout, self._spec)
        kept.add(
            [self._halved(plane) for plane in look.masked.frame.color_crops(rect)],
            [self._halved(plane) for plane in behind],
            trust_hw.astype(np.float16),
        )

    def _halved(self, plane: npt.NDArray[np.generic]) -> _Half:
        """Return code values of 8 bits and their fractions."""
        return (plane.astype(np.float32) / np.float32(1 << (self._layout.bits - 8))).astype(np.float16)


def _stacked(kept: _Kept) -> Observed:
    seen = zip(*(one for one, _, _ in kept.frames), strict=True)
    behind = zip(*(one for _, one, _ in kept.frames), strict=True)
    return Observed(
        rect=kept.rect,
        hole_hw=kept.hole_hw,
        seen=tuple(np.stack(planes).astype(np.float32) for planes in seen),
        behind=tuple(np.stack(planes).astype(np.float32) for planes in behind),
        trust_thw=np.stack([trust for _, _, trust in kept.frames]).astype(np.float32),
    )
