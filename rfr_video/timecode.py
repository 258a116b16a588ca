"""Moments and spans as users write them: seconds, timecode or frame numbers.

Times count from the first frame of the video, which is what every player shows as 0:00, whatever
timestamp the container gives that frame.
"""

import re
import reprlib
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Self

from rfr_video.errors import UsageError

# Numbers are bounded: Python refuses to read thousands of digits, and a float cannot hold hundreds.
_WHOLE, _DECIMALS = r"\d{1,12}", r"(?:\.\d{1,24})?"
_SECONDS = re.compile(rf"({_WHOLE}{_DECIMALS})s?")
_FRAMES = re.compile(rf"({_WHOLE})f")
_CLOCK = re.compile(rf"(?:({_WHOLE}):)?([0-5]?\d):([0-5]?\d{_DECIMALS})")
_SMPTE = re.compile(rf"({_WHOLE}):([0-5]\d):([0-5]\d):(\d\d)")


@dataclass(frozen=True)
class Moment:
    """Where a frame stands in the video: its number from 0 and its time in seconds from the first frame."""

    index: int
    seconds: Fraction


@dataclass(frozen=True)
class Instant:
    """A point that a user named: a time in seconds, or a frame number; exactly one of the two.

    ``timecode_frames`` are the frames behind the last colon of an SMPTE timecode: they become
    seconds once the frame rate is known.
    """

    seconds: Fraction | None = None
    frame: int | None = None
    timecode_frames: int = 0

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.frame is None):
            raise ValueError("an instant is either a time or a frame number")

    def __str__(self) -> str:
        if self.seconds is None:
            return f"frame {self.frame}"
        frames = f" + {self.timecode_frames} frames" if self.timecode_frames else ""
        return f"{float(self.seconds):g} s{frames}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``12.5``, ``1:02.5``, ``0:01:02.5``, ``00:01:02:12`` (SMPTE) or ``250f`` (frame 250).

        Raises :class:`UsageError` on anything else.
        """
        text = text.strip()
        if match := _FRAMES.fullmatch(text):
            return cls(frame=int(match[1]))
        if match := _SECONDS.fullmatch(text):
            return cls(seconds=Fraction(match[1]))
        if match := _CLOCK.fullmatch(text):
            return cls(seconds=int(match[1] or 0) * 3600 + int(match[2]) * 60 + Fraction(match[3]))
        if match := _SMPTE.fullmatch(text):
            hours, minutes, seconds, frames = (int(part) for part in match.groups())
            return cls(seconds=Fraction(hours * 3600 + minutes * 60 + seconds), timecode_frames=frames)
        raise UsageError(
            f"time {reprlib.repr(text)} is not understood; write seconds (12.5), a time (0:01:02.5), "
            "a timecode (00:01:02:12) or a frame number (250f), with at most 12 digits"
        )

    def at_rate(self, rate: Fraction) -> "Instant":
        """Turn the frames of a timecode into seconds at ``rate`` frames per second.

        Raises:
            UsageError: A second has fewer frames than that.
        """
        if self.seconds is None or not self.timecode_frames:
            return self
        if self.timecode_frames >= ceil(rate):
            raise UsageError(
                f"timecode with frame {self.timecode_frames} is not possible at {float(rate):g} frames per "
                f"second; the last one is {ceil(rate) - 1}"
            )
        return Instant(seconds=self.seconds + self.timecode_frames / rate)

    def reached(self, moment: Moment) -> bool:
        """Whether a frame stands at or after this instant (resolve timecodes with :meth:`at_rate` first)."""
        if self.frame is not None:
            return moment.index >= self.frame
        assert self.seconds is not None
        assert not self.timecode_frames, "at_rate() comes first"
        return moment.seconds >= self.seconds


@dataclass(frozen=True)
class Span:
    """A half-open stretch ``[start, stop)`` of the video; ``None`` is the respective end of the video."""

    start: Instant | None = None
    stop: Instant | None = None

    @property
    def is_void(self) -> bool:
        """Whether it ends where it starts or before; a time and a frame number cannot be compared."""
        start, stop = self.start, self.stop
        if start is None or stop is None:
            return False
        if start.frame is not None and stop.frame is not None:
            return stop.frame <= start.frame
        if start.seconds is not None and stop.seconds is not None:
            return stop.seconds <= start.seconds
        return False

    def contains(self, moment: Moment) -> bool:
        """Whether a frame lies inside."""
        return (self.start is None or self.start.reached(moment)) and (
            self.stop is None or not self.stop.reached(moment)
        )

    def at_rate(self, rate: Fraction) -> "Span":
        """Turn the frames of timecodes into seconds at ``rate`` frames per second."""
        return Span(self.start and self.start.at_rate(rate), self.stop and self.stop.at_rate(rate))


def clock(seconds: Fraction) -> str:
    """Write a time as :meth:`Instant.parse` reads it, to the millisecond: ``0:01:02.500``."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
