"""The hand-made masks that are carried: which frame each belongs to, and reading them when it comes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

from rfr_video.config import MaskAt
from rfr_video.errors import MaskError
from rfr_video.geometry import Rect
from rfr_video.masking.still import read_fitting
from rfr_video.media.frame import Frame
from rfr_video.media.hole import Mask
from rfr_video.media.orientation import Orientation
from rfr_video.media.probe import VideoInfo
from rfr_video.timecode import Instant, Moment


@dataclass(frozen=True)
class Keyframes:
    """Hand-made masks and their times.

    Attributes:
        masks: Instants, timecodes resolved, with the files.
        picture: The whole picture as it is shown.
        orientation: How it is shown.
        is_empty: Whether no mask has anything to fill.
        video: What the masks are for, in errors.
        interval_seconds: From frame to frame, on average.
    """

    masks: tuple[tuple[Instant, Path], ...]
    picture: Rect
    orientation: Orientation
    is_empty: bool
    video: Path
    interval_seconds: Fraction

    @classmethod
    def read(cls, given: Sequence[MaskAt], *, info: VideoInfo) -> Self:
        """Check everything that can be checked without reading the video.

        Raises:
            MaskError: A mask cannot be read, has another size than the picture, or a time behind the end.
            UsageError: A timecode is not possible at this frame rate.
        """
        video = info.video
        picture = video.shown_picture
        masks = tuple((one.at.at_rate(video.rate), one.path) for one in given)
        is_empty = True
        for instant, path in masks:
            _check_length(instant, path, info)
            is_empty &= not read_fitting(path, picture=picture).any()
        return cls(masks, picture, video.orientation, is_empty, info.path, 1 / video.rate)

    def matched(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, Mask | None]]:
        """Give every frame the mask made for it, if there is one; looks ahead by one frame.

        A time means the frame that begins nearest to it, a number the frame of that number.

        Args:
            frames: All of the video, in order.

        Raises:
            MaskError: Two masks are for one frame, or one is for a frame behind the end.
        """
        waiting = list(self.masks)
        frame: Frame | None = None
        for following in frames:
            if frame is not None:
                middle = (frame.moment.seconds + following.moment.seconds) / 2
                yield frame, self._taken(waiting, frame.moment, until_seconds=middle)
            frame = following
        if frame is not None:
            end = frame.moment.seconds + self.interval_seconds
            yield frame, self._taken(waiting, frame.moment, until_seconds=end)
        if waiting:
            instant, path = waiting[0]
            last = frame.moment.index if frame else 0
            raise MaskError(
                f"mask {path} is for {instant}, behind the end of {self.video}, whose last frame is {last}; "
                "correct it"
            )

    def _taken(
        self, waiting: list[tuple[Instant, Path]], moment: Moment, *, until_seconds: Fraction
    ) -> Mask | None:
        """Take the mask out that is for a frame, and read it as the picture is stored."""
        due = [one for one in waiting if _is_due(one[0], moment, until_seconds=until_seconds)]
        if len(due) > 1:
            raise MaskError(
                f"masks {due[0][1]} and {due[1][1]} are both for frame {moment.index}; give one of them"
            )
        if not due:
            return None
        waiting.remove(due[0])
        return self.orientation.stored(read_fitting(due[0][1], picture=self.picture))


def _is_due(instant: Instant, moment: Moment, *, until_seconds: Fraction) -> bool:
    if instant.frame is not None:
        return moment.index >= instant.frame
    assert instant.seconds is not None
    return instant.seconds < until_seconds


def _check_length(instant: Instant, path: Path, info: VideoInfo) -> None:
    """Raise :class:`MaskError` when the headers already tell that a time lies behind the end."""
    duration, count = info.duration_seconds, info.video.frame_count
    if instant.seconds is not None and duration is not None and instant.seconds > duration:
        length = f"{float(duration):.3f} s"
    elif instant.frame is not None and count is not None and instant.frame >= count:
        length = f"{count} frames"
    else:
        return
    raise MaskError(
        f"mask {path} is for {instant}, behind the end of {info.path}, which has {length}; correct it"
    )
