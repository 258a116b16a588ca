"""Whether every frame is there, at its time."""

from collections.abc import Iterator
from fractions import Fraction

from rfr_video.media.verification.check import Check, Outcome
from rfr_video.media.verification.times import TimeRule
from rfr_video.pipeline.verification.frame_pairs import FramePair, shown_at


class TimeTally:
    """Counts frames that are not where they should be.

    Args:
        rule: What containers do to times.
    """

    def __init__(self, rule: TimeRule) -> None:
        self._rule = rule
        self._frames = self._mended = 0
        self._first: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._lengths: tuple[Fraction, Fraction] | None = None
        self.shift_seconds: Fraction | None = None

    def add(self, pair: FramePair) -> None:
        """Take in a pair of frames."""
        self._frames += 1
        if pair.expected is None:
            assert pair.seen is not None, "a pair has one frame at least"
            self._note("more than in the source", shown_at(pair.seen))
        elif pair.seen is None:
            self._note("missing", shown_at(pair.expected.frame))
        else:
            was, now = pair.expected.frame, pair.seen
            self._mended += pair.is_mended
            self._lengths = was.duration * was.time_base, now.duration * now.time_base
            if self.shift_seconds is None:
                self.shift_seconds = shown_at(now) - shown_at(was)
            if not self._rule.agrees(pair.off_seconds):
                self._note("at another time", shown_at(was), f" instead at {float(shown_at(now)):.6g} s")

    def checks(self) -> Iterator[Check]:
        """Say what it came to."""
        wrong = [f"{count} {what} (first {self._first[what]})" for what, count in self._counts.items()]
        if self._rule.same_kind and self._lengths and self._lengths[0] != self._lengths[1]:
            was, now = (f"{float(length):.6g} s" for length in self._lengths)
            wrong.append(f"the last one lasts {now} instead of {was}")
        if wrong:
            yield Check("frames and their times", Outcome.DIFFERS, "; ".join(wrong))
            return
        shift = float(self.shift_seconds or 0)
        if not self._rule.stored:
            outcome, words = Outcome.EXPLAINED, "the container stores no times"
        elif self._rule.same_kind or not self._rule.tolerance_seconds:
            outcome, words = Outcome.SAME, "all at their times"
        else:
            unit = 1000 * float(self._rule.tolerance_seconds)
            outcome, words = (
                Outcome.SAME,
                f"all at their times to within {unit:.3g} ms, as the container counts",
            )
        if shift and self._rule.stored:
            outcome, words = Outcome.EXPLAINED, f"{words}; all moved by {shift:+.6g} s with the container"
        if self._mended:
            outcome, words = (
                Outcome.EXPLAINED,
                f"{words}; {self._mended} moved, for the source's times do not rise",
            )
        yield Check("frames and their times", outcome, f"{self._frames} frames, {words}")

    def _note(self, what: str, at_seconds: Fraction, more: str = "") -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
        self._first.setdefault(what, f"{float(at_seconds):.6g} s{more}")
