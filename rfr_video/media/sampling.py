"""Taking some frames out of a video: spread over it, or at a time."""

from collections.abc import Iterator
from fractions import Fraction

from rfr_video.errors import InputError
from rfr_video.media.frame import Frame
from rfr_video.media.probe import VideoInfo
from rfr_video.media.reader import open_reader
from rfr_video.timecode import Span

_STEP_UNKNOWN = Fraction(1, 2)


def spread_frames(info: VideoInfo, *, count: int, span: Span) -> Iterator[Frame]:
    """Yield about so many frames that are spread evenly over a span of a video, in order.

    Args:
        info: What is in the video.
        count: How many; all that there are, if they are fewer.
        span: With timecodes resolved.

    Raises:
        InputError: The video cannot be read.
    """
    expected, rate = info.video.expected_frames, info.video.rate
    step = Fraction(expected, count) / rate if expected else _STEP_UNKNOWN
    due = Fraction(0)
    with open_reader(info.path) as reader:
        for frame in reader.frames():
            if span.stop is not None and span.stop.reached(frame.moment):
                return
            if frame.moment.seconds >= due and span.contains(frame.moment):
                yield frame
                due = max(due + step, frame.moment.seconds)


def frame_at(info: VideoInfo, seconds: Fraction) -> Frame:
    """Return the first frame that is shown at or after a time, or the last one.

    Raises:
        InputError: The video cannot be read.
    """
    last: Frame | None = None
    with open_reader(info.path) as reader:
        for frame in reader.frames():
            last = frame
            if frame.moment.seconds >= seconds:
                return frame
    if last is None:
        raise InputError(f"{info.path}: not one frame could be decoded; the file is damaged")
    return last
