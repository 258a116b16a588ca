"""A sheet of pictures: per row what was there, the hole, and what every method made of it."""

from collections.abc import Sequence

from rfr_video.evaluation.metrics import psnr_db
from rfr_video.evaluation.picture_rows import PictureRows
from rfr_video.evaluation.stills import Filled

HOLE_COLOUR = (255, 0, 255)


class Sheet:
    """Collects rows, shrinking pictures to at most 384 pixels; keeps nothing larger.

    Args:
        names: Of the methods, in the order of :attr:`Filled.fills`.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._rows = PictureRows()

    def add(self, filled: Filled) -> None:
        """Add a row."""
        truth_hw3, hole_hw = filled.still.picture_hw3, filled.drawn.hole_hw
        masked_hw3 = truth_hw3.copy()
        masked_hw3[hole_hw] = HOLE_COLOUR
        cells = [
            (filled.still.path.name, truth_hw3),
            (f"{filled.drawn.kind}, {filled.drawn.share:.0%}", masked_hw3),
        ]
        for name, fill_hw3 in zip(self._names, filled.fills, strict=True):
            cells.append((f"{name}, {psnr_db(truth_hw3, fill_hw3, hole_hw=hole_hw):.1f} dB", fill_hw3))
        self._rows.add(cells)

    def encode(self) -> bytes:
        """Return the sheet as PNG; at least one row must be there."""
        return self._rows.encode()
