"""Per frame, where the samples of its hole came from: a table that hours of video do not blow up."""

from array import array
from collections.abc import Iterator
from fractions import Fraction

from rfr_video.fill.filler import Origin
from rfr_video.fill.tally import Tally

COLUMNS = ("index", "pts_seconds", *(origin.word for origin in Origin), "confidence")
"""Names of what :meth:`FilledFrames.rows` yields."""


class FilledFrames:
    """One row per frame that has a hole, in packed columns: 32 bytes per row.

    Args:
        time_base: Seconds per unit of the frames' timestamps.
    """

    def __init__(self, time_base: Fraction) -> None:
        self._time_base = time_base
        self._indices = array("I")
        self._pts = array("q")
        self._samples = tuple(array("I") for _ in Origin)
        self._confidence = array("f")
        self._totals = dict.fromkeys(Origin, 0)
        self._confident_samples = 0.0

    def __len__(self) -> int:
        return len(self._indices)

    def add(self, tally: Tally, *, index: int, pts: int) -> None:
        """Append a row: the number of the frame in the source, its timestamp, and what was counted."""
        self._indices.append(index)
        self._pts.append(pts)
        self._confidence.append(tally.confidence)
        for origin, column, samples in zip(Origin, self._samples, tally.samples, strict=True):
            column.append(samples)
            self._totals[origin] += samples
        self._confident_samples += tally.confidence * sum(tally.samples)

    @property
    def samples(self) -> dict[Origin, int]:
        """Luma samples of all holes, by origin."""
        return dict(self._totals)

    @property
    def sample_count(self) -> int:
        """Luma samples of all holes."""
        return sum(self._totals.values())

    @property
    def confidence(self) -> float | None:
        """Mean over all samples of all holes, 0 to 1; ``None`` where there were none."""
        return self._confident_samples / self.sample_count if self.sample_count else None

    def rows(self) -> "Iterator[tuple[int | float, ...]]":
        """Yield the rows, as :data:`COLUMNS` names them; times to the microsecond."""
        for row, index in enumerate(self._indices):
            seconds = round(float(self._pts[row] * self._time_base), 6)
            samples = (column[row] for column in self._samples)
            yield index, seconds, *samples, round(self._confidence[row], 3)
