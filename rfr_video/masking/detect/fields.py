"""Finding defects of interlaced videos: in the fields of each parity by themselves."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rfr_video.config import DetectConfig
from rfr_video.config.detect import Region
from rfr_video.geometry import Box, Rect
from rfr_video.masking.detect.detector import DefectDetectorMaker, FrameMask
from rfr_video.media.fields import Parity, field_rect, joined_notes, side_by_side, woven
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.probe import VideoInfo


class FieldDetector:
    """Runs two detectors, of the top and of the bottom fields, which they take for frames of half the height.

    See :class:`rfr_video.masking.detect.detector.DefectDetector`. Reads ahead as far as these do.

    Args:
        make: Makes a detector.
        info: What is in the video; the detectors are told of half the lines.
        config: How to look.

    Raises:
        MaskError: The region lies outside the picture.
    """

    def __init__(self, make: DefectDetectorMaker, info: VideoInfo, config: DetectConfig) -> None:
        self._top, self._bottom = (
            make(_of_field(info, parity), _in_field(config, info, parity)) for parity in Parity
        )

    def masks(self, frames: Iterator[Frame]) -> Iterator[FrameMask]:
        """Yield one mask per frame: those of its fields, woven."""
        parts = ((frame, *(frame.field(parity) for parity in Parity)) for frame in frames)
        for frame, top, bottom in side_by_side(parts, (iter, self._top.masks, self._bottom.masks)):
            yield FrameMask(frame.moment, _woven_mask(frame, top.mask, bottom.mask))

    def notes(self) -> tuple[str, ...]:
        """Return what the detectors say; once where they say the same."""
        return joined_notes(self._top.notes(), self._bottom.notes())


def _woven_mask(frame: Frame, *masks: Mask | None) -> Mask | None:
    if all(mask is None for mask in masks):
        return None
    rects = (frame.field(parity).rect for parity in Parity)
    top, bottom = (
        np.zeros((rect.height, rect.width), np.uint8) if mask is None else mask
        for rect, mask in zip(rects, masks, strict=True)
    )
    return woven(top, bottom)


def _of_field(info: VideoInfo, parity: Parity) -> VideoInfo:
    video = info.video
    height = len(range(video.height)[parity.lines])
    return replace(info, video=replace(video, height=height))


def _in_field(config: DetectConfig, info: VideoInfo, parity: Parity) -> DetectConfig:
    """Place a region that is given as a box in a field."""
    if config.region is None or not isinstance(config.region.place, Box):
        return config
    picture = Rect(0, 0, info.video.width, info.video.height)
    area = config.area(picture)
    lines = field_rect(area, parity) or field_rect(area.grown(0, lines=1, within=picture), parity)
    assert lines is not None, "of two lines, one is each field's"
    return replace(config, region=Region(Box(lines.x, lines.y, lines.width, lines.height)))
