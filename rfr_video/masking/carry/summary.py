"""How far the carried masks can be trusted, and where one more would help."""

from collections.abc import Iterator
from dataclasses import dataclass

from rfr_video.timecode import Moment, clock

WEAK = 0.7
"""Masks of less confidence than this should be looked at."""

_FADE_FRAMES = 5  # a weak stretch goes on over so many better frames
_MOST_SPANS = 1000


@dataclass(frozen=True)
class WeakSpan:
    """Frames whose carried masks should be looked at.

    Attributes:
        start: The first of them.
        last: The last of them.
        weakest: Where confidence is least: where a mask helps most.
        confidence: There, 0 to 1; 0 where no mask reaches, as in a shot without any.
    """

    start: Moment
    last: Moment
    weakest: Moment
    confidence: float

    def __str__(self) -> str:
        where = f"{clock(self.start.seconds)} to {clock(self.last.seconds)}"
        time = clock(self.weakest.seconds)
        if not self.confidence:
            return (
                f"no mask reaches {where}, so nothing is filled there; if the object is to be seen there, "
                f"give one at {time}"
            )
        return (
            f"carried masks are uncertain from {where}: a mask at {time} would help "
            f"(confidence {self.confidence:.2f})"
        )


@dataclass(frozen=True)
class CarrySummary:
    """What came of carrying masks.

    Attributes:
        keyframes: Hand-made masks.
        shots: Shots in the part of the video that was looked at.
        confidence: Per frame in percent, one byte each: 100 is hand-made, 0 is out of reach.
        weak: Where a mask would help.
    """

    keyframes: int
    shots: int
    confidence: bytes
    weak: tuple[WeakSpan, ...]

    @property
    def mean_confidence(self) -> float:
        """Over all frames, 0 to 1."""
        return sum(self.confidence) / (100 * len(self.confidence)) if self.confidence else 0.0

    def to_dict(self) -> dict[str, object]:
        """Return the summary as plain data."""
        return {
            "keyframes": self.keyframes,
            "shots": self.shots,
            "mean_confidence": round(self.mean_confidence, 4),
            "confidence_percent": list(self.confidence),
            "would_help": [
                {
                    "start_seconds": float(span.start.seconds),
                    "last_seconds": float(span.last.seconds),
                    "mask_at_seconds": float(span.weakest.seconds),
                    "mask_at_frame": span.weakest.index,
                    "confidence": round(span.confidence, 4),
                }
                for span in self.weak
            ],
        }

    def lines(self) -> Iterator[str]:
        """Yield what a user should read."""
        yield (
            f"masks: {self.keyframes} carried to {len(self.confidence)} frames, "
            f"mean confidence {self.mean_confidence:.2f}"
        )
        for span in self.weak:
            yield f"masks: {span}"


class ConfidenceLog:
    """Takes confidences down, frame by frame, and finds the stretches where it is low."""

    def __init__(self) -> None:
        self._percent = bytearray()
        self._open: WeakSpan | None = None
        self._closed: list[WeakSpan] = []

    def add(self, moment: Moment, confidence: float, *, starts_anew: bool) -> None:
        """Take the next frame down.

        Args:
            moment: Of the frame.
            confidence: 0 to 1.
            starts_anew: Whether a stretch ends before it: at a keyframe or a cut.
        """
        self._percent.append(round(100 * min(max(confidence, 0.0), 1.0)))
        span = self._open
        if span is not None:
            over = moment.index > span.last.index + _FADE_FRAMES
            if starts_anew or over or (confidence == 0) != (span.confidence == 0):
                self._close()
        if confidence >= WEAK:
            return
        if self._open is None:
            self._open = WeakSpan(moment, moment, moment, confidence)
        else:
            span = self._open
            weakest = moment if confidence < span.confidence else span.weakest
            self._open = WeakSpan(span.start, moment, weakest, min(confidence, span.confidence))

    def summary(self, *, keyframes: int, shots: int) -> CarrySummary:
        """Sum up, after the last frame."""
        self._close()
        return CarrySummary(keyframes, shots, bytes(self._percent), tuple(self._closed))

    def _close(self) -> None:
        if self._open is not None and len(self._closed) < _MOST_SPANS:
            self._closed.append(self._open)
        self._open = None
