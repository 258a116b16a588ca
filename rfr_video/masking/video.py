"""A video of masks, matched to the repaired video by time since the first frame of each."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np

from rfr_video.errors import InputError, MaskError
from rfr_video.masking.still import check_size, steady
from rfr_video.media.colour import ColorRange
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.images import mask_where
from rfr_video.media.probe import VideoInfo, VideoStreamInfo, probe
from rfr_video.media.reader import Reader, open_reader
from rfr_video.timecode import Moment


@dataclass(frozen=True)
class Pace:
    """How the times of a mask video and of the repaired video compare.

    Attributes:
        mask_interval: Seconds from frame to frame of the mask video, on average.
        video_interval: The same of the repaired video.
    """

    mask_interval: Fraction
    video_interval: Fraction

    @classmethod
    def of(cls, mask: VideoStreamInfo, video: VideoStreamInfo) -> Self:
        """Read the intervals off the streams."""
        return cls(1 / mask.rate, 1 / video.rate)

    @property
    def tolerance(self) -> Fraction:
        """How much later than a frame the display of its mask may begin: containers round times."""
        return min(self.mask_interval, self.video_interval) / 2

    @property
    def slack(self) -> Fraction:
        """By how much the durations may differ."""
        return max(self.mask_interval, self.video_interval)


class MaskVideo:
    """Masks from a video: a frame takes the mask that is on display at its time.

    Made by :func:`open_mask_video`.

    Args:
        reader: The open mask video, not yet read.
        info: What is in the mask video.
        pace: Of the two videos.
    """

    def __init__(self, reader: Reader, info: VideoInfo, *, pace: Pace) -> None:
        self._info = info
        self._pace = pace
        self._frames = _undamaged(reader, info.path)
        self._shown = next(self._frames)
        self._next = next(self._frames, None)
        self._masked: Frame | None = None  # the frame that became the last mask
        self._mask: Mask | None = None
        self._last = Moment(-1, Fraction(-1))

    def is_empty(self) -> bool:
        """Whether no mask has anything to fill; decodes up to the first that has."""
        with open_reader(self._info.path, limits=self._info.limits) as reader:
            frames = _undamaged(reader, self._info.path)
            return not any(_mask(frame, self._info.video).any() for frame in frames)

    def mask_at(self, moment: Moment) -> Mask | None:
        """Return the mask on display at the frame's time; equal masks give the same array object."""
        self._last = moment
        while self._next is not None and self._next.moment.seconds < moment.seconds + self._pace.tolerance:
            self._shown, self._next = self._next, next(self._frames, None)
        if self._next is None and moment.seconds + self._pace.video_interval > self._end + self._pace.slack:
            raise self._wrong_length("at least ", moment.seconds + self._pace.video_interval)
        if self._masked is not self._shown:
            self._masked = self._shown
            self._mask = steady(_mask(self._shown, self._info.video), self._mask)
        return self._mask

    def finish(self, frame_count: int) -> None:
        """Raise :class:`MaskError` when the masks go on after the last frame, if that was asked for."""
        if self._last.index + 1 < frame_count:
            return
        for frame in self._frames:
            self._next = frame
        duration = self._last.seconds + self._pace.video_interval
        if self._end > duration + self._pace.slack:
            raise self._wrong_length("", duration)

    @property
    def _end(self) -> Fraction:
        """When the last mask read so far stops being on display."""
        last = self._shown if self._next is None else self._next
        return max(
            last.moment.seconds + self._pace.mask_interval, self._info.video.duration_seconds or Fraction(0)
        )

    def _wrong_length(self, bound: str, video_seconds: Fraction) -> MaskError:
        return _wrong_length(self._info.path, self._end, f"{bound}{float(video_seconds):.3f}")


@contextmanager
def open_mask_video(path: Path, *, info: VideoInfo) -> Generator[MaskVideo]:
    """Open a video as masks: luma of at least mid grey of its range = fill.

    Args:
        path: The mask video.
        info: What is in the video to repair.

    Raises:
        MaskError: The mask video cannot be read, has another size than the picture, or, as far as the
            headers of both tell, another length.
    """
    with ExitStack() as stack:
        try:
            mask_info = probe(path, limits=info.limits)
            reader = stack.enter_context(open_reader(path, limits=info.limits))
        except InputError as error:
            raise MaskError(f"mask video {error}") from error
        mask, video = mask_info.video, info.video
        shown = mask.shown_picture
        check_size((shown.width, shown.height), picture=video.shown_picture, name=str(path))
        pace = Pace.of(mask, video)
        lengths = mask.duration_seconds, video.duration_seconds
        if lengths[0] and lengths[1] and abs(lengths[0] - lengths[1]) > pace.slack:
            raise _wrong_length(path, lengths[0], f"{float(lengths[1]):.3f}")
        yield MaskVideo(reader, mask_info, pace=pace)


def _undamaged(reader: Reader, path: Path) -> Iterator[Frame]:
    """Yield the frames of a mask video; raises :class:`MaskError` at the first damage."""
    try:
        for frame in reader.frames():
            if reader.damage.found:
                break
            yield frame
    except InputError as error:
        raise MaskError(f"mask video {error}") from error
    if reader.damage.found:
        raise MaskError(f"mask video {path} is damaged ({reader.damage}); make it again")


def _mask(frame: Frame, info: VideoStreamInfo) -> Mask:
    """Read a frame as a mask of what is shown, uint8 (H, W): 255 where luma is half-way to white or more."""
    layout = frame.layout
    peak = (1 << layout.bits) - 1
    limited = info.color.color_range != ColorRange.FULL and not (layout.is_rgb or layout.is_jpeg)
    black_plus_white = (16 + 235) << (layout.bits - 8) if limited else peak
    planes = frame.planes()
    if layout.is_rgb:
        luma = np.stack([planes[index] for index in layout.color_planes]).mean(axis=0, dtype=np.float32)
    else:
        luma = planes[layout.color_planes[0]]
    return info.orientation.shown(mask_where(luma >= -(-black_plus_white // 2)))


def _wrong_length(path: Path, mask_seconds: Fraction, video_seconds: str) -> MaskError:
    return MaskError(
        f"mask video {path} is {float(mask_seconds):.3f} s long, the video {video_seconds} s; "
        "give a mask video of the same length"
    )
