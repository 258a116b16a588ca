"""Taking some frames out of a video: spread over it, or from a short stretch, without decoding all of it."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from rfr_video.errors import InputError
from rfr_video.media.containers import NO_PRESENTATION_TIMES
from rfr_video.media.frame import Frame
from rfr_video.media.layout import PlaneLayout
from rfr_video.media.probe import VideoInfo
from rfr_video.media.reader import open_reader, seconds_of
from rfr_video.media.source import open_source, video_stream
from rfr_video.timecode import Instant, Moment, Span

_STEP_UNKNOWN = Fraction(1, 2)
_READ_THROUGH_FRAMES = 1500
"""A stretch of so many frames is read through: that is as fast as jumping about in it."""
_FARTHER_BACK_SECONDS = (0, 1, 4, 16, 1_000_000)
_WALK_FRAMES = 24
"""How far behind a frame that can be jumped to a sample may lie."""


def spread_frames(info: VideoInfo, *, count: int, span: Span) -> Iterator[Frame]:
    """Yield about so many frames that are spread evenly over a span of a video, in order.

    In long videos these are frames that can be jumped to, or soon after. The numbers of the frames are then
    estimates; their times are exact.

    Args:
        info: What is in the video.
        count: How many at most; fewer where there are not so many.
        span: With timecodes resolved.

    Raises:
        InputError: The video cannot be read.
    """
    rate, frames = info.video.rate, info.video.expected_frames
    whole = None if frames is None else frames / rate
    start = _seconds(span.start, rate) or Fraction(0)
    stop = _seconds(span.stop, rate) or whole
    if stop is None or whole is None or not can_jump(info) or (stop - start) * rate <= _READ_THROUGH_FRAMES:
        step = _STEP_UNKNOWN if stop is None else max(min(stop, whole or stop) - start, Fraction(0)) / count
        yield from _thinned(info, step, span)
        return
    step = (min(stop, whole) - start) / count
    with _Jumps(info) as jumps:
        yield from (
            frame
            for number in range(count)
            if (frame := jumps.after(start + step * number)) is not None and span.contains(frame.moment)
        )


def frames_between(info: VideoInfo, start: Fraction, stop: Fraction) -> Iterator[Frame]:
    """Yield all frames of a stretch, by their seconds from the first frame, ``stop`` not included.

    Raises:
        InputError: The video cannot be read.
    """
    if not can_jump(info):
        with open_reader(info.path, limits=info.limits) as reader:
            for frame in reader.frames():
                if frame.moment.seconds >= stop:
                    return
                if frame.moment.seconds >= start:
                    yield frame
        return
    with _Jumps(info) as jumps:
        for frame in jumps.from_before(start):
            if frame.moment.seconds >= stop:
                return
            if frame.moment.seconds >= start:
                yield frame


def frame_at(info: VideoInfo, seconds: Fraction) -> Frame:
    """Return the first frame that is shown at or after a time, or the last one.

    Raises:
        InputError: The video cannot be read.
    """
    if can_jump(info):
        for frame in frames_between(info, seconds, seconds + _STEP_UNKNOWN):
            return frame
    last: Frame | None = None
    with open_reader(info.path, limits=info.limits) as reader:
        for frame in reader.frames():
            last = frame
            if frame.moment.seconds >= seconds:
                break
    if last is None:
        raise InputError(f"{info.path}: not one frame could be decoded; the file is damaged")
    return last


def can_jump(info: VideoInfo) -> bool:
    """Whether times are known without reading from the start."""
    return info.container not in NO_PRESENTATION_TIMES


def _thinned(info: VideoInfo, step: Fraction, span: Span) -> Iterator[Frame]:
    """Read through, and yield a frame per step."""
    due: Fraction | None = None
    with open_reader(info.path, limits=info.limits) as reader:
        for frame in reader.frames():
            seconds = frame.moment.seconds
            if span.stop is not None and span.stop.reached(frame.moment):
                return
            if span.contains(frame.moment) and (due is None or seconds >= due):
                yield frame
                due = max(seconds, due + step) if due is not None and due + step > seconds else seconds + step


class _Jumps:
    """An open video in which one can jump. A context manager."""

    def __init__(self, info: VideoInfo) -> None:
        self._info = info
        self._opening = open_source(info.path, limits=info.limits)
        self._layout = PlaneLayout.of(info.video.pix_fmt)
        self._last_pts = info.video.start_pts - 1

    def __enter__(self) -> "_Jumps":
        self._container: InputContainer = self._opening.__enter__()
        self._stream: VideoStream = video_stream(self._container, self._info.path)
        self._stream.thread_type = "SLICE"  # threads that work on frames ahead would work for nothing
        return self

    def __exit__(self, *_: object) -> None:
        self._opening.__exit__(None, None, None)

    def after(self, seconds: Fraction) -> Frame | None:
        """Return a frame near a time: one that can be jumped to, or, where that was returned, a later one."""
        for number, frame in enumerate(self.from_before(seconds)):
            is_new_key = number == 0 and frame.pts > self._last_pts
            if is_new_key or frame.moment.seconds >= seconds or number >= _WALK_FRAMES:
                is_new, self._last_pts = frame.pts > self._last_pts, max(frame.pts, self._last_pts)
                return frame if is_new else None
        return None

    def from_before(self, seconds: Fraction) -> Iterator[Frame]:
        """Yield the frames from the last one before a time on to which one can jump."""
        for back in _FARTHER_BACK_SECONDS:
            frames = self._from_about(seconds - back)
            first = next(frames, None)
            if first is not None and (first.moment.seconds <= seconds or back == _FARTHER_BACK_SECONDS[-1]):
                yield first
                yield from frames
                return

    def _from_about(self, seconds: Fraction) -> Iterator[Frame]:
        """Jump, and yield the frames from there on; transport streams jump too far at times."""
        ticks = self._info.video.start_pts + round(seconds / self._info.video.time_base)
        try:
            self._container.seek(ticks, stream=self._stream, backward=True)
        except FFmpegError:
            return
        for packet in self._container.demux(self._stream):
            with suppress(FFmpegError):
                for picture in self._stream.decode(packet):
                    frame = self._frame(picture)
                    if frame is not None:
                        yield frame

    def _frame(self, picture: av.VideoFrame) -> Frame | None:
        video = self._info.video
        kind = (picture.width, picture.height, picture.format.name)
        if picture.pts is None or picture.is_corrupt or kind != (video.width, video.height, video.pix_fmt):
            return None
        picture.time_base = video.time_base
        seconds = seconds_of(picture.pts - video.start_pts, self._stream)
        return Frame(picture, moment=Moment(round(seconds * video.rate), seconds), layout=self._layout)


def _seconds(instant: Instant | None, rate: Fraction) -> Fraction | None:
    if instant is None:
        return None
    if instant.frame is not None:
        return Fraction(instant.frame) / rate
    return instant.seconds
