"""Synthesis by RFR-Net: crops around the holes of many frames, filled in batches."""

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice

import numpy as np

from rfr_video.fill.cut import cut
from rfr_video.fill.filler import Fill, FilledFrame, FillStep, MaskedFrame, Origin
from rfr_video.geometry import Rect
from rfr_video.media.colour import ColorSpec, FloatImage
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Hole, Region
from rfr_video.rfrnet.runtime import Crop, Runtime
from rfr_video.rfrnet.workload import MARGIN_PX, crop_around

_NOTHING_TO_FILL = Crop(np.zeros((1, 1, 3), np.float32), np.zeros((1, 1), np.bool_))


class SynthesisFiller:
    """Fills every region by a network that sees its surroundings; frames do not know of each other.

    All of it is made up: confidence 0. Looks ahead by no more frames than the runtime looks ahead by crops,
    frames without a hole included.

    Args:
        runtime: The network on its device.
        spec: The colour of the frames' samples.
    """

    margin_px = MARGIN_PX[0]  # two holes that see each other cost less in one crop than in two

    def __init__(self, runtime: Runtime, spec: ColorSpec) -> None:
        self._runtime = runtime
        self._spec = spec
        self.steps = (FillStep("fill", self.fill),)  # one runtime, which uses the device's threads by itself

    @property
    def notes(self) -> tuple[str, ...]:
        """What the runtime decided, or did otherwise than asked."""
        return tuple(self._runtime.notes)

    def fill(self, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
        """Fill every region of every frame.

        Raises:
            MaskError: A mask leaves nothing known to fill from.
            DeviceError: The device failed, or has too little memory for one crop.
        """
        for first in frames:
            yield from self._fill_segment(_segment(first, frames))

    def _fill_segment(self, frames: Iterator[MaskedFrame]) -> Iterator[FilledFrame]:
        """Fill the frames of a segment; which crops share a batch does not depend on those before."""
        under_way: deque[MaskedFrame] = deque()
        results = self._runtime.fill(self._crops(frames, under_way))
        for first in results:
            masked = under_way.popleft()
            hole = masked.to_fill
            if hole is None:
                yield FilledFrame(masked.frame, None)
                continue
            crops = chain([first], islice(results, len(hole.regions) - 1))
            fills = tuple(
                Fill.of_one(_part(filled_hw3, region, masked.frame), Origin.SYNTHESISED)
                for region, filled_hw3 in zip(hole.regions, crops, strict=True)
            )
            yield FilledFrame(masked.frame, hole, fills)

    def _crops(self, frames: Iterator[MaskedFrame], under_way: deque[MaskedFrame]) -> Iterator[Crop]:
        """Give one crop per region, and one of nothing for a frame without a hole, which keeps its place."""
        for masked in frames:
            under_way.append(masked)
            hole = masked.to_fill
            if hole is None:
                yield _NOTHING_TO_FILL
                continue
            for region in hole.regions:
                yield self._crop(masked.frame, hole, region)

    def _crop(self, frame: Frame, hole: Hole, region: Region) -> Crop:
        rgb, mask = cut(frame, hole, _surroundings(region, frame), spec=self._spec)
        return Crop(np.clip(rgb, 0, 1), mask)


def _segment(first: MaskedFrame, rest: Iterator[MaskedFrame]) -> Iterator[MaskedFrame]:
    """Yield frames up to the one that ends the segment."""
    for masked in chain([first], rest):
        yield masked
        if masked.ends_segment:
            return


def _surroundings(region: Region, frame: Frame) -> Rect:
    return crop_around(region.rect, within=frame.rect)


def _part(filled_hw3: FloatImage, region: Region, frame: Frame) -> FloatImage:
    """Cut the region out of what the network made of its surroundings."""
    return filled_hw3[region.rect.relative_to(_surroundings(region, frame)).slices]
