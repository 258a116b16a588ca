"""Frames of a source and of its result, side by side by their times."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from rfr_video.fill.filler import MaskedFrame
from rfr_video.media.frame import Frame
from rfr_video.media.verification.times import TimeRule


@dataclass(frozen=True)
class FramePair:
    """A frame of the source and that of the result; one of them may be lacking.

    Attributes:
        expected: The source's, with its hole; ``None`` where the result has one more.
        seen: The result's; ``None`` where it is missing.
        off_seconds: How much later than it should be the result's frame is shown.
        is_mended: Whether it had to be shown later, for the source's time does not rise.
    """

    expected: MaskedFrame | None
    seen: Frame | None
    off_seconds: Fraction = Fraction(0)
    is_mended: bool = False


def shown_at(frame: Frame) -> Fraction:
    """Return when a frame is shown, in seconds, as its container has it."""
    return frame.pts * frame.time_base


def frame_pairs(
    expected: Iterator[MaskedFrame],
    seen: Iterator[Frame],
    *,
    rule: TimeRule,
    rate: Fraction,
    tick_seconds: Fraction,
) -> Iterator[FramePair]:
    """Pair frames up: those whose times are less than half a frame apart are the same one.

    Holds no frame back. Where the result's container stores no times, frames are paired in order; where the
    containers are of different kinds, all times are taken to have moved as the first one has. A frame whose
    time in the source does not rise is due within a tick of the one before it.

    Args:
        expected: The source's frames, in order.
        seen: The result's.
        rule: What containers do to times.
        rate: Frames per second, for frames whose duration is not known.
        tick_seconds: What times are counted in.
    """
    was, now = next(expected, None), next(seen, None)
    shift = shown_at(now) - shown_at(was.frame) if was and now and not rule.same_kind else Fraction(0)
    last: Fraction | float = -inf
    while was is not None or now is not None:
        if was is None or now is None:
            yield FramePair(was, now)
            was, now = next(expected, None), next(seen, None)
            continue
        due, shown = shown_at(was.frame) + shift, shown_at(now)
        is_mended = due <= last <= shown <= last + tick_seconds
        off = Fraction(0) if is_mended or not rule.stored else shown - due
        if is_mended or rule.agrees(off) or abs(off) < _length(was.frame, rate) / 2:
            yield FramePair(was, now, off, is_mended and shown != due)
            last = max(due, shown)
            was, now = next(expected, None), next(seen, None)
        elif off > 0:
            yield FramePair(was, None)
            was = next(expected, None)
        else:
            yield FramePair(None, now)
            now = next(seen, None)


def _length(frame: Frame, rate: Fraction) -> Fraction:
    return frame.duration * frame.time_base or 1 / rate
