"""A sheet of pictures: per row what was there, the hole, and what every method made of it."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from rfr_video.evaluation.metrics import Picture, psnr_db
from rfr_video.evaluation.stills import Filled

LONGEST_PX = 384
GAP_PX = 6
CAPTION_PX = 18
HOLE_COLOUR = (255, 0, 255)


class Sheet:
    """Collects rows, shrinking pictures to at most 384 pixels; keeps nothing larger.

    Args:
        names: Of the methods, in the order of :attr:`Filled.fills`.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._rows: list[Picture] = []

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
        row = [_cell(caption, picture_hw3) for caption, picture_hw3 in cells]
        self._rows.append(np.concatenate(row, axis=1))

    def encode(self) -> bytes:
        """Return the sheet as PNG; at least one row must be there."""
        width = max(row.shape[1] for row in self._rows)
        rights = [((0, 0), (0, width - row.shape[1]), (0, 0)) for row in self._rows]
        rows = [
            np.pad(row, right, constant_values=255) for row, right in zip(self._rows, rights, strict=True)
        ]
        _, data = cv2.imencode(".png", np.concatenate(rows)[..., ::-1])
        return data.tobytes()


def _cell(caption: str, picture_hw3: Picture) -> Picture:
    """Return a picture under its caption, with a gap at the right and at the bottom."""
    small_hw3 = _shrunk(picture_hw3)
    height, width = small_hw3.shape[:2]
    cell: NDArray[np.uint8] = np.full((height + CAPTION_PX + GAP_PX, width + GAP_PX, 3), 255, np.uint8)
    cell[CAPTION_PX : CAPTION_PX + height, :width] = small_hw3
    drawable = caption.encode("ascii", "replace").decode()  # OpenCV's font knows no other letters
    baseline = (2, CAPTION_PX - 5)
    cv2.putText(cell, drawable, baseline, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return cell


def _shrunk(picture_hw3: Picture) -> Picture:
    height, width = picture_hw3.shape[:2]
    scale = LONGEST_PX / max(height, width)
    if scale >= 1:
        return picture_hw3
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(picture_hw3, size, interpolation=cv2.INTER_AREA), np.uint8)
