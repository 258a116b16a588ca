"""How far apart two times may be that ought to be the same: what containers do to them."""

from dataclasses import dataclass
from fractions import Fraction

from av.container import Container
from av.stream import Stream

from rfr_video.media.containers import NO_PRESENTATION_TIMES


@dataclass(frozen=True)
class TimeRule:
    """What becomes of times between two files.

    Attributes:
        tolerance_seconds: How far a time may be off; 0 where the containers are of one kind.
        same_kind: Whether they are: then nothing may move, and decoding times and durations are the same too.
        stored: Whether the result's container stores times at all.
    """

    tolerance_seconds: Fraction
    same_kind: bool
    stored: bool

    @classmethod
    def between(cls, source: Stream, result: Stream) -> "TimeRule":
        """Return the rule for two streams of open files."""
        if is_same_kind(source.container, result.container):
            return cls(Fraction(0), same_kind=True, stored=True)
        stored = result.container.format.name not in NO_PRESENTATION_TIMES
        ticks = [Fraction(one.time_base) for one in (source, result) if one.time_base]
        return cls(max(ticks), same_kind=False, stored=stored)

    def agrees(self, off_seconds: Fraction) -> bool:
        """Whether a time that is so far off is the same."""
        return not self.stored or abs(off_seconds) <= self.tolerance_seconds


def is_same_kind(source: Container, result: Container) -> bool:
    """Whether two files are of one kind of container, by the demuxer that reads them."""
    return source.format.name == result.format.name
