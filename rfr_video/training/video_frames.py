"""Frames of videos to learn from: a few of every shot, as neighbours teach the same thing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.errors import InputError
from rfr_video.media.colour import ColorSpec
from rfr_video.media.containers import VIDEO_SUFFIXES
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import probe
from rfr_video.media.reader import open_reader
from rfr_video.training.images import Image, files
from rfr_video.training.recipe import DataRecipe

_GRID_PX = 64  # a histogram looks at about so many samples along the short side
_BINS = 32
_CUT_DISTANCE = 0.35  # half of the L1 distance of two histograms of luma: 0 the same, 1 nothing in common


class VideoFrames:
    """Frames of all videos, shot by shot, uint8 RGB (H, W, 3).

    A shot is the time between two abrupt changes of the histogram of luma. It is sampled half an interval
    after it begins, then once per interval; a shorter one gives the frame before its end.

    Args:
        paths: Videos, or folders that are searched for them.
        least_px: Videos with a shorter side are skipped.
        recipe: The interval, and the short side that larger frames are shrunk to.

    Attributes:
        unreadable: Files passed so far that cannot be decoded.
        too_small: Files passed so far that are too small.
    """

    def __init__(self, paths: Sequence[Path], *, least_px: int, recipe: DataRecipe) -> None:
        self._paths = paths
        self._least_px = least_px
        self._recipe = recipe
        self.unreadable: list[Path] = []
        self.too_small: list[Path] = []

    def __iter__(self) -> Iterator[tuple[Image, ...]]:
        """Decode one video after the other and yield its shots; raises :class:`InputError`, see below.

        Raises:
            InputError: A path does not exist.
        """
        for path in self._paths:
            if not path.exists():
                raise InputError(f"{path} does not exist; give a video or a folder of videos")
            for video in files(path, VIDEO_SUFFIXES) if path.is_dir() else (path,):
                try:
                    info = probe(video).video
                    if min(info.width, info.height) < self._least_px:
                        self.too_small.append(video)
                        continue
                    layout = PlaneLayout.of(info.pix_fmt)
                    spec = ColorSpec.from_tags(
                        info.color, height=info.height, jpeg=layout.is_jpeg, rgb=layout.is_rgb
                    )
                    with open_reader(video) as reader:
                        yield from self._shots(reader.frames(), spec)
                except InputError:
                    self.unreadable.append(video)

    def _shots(self, frames: Iterator[Frame], spec: ColorSpec) -> Iterator[tuple[Image, ...]]:
        interval = self._recipe.video_interval_seconds
        taken: list[Image] = []
        due = 0.0
        last: Frame | None = None
        histogram: NDArray[np.float32] | None = None
        for frame in frames:
            seconds = float(frame.moment.seconds)
            before, histogram = histogram, luma_histogram(frame)
            if last is None or before is None or np.abs(histogram - before).sum() / 2 > _CUT_DISTANCE:
                if last is not None:
                    yield tuple(taken) or (self._picture(last, spec),)
                taken, due = [], seconds + interval / 2
            if seconds >= due:
                taken.append(self._picture(frame, spec))
                due += interval
            last = frame
        if last is not None:
            yield tuple(taken) or (self._picture(last, spec),)

    def _picture(self, frame: Frame, spec: ColorSpec) -> Image:
        rgb_hw3 = np.rint(np.clip(frame.crop(frame.rect, spec), 0, 1) * 255).astype(np.uint8)
        short = min(rgb_hw3.shape[:2])
        wanted = max(self._recipe.video_side_px, self._least_px)
        if short <= wanted:
            return rgb_hw3
        size = tuple(max(round(side * wanted / short), wanted) for side in rgb_hw3.shape[1::-1])
        return np.asarray(cv2.resize(rgb_hw3, size, interpolation=cv2.INTER_AREA), np.uint8)


def luma_histogram(frame: Frame) -> NDArray[np.float32]:
    """Return the histogram of a coarse grid of the first plane's samples, float32 (32), its sum 1."""
    plane = frame.planes()[0]
    step = max(1, min(plane.shape) // _GRID_PX)
    samples = plane[::step, ::step]
    counts = np.bincount((samples >> (frame.layout.bits - 5)).ravel(), minlength=_BINS)[:_BINS]
    return np.asarray(counts / samples.size, np.float32)
